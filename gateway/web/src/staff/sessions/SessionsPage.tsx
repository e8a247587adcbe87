/** Every session as a list: searched, narrowed by state, one's own. */
import { Button, Card, Group, Switch, Stack, Table, Text, TextInput, MultiSelect, Anchor } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { useMay } from "../app/access";
import { Failure } from "../app/Failure";
import { ListTable } from "../app/ListTable";
import { Page } from "../app/Page";
import type { SessionState, SessionView } from "../app/resources";
import { useWords } from "../app/texts";
import { useSessions } from "./queries";
import { SessionMenu } from "./SessionMenu";
import { StateBadge } from "./StateBadge";
import { When } from "./When";

export const SESSION_STATES: SessionState[] = ["draft", "scheduled", "open", "running", "paused", "ended", "cancelled"];
const TYPING_PAUSE_MS = 250;

export function SessionsPage() {
  const word = useWords();
  const plans = useMay("scheduler");
  const [parameters, setParameters] = useSearchParams();
  const [search, setSearch] = useState(parameters.get("search") ?? "");
  const [searched] = useDebouncedValue(search.trim(), TYPING_PAUSE_MS);
  const states = parameters.getAll("state").filter((each): each is SessionState => SESSION_STATES.some((state) => state === each));
  const mine = parameters.get("mine") === "yes";
  const found = useSessions({ states, search: searched, mine });
  const sessions = found.data?.pages.flatMap((page) => page.items);

  const narrow = (change: { states?: string[]; mine?: boolean }) => {
    const next = new URLSearchParams();
    (change.states ?? states).forEach((state) => next.append("state", state));
    if (change.mine ?? mine) next.set("mine", "yes");
    setParameters(next, { replace: true });
  };

  return (
    <Page
      title={word("sessions.title")}
      actions={
        <>
          <Button variant="default" component={Link} to="/staff/sessions/calendar">
            {word("sessions.calendar")}
          </Button>
          {plans && (
            <Button variant="default" component={Link} to="/staff/sessions/templates">
              {word("template.title")}
            </Button>
          )}
          {plans && (
            <Button component={Link} to="/staff/sessions/new">
              {word("sessions.new")}
            </Button>
          )}
        </>
      }
    >
      <Group align="flex-end" gap="md" role="search">
        <TextInput
          type="search"
          label={word("sessions.search")}
          placeholder={word("sessions.search-hint")}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          flex="1 1 16rem"
        />
        <MultiSelect
          label={word("sessions.states")}
          placeholder={states.length === 0 ? word("sessions.states-all") : ""}
          data={SESSION_STATES.map((state) => ({ value: state, label: word(`session-state.${state}`) }))}
          value={states}
          onChange={(values) => narrow({ states: values })}
          clearable
          clearButtonProps={{ "aria-label": word("clear") }}
          flex="1 1 16rem"
        />
        <Switch label={word("sessions.mine")} checked={mine} onChange={(event) => narrow({ mine: event.currentTarget.checked })} mb={8} />
      </Group>
      {found.isError && <Failure error={found.error} retry={() => void found.refetch()} />}
      {sessions !== undefined && (
        <>
          <Text className="visually-hidden" role="status">
            {word("sessions.found", { count: sessions.length })}
          </Text>
          {sessions.length === 0 ? <Nothing narrowed={states.length > 0 || mine || searched !== ""} plans={plans} /> : <List sessions={sessions} />}
          {found.hasNextPage && (
            <Button variant="default" mx="auto" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
              {word("more")}
            </Button>
          )}
        </>
      )}
    </Page>
  );
}

function Nothing({ narrowed, plans }: { narrowed: boolean; plans: boolean }) {
  const word = useWords();
  return (
    <Card padding="xl" radius="lg" withBorder bg="var(--examhall-surface)">
      <Stack align="center" py="lg" gap="sm">
        <Text fw={600}>{word(narrowed ? "sessions.none-found" : "sessions.none")}</Text>
        {!narrowed && plans && <Text c="dimmed">{word("sessions.none-hint")}</Text>}
      </Stack>
    </Card>
  );
}

function List({ sessions }: { sessions: SessionView[] }) {
  const word = useWords();
  return (
    <ListTable
      minWidth={640}
      heads={[word("sessions.name"), word("sessions.when"), word("sessions.state"), word("sessions.code")]}
      actions={word("actions")}
      highlight
    >
      {sessions.map((session) => (
        <Line key={session.session_id} session={session} />
      ))}
    </ListTable>
  );
}

function Line({ session }: { session: SessionView }) {
  const word = useWords();
  const address = `/staff/sessions/${session.session_id}`;
  const live = session.state === "open" || session.state === "running" || session.state === "paused";
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor component={Link} to={address} fw={600}>
          {session.settings.name}
        </Anchor>
        <Text size="sm" c="dimmed">
          {session.assessment_title}
        </Text>
      </Table.Td>
      <Table.Td>
        <When at={session.settings.scheduled_at} timeZone={session.settings.time_zone} />
      </Table.Td>
      <Table.Td>
        <StateBadge state={session.state} />
      </Table.Td>
      <Table.Td>{session.code !== null && <span className="code">{session.code}</span>}</Table.Td>
      <Table.Td data-actions>
        <Group gap="xs" justify="flex-end" wrap="nowrap">
          {live && (
            <Button size="xs" variant="light" component={Link} to={`${address}/live`} aria-label={word("session.live-of", { name: session.settings.name })}>
              {word("session.live")}
            </Button>
          )}
          <SessionMenu session={session} />
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}
