/** The audit trail: who did what, when, from where. */
import { Button, Table, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { momentHere } from "../../i18n/moments";
import { Failure } from "../app/Failure";
import { ListTable } from "../app/ListTable";
import { Page } from "../app/Page";
import { tellFailure } from "../app/told";
import { exportAudit, useAudit, type Entry } from "./queries";
import { useWords } from "./texts";

const FILE = "audit-trail.ndjson";

function save(file: Blob): void {
  const address = URL.createObjectURL(file);
  const anchor = document.createElement("a");
  anchor.href = address;
  anchor.download = FILE;
  anchor.click();
  URL.revokeObjectURL(address);
}

export function AuditPage() {
  const word = useWords();
  const found = useAudit();
  const exporting = useMutation({ mutationFn: exportAudit, onSuccess: save, onError: tellFailure });
  const entries = found.data?.pages.flatMap((page) => page.entries);
  return (
    <Page
      title={word("audit.title")}
      about={word("audit.about")}
      actions={
        <Button variant="default" loading={exporting.isPending} onClick={() => exporting.mutate()}>
          {word("audit.export")}
        </Button>
      }
    >
      {found.isError && <Failure error={found.error} retry={() => void found.refetch()} />}
      {entries !== undefined && (entries.length === 0 ? <Text c="dimmed">{word("audit.none")}</Text> : <Entries entries={entries} />)}
      {found.hasNextPage && (
        <Button variant="default" mx="auto" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          {word("audit.older")}
        </Button>
      )}
    </Page>
  );
}

function Entries({ entries }: { entries: Entry[] }) {
  const word = useWords();
  return (
    <ListTable
      minWidth={720}
      heads={[word("audit.number"), word("audit.when"), word("audit.who"), word("audit.what"), word("me.address")]}
      region={word("audit.title")}
    >
      {entries.map((entry) => (
        <Table.Tr key={entry.number}>
          <Table.Td className="number">{entry.number}</Table.Td>
          <Table.Td>{momentHere(entry.at)}</Table.Td>
          <Table.Td>{entry.actor_name}</Table.Td>
          <Table.Td>
            <Text size="sm" fw={600} className="code">
              {entry.action}
            </Text>
            <Text size="sm" style={{ overflowWrap: "anywhere" }}>
              {entry.target}
            </Text>
            <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
              {Object.values(entry.details).join(" · ")}
            </Text>
          </Table.Td>
          <Table.Td className="number">{entry.address}</Table.Td>
        </Table.Tr>
      ))}
    </ListTable>
  );
}
