/** How far an import is, and what came of it. */
import { Alert, Card, Progress, SimpleGrid, Stack, Text } from "@mantine/core";
import type { ImportView } from "../app/resources";
import { useWords, type Key } from "../directory/texts";

export function ImportProgress({ import_ }: { import_: ImportView }) {
  const word = useWords();
  const percent = import_.to_do === 0 ? 0 : Math.round((100 * import_.done) / import_.to_do);
  return (
    <Stack gap="xs">
      <Text role="status">{word("import.progress", { done: import_.done, number: import_.to_do })}</Text>
      <Progress.Root size="lg">
        <Progress.Section value={percent} aria-label={word("import.progress-label")} striped animated />
      </Progress.Root>
    </Stack>
  );
}

/** Titles in the colours of notices are too pale to read (WCAG 1.4.3). */
export const READABLE_TITLE = { title: { color: "var(--mantine-color-text)" } };

interface Count {
  label: Key;
  number: number;
  bad?: boolean;
}

export function Counts({ counts }: { counts: Count[] }) {
  const word = useWords();
  return (
    <SimpleGrid component="dl" cols={{ base: 2, xs: 3, md: counts.length }} spacing="sm" m={0}>
      {counts.map(({ label, number, bad = false }) => (
        <Card key={label} padding="md" radius="md" withBorder bg="var(--examhall-surface)">
          <Text component="dt" size="sm" c="dimmed">
            {word(label)}
          </Text>
          <Text component="dd" m={0} className="number" size="1.6rem" fw={700} c={bad && number > 0 ? "var(--mantine-color-error)" : "var(--mantine-color-text)"}>
            {number}
          </Text>
        </Card>
      ))}
    </SimpleGrid>
  );
}

export function Outcome({ import_ }: { import_: ImportView }) {
  const word = useWords();
  const { outcome, review } = import_;
  const left = review.duplicate + review.error + outcome.refused;
  const directory: Count[] =
    import_.source === "directory"
      ? []
      : [
          { label: "import.added", number: outcome.added },
          { label: "import.updated", number: outcome.updated },
          { label: "import.unchanged", number: outcome.unchanged },
        ];
  const session: Count[] =
    import_.session_id === null
      ? []
      : [
          { label: "import.enrolled", number: outcome.enrolled },
          ...(outcome.invited > 0 ? [{ label: "import.invited" as const, number: outcome.invited }] : []),
          { label: "import.already", number: outcome.already },
          { label: "import.unseated", number: outcome.unseated, bad: true },
        ];
  const missing = left + outcome.unseated;
  return (
    <Stack>
      <Alert color={missing > 0 ? "yellow" : "teal"} styles={READABLE_TITLE} role="status" title={word(missing > 0 ? "import.done-partly" : "import.done")}>
        {missing > 0 ? word("import.done-partly-text", { number: missing }) : word("import.done-text")}
      </Alert>
      <Counts counts={[...directory, ...session, { label: "import.not-added", number: left, bad: true }]} />
    </Stack>
  );
}
