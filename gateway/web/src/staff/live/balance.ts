/** The sums of a clock's ledger. Pure. */
import type { AttemptView } from "./types";

type Entry = AttemptView["ledger"][number];

export interface Line {
  entry: Entry;
  /** What was left after it, in milliseconds. */
  after: number;
}

export function balances(ledger: readonly Entry[]): { lines: Line[]; balanceMs: number } {
  let balanceMs = 0;
  const lines = ledger.map((entry) => ({ entry, after: (balanceMs += entry.milliseconds) }));
  return { lines, balanceMs };
}
