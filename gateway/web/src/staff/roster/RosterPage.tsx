/** The people of a session: who has a place, who waits, their codes. */
import { Button, Card, Group, Select, SimpleGrid, Stack, Text, TextInput, Title } from "@mantine/core";
import { useDebouncedValue, useDisclosure } from "@mantine/hooks";
import { useState } from "react";
import { Link } from "react-router";
import { useMay } from "../app/access";
import { Failure } from "../app/Failure";
import type { EnrollmentState, SessionView } from "../app/resources";
import { useWords } from "../app/texts";
import { copyText } from "../app/told";
import { useSessionHere } from "../sessions/SessionFrame";
import { AddPeople } from "./AddPeople";
import { MoreWaysToAdd } from "./MoreWaysToAdd";
import { PeopleTable } from "./PeopleTable";
import { useParticipants } from "./queries";
import { WaitingPeople } from "./WaitingPeople";

const STATES: EnrollmentState[] = ["invited", "joined", "admitted", "denied", "removed"];
const TYPING_PAUSE_MS = 250;

export function RosterPage() {
  const word = useWords();
  const session = useSessionHere();
  const organises = useMay("scheduler", "proctor");
  const [adding, add] = useDisclosure();
  const [search, setSearch] = useState("");
  const [searched] = useDebouncedValue(search.trim(), TYPING_PAUSE_MS);
  const [state, setState] = useState<EnrollmentState | null>(null);
  const found = useParticipants(session.session_id, { state, search: searched });
  const people = found.data?.pages.flatMap((page) => page.items);
  const over = session.state === "ended" || session.state === "cancelled";
  const byHand = organises && !over && session.settings.enrollment_mode !== "auto";
  return (
    <Stack gap="lg">
      {session.code !== null && !over && <SessionCode session={session} code={session.code} />}
      {!over && <WaitingPeople session={session} />}
      <Group justify="space-between">
        <Title order={2} size="h3">
          {word("roster.title")}
        </Title>
        {organises && (
          <Group gap="sm">
            <Button variant="default" component={Link} to={`/staff/sessions/${session.session_id}/codes`}>
              {word("roster.codes")}
            </Button>
            {byHand && <MoreWaysToAdd session={session} />}
            {byHand && <Button onClick={add.open}>{word("roster.add")}</Button>}
          </Group>
        )}
      </Group>
      <Group align="flex-end" role="search">
        <TextInput type="search" label={word("roster.search")} value={search} onChange={(event) => setSearch(event.currentTarget.value)} flex="1 1 14rem" />
        <Select
          label={word("roster.state")}
          placeholder={word("sessions.states-all")}
          data={STATES.map((each) => ({ value: each, label: word(`enrollment-state.${each}`) }))}
          value={state}
          onChange={(value) => setState(value)}
          clearable
          clearButtonProps={{ "aria-label": word("clear") }}
          flex="1 1 12rem"
        />
      </Group>
      {found.isError && <Failure error={found.error} retry={() => void found.refetch()} />}
      {people !== undefined &&
        (people.length === 0 ? (
          <Card padding="xl" radius="lg" withBorder bg="var(--examhall-surface)">
            <Text ta="center" fw={600}>
              {word(searched === "" && state === null ? "roster.nobody" : "roster.nobody-found")}
            </Text>
            {byHand && searched === "" && state === null && (
              <Text ta="center" c="dimmed">
                {word("roster.nobody-hint")}
              </Text>
            )}
          </Card>
        ) : (
          <PeopleTable session={session} people={people} />
        ))}
      {found.hasNextPage && (
        <Button variant="default" mx="auto" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          {word("more")}
        </Button>
      )}
      {adding && <AddPeople session={session} onClose={add.close} />}
    </Stack>
  );
}

function SessionCode({ session, code }: { session: SessionView; code: string }) {
  const word = useWords();
  const link = joinLink(code);
  return (
    <Card padding="lg" radius="lg" withBorder bg="var(--examhall-surface)">
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="lg">
        <div>
          <Text size="sm" c="dimmed">
            {word("roster.session-code")}
          </Text>
          <Text className="code" size="1.75rem" fw={700} lh={1.3}>
            {code}
          </Text>
          <Button variant="default" size="xs" mt="xs" onClick={() => void copyText(code, word("copy.code"))} aria-label={word("copy.code-of", { name: session.settings.name })}>
            {word("copy")}
          </Button>
        </div>
        <div>
          <Text size="sm" c="dimmed">
            {word("roster.join-link")}
          </Text>
          <Text style={{ overflowWrap: "anywhere" }} dir="ltr" ta="start" lh={1.3} py={6}>
            {link}
          </Text>
          <Button variant="default" size="xs" mt="xs" onClick={() => void copyText(link, word("copy.link"))} aria-label={word("copy.link-of", { name: session.settings.name })}>
            {word("copy")}
          </Button>
        </div>
      </SimpleGrid>
    </Card>
  );
}

export const joinLink = (code: string): string => `${location.origin}/join?code=${encodeURIComponent(code)}`;
