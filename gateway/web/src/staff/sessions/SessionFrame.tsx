/** What every page of one session shares: its name, state, time, and the way to its other pages. */
import { Alert, Anchor, Box, Button, Group, Stack, Text, Title } from "@mantine/core";
import { useEffect, useRef } from "react";
import { Link, Navigate, NavLink, Outlet, useLocation, useOutletContext, useParams } from "react-router";
import { useMay } from "../app/access";
import { Answer } from "../app/Failure";
import type { SessionView } from "../app/resources";
import { useWords } from "../app/texts";
import { tellDone, tellFailure } from "../app/told";
import { MailLink } from "../mail/links";
import { useSession, useStep } from "./queries";
import { SessionMenu } from "./SessionMenu";
import { StateBadge } from "./StateBadge";
import { When } from "./When";

export const useSessionHere = (): SessionView => useOutletContext<SessionView>();

export function SessionFrame() {
  const { sessionId = "" } = useParams();
  const query = useSession(sessionId);
  // Whoever only reviews sees responses, and not whose they are.
  const seesPeople = useMay("scheduler", "proctor", "auditor");
  if (!seesPeople) return <Navigate to={`/staff/reviews?session=${encodeURIComponent(sessionId)}`} replace />;
  return (
    <Answer query={query}>
      {(session) => (
        <Stack gap="lg" maw={1200} mx="auto" w="100%">
          <Head session={session} />
          <Outlet context={session} />
        </Stack>
      )}
    </Answer>
  );
}

function Head({ session }: { session: SessionView }) {
  const word = useWords();
  const { pathname } = useLocation();
  const heading = useRef<HTMLHeadingElement>(null);
  const { name } = session.settings;
  useEffect(() => heading.current?.focus({ preventScroll: true }), [pathname]);
  useEffect(() => {
    document.title = `${name} · Examhall`;
  }, [name, pathname]);
  return (
    <Stack gap="md">
      <Anchor component={Link} to="/staff/sessions" size="sm" className="no-print">
        {word("session.all")}
      </Anchor>
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <div style={{ minWidth: 0 }}>
          <Group gap="sm">
            <Title order={1} size="h2" ref={heading} tabIndex={-1}>
              {name}
            </Title>
            <StateBadge state={session.state} />
          </Group>
          <Text c="dimmed">{session.assessment_title}</Text>
          <When at={session.settings.scheduled_at} timeZone={session.settings.time_zone} />
        </div>
        <Group gap="xs" justify="flex-end" className="no-print">
          <NextStep session={session} />
          <SessionMenu session={session} />
        </Group>
      </Group>
      {session.state === "cancelled" && <Alert color="red">{word("session.is-cancelled")}</Alert>}
      <SessionTabs sessionId={session.session_id} />
    </Stack>
  );
}

/** The one thing that usually comes next. */
function NextStep({ session }: { session: SessionView }) {
  const word = useWords();
  const conducts = useMay("scheduler", "proctor");
  const plans = useMay("scheduler");
  const step = useStep();
  const take = (verb: "schedule" | "open") =>
    step.mutate({ session, verb }, { onSuccess: () => tellDone(word(`session.${verb}-done`)), onError: tellFailure });
  if (session.state === "draft" && plans)
    return (
      <Button loading={step.isPending} onClick={() => take("schedule")}>
        {word("session.schedule")}
      </Button>
    );
  if (session.state === "scheduled" && conducts)
    return (
      <Button loading={step.isPending} onClick={() => take("open")}>
        {word("session.open")}
      </Button>
    );
  return null;
}

export function SessionTabs({ sessionId }: { sessionId: string }) {
  const word = useWords();
  const address = `/staff/sessions/${sessionId}`;
  return (
    <Box style={{ overflowX: "auto" }} className="no-print">
      <Group component="nav" aria-label={word("session.pages")} gap={4} wrap="nowrap">
        <NavLink className="nav-link" to={address} end>
          {word("session.people")}
        </NavLink>
        <MailLink session={address} />
        <NavLink className="nav-link" to={`${address}/live`}>
          {word("session.live")}
        </NavLink>
        <NavLink className="nav-link" to={`${address}/results`}>
          {word("session.results")}
        </NavLink>
        <NavLink className="nav-link" to={`${address}/report`}>
          {word("session.report")}
        </NavLink>
      </Group>
    </Box>
  );
}
