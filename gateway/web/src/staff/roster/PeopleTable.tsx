/** Participants in a table, and what can be done for each. */
import { ActionIcon, Card, Group, Menu, Table, Text } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { orReload } from "../../deployment";
import { duration } from "../../i18n/moments";
import { useMay } from "../app/access";
import type { ParticipantView, SessionView } from "../app/resources";
import { useWords, word } from "../app/texts";
import { copyText } from "../app/told";
import { Icon } from "../live/icons";
import { StatusMark, type Shown } from "../live/StatusMark";
import { useWords as useIdentityWords } from "../identity/texts";
import { ChangePerson } from "./ChangePerson";
import { RemovePerson } from "./RemovePerson";

const IdentityRecord = lazy(async () => ({ default: (await orReload(import("../identity/IdentityRecord"))).IdentityRecord }));

type Doing = { what: "remove" | "change" | "identity"; person: ParticipantView };

export interface Standing {
  person: ParticipantView;
  status: Shown;
}

export function PeopleTable({ session, people }: { session: SessionView; people: readonly Standing[] }) {
  const word = useWords();
  const organises = useMay("scheduler", "proctor");
  const [doing, setDoing] = useState<Doing | null>(null);
  const done = () => setDoing(null);
  return (
    <Card padding={0} radius="lg" withBorder bg="var(--examhall-surface)">
      <Table.ScrollContainer minWidth={640} type="native">
        <Table verticalSpacing="sm" horizontalSpacing="md" className="stacked">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{word("person.name")}</Table.Th>
              <Table.Th>{word("person.status")}</Table.Th>
              <Table.Th>{word("person.time")}</Table.Th>
              <Table.Th>{word("person.code")}</Table.Th>
              <Table.Th>
                <span className="visually-hidden">{word("actions")}</span>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {people.map(({ person, status }) => (
              <Table.Tr key={person.participant_id}>
                <Table.Td>
                  <Text fw={500}>{person.name}</Text>
                  <Text size="sm" c="dimmed">
                    {[person.email, person.external_id].filter((each) => each !== null).join(" · ")}
                  </Text>
                </Table.Td>
                <Table.Td>
                  <StatusOf person={person} status={status} />
                </Table.Td>
                <Table.Td className="number" {...(timeText(person) === "" ? {} : { "data-label": word("person.time") })}>
                  {timeText(person)}
                </Table.Td>
                <Table.Td>{person.personal_code !== null && <span className="code">{person.personal_code}</span>}</Table.Td>
                <Table.Td data-actions>{organises && <PersonActions session={session} person={person} onDo={(what) => setDoing({ what, person })} />}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {doing?.what === "remove" && <RemovePerson session={session} person={doing.person} onClose={done} />}
      {doing?.what === "identity" && (
        <Suspense>
          <IdentityRecord participantId={doing.person.participant_id} name={doing.person.name} waits={doing.person.state === "joined"} close={done} />
        </Suspense>
      )}
      {doing?.what === "change" && <ChangePerson session={session} person={doing.person} onClose={done} />}
    </Card>
  );
}

function StatusOf({ person, status }: Standing) {
  const word = useWords();
  return (
    <>
      <StatusMark status={status} />
      {person.state === "joined" && (
        <Text size="xs" c="dimmed" mt={4}>
          {word("roster.asks")}
        </Text>
      )}
      {person.denied_reason != null && (
        <Text size="xs" c="dimmed" mt={4}>
          {person.denied_reason}
        </Text>
      )}
    </>
  );
}

/** Individual time in words; nothing where everybody's applies. */
export function timeText({ accommodation }: ParticipantView): string {
  if (accommodation.time_limit_seconds != null) return duration(accommodation.time_limit_seconds);
  if (accommodation.time_multiplier != null) return word("person.times", { times: Number(accommodation.time_multiplier) });
  return "";
}

function PersonActions({ session, person, onDo }: { session: SessionView; person: ParticipantView; onDo: (what: Doing["what"]) => void }) {
  const word = useWords();
  const identityWord = useIdentityWords();
  const before = session.state === "draft" || session.state === "scheduled" || session.state === "open";
  const gone = person.state === "removed";
  const verified = useMay("proctor") && session.settings.identity_verification === "required" && person.state !== "invited";
  const code = person.personal_code;
  return (
    <Group justify="flex-end">
      <Menu position="bottom-end" shadow="md">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={word("person.menu-of", { name: person.name })}>
            <Icon name="more" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {code !== null && <Menu.Item onClick={() => void copyText(code, word("copy.code"))}>{word("person.copy-code")}</Menu.Item>}
          {verified && <Menu.Item onClick={() => onDo("identity")}>{identityWord("identity.record")}</Menu.Item>}
          {before && !gone && <Menu.Item onClick={() => onDo("change")}>{word("person.change")}</Menu.Item>}
          {!gone && (
            <Menu.Item color="red" onClick={() => onDo("remove")}>
              {word("person.remove")}
            </Menu.Item>
          )}
          {gone && <Menu.Label>{word("person.is-removed")}</Menu.Label>}
        </Menu.Dropdown>
      </Menu>
    </Group>
  );
}
