/** How an organisation's mails read, who they come from, and when people are reminded. */
import { Alert, Badge, Button, Card, Code, Group, MultiSelect, Select, Stack, Text, Textarea, TextInput, Title } from "@mantine/core";
import { useState, type SyntheticEvent } from "react";
import { Answer, Failure } from "../app/Failure";
import { Page } from "../app/Page";
import { tellDone, tellFailure } from "../app/told";
import {
  useDropTemplate,
  useMailSettings,
  usePreview,
  useTemplates,
  useWriteSettings,
  useWriteTemplate,
  type MailKind,
  type MailSettingsView,
  type TemplatePreview,
  type TemplateView,
} from "./queries";
import { minutesText, useMailWords } from "./texts";
import { MAIL_SUBJECT_LENGTH, MAIL_TEXT_LENGTH, NAME_LENGTH, REMINDERS_MAX } from "../../api/generated/limits";

const USUAL_MINUTES = [7 * 1440, 3 * 1440, 1440, 120, 60, 30, 10];

export function MailSettingsPage() {
  const word = useMailWords();
  const settings = useMailSettings();
  const templates = useTemplates();
  return (
    <Page title={word("mail-settings.title")} about={word("mail-settings.about")}>
      <Answer query={settings}>{(found) => <SettingsForm settings={found} />}</Answer>
      <Answer query={templates}>{(found) => <Templates templates={found} />}</Answer>
    </Page>
  );
}

function SettingsForm({ settings }: { settings: MailSettingsView }) {
  const word = useMailWords();
  const write = useWriteSettings();
  const [name, setName] = useState(settings.sender_name ?? "");
  const [replyTo, setReplyTo] = useState(settings.reply_to ?? "");
  const [minutes, setMinutes] = useState(settings.reminder_minutes.map(String));
  const offered = [...new Set([...USUAL_MINUTES, ...minutes.map(Number)])].sort((one, other) => other - one);
  const save = (event: SyntheticEvent) => {
    event.preventDefault();
    write.mutate(
      { sender_name: name.trim() || null, reply_to: replyTo.trim() || null, reminder_minutes: minutes.map(Number) },
      { onSuccess: () => tellDone(word("mail-settings.saved")) },
    );
  };
  return (
    <Card padding="lg" radius="lg" withBorder bg="var(--examhall-surface)">
      <form onSubmit={save} noValidate>
        <Stack>
          <Title order={2} size="h4">
            {word("mail-settings.sender")}
          </Title>
          {settings.configured ? (
            <Text size="sm" c="dimmed">
              {word("mail-settings.address", { address: settings.sender })}
            </Text>
          ) : (
            <Alert color="yellow" title={word("mail.not-configured")}>
              {word("mail.not-configured-text")}
            </Alert>
          )}
          {write.isError && <Failure error={write.error} />}
          <TextInput label={word("mail-settings.name")} description={word("mail-settings.name-hint")} maxLength={NAME_LENGTH} value={name} onChange={(event) => setName(event.currentTarget.value)} />
          <TextInput
            type="email"
            label={word("mail-settings.reply-to")}
            description={word("mail-settings.reply-to-hint")}
            value={replyTo}
            onChange={(event) => setReplyTo(event.currentTarget.value)}
          />
          <MultiSelect
            label={word("mail-settings.reminders")}
            description={word("mail-settings.reminders-hint")}
            data={offered.map((each) => ({ value: String(each), label: minutesText(each) }))}
            value={minutes}
            onChange={setMinutes}
            maxValues={REMINDERS_MAX}
            hidePickedOptions
          />
          <Group justify="flex-end">
            <Button type="submit" loading={write.isPending}>
              {word("mail-settings.save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Card>
  );
}

function Templates({ templates }: { templates: TemplateView[] }) {
  const word = useMailWords();
  const [kind, setKind] = useState<MailKind>("invitation");
  const template = templates.find((each) => each.kind === kind);
  return (
    <Card padding="lg" radius="lg" withBorder bg="var(--examhall-surface)">
      <Stack>
        <Title order={2} size="h4">
          {word("mail-template.title")}
        </Title>
        <Select
          label={word("mail.kind")}
          data={templates.map((each) => ({ value: each.kind, label: word(`mail-kind.${each.kind}`) }))}
          value={kind}
          onChange={(value) => value !== null && setKind(value)}
          allowDeselect={false}
          maw="24rem"
        />
        {/* A saved template is another one: the form begins anew with it. */}
        {template !== undefined && <TemplateForm key={`${kind} ${template.changed_at ?? ""}`} template={template} />}
      </Stack>
    </Card>
  );
}

function TemplateForm({ template }: { template: TemplateView }) {
  const word = useMailWords();
  const [subject, setSubject] = useState(template.subject);
  const [text, setText] = useState(template.text);
  const [preview, setPreview] = useState<TemplatePreview | null>(null);
  const write = useWriteTemplate(template.kind);
  const drop = useDropTemplate(template.kind);
  const look = usePreview(template.kind);
  const failed = write.error ?? look.error;
  const save = (event: SyntheticEvent) => {
    event.preventDefault();
    write.mutate({ subject, text }, { onSuccess: () => tellDone(word("mail-template.saved")) });
  };
  return (
    <form onSubmit={save} noValidate>
      <Stack>
        <div>
          <Badge variant="light" color={template.is_default ? "gray" : "indigo"} c="var(--mantine-color-text)" tt="none" fw={600}>
            {word(template.is_default ? "mail-template.default" : "mail-template.own")}
          </Badge>
        </div>
        {failed !== null && <Failure error={failed} />}
        <TextInput label={word("mail-template.subject")} maxLength={MAIL_SUBJECT_LENGTH} value={subject} onChange={(event) => setSubject(event.currentTarget.value)} dir="auto" />
        <Textarea
          label={word("mail-template.text")}
          description={word("mail-template.text-hint")}
          maxLength={MAIL_TEXT_LENGTH}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          autosize
          minRows={10}
          maxRows={24}
          dir="auto"
        />
        <Text size="sm" component="div">
          {word("mail-template.placeholders")}{" "}
          <span dir="ltr">
            {template.placeholders.map((each) => (
              <Code key={each} mr={6}>{`{{${each}}}`}</Code>
            ))}
          </span>
        </Text>
        <Group justify="flex-end">
          {!template.is_default && (
            <Button variant="subtle" color="red" loading={drop.isPending} onClick={() => drop.mutate(undefined, { onSuccess: () => tellDone(word("mail-template.dropped")), onError: tellFailure })}>
              {word("mail-template.drop")}
            </Button>
          )}
          <Button variant="default" loading={look.isPending} onClick={() => look.mutate({ subject, text }, { onSuccess: setPreview })}>
            {word("mail-template.preview")}
          </Button>
          <Button type="submit" loading={write.isPending}>
            {word("mail-settings.save")}
          </Button>
        </Group>
        {preview !== null && <Preview preview={preview} />}
      </Stack>
    </form>
  );
}

function Preview({ preview }: { preview: TemplatePreview }) {
  const word = useMailWords();
  return (
    <Card padding="md" radius="md" withBorder role="region" aria-live="polite" aria-label={word("mail-template.preview")}>
      <Text size="sm" c="dimmed">
        {word("mail-template.example")}
      </Text>
      <Text fw={600} dir="auto">
        {preview.subject}
      </Text>
      <Text dir="auto" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
        {preview.text}
      </Text>
    </Card>
  );
}
