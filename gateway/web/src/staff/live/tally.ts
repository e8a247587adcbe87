/** Numbers about everybody, from the rows alone. */
import type { Row, Session, Status } from "./types";

export const STATUSES: readonly Status[] = [
  "In Session",
  "Waiting",
  "Paused",
  "Disconnected",
  "Invited",
  "Complete",
  "Absent",
  "Removed",
];

export interface Tally {
  everybody: number;
  connected: number;
  by: Readonly<Record<Status, number>>;
  /** Of those expected (all but the removed), how many came, and how many are complete: 0 to 100, rounded down. */
  participationPercent: number;
  completionPercent: number;
  /** People with an alert that nobody has seen to. */
  alerted: number;
}

export function tally(people: readonly Row[]): Tally {
  const by = Object.fromEntries(STATUSES.map((each) => [each, 0])) as Record<Status, number>;
  let connected = 0;
  let came = 0;
  for (const row of people) {
    by[row.status] += 1;
    if (row.connected) connected += 1;
    if (row.status !== "Removed" && (row.began_at !== null || row.last_seen_at !== null || row.connected)) came += 1;
  }
  const expected = people.length - by.Removed;
  const percent = (part: number) => (expected === 0 ? 0 : Math.floor((part * 100) / expected));
  return {
    everybody: people.length,
    connected,
    by,
    participationPercent: percent(came),
    completionPercent: percent(by.Complete),
    alerted: people.filter((row) => row.alerts > 0).length,
  };
}

/** When the session's own limit cuts everybody off; null without one or before the start. */
export function sessionDeadline(session: Session): number | null {
  const seconds = session.settings.session_limit_seconds ?? null;
  const startedAt = session.started_at ?? null;
  return seconds === null || startedAt === null ? null : Date.parse(startedAt) + seconds * 1000;
}

/** Milliseconds left to one person: running down to the deadline, or standing. Null when nothing is to be counted. */
export function remainingMs(row: Row, now: number): number | null {
  if (row.phase === "complete") return null;
  if (row.deadline_at !== null) return Math.max(0, Date.parse(row.deadline_at) - now);
  return row.remaining_ms;
}

/** Milliseconds the clock ran for one person: what the ledger has, and what runs now. */
export function elapsedMs(row: Row, now: number): number {
  if (row.deadline_at === null || row.phase === "complete") return row.elapsed_ms;
  const used = row.limit_ms + row.extended_ms - Math.max(0, Date.parse(row.deadline_at) - now);
  // A session's own limit brings the deadline forward without time being used; nobody ran longer than since they began.
  const since = row.began_at === null ? used : now - Date.parse(row.began_at);
  return Math.max(row.elapsed_ms, Math.min(used, since));
}

/** "59:05", "1:02:09": digits for the eye. */
export function clockFace(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** "−12:03" or "+5:00", with the milliseconds where there are any: what a ledger adds up. */
export function signedClock(ms: number): string {
  const rest = Math.abs(ms) % 1000;
  const whole = clockFace(Math.abs(ms) - rest);
  return `${ms < 0 ? "−" : "+"}${whole}${rest === 0 ? "" : `.${String(rest).padStart(3, "0")}`}`;
}
