/** A session's state: the word, and a colour for the eye. */
import { Badge } from "@mantine/core";
import type { SessionState } from "../app/resources";
import { useWords } from "../app/texts";

const COLOURS: Record<SessionState, string> = {
  draft: "gray",
  scheduled: "indigo",
  open: "cyan",
  running: "teal",
  paused: "yellow",
  ended: "gray",
  cancelled: "red",
};

export function StateBadge({ state }: { state: SessionState }) {
  const word = useWords();
  return (
    <Badge color={COLOURS[state]} variant="light" size="md" c="var(--mantine-color-text)" tt="none" fw={600}>
      {word(`session-state.${state}`)}
    </Badge>
  );
}
