/** An import's rows: what each is, the very cell that is wrong, and what became of it. */
import { Badge, Button, List, Select, Stack, Table, Text } from "@mantine/core";
import { useState } from "react";
import { ListTable } from "../app/ListTable";
import { Failure } from "../app/Failure";
import type { ImportRowView, ImportView, RowStatus } from "../app/resources";
import { useWords, word } from "../directory/texts";
import { useImportRows, type Shown } from "./imports";

const COLOURS: Record<RowStatus, string> = { new: "teal", changed: "blue", known: "gray", duplicate: "yellow", error: "red" };
const SHOWN: Shown[] = ["all", "rejected", "new", "changed", "known", "duplicate", "error"];

export function ImportRows({ import_ }: { import_: ImportView }) {
  const word = useWords();
  const wrong = import_.review.duplicate + import_.review.error > 0;
  const [shown, setShown] = useState<Shown>(wrong ? "rejected" : "all");
  const found = useImportRows(import_, shown);
  const rows = found.data?.pages.flatMap((page) => page.items);
  return (
    <Stack>
      <Select
        label={word("import.show")}
        data={SHOWN.map((each) => ({ value: each, label: word(`import-rows.${each}`) }))}
        value={shown}
        onChange={(value) => setShown(SHOWN.find((each) => each === value) ?? "all")}
        allowDeselect={false}
        maw={320}
      />
      {found.isError && <Failure error={found.error} retry={() => void found.refetch()} />}
      {rows !== undefined && rows.length === 0 && <Text c="dimmed">{word("import.no-rows")}</Text>}
      {rows !== undefined && rows.length > 0 && (
        <ListTable
          minWidth={720}
          heads={[word("import.row"), word("person.name"), word("results.state"), word("import.what")]}
          region={word("import.rows")}
        >
          {rows.map((row) => (
            <Line key={`${row.file ?? ""}-${row.number}`} row={row} />
          ))}
        </ListTable>
      )}
      {found.hasNextPage && (
        <Button variant="default" mx="auto" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          {word("more")}
        </Button>
      )}
    </Stack>
  );
}

function Line({ row }: { row: ImportRowView }) {
  const word = useWords();
  return (
    <Table.Tr>
      <Table.Td className="number">
        {row.number}
        {row.file !== null && (
          <Text size="xs" c="dimmed">
            {row.file}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <Text fw={500} style={{ overflowWrap: "anywhere" }} lineClamp={2}>
          <bdi>{row.name}</bdi>
        </Text>
        <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }} lineClamp={2}>
          <bdi>{[row.email, row.external_id].filter((each) => each !== null).join(" · ")}</bdi>
        </Text>
      </Table.Td>
      <Table.Td>
        <Badge variant="light" color={COLOURS[row.status]} c="var(--mantine-color-text)" tt="none">
          {word(`import-row.${row.status}`)}
        </Badge>
      </Table.Td>
      <Table.Td>
        {row.errors.length > 0 && (
          <List size="sm" listStyleType="none">
            {row.errors.map((error) => (
              <List.Item key={`${error.cell} ${error.problem}`}>
                <Text component="span" size="sm" fw={600} className="code">
                  {error.cell}
                </Text>
                {error.value !== "" && (
                  <>
                    {" "}
                    <q style={{ overflowWrap: "anywhere" }}>
                      <bdi>{error.value}</bdi>
                    </q>
                  </>
                )}
                {": "}
                <bdi>{error.detail}</bdi>
              </List.Item>
            ))}
          </List>
        )}
        {row.changes.length > 0 && <Text size="sm">{word("import.changes", { fields: row.changes.map((each) => fieldText(each)).join(", ") })}</Text>}
        {row.outcome !== null && <Text size="sm">{word(`import-outcome.${row.outcome}`)}</Text>}
        {row.seat !== null && <Text size="sm">{word(`import-seat.${row.seat}`)}</Text>}
        {row.reason !== null && row.reason !== "" && <Text size="sm"><bdi>{row.reason}</bdi></Text>}
      </Table.Td>
    </Table.Tr>
  );
}

function fieldText(field: string): string {
  if (field === "email") return word("person.email");
  if (field === "external_id") return word("person.external-id");
  return word(field === "groups" ? "directory.groups" : "person.name");
}
