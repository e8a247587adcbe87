/** Adding one person, or many from pasted lines; whoever could not be added is named with the reason. */
import { Alert, Button, Checkbox, Group, List, Stack, Tabs, Text, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { Dialog } from "../app/Dialog";
import { Failure } from "../app/Failure";
import type { AddedParticipants, NewParticipant, SessionView } from "../app/resources";
import { useWords } from "../app/texts";
import { tellDone } from "../app/told";
import { useMailWords } from "../mail/texts";
import { accommodationIn, IndividualTime, timeCheck, USUAL_TIME } from "./IndividualTime";
import { PEOPLE_MAX, readPeople } from "./people";
import { useAdd } from "./queries";

interface Props {
  session: SessionView;
  onClose: () => void;
}

export function AddPeople({ session, onClose }: Props) {
  const word = useWords();
  const add = useAdd(session.session_id);
  const [refused, setRefused] = useState<AddedParticipants["refused"]>([]);
  const submit = (people: NewParticipant[], more: boolean, added: () => void) =>
    add.mutate(people, {
      onSuccess: (answer) => {
        setRefused(answer.refused);
        if (answer.added.length > 0) tellDone(word("add.done", { count: answer.added.length }));
        if (answer.refused.length > 0) return;
        if (more) added();
        else onClose();
      },
    });
  return (
    <Dialog onClose={onClose} title={word("roster.add")} size="lg">
      <Stack>
        {add.isError && <Failure error={add.error} />}
        {refused.length > 0 && (
          <Alert color="red" role="alert" title={word("add.refused", { count: refused.length })}>
            <List size="sm">
              {refused.map((each) => (
                <List.Item key={each.index}>{word("add.refused-line", { name: each.name ?? "", detail: each.detail })}</List.Item>
              ))}
            </List>
          </Alert>
        )}
        <Tabs defaultValue="one" keepMounted={false}>
          <Tabs.List mb="md">
            <Tabs.Tab value="one">{word("add.one")}</Tabs.Tab>
            <Tabs.Tab value="many">{word("add.many")}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="one">
            <OnePerson pending={add.isPending} submit={submit} />
          </Tabs.Panel>
          <Tabs.Panel value="many">
            <ManyPeople pending={add.isPending} submit={(people) => submit(people, false, () => undefined)} />
          </Tabs.Panel>
        </Tabs>
      </Stack>
    </Dialog>
  );
}

function OnePerson({ pending, submit }: { pending: boolean; submit: (people: NewParticipant[], more: boolean, added: () => void) => void }) {
  const word = useWords();
  const mailWord = useMailWords();
  const form = useForm({
    initialValues: { name: "", email: "", external_id: "", time: USUAL_TIME, invite: false },
    validateInputOnBlur: true,
    validate: {
      name: (name) => (name.trim() === "" ? word("people.name-missing") : null),
      email: (email, { invite }) => {
        if (email.trim() === "") return invite ? mailWord("mail.invite-needs-email") : null;
        return /^\S+@\S+\.\S+$/.test(email.trim()) ? null : word("people.email-wrong", { email });
      },
      time: (time) => timeCheck(time),
    },
  });
  const send = (more: boolean) =>
    form.onSubmit(({ name, email, external_id, time, invite }) => {
      const accommodation = accommodationIn(time) ?? {};
      const person = { name: name.trim(), email: email.trim() || null, external_id: external_id.trim() || null, accommodation, invite };
      submit([person], more, () => form.reset());
    });
  return (
    <form noValidate onSubmit={send(false)}>
      <Stack>
        <TextInput label={word("person.name")} data-autofocus maxLength={200} {...form.getInputProps("name")} />
        <TextInput type="email" label={word("person.email")} description={word("optional")} {...form.getInputProps("email")} />
        <Checkbox label={mailWord("mail.invite")} description={mailWord("mail.invite-hint")} {...form.getInputProps("invite", { type: "checkbox" })} />
        <TextInput
          label={word("person.external-id")}
          description={word("person.external-id-hint")}
          maxLength={200}
          {...form.getInputProps("external_id")}
        />
        <IndividualTime
          value={form.values.time}
          onChange={(time) => form.setFieldValue("time", time)}
          error={(form.errors.time as string | undefined) ?? null}
        />
        <Group justify="flex-end">
          <Button variant="default" loading={pending} onClick={() => send(true)()}>
            {word("add.another")}
          </Button>
          <Button type="submit" loading={pending}>
            {word("add.button")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

const WRONG_SHOWN = 10;

function ManyPeople({ pending, submit }: { pending: boolean; submit: (people: NewParticipant[]) => void }) {
  const word = useWords();
  const [text, setText] = useState("");
  const mailWord = useMailWords();
  const [asked, setAsked] = useState(false);
  const [invite, setInvite] = useState(false);
  const { lines, wrong } = readPeople(text);
  const tooMany = lines.length > PEOPLE_MAX;
  const error = tooMany ? word("add.too-many", { max: PEOPLE_MAX }) : asked && lines.length === 0 && wrong.length === 0 ? word("add.no-lines") : null;
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setAsked(true);
        if (lines.length > 0 && wrong.length === 0 && !tooMany) submit(lines.map(({ person }) => ({ ...person, invite: invite && (person.email ?? "") !== "" })));
      }}
    >
      <Stack>
        <Textarea
          label={word("add.lines")}
          description={word("add.lines-hint")}
          placeholder={word("add.lines-example")}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          error={error}
          autosize
          minRows={6}
          maxRows={16}
          data-autofocus
        />
        <Checkbox
          label={mailWord("mail.invite")}
          description={mailWord("mail.invite-many-hint")}
          checked={invite}
          onChange={(event) => setInvite(event.currentTarget.checked)}
        />
        {wrong.length > 0 && (
          <Alert color="red" role="status" title={word("add.wrong", { count: wrong.length })}>
            <List size="sm">
              {wrong.slice(0, WRONG_SHOWN).map((line) => (
                <List.Item key={line.number}>{word("add.wrong-line", { number: line.number, message: line.message })}</List.Item>
              ))}
            </List>
          </Alert>
        )}
        <Group justify="space-between">
          <Text size="sm" c="dimmed" role="status">
            {word("add.read", { count: lines.length })}
          </Text>
          <Button type="submit" loading={pending}>
            {word("add.button")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
