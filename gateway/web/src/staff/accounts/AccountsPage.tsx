/** The colleagues of the organisation, and who is invited. */
import { Badge, Button, Group, Table, Text, Title } from "@mantine/core";
import { useState } from "react";
import { momentHere } from "../../i18n/moments";
import { Answer } from "../app/Failure";
import { ListTable } from "../app/ListTable";
import { Page } from "../app/Page";
import { valueText } from "../app/texts";
import { tellDone, tellFailure } from "../app/told";
import { AccountActions } from "./AccountActions";
import { InviteDialog } from "./InviteDialog";
import { useAccounts, useInvitations, useWithdraw, type Account, type Invitation, type Role } from "./queries";
import { useWords } from "./texts";

export function AccountsPage() {
  const word = useWords();
  const accounts = useAccounts();
  const invitations = useInvitations();
  const [inviting, setInviting] = useState(false);
  return (
    <Page title={word("accounts.title")} actions={<Button onClick={() => setInviting(true)}>{word("accounts.invite")}</Button>}>
      <Answer query={accounts}>{({ accounts: found }) => <Accounts accounts={found} />}</Answer>
      <Title order={2} size="h3">
        {word("accounts.invitations")}
      </Title>
      <Answer query={invitations}>
        {({ invitations: found }) => (found.length === 0 ? <Text c="dimmed">{word("accounts.no-invitations")}</Text> : <Invitations invitations={found} />)}
      </Answer>
      {inviting && <InviteDialog onClose={() => setInviting(false)} />}
    </Page>
  );
}

const roleNames = (roles: Role[]): string => roles.map((role) => valueText("role", role)).join(", ");

function Accounts({ accounts }: { accounts: Account[] }) {
  const word = useWords();
  return (
    <ListTable minWidth={560} heads={[word("accounts.name"), word("accounts.roles")]} actions={word("accounts.actions")}>
      {accounts.map((account) => (
        <Table.Tr key={account.account_id}>
          <Table.Td>
            <Group gap="xs">
              <Text component="span" fw={600}>
                {account.name}
              </Text>
              {account.disabled && (
                <Badge color="gray" variant="light">
                  {word("accounts.is-deactivated")}
                </Badge>
              )}
              {(account.linked || account.link_allowed) && (
                <Badge color="gray" variant="light" c="var(--mantine-color-text)" tt="none" fw={600}>
                  {word(account.linked ? "accounts.is-linked" : "accounts.may-link")}
                </Badge>
              )}
            </Group>
            <Text size="sm" c="dimmed">
              {account.email}
            </Text>
          </Table.Td>
          <Table.Td>{roleNames(account.roles)}</Table.Td>
          <Table.Td data-actions>
            <Group justify="flex-end">
              <AccountActions account={account} />
            </Group>
          </Table.Td>
        </Table.Tr>
      ))}
    </ListTable>
  );
}

function Invitations({ invitations }: { invitations: Invitation[] }) {
  const word = useWords();
  const withdraw = useWithdraw();
  return (
    <ListTable minWidth={560} heads={[word("accounts.name"), word("accounts.roles"), word("accounts.until")]} actions={word("accounts.actions")}>
      {invitations.map((invitation) => (
        <Table.Tr key={invitation.invitation_id}>
          <Table.Td>
            <Text fw={600}>{invitation.name}</Text>
            <Text size="sm" c="dimmed">
              {invitation.email}
            </Text>
          </Table.Td>
          <Table.Td>{roleNames(invitation.roles)}</Table.Td>
          <Table.Td>{momentHere(invitation.expires_at)}</Table.Td>
          <Table.Td data-actions>
            <Group justify="flex-end">
              <Button
                size="xs"
                variant="default"
                aria-label={word("accounts.withdraw-of", { name: invitation.name })}
                loading={withdraw.isPending && withdraw.variables === invitation.invitation_id}
                onClick={() =>
                  withdraw.mutate(invitation.invitation_id, {
                    onSuccess: () => tellDone(word("accounts.withdrawn", { name: invitation.name })),
                    onError: tellFailure,
                  })
                }
              >
                {word("accounts.withdraw")}
              </Button>
            </Group>
          </Table.Td>
        </Table.Tr>
      ))}
    </ListTable>
  );
}
