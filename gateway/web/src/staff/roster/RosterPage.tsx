/** The people of a session: who has a place, who waits, their codes. */
import { Button, Card, Group, Loader, Select, SimpleGrid, Stack, Text, TextInput, Title } from "@mantine/core";
import { useDebouncedValue, useDisclosure } from "@mantine/hooks";
import { useEffect, useMemo, useState } from "react";
import { Link } from "react-router";
import { useMay } from "../app/access";
import { Failure } from "../app/Failure";
import type { SessionView } from "../app/resources";
import { useWords } from "../app/texts";
import { copyText } from "../app/told";
import { IdentitiesWaiting } from "../identity/Waiting";
import { useSessionHere } from "../sessions/SessionFrame";
import { AddPeople } from "./AddPeople";
import type { Shown } from "../live/StatusMark";
import { statusText } from "../live/texts";
import { useWords as useDirectoryWords } from "../directory/texts";
import { InvitePeople } from "./InvitePeople";
import { MoreWaysToAdd } from "./MoreWaysToAdd";
import { PeopleTable } from "./PeopleTable";
import { PAGE, useParticipants } from "./queries";
import { SHOWN, statusOf } from "./status";
import { useRows } from "./useRows";
import { WaitingPeople } from "./WaitingPeople";

const TYPING_PAUSE_MS = 250;

export function RosterPage() {
  const word = useWords();
  const session = useSessionHere();
  const organises = useMay("scheduler", "proctor");
  const [adding, add] = useDisclosure();
  const [inviting, invite] = useDisclosure();
  const directoryWord = useDirectoryWords();
  const [search, setSearch] = useState("");
  const [searched] = useDebouncedValue(search.trim(), TYPING_PAUSE_MS);
  const [status, setStatus] = useState<Shown | null>(null);
  const found = useParticipants(session.session_id, { state: null, search: searched });
  const rows = useRows(session.session_id);
  const read = useMemo(() => found.data?.pages.flatMap((page) => page.items), [found.data]);
  const standing = read?.map((person) => ({ person, status: statusOf(person, rows.get(person.participant_id), session.state) }));
  const people = standing?.filter((each) => status === null || each.status === status);
  // Statuses are known here only, so those looked for may be on any page.
  const { hasNextPage, isFetching, fetchNextPage } = found;
  const looking = status !== null && hasNextPage && people !== undefined && people.length < PAGE;
  useEffect(() => {
    if (looking && !isFetching) void fetchNextPage();
  }, [looking, isFetching, fetchNextPage]);
  const over = session.state === "ended" || session.state === "cancelled";
  const byHand = organises && !over && session.settings.enrollment_mode !== "auto";
  return (
    <Stack gap="lg">
      {session.code !== null && !over && <SessionCode session={session} code={session.code} />}
      {!over && session.settings.identity_verification === "required" && <IdentitiesWaiting sessionId={session.session_id} />}
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
            {!over && (
              <Button variant="default" onClick={invite.open}>
                {directoryWord("invite.all")}
              </Button>
            )}
            {byHand && <MoreWaysToAdd session={session} />}
            {byHand && <Button onClick={add.open}>{word("roster.add")}</Button>}
          </Group>
        )}
      </Group>
      <Group align="flex-end" role="search">
        <TextInput
          type="search"
          label={word("roster.search")}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          flex="1 1 14rem"
        />
        <Select
          label={word("roster.status")}
          placeholder={word("roster.statuses-all")}
          data={SHOWN.map((each) => ({ value: each, label: statusText(each) }))}
          value={status}
          onChange={(value) => setStatus(value)}
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
              {word(searched === "" && status === null ? "roster.nobody" : "roster.nobody-found")}
            </Text>
            {byHand && searched === "" && status === null && (
              <Text ta="center" c="dimmed">
                {word("roster.nobody-hint")}
              </Text>
            )}
          </Card>
        ) : (
          <PeopleTable session={session} people={people} />
        ))}
      {looking && <Loader role="status" aria-label={word("loading")} mx="auto" />}
      {hasNextPage && !looking && (
        <Button variant="default" mx="auto" loading={found.isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {word("more")}
        </Button>
      )}
      {inviting && <InvitePeople session={session} people={null} onClose={invite.close} />}
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
          <Button
            variant="default"
            size="xs"
            mt="xs"
            onClick={() => void copyText(code, word("copy.code"))}
            aria-label={word("copy.code-of", { name: session.settings.name })}
          >
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
          <Button
            variant="default"
            size="xs"
            mt="xs"
            onClick={() => void copyText(link, word("copy.link"))}
            aria-label={word("copy.link-of", { name: session.settings.name })}
          >
            {word("copy")}
          </Button>
        </div>
      </SimpleGrid>
    </Card>
  );
}

export const joinLink = (code: string): string => `${location.origin}/join?code=${encodeURIComponent(code)}`;
