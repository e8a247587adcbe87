/** Who was told what about a session by mail, what became of it, and telling them again. */
import { Alert, Badge, Button, Card, Group, Select, Stack, Table, Text, Title } from "@mantine/core";
import { useState } from "react";
import { ListTable } from "../app/ListTable";
import { useMay } from "../app/access";
import { Failure } from "../app/Failure";
import { useWords } from "../app/texts";
import { tellDone, tellFailure } from "../app/told";
import { useSessionHere } from "../sessions/SessionFrame";
import { momentIn } from "../sessions/When";
import { viewersZone } from "../sessions/zonedTime";
import { useMails, useResend, type MailStatus, type MailView } from "./queries";
import { useMailWords } from "./texts";

const STATUSES: MailStatus[] = ["not_configured", "queued", "sending", "retrying", "sent", "bounced", "failed", "withdrawn"];
const COLOURS: Record<MailStatus, string> = {
  queued: "gray",
  sending: "gray",
  retrying: "yellow",
  sent: "teal",
  bounced: "red",
  failed: "red",
  withdrawn: "gray",
  not_configured: "yellow",
};
const DONE: MailStatus[] = ["sent", "bounced", "failed", "withdrawn"];

export function MailPage() {
  const word = useMailWords();
  const staffWord = useWords();
  const session = useSessionHere();
  const [status, setStatus] = useState<MailStatus | null>(null);
  const found = useMails(session.session_id, status);
  const first = found.data?.pages[0];
  const mails = found.data?.pages.flatMap((page) => page.items);
  const counts = first?.counts ?? {};
  return (
    <Stack gap="lg">
      <Title order={2} size="h3">
        {word("mail.title")}
      </Title>
      {first?.configured === false && (
        <Alert color="yellow" title={word("mail.not-configured")}>
          {word("mail.not-configured-text")}
        </Alert>
      )}
      <Group align="flex-end">
        <Select
          label={word("mail.status")}
          placeholder={word("mail.status-all")}
          data={STATUSES.filter((each) => each === status || (counts[each] ?? 0) > 0).map((each) => ({
            value: each,
            label: word("mail.status-count", { status: word(`mail-status.${each}`), number: counts[each] ?? 0 }),
          }))}
          value={status}
          onChange={(value) => setStatus(value)}
          clearable
          clearButtonProps={{ "aria-label": staffWord("clear") }}
          flex="0 1 18rem"
        />
      </Group>
      {found.isError && <Failure error={found.error} retry={() => void found.refetch()} />}
      {mails !== undefined &&
        (mails.length === 0 ? (
          <Card padding="xl" radius="lg" withBorder bg="var(--examhall-surface)">
            <Text ta="center" fw={600}>
              {word("mail.none")}
            </Text>
            <Text ta="center" c="dimmed">
              {word("mail.none-hint")}
            </Text>
          </Card>
        ) : (
          <MailTable mails={mails} sessionId={session.session_id} />
        ))}
      {found.hasNextPage && (
        <Button variant="default" mx="auto" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          {staffWord("more")}
        </Button>
      )}
    </Stack>
  );
}

function MailTable({ mails, sessionId }: { mails: MailView[]; sessionId: string }) {
  const word = useMailWords();
  const staffWord = useWords();
  return (
    <ListTable
      minWidth={720}
      heads={[staffWord("person.name"), word("mail.kind"), word("mail.status"), word("mail.when")]}
      actions={staffWord("actions")}
      region={word("mail.title")}
    >
      {mails.map((mail) => (
        <MailRow key={mail.mail_id} mail={mail} sessionId={sessionId} />
      ))}
    </ListTable>
  );
}

function MailRow({ mail, sessionId }: { mail: MailView; sessionId: string }) {
  const word = useMailWords();
  const mayResend = useMay("scheduler");
  const resend = useResend(sessionId);
  const kind = word(`mail-kind.${mail.kind}`);
  const again = () => resend.mutate(mail.mail_id, { onSuccess: () => tellDone(word("mail.resent", { name: mail.name })), onError: tellFailure });
  return (
    <Table.Tr>
      <Table.Td>
        <Text fw={500}>{mail.name}</Text>
        <Text size="sm" c="dimmed" dir="ltr" ta="start" style={{ overflowWrap: "anywhere" }}>
          {mail.email}
        </Text>
      </Table.Td>
      <Table.Td>{(mail.resend_of ?? null) === null ? kind : word("mail.again", { kind })}</Table.Td>
      <Table.Td>
        <Badge variant="light" color={COLOURS[mail.status]} c="var(--mantine-color-text)" tt="none" fw={600}>
          {word(`mail-status.${mail.status}`)}
        </Badge>
        {mail.reason !== null && (
          <Text size="sm" c="dimmed" dir="auto" maw="24rem" style={{ overflowWrap: "anywhere" }}>
            {mail.reason}
          </Text>
        )}
      </Table.Td>
      <Table.Td className="number">
        <MailTime mail={mail} />
      </Table.Td>
      <Table.Td ta="end" data-actions>
        {mayResend && DONE.includes(mail.status) && (
          <Button size="xs" variant="subtle" loading={resend.isPending} onClick={again} aria-label={word("mail.resend-to", { kind, name: mail.name })}>
            {word("mail.resend")}
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

function MailTime({ mail }: { mail: MailView }) {
  const word = useMailWords();
  const here = (instant: string) => momentIn(instant, viewersZone());
  if (mail.sent_at !== null) return <Text size="sm">{here(mail.sent_at)}</Text>;
  return (
    <>
      <Text size="sm">{here(mail.created_at)}</Text>
      {mail.status === "retrying" && mail.due_at !== null && (
        <Text size="xs" c="dimmed">
          {word("mail.next-try", { at: here(mail.due_at), tries: mail.attempts })}
        </Text>
      )}
    </>
  );
}
