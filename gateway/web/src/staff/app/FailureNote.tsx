/** Why a request did not get through; nothing was lost, it may be sent again. */
import { Text } from "@mantine/core";
import type { Problem } from "../../api/problem";
import { failureText } from "./Failure";

export function FailureNote({ problem }: { problem: Problem | null }) {
  if (problem === null) return null;
  return (
    <Text c="var(--mantine-color-error)" size="sm" role="alert">
      {failureText(problem)}
    </Text>
  );
}
