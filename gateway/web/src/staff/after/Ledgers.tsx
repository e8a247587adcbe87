/** Every person's clock to the millisecond: granted, extended, ran, and what remained. */
import { Accordion, Button, Group, Table, Text } from "@mantine/core";
import { useState } from "react";
import { timeHere } from "../../i18n/moments";
import type { ParticipantReport } from "../app/resources";
import { useWords } from "../app/texts";
import { clock, exactClock, percent } from "./numbers";

const SHOWN_FIRST = 50;

export function Ledgers({ participants }: { participants: ParticipantReport[] }) {
  const word = useWords();
  const [all, setAll] = useState(participants.length <= SHOWN_FIRST);
  const shown = all ? participants : participants.slice(0, SHOWN_FIRST);
  return (
    <>
      <Accordion multiple variant="default" chevronPosition="left" order={4}>
        {shown.map((person) => (
          <Accordion.Item key={person.participant_id} value={person.participant_id}>
            <Accordion.Control>
              <Group justify="space-between" gap="xs">
                <Text fw={500}>{person.name}</Text>
                <Text size="sm" c="dimmed" className="number">
                  {[word(`status.${person.status}`), clock(person.elapsed_ms), percent(person.percent)].join(" · ")}
                </Text>
              </Group>
            </Accordion.Control>
            <Accordion.Panel>
              <Ledger person={person} />
            </Accordion.Panel>
          </Accordion.Item>
        ))}
      </Accordion>
      {!all && (
        <Button variant="default" mt="md" onClick={() => setAll(true)}>
          {word("ledger.all", { count: participants.length })}
        </Button>
      )}
    </>
  );
}

function Ledger({ person }: { person: ParticipantReport }) {
  const word = useWords();
  if (person.ledger.length === 0) return <Text c="dimmed">{word("ledger.none")}</Text>;
  return (
    <>
      <Table.ScrollContainer minWidth={460} type="native">
        <Table verticalSpacing={4}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{word("ledger.at")}</Table.Th>
              <Table.Th>{word("ledger.what")}</Table.Th>
              <Table.Th ta="end">{word("ledger.time")}</Table.Th>
              <Table.Th>{word("ledger.why")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {person.ledger.map((entry) => (
              <Table.Tr key={entry.entry_id}>
                <Table.Td className="number">{timeHere(entry.at)}</Table.Td>
                <Table.Td>{word(`ledger.${entry.kind}`)}</Table.Td>
                <Table.Td ta="end" className="number" dir="ltr">
                  {exactClock(entry.milliseconds)}
                </Table.Td>
                <Table.Td>{[entry.reason, entry.by.name].filter((each) => each !== "").join(" · ")}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
          <Table.Tfoot>
            <Table.Tr>
              <Table.Th colSpan={2} scope="row">
                {word("ledger.remained")}
              </Table.Th>
              <Table.Th ta="end" className="number" dir="ltr">
                {exactClock(person.remaining_ms)}
              </Table.Th>
              <Table.Th>{word(person.ledger_adds_up ? "ledger.adds-up" : "ledger.does-not-add-up")}</Table.Th>
            </Table.Tr>
          </Table.Tfoot>
        </Table>
      </Table.ScrollContainer>
      <Text size="sm" c="dimmed" mt="xs">
        {word("ledger.person", { answers: person.answers, disconnections: person.disconnections })}
      </Text>
    </>
  );
}
