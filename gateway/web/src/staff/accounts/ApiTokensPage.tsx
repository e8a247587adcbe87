/** API tokens: what programs of the organisation may do, and until when. */
import { Badge, Button, Checkbox, Group, Modal, NumberInput, Stack, Table, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { momentHere } from "../../i18n/moments";
import { Answer, Failure } from "../app/Failure";
import { ListTable } from "../app/ListTable";
import { Page } from "../app/Page";
import { tellDone, tellFailure } from "../app/told";
import { LinkOnce } from "./LinkOnce";
import { SCOPES, useApiTokens, useCreateApiToken, useRevokeApiToken, type ApiToken, type Scope } from "./queries";
import { useWords } from "./texts";
import { API_TOKEN_DAYS_MAX } from "../../api/generated/limits";

const DAYS_AT_FIRST = 90;

export function ApiTokensPage() {
  const word = useWords();
  const tokens = useApiTokens();
  const [making, setMaking] = useState(false);
  return (
    <Page title={word("tokens.title")} about={word("tokens.about")} actions={<Button onClick={() => setMaking(true)}>{word("tokens.make")}</Button>}>
      <Answer query={tokens}>{({ api_tokens: found }) => (found.length === 0 ? <Text c="dimmed">{word("tokens.none")}</Text> : <Tokens tokens={found} />)}</Answer>
      {making && <MakeDialog onClose={() => setMaking(false)} />}
    </Page>
  );
}

function stateOf(token: ApiToken): "revoked" | "expired" | "working" {
  if (token.revoked_at !== null) return "revoked";
  return Date.parse(token.expires_at) <= Date.now() ? "expired" : "working";
}

function Tokens({ tokens }: { tokens: ApiToken[] }) {
  const word = useWords();
  const revoke = useRevokeApiToken();
  return (
    <ListTable
      minWidth={640}
      heads={[word("accounts.name"), word("tokens.scopes"), word("tokens.used"), word("accounts.until")]}
      actions={word("accounts.actions")}
    >
      {tokens.map((token) => {
        const state = stateOf(token);
        return (
          <Table.Tr key={token.api_token_id}>
            <Table.Td>
              <Text fw={600}>{token.name}</Text>
              <Text size="sm" c="dimmed">
                {word("tokens.made-by", { name: token.created_by })}
              </Text>
            </Table.Td>
            <Table.Td>{token.scopes.map((scope) => word(`tokens.scope.${scope}`)).join(", ")}</Table.Td>
            <Table.Td>{token.last_used_at === null ? word("tokens.never") : momentHere(token.last_used_at)}</Table.Td>
            <Table.Td>{momentHere(token.expires_at)}</Table.Td>
            <Table.Td data-actions>
              <Group justify="flex-end">
                {state === "working" ? (
                  <Button
                    size="xs"
                    color="red"
                    variant="light"
                    aria-label={word("tokens.revoke-of", { name: token.name })}
                    loading={revoke.isPending && revoke.variables === token.api_token_id}
                    onClick={() =>
                      revoke.mutate(token.api_token_id, {
                        onSuccess: () => tellDone(word("tokens.revoked-now", { name: token.name })),
                        onError: tellFailure,
                      })
                    }
                  >
                    {word("tokens.revoke")}
                  </Button>
                ) : (
                  <Badge color="gray" variant="light">
                    {word(`tokens.${state}`)}
                  </Badge>
                )}
              </Group>
            </Table.Td>
          </Table.Tr>
        );
      })}
    </ListTable>
  );
}

interface Wanted {
  name: string;
  scopes: Scope[];
  /** Text while it is no number. */
  days: number | string;
}

function MakeDialog({ onClose }: { onClose: () => void }) {
  const word = useWords();
  const create = useCreateApiToken();
  const form = useForm<Wanted>({
    initialValues: { name: "", scopes: [], days: DAYS_AT_FIRST },
    validate: {
      name: (name) => (name.trim() === "" ? word("accounts.name-missing") : null),
      scopes: (scopes) => (scopes.length === 0 ? word("tokens.scopes-missing") : null),
      days: (days) => (typeof days === "number" && days >= 1 && days <= API_TOKEN_DAYS_MAX ? null : word("tokens.days-wrong", { days: API_TOKEN_DAYS_MAX })),
    },
  });
  return (
    <Modal opened onClose={onClose} title={word("tokens.make")} closeButtonProps={{ "aria-label": word("accounts.close") }}>
      {create.data !== undefined ? (
        <Stack>
          <LinkOnce title={word("tokens.made")} text={word("tokens.made-text")} secret={create.data.token} copied={word("tokens.copied")} />
          <Button onClick={onClose} data-autofocus>
            {word("accounts.done")}
          </Button>
        </Stack>
      ) : (
        <form noValidate onSubmit={form.onSubmit(({ name, scopes, days }) => create.mutate({ name: name.trim(), scopes, days: Number(days) }))}>
          <Stack>
            {create.isError && <Failure error={create.error} />}
            <TextInput label={word("accounts.name")} description={word("tokens.name-hint")} required withAsterisk={false} maxLength={200} data-autofocus {...form.getInputProps("name")} />
            <Checkbox.Group label={word("tokens.scopes")} {...form.getInputProps("scopes")}>
              <Stack gap="xs" mt="xs">
                {SCOPES.map((scope) => (
                  <Checkbox key={scope} value={scope} label={word(`tokens.scope.${scope}`)} />
                ))}
              </Stack>
            </Checkbox.Group>
            <NumberInput label={word("tokens.days")} min={1} max={API_TOKEN_DAYS_MAX} allowDecimal={false} {...form.getInputProps("days")} />
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
                {word("accounts.back")}
              </Button>
              <Button type="submit" loading={create.isPending}>
                {word("tokens.make")}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
