/** When too many people come at once: how long to wait before knocking again, by itself. */
import { UNREACHABLE, type Problem } from "../api/problem";

/** Where the server does not say how long. */
const USUAL_SECONDS = 10;
/** Longer than any wait the server asks for when it is full; a limit on guessing asks for more, and is told instead. */
const LONGEST_SECONDS = 60;

/**
 * Seconds to wait, or null: tell the person. `waiting`: we have been asked to wait before, so what passes by itself
 * (the network, a restart, too many from one hall) only prolongs it.
 */
export function secondsToWait(problem: Problem, waiting: boolean, random: number = Math.random()): number | null {
  const full = problem.problem === "overloaded";
  const passing = problem.problem === UNREACHABLE || problem.status === 429 || problem.status >= 500;
  if (!full && !(waiting && passing)) return null;
  const asked = problem.retryAfterS ?? USUAL_SECONDS * (1 + random);
  return Math.max(1, Math.min(LONGEST_SECONDS, Math.ceil(asked)));
}
