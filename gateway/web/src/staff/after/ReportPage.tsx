/** The session's summary: who came, how long it took, how they scored, what the items did, every clock's ledger. */
import "@mantine/charts/styles.css";
import { Alert, Button, Card, Group, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { momentHere } from "../../i18n/moments";
import { Answer } from "../app/Failure";
import type { SessionSummary } from "../app/resources";
import { useWords, type Key } from "../app/texts";
import { useSecurityWords } from "../sessions/securityTexts";
import { useSessionHere } from "../sessions/SessionFrame";
import { AlertsTable } from "./AlertsTable";
import { AttendancePlot, ScoresPlot } from "./Plots";
import { ItemsTable } from "./ItemsTable";
import { Ledgers } from "./Ledgers";
import { clock, percent } from "./numbers";
import { useSummary } from "./queries";
import { WhoWhen } from "./WhoWhen";

export function ReportPage() {
  const word = useWords();
  const session = useSessionHere();
  const query = useSummary(session.session_id);
  return (
    <Stack gap="lg">
      <Group justify="space-between">
        <Title order={2} size="h3">
          {word("report.title")}
        </Title>
        <Group gap="sm" className="no-print">
          <Button variant="default" loading={query.isFetching} onClick={() => void query.refetch()}>
            {word("report.refresh")}
          </Button>
          <Button onClick={() => print()}>{word("report.print")}</Button>
        </Group>
      </Group>
      <Answer query={query}>{(summary) => <Report summary={summary} />}</Answer>
    </Stack>
  );
}

function Report({ summary }: { summary: SessionSummary }) {
  const word = useWords();
  const securityWord = useSecurityWords();
  const { times, session } = summary;
  const seconds = (value: string | null): string => (value === null ? "–" : clock(Number(value) * 1000));
  const numbers: [Key, string][] = [
    ["report.participation", percent(summary.participation_percent)],
    ["report.completion", percent(summary.completion_percent)],
    ["report.mean", percent(summary.mean_percent)],
    ["report.pass-mark", percent(session.pass_mark_percent)],
    ["report.median-time", seconds(times.median_seconds)],
    ["report.mean-time", seconds(times.mean_seconds)],
    ["report.shortest-time", seconds(times.shortest_seconds)],
    ["report.longest-time", seconds(times.longest_seconds)],
  ];
  return (
    <>
      <Text size="sm" c="dimmed">
        {word("report.made", { moment: momentHere(summary.generated_at) })}
      </Text>
      {summary.session.state !== "ended" && <Alert color="indigo">{word("report.not-over")}</Alert>}
      <SimpleGrid cols={{ base: 2, sm: 4 }} component="dl" m={0}>
        {numbers.map(([key, value]) => (
          <Card key={key} padding="md" radius="lg" withBorder bg="var(--examhall-surface)">
            <Text size="sm" c="dimmed" component="dt">
              {word(key)}
            </Text>
            <Text size="xl" fw={650} className="number" component="dd" m={0}>
              {value}
            </Text>
          </Card>
        ))}
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Part title={word("report.scores")}>
          <ScoresPlot buckets={summary.scores} />
        </Part>
        <Part title={word("report.attendance")}>
          <AttendancePlot attendance={summary.attendance} />
        </Part>
      </SimpleGrid>
      <Part title={word("report.who-when")}>
        <WhoWhen participants={summary.participants} />
      </Part>
      <Part title={word("report.items")} about={word("report.items-about")}>
        <ItemsTable items={summary.items} />
      </Part>
      <Part title={word("report.ledgers")} about={word("report.ledgers-about")}>
        <Ledgers participants={summary.participants} />
      </Part>
      {summary.alerts.length > 0 && (
        <Part title={securityWord("report.alerts")} about={securityWord("report.alerts-about")}>
          <AlertsTable alerts={summary.alerts} />
        </Part>
      )}
      {summary.incidents.length > 0 && (
        <Part title={word("report.incidents")}>
          <ul>
            {summary.incidents.map((incident) => (
              <li key={incident.incident_id}>{word("report.incident", { moment: momentHere(incident.moment), by: incident.by.name, note: incident.note })}</li>
            ))}
          </ul>
        </Part>
      )}
    </>
  );
}

function Part({ title, about, children }: { title: string; about?: string; children: ReactNode }) {
  return (
    <Card padding="lg" radius="lg" withBorder bg="var(--examhall-surface)" component="section" aria-label={title} className="print-part">
      <Title order={3} size="h4" mb={about === undefined ? "md" : 4}>
        {title}
      </Title>
      {about !== undefined && (
        <Text size="sm" c="dimmed" mb="md">
          {about}
        </Text>
      )}
      {children}
    </Card>
  );
}
