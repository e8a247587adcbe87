/** One's own account: where one is signed in, and the password. */
import { Badge, Button, Card, Group, PasswordInput, Stack, Table, Text, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { momentHere } from "../../i18n/moments";
import { signOut, usePerson } from "../app/access";
import { Answer, Failure } from "../app/Failure";
import { ListTable } from "../app/ListTable";
import { Page } from "../app/Page";
import { tellDone, tellFailure } from "../app/told";
import { NewPasswordFields, useNewPasswordRules } from "./NewPasswordFields";
import { useChangePassword, useEndSignIn, useSignIns, useSignOutEverywhere, type OwnSignIn } from "./queries";
import { useWords } from "./texts";

export function MyAccountPage() {
  const word = useWords();
  const person = usePerson();
  const signIns = useSignIns();
  const everywhere = useSignOutEverywhere();
  const queries = useQueryClient();
  const leave = async () => {
    queries.clear();
    await signOut();
  };
  return (
    <Page
      title={word("me.title")}
      about={person?.name}
      actions={
        <Button
          color="red"
          variant="light"
          loading={everywhere.isPending}
          onClick={() => everywhere.mutate(undefined, { onSuccess: () => void leave().catch(tellFailure), onError: tellFailure })}
        >
          {word("me.sign-out-everywhere")}
        </Button>
      }
    >
      <Title order={2} size="h3">
        {word("me.sign-ins")}
      </Title>
      <Answer query={signIns}>{({ sign_ins: found }) => <SignIns signIns={found} />}</Answer>
      <Title order={2} size="h3">
        {word("me.password")}
      </Title>
      <PasswordForm />
    </Page>
  );
}

function SignIns({ signIns }: { signIns: OwnSignIn[] }) {
  const word = useWords();
  const end = useEndSignIn();
  return (
    <ListTable minWidth={560} heads={[word("me.device"), word("me.address"), word("me.last-used")]} actions={word("accounts.actions")}>
      {signIns.map((signIn) => (
        <Table.Tr key={signIn.sign_in_id}>
          <Table.Td>
            <Text size="sm" style={{ overflowWrap: "anywhere" }}>
              {signIn.device === "" ? word("me.device-unknown") : signIn.device}
            </Text>
            <Text size="sm" c="dimmed">
              {word("me.since", { moment: momentHere(signIn.created_at) })}
            </Text>
          </Table.Td>
          <Table.Td className="number">{signIn.address}</Table.Td>
          <Table.Td>{momentHere(signIn.last_used_at)}</Table.Td>
          <Table.Td data-actions>
            <Group justify="flex-end">
              {signIn.current ? (
                <Badge variant="light">{word("me.this-one")}</Badge>
              ) : (
                <Button
                  size="xs"
                  variant="default"
                  aria-label={word("me.end-of", { device: signIn.device, address: signIn.address })}
                  loading={end.isPending && end.variables === signIn.sign_in_id}
                  onClick={() => end.mutate(signIn.sign_in_id, { onSuccess: () => tellDone(word("me.ended")), onError: tellFailure })}
                >
                  {word("me.end")}
                </Button>
              )}
            </Group>
          </Table.Td>
        </Table.Tr>
      ))}
    </ListTable>
  );
}

function PasswordForm() {
  const word = useWords();
  const change = useChangePassword();
  const form = useForm({
    initialValues: { current: "", password: "", again: "" },
    validate: { ...useNewPasswordRules(), current: (current) => (current === "" ? word("password.current-missing") : null) },
  });
  return (
    <Card padding="lg" radius="lg" withBorder bg="var(--examhall-surface)" maw={520}>
      <form
        noValidate
        onSubmit={form.onSubmit(({ current, password }) =>
          change.mutate(
            { current, new: password },
            {
              onSuccess: () => {
                form.reset();
                tellDone(word("me.password-changed"));
              },
            },
          ),
        )}
      >
        <Stack>
          {change.isError && <Failure error={change.error} />}
          <PasswordInput
            label={word("password.current")}
            autoComplete="current-password"
            required
            withAsterisk={false}
            visibilityToggleButtonProps={{ "aria-label": word("password.show"), tabIndex: 0 }}
            {...form.getInputProps("current")}
          />
          <NewPasswordFields form={form} />
          <Button type="submit" loading={change.isPending}>
            {word("me.change-password")}
          </Button>
        </Stack>
      </form>
    </Card>
  );
}
