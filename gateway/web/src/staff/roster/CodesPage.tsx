/** Everybody's personal code, to hand out: on paper, or copied into a letter or a spreadsheet. */
import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { Answer } from "../app/Failure";
import type { ParticipantView } from "../app/resources";
import { useWords } from "../app/texts";
import { copyText } from "../app/told";
import { useSessionHere } from "../sessions/SessionFrame";
import { useEverybody } from "./queries";
import { joinLink } from "./RosterPage";

export function CodesPage() {
  const word = useWords();
  const session = useSessionHere();
  const everybody = useEverybody(session.session_id);
  return (
    <Answer query={everybody}>
      {(people) => {
        const coming = people.filter((person) => person.personal_code !== null && person.state !== "removed");
        return (
          <Stack gap="lg">
            <Group justify="space-between">
              <Title order={2} size="h3">
                {word("codes.title")}
              </Title>
              <Group gap="sm" className="no-print">
                <Button variant="default" disabled={coming.length === 0} onClick={() => void copyText(asTable(coming), word("codes.copied"))}>
                  {word("codes.copy")}
                </Button>
                <Button disabled={coming.length === 0} onClick={() => print()}>
                  {word("codes.print")}
                </Button>
              </Group>
            </Group>
            <Text c="dimmed">{coming.length === 0 ? word("codes.none") : word("codes.text", { address: `${location.host}/join` })}</Text>
            <ul className="codes" style={{ padding: 0, margin: 0 }}>
              {coming.map((person) => (
                <li key={person.participant_id}>
                  <Text fw={600}>{person.name}</Text>
                  <Text size="sm" c="dimmed">
                    {person.external_id ?? " "}
                  </Text>
                  <Text className="code" size="1.25rem" fw={700} mt="xs">
                    {person.personal_code}
                  </Text>
                </li>
              ))}
            </ul>
          </Stack>
        );
      }}
    </Answer>
  );
}

/** Columns as spreadsheets take them. */
function asTable(people: ParticipantView[]): string {
  return people
    .map(({ name, email, external_id, personal_code }) => [name, email ?? "", external_id ?? "", personal_code ?? "", joinLink(personal_code ?? "")].join("\t"))
    .join("\n");
}
