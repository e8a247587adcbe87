/** The organisation's own sign-in provider: where it is, who comes in by it, and as what. */
import { ActionIcon, Button, Card, Checkbox, Code, Group, NativeSelect, PasswordInput, Stack, TagsInput, Text, TextInput, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { asProblem } from "../../api/problem";
import { Answer } from "../app/Failure";
import { FailureNote } from "../app/FailureNote";
import { FormDialog } from "../app/FormDialog";
import { Page } from "../app/Page";
import { valueText } from "../app/texts";
import { copyText, tellDone } from "../app/told";
import { CLIENT_ID_LENGTH, CLIENT_SECRET_LENGTH, EMAIL_DOMAINS_MAX, NAME_LENGTH, PROVIDER_SCOPES_MAX, PROVIDER_URL_LENGTH, ROLE_RULES_MAX } from "../../api/generated/limits";
import { STAFF_ROLES, useConfigureProvider, useProvider, useRemoveProvider, type Provider, type ProviderSettings, type Role } from "./queries";
import { useWords } from "./texts";

export function ProviderPage() {
  const word = useWords();
  const settings = useProvider();
  return (
    <Page title={word("provider.title")} about={word("provider.about")}>
      <Answer query={settings}>{(found) => <Settings key={found.provider?.version ?? 0} settings={found} />}</Answer>
    </Page>
  );
}

function Settings({ settings }: { settings: ProviderSettings }) {
  const { org_id, provider, return_url } = settings;
  const word = useWords();
  const [removing, setRemoving] = useState(false);
  return (
    <>
      <Card padding="lg" radius="lg" withBorder bg="var(--examhall-surface)">
        <Stack>
          <Title order={2} size="h4">
            {word("provider.for-the-provider")}
          </Title>
          {return_url === null ? (
            <Text>{word("provider.no-address")}</Text>
          ) : (
            <Address title={word("provider.return-url")} text={word("provider.return-url-text")} address={return_url} />
          )}
          {provider !== null && (
            <Address title={word("provider.sign-in-page")} text={word("provider.sign-in-page-text")} address={`${location.origin}/sign-in/${org_id}`} />
          )}
        </Stack>
      </Card>
      <ProviderForm provider={provider} />
      {provider !== null && (
        <Group>
          <Button color="red" variant="light" onClick={() => setRemoving(true)}>
            {word("provider.remove")}
          </Button>
        </Group>
      )}
      {removing && <RemoveDialog onClose={() => setRemoving(false)} />}
    </>
  );
}

function Address({ title, text, address }: { title: string; text: string; address: string }) {
  const word = useWords();
  return (
    <div>
      <Text fw={600}>{title}</Text>
      <Text size="sm" c="dimmed">
        {text}
      </Text>
      <Group gap="sm" mt={4}>
        <Code dir="ltr" style={{ overflowWrap: "anywhere" }}>
          {address}
        </Code>
        <Button size="xs" variant="default" aria-label={word("provider.copy", { what: title })} onClick={() => void copyText(address, word("accounts.link-copied"))}>
          {word("accounts.copy")}
        </Button>
      </Group>
    </div>
  );
}

interface Rule {
  value: string;
  role: Role;
}

const valuesOf = (provider: Provider | null) => ({
  name: provider?.name ?? "",
  issuer: provider?.issuer ?? "",
  client_id: provider?.client_id ?? "",
  client_secret: "",
  scopes: provider?.scopes ?? [],
  role_claim: provider?.role_claim ?? "groups",
  rules: provider?.rules ?? ([{ value: "", role: "proctor" }] as Rule[]),
  domains: provider?.domains ?? [],
  creates_accounts: provider?.creates_accounts ?? false,
  passwords_off: provider?.passwords_off ?? false,
});

function ProviderForm({ provider }: { provider: Provider | null }) {
  const word = useWords();
  const configure = useConfigureProvider();
  const missing = (text: string) => (text.trim() === "" ? word("provider.missing") : null);
  const form = useForm({
    initialValues: valuesOf(provider),
    validate: {
      name: missing,
      issuer: missing,
      client_id: missing,
      client_secret: (secret, { issuer, client_id }) =>
        secret === "" && (provider === null || provider.issuer !== issuer.trim() || provider.client_id !== client_id.trim()) ? word("provider.secret-missing") : null,
      role_claim: missing,
      rules: { value: missing },
      domains: (domains) => (domains.length === 0 ? word("provider.domains-missing") : null),
    },
  });
  const save = (values: typeof form.values) =>
    configure.mutate(
      { ...values, client_secret: values.client_secret === "" ? null : values.client_secret, version: provider?.version ?? 0 },
      { onSuccess: () => tellDone(word("provider.saved")) },
    );
  const field = { required: true, withAsterisk: false };
  return (
    <Card padding="lg" radius="lg" withBorder bg="var(--examhall-surface)">
      <form noValidate onSubmit={form.onSubmit(save)}>
        <Stack>
          <Title order={2} size="h4">
            {word("provider.provider")}
          </Title>
          <TextInput label={word("provider.name")} description={word("provider.name-hint")} maxLength={NAME_LENGTH} {...field} {...form.getInputProps("name")} />
          <TextInput type="url" dir="ltr" label={word("provider.issuer")} description={word("provider.issuer-hint")} maxLength={PROVIDER_URL_LENGTH} {...field} {...form.getInputProps("issuer")} />
          <TextInput dir="ltr" label={word("provider.client-id")} maxLength={CLIENT_ID_LENGTH} autoComplete="off" {...field} {...form.getInputProps("client_id")} />
          <PasswordInput
            dir="ltr"
            label={word("provider.client-secret")}
            description={word(provider === null ? "provider.client-secret-hint" : "provider.client-secret-kept")}
            maxLength={CLIENT_SECRET_LENGTH}
            autoComplete="off"
            visibilityToggleButtonProps={{ "aria-label": word("password.show"), tabIndex: 0 }}
            {...form.getInputProps("client_secret")}
          />
          <TagsInput label={word("provider.scopes")} description={word("provider.scopes-hint")} maxTags={PROVIDER_SCOPES_MAX} {...form.getInputProps("scopes")} />
          <Title order={2} size="h4" mt="md">
            {word("provider.who")}
          </Title>
          <TagsInput
            label={word("provider.domains")}
            description={word("provider.domains-hint")}
            maxTags={EMAIL_DOMAINS_MAX}
            acceptValueOnBlur
            {...form.getInputProps("domains")}
          />
          <TextInput dir="ltr" label={word("provider.role-claim")} description={word("provider.role-claim-hint")} maxLength={NAME_LENGTH} {...field} {...form.getInputProps("role_claim")} />
          <fieldset style={{ border: 0, margin: 0, padding: 0 }}>
            <Text component="legend" size="sm" fw={500} mb="xs">
              {word("provider.rules")}
            </Text>
            <Stack gap="xs">
              {form.values.rules.map((_, index) => (
                <Group key={index} align="flex-start" wrap="wrap">
                  <TextInput
                    flex="1 1 12rem"
                    dir="ltr"
                    placeholder="exam-staff"
                    aria-label={word("provider.rule-value", { number: index + 1 })}
                    maxLength={NAME_LENGTH}
                    {...form.getInputProps(`rules.${index}.value`)}
                  />
                  <NativeSelect
                    flex="1 1 10rem"
                    aria-label={word("provider.rule-role", { number: index + 1 })}
                    data={STAFF_ROLES.map((role) => ({ value: role, label: valueText("role", role) }))}
                    {...form.getInputProps(`rules.${index}.role`)}
                  />
                  <ActionIcon
                    size="lg"
                    variant="default"
                    disabled={form.values.rules.length === 1}
                    aria-label={word("provider.rule-remove", { number: index + 1 })}
                    onClick={() => form.removeListItem("rules", index)}
                  >
                    ×
                  </ActionIcon>
                </Group>
              ))}
              <div>
                <Button size="xs" variant="default" disabled={form.values.rules.length >= ROLE_RULES_MAX} onClick={() => form.insertListItem("rules", { value: "", role: "proctor" })}>
                  {word("provider.rule-add")}
                </Button>
              </div>
            </Stack>
          </fieldset>
          <Checkbox label={word("provider.creates-accounts")} description={word("provider.creates-accounts-hint")} {...form.getInputProps("creates_accounts", { type: "checkbox" })} />
          <Checkbox label={word("provider.passwords-off")} description={word("provider.passwords-off-hint")} {...form.getInputProps("passwords_off", { type: "checkbox" })} />
          <FailureNote problem={configure.isError ? asProblem(configure.error) : null} />
          <Group justify="flex-end">
            <Button type="submit" loading={configure.isPending}>
              {word("accounts.save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Card>
  );
}

function RemoveDialog({ onClose }: { onClose: () => void }) {
  const word = useWords();
  const remove = useRemoveProvider();
  return (
    <FormDialog
      title={word("provider.remove-title")}
      button={word("provider.remove")}
      grave
      pending={remove.isPending}
      error={remove.error}
      onSubmit={() =>
        remove.mutate(undefined, {
          onSuccess: () => {
            tellDone(word("provider.removed"));
            onClose();
          },
        })
      }
      onClose={onClose}
    >
      <Text>{word("provider.remove-text")}</Text>
    </FormDialog>
  );
}
