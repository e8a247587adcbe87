/** Participants in a table, and what can be done for each. */
import { ActionIcon, Button, Checkbox, Group, Menu, Table, Text } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { orReload } from "../../deployment";
import { useWords as useDirectoryWords } from "../directory/texts";
import { duration, momentHere } from "../../i18n/moments";
import { ListTable } from "../app/ListTable";
import { useMay } from "../app/access";
import type { ParticipantView, SessionView } from "../app/resources";
import { useWords, word } from "../app/texts";
import { copyText } from "../app/told";
import { Icon } from "../live/icons";
import { StatusMark, type Shown } from "../live/StatusMark";
import { useWords as useIdentityWords } from "../identity/texts";
import { ChangePerson } from "./ChangePerson";
import { InvitePeople } from "./InvitePeople";
import { RemovePerson } from "./RemovePerson";

const IdentityRecord = lazy(async () => ({ default: (await orReload(import("../identity/IdentityRecord"))).IdentityRecord }));

type Doing = { what: "remove" | "change" | "identity" | "invite"; person: ParticipantView };

export interface Standing {
  person: ParticipantView;
  status: Shown;
}

export function PeopleTable({ session, people }: { session: SessionView; people: readonly Standing[] }) {
  const word = useWords();
  const organises = useMay("scheduler", "proctor");
  const [doing, setDoing] = useState<Doing | null>(null);
  const done = () => setDoing(null);
  const directoryWord = useDirectoryWords();
  const invites = organises && session.state !== "ended" && session.state !== "cancelled";
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [inviting, setInviting] = useState(false);
  const some = people.map(({ person }) => person).filter((person) => chosen.has(person.participant_id));
  const choose = (participantId: string) => {
    const next = new Set(chosen);
    if (!next.delete(participantId)) next.add(participantId);
    setChosen(next);
  };
  return (
    <ListTable
      minWidth={640}
      heads={[word("person.name"), word("person.status"), word("person.time"), word("person.code")]}
      actions={word("actions")}
      footer={
        <>
          {some.length > 0 && (
            <Group p="md" justify="space-between" role="region" aria-label={directoryWord("invite.chosen-label")}>
              <Text size="sm" role="status">
                {directoryWord("invite.chosen-number", { number: some.length })}
              </Text>
              <Button size="sm" onClick={() => setInviting(true)}>
                {directoryWord("invite.send")}
              </Button>
            </Group>
          )}
          {inviting && (
            <InvitePeople
              session={session}
              people={some}
              onClose={() => {
                setInviting(false);
                setChosen(new Set());
              }}
            />
          )}
          {doing?.what === "invite" && <InvitePeople session={session} people={[doing.person]} onClose={done} />}
          {doing?.what === "remove" && <RemovePerson session={session} person={doing.person} onClose={done} />}
          {doing?.what === "identity" && (
            <Suspense>
              <IdentityRecord participantId={doing.person.participant_id} name={doing.person.name} waits={doing.person.state === "joined"} close={done} />
            </Suspense>
          )}
          {doing?.what === "change" && <ChangePerson session={session} person={doing.person} onClose={done} />}
        </>
      }
    >
      {people.map(({ person, status }) => (
        <Table.Tr key={person.participant_id}>
          <Table.Td>
            <Group gap="sm" wrap="nowrap" align="flex-start">
              {invites && person.state !== "removed" && (
                <Checkbox
                  mt={4}
                  aria-label={directoryWord("invite.choose", { name: person.name })}
                  checked={chosen.has(person.participant_id)}
                  onChange={() => choose(person.participant_id)}
                />
              )}
              <div>
                <Text fw={500}>{person.name}</Text>
                <Text size="sm" c="dimmed">
                  {[person.email, person.external_id].filter((each) => each !== null).join(" · ")}
                </Text>
                {person.invited_at != null && (
                  <Text size="xs" c="dimmed">
                    {directoryWord("invite.invited-at", { moment: momentHere(person.invited_at) })}
                  </Text>
                )}
              </div>
            </Group>
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
    </ListTable>
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
  const over = session.state === "ended" || session.state === "cancelled";
  const gone = person.state === "removed";
  const verified = useMay("proctor") && session.settings.identity_verification === "required" && person.state !== "invited";
  const directoryWord = useDirectoryWords();
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
          {!over && !gone && person.email !== null && (
            <Menu.Item onClick={() => onDo("invite")}>{directoryWord(person.invited_at != null ? "invite.send-again" : "invite.send")}</Menu.Item>
          )}
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
