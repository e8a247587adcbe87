/** Sessions on a calendar, on the viewer's days. */
import { Anchor, Button, Group, SegmentedControl, Text, Title } from "@mantine/core";
import { useEffect } from "react";
import { Link, useSearchParams } from "react-router";
import { useLanguage } from "../../i18n/text";
import { timeHere } from "../../i18n/moments";
import { Failure } from "../app/Failure";
import { Page } from "../app/Page";
import type { SessionView } from "../app/resources";
import { useWords } from "../app/texts";
import { daysShown, firstWeekdayIn, step, type Span } from "./calendar";
import { useSessions } from "./queries";
import { viewersZone, wallTimeOf } from "./zonedTime";

const EVERYTHING = { states: [], search: "", mine: false };
const PAGE = 200;
const PAGES_MAX = 20;

export function CalendarPage() {
  const word = useWords();
  const language = useLanguage();
  const [parameters, setParameters] = useSearchParams();
  const today = wallTimeOf(new Date().toISOString(), viewersZone()).date;
  const day = parameters.get("day") ?? today;
  const span: Span = parameters.get("span") === "week" ? "week" : "month";
  const days = daysShown(day, span, firstWeekdayIn(language));
  const byDay = useSessionsByDay();
  const show = (next: { day?: string; span?: string }) => setParameters({ day: next.day ?? day, span: next.span ?? span }, { replace: true });
  const month = new Intl.DateTimeFormat(language, { month: "long", year: "numeric", timeZone: "UTC" }).format(new Date(`${day}T00:00:00Z`));
  return (
    <Page
      title={word("calendar.title")}
      actions={
        <Button variant="default" component={Link} to="/staff/sessions">
          {word("calendar.list")}
        </Button>
      }
    >
      <Group justify="space-between">
        <Group gap="xs">
          <Button variant="default" onClick={() => show({ day: step(day, span, -1) })}>
            {word("calendar.before")}
          </Button>
          <Button variant="default" onClick={() => show({ day: today })}>
            {word("calendar.today")}
          </Button>
          <Button variant="default" onClick={() => show({ day: step(day, span, 1) })}>
            {word("calendar.after")}
          </Button>
        </Group>
        <Title order={2} size="h3" aria-live="polite">
          {month}
        </Title>
        <SegmentedControl
          aria-label={word("calendar.span")}
          data={[
            { value: "month", label: word("calendar.month") },
            { value: "week", label: word("calendar.week") },
          ]}
          value={span}
          onChange={(value) => show({ span: value })}
        />
      </Group>
      {byDay.error !== null && <Failure error={byDay.error} />}
      <ul className={`calendar calendar-${span}`}>
        {days.map((each) => (
          <Day key={each} day={each} dim={span === "month" && each.slice(0, 7) !== day.slice(0, 7)} today={each === today} sessions={byDay.sessions.get(each) ?? []} />
        ))}
      </ul>
    </Page>
  );
}

function Day({ day, dim, today, sessions }: { day: string; dim: boolean; today: boolean; sessions: SessionView[] }) {
  const word = useWords();
  const language = useLanguage();
  const date = new Date(`${day}T00:00:00Z`);
  const name = new Intl.DateTimeFormat(language, { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" }).format(date);
  return (
    <li data-today={today || undefined} data-empty={sessions.length === 0 || undefined} data-dim={dim || undefined}>
      <Text component="h3" size="xs" fw={today ? 700 : 500} m={0} {...(!today && { c: "dimmed" })}>
        {name}
        {today && <span className="visually-hidden">, {word("calendar.today")}</span>}
      </Text>
      {sessions.length > 0 && (
        <ul>
          {sessions.map((session) => (
            <li key={session.session_id}>
              <Anchor component={Link} to={`/staff/sessions/${session.session_id}`} size="sm" className="calendar-session" title={word(`session-state.${session.state}`)}>
                <span className="number">{timeHere(session.settings.scheduled_at)}</span> {session.settings.name}
                <span className="visually-hidden">, {word(`session-state.${session.state}`)}</span>
              </Anchor>
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}

function useSessionsByDay(): { sessions: Map<string, SessionView[]>; error: unknown } {
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage } = useSessions(EVERYTHING, PAGE);
  const pages = data?.pages.length ?? 0;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && pages < PAGES_MAX) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, pages, fetchNextPage]);
  const sessions = new Map<string, SessionView[]>();
  const all = data?.pages.flatMap((page) => page.items) ?? [];
  all.sort((one, other) => one.settings.scheduled_at.localeCompare(other.settings.scheduled_at));
  for (const session of all) {
    const day = wallTimeOf(session.settings.scheduled_at, viewersZone()).date;
    sessions.set(day, [...(sessions.get(day) ?? []), session]);
  }
  return { sessions, error };
}
