/** Results of a session: who has how many points, what still waits for a reviewer, and making them visible. */
import { Alert, Anchor, Badge, Button, Card, Group, Stack, Table, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useState } from "react";
import { Link } from "react-router";
import { ListTable } from "../app/ListTable";
import { useMay } from "../app/access";
import { Answer } from "../app/Failure";
import { FormDialog } from "../app/FormDialog";
import type { Result, Results } from "../app/resources";
import { useWords } from "../app/texts";
import { tellDone } from "../app/told";
import { useSessionHere } from "../sessions/SessionFrame";
import { decimal, percent } from "./numbers";
import { useRelease, useResults } from "./queries";
import { ResultDetails } from "./ResultDetails";

const COLOURS: Record<Result["state"], string> = { provisional: "yellow", final: "indigo", released: "teal" };

export function ResultsPage() {
  const session = useSessionHere();
  const query = useResults(session.session_id);
  return <Answer query={query}>{(results) => <Loaded results={results} />}</Answer>;
}

function Loaded({ results }: { results: Results }) {
  const word = useWords();
  const session = useSessionHere();
  const reviews = useMay("reviewer");
  const releases = useMay("scheduler", "proctor");
  const [asking, ask] = useDisclosure();
  const [shown, setShown] = useState<Result | null>(null);
  const all = results.results.map((each) => each.result).sort((one, other) => one.name.localeCompare(other.name));
  const unreleased = all.filter((each) => each.state !== "released");
  const outstanding = results.reviews_outstanding;
  return (
    <Stack gap="lg">
      <Group justify="space-between">
        <Title order={2} size="h3">
          {word("results.title")}
        </Title>
        {releases && unreleased.length > 0 && (
          <Button onClick={ask.open} disabled={outstanding > 0} className="no-print">
            {word("results.release")}
          </Button>
        )}
      </Group>
      {outstanding > 0 && (
        <Alert color="yellow">
          {word("results.outstanding", { count: outstanding })}{" "}
          {reviews && (
            <Anchor component={Link} to={`/staff/reviews?session=${session.session_id}`} size="sm" c="inherit" underline="always" className="no-print">
              {word("results.to-reviews")}
            </Anchor>
          )}
        </Alert>
      )}
      {all.length === 0 ? (
        <Card padding="xl" radius="lg" withBorder bg="var(--examhall-surface)">
          <Text ta="center" fw={600}>
            {word("results.none")}
          </Text>
        </Card>
      ) : (
        <ResultsTable results={all} onShow={setShown} />
      )}
      {shown !== null && <ResultDetails result={shown} onClose={() => setShown(null)} />}
      {asking && <Release count={unreleased.length} onClose={ask.close} />}
    </Stack>
  );
}

function ResultsTable({ results, onShow }: { results: Result[]; onShow: (result: Result) => void }) {
  const word = useWords();
  return (
    <ListTable
      minWidth={600}
      heads={[word("person.name"), { label: word("results.points"), end: true }, { label: word("results.percent"), end: true }, word("results.passed"), word("results.state")]}
      actions={word("actions")}
    >
      {results.map((result) => (
        <Table.Tr key={result.participant_id}>
          <Table.Td fw={500}>{result.name}</Table.Td>
          <Table.Td ta="end" className="number" data-label={word("results.points")}>
            {word("results.points-of", { points: decimal(result.points), available: decimal(result.points_available) })}
          </Table.Td>
          <Table.Td ta="end" className="number" data-label={word("results.percent")}>
            {percent(result.percent)}
          </Table.Td>
          <Table.Td data-label={word("results.passed")}>{result.passed === null ? "–" : word(result.passed ? "results.yes" : "results.no")}</Table.Td>
          <Table.Td>
            <Badge variant="light" color={COLOURS[result.state]} c="var(--mantine-color-text)" tt="none" fw={600}>
              {word(`result-state.${result.state}`)}
            </Badge>
          </Table.Td>
          <Table.Td ta="end" data-actions>
            <Button size="xs" variant="subtle" className="no-print" aria-label={word("results.details-of", { name: result.name })} onClick={() => onShow(result)}>
              {word("results.details")}
            </Button>
          </Table.Td>
        </Table.Tr>
      ))}
    </ListTable>
  );
}

function Release({ count, onClose }: { count: number; onClose: () => void }) {
  const word = useWords();
  const session = useSessionHere();
  const release = useRelease(session.session_id);
  const confirm = () =>
    release.mutate(null, {
      onSuccess: ({ released }) => {
        tellDone(word("results.released", { count: released.length }));
        onClose();
      },
    });
  return (
    <FormDialog title={word("results.release-title")} button={word("results.release")} pending={release.isPending} error={release.error} onClose={onClose} onSubmit={confirm}>
      <Text size="sm">{word("results.release-text", { count })}</Text>
    </FormDialog>
  );
}
