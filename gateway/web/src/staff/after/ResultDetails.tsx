/** How one result came about, item by item, in the words of the scoring. */
import { Table, Text } from "@mantine/core";
import { Dialog } from "../app/Dialog";
import type { Result } from "../app/resources";
import { useWords } from "../app/texts";
import { decimal } from "./numbers";
import { useItemTitles } from "./queries";

export function ResultDetails({ result, onClose }: { result: Result; onClose: () => void }) {
  const word = useWords();
  const titles = useItemTitles(result.session_id);
  return (
    <Dialog onClose={onClose} title={<bdi>{result.name}</bdi>} size="xl">
      <Table.ScrollContainer minWidth={420} type="native">
        <Table verticalSpacing="xs" className="stacked">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{word("results.item")}</Table.Th>
              <Table.Th ta="end">{word("results.points")}</Table.Th>
              <Table.Th>{word("results.explanation")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {result.items.map((item) => (
              <Table.Tr key={item.item_id}>
                <Table.Td fw={500} dir="auto">
                  {titles.data?.get(item.item_id) ?? item.item_id}
                </Table.Td>
                <Table.Td ta="end" className="number">
                  {word("results.points-of", { points: decimal(item.points), available: decimal(item.points_available) })}
                </Table.Td>
                <Table.Td>
                  <Text size="sm" dir="auto">
                    {item.explanation}
                  </Text>
                  {item.comment !== "" && (
                    <Text size="sm" c="dimmed" dir="auto">
                      {item.comment}
                    </Text>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Text size="xs" c="dimmed" mt="md" style={{ overflowWrap: "anywhere" }} dir="ltr">
        {word("results.digest", { digest: result.responses_digest })}
      </Text>
    </Dialog>
  );
}
