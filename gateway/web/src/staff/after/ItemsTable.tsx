/** How the items worked: how hard they were, and whether they told strong from weak. */
import { Progress, Table, Text } from "@mantine/core";
import { count } from "../../i18n/moments";
import type { SessionSummary } from "../app/resources";
import { useWords } from "../app/texts";
import { decimal, share } from "./numbers";

/** Below this an item is usually looked at again. */
const WEAK_DISCRIMINATION = 0.2;

export function ItemsTable({ items }: { items: SessionSummary["items"] }) {
  const word = useWords();
  return (
    <Table.ScrollContainer minWidth={520} type="native">
      <Table verticalSpacing="xs" className="stacked">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{word("results.item")}</Table.Th>
            <Table.Th ta="end">{word("items.answered")}</Table.Th>
            <Table.Th>{word("items.difficulty")}</Table.Th>
            <Table.Th ta="end">{word("items.discrimination")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map((item) => (
            <Table.Tr key={item.item_id}>
              <Table.Td>{item.title}</Table.Td>
              <Table.Td ta="end" className="number" data-label={word("items.answered")}>
                {count(item.answered)}
              </Table.Td>
              <Table.Td miw={160} data-label={word("items.difficulty")}>
                <Text size="sm" className="number">
                  {share(item.difficulty)}
                </Text>
                {item.difficulty !== null && <Progress value={Number(item.difficulty) * 100} size="sm" aria-hidden />}
              </Table.Td>
              <Table.Td ta="end" className="number" data-label={word("items.discrimination")}>
                {decimal(item.discrimination)}
                {item.discrimination !== null && Number(item.discrimination) < WEAK_DISCRIMINATION && (
                  <Text component="span" size="xs" display="block" c="dimmed">
                    {word("items.weak")}
                  </Text>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
