/** What the timer shows, from the row and the server's time alone. */
import type { Row } from "../api/types";
import { secondsLeft } from "../clock/serverClock";

export interface Countdown {
  seconds: number;
  running: boolean;
}

/** Null when there is nothing to count: before the attempt began and after it is complete. */
export function countdown(row: Row, now: number): Countdown | null {
  if (row.phase !== "active" && row.phase !== "paused") return null;
  if (row.deadline_at !== null) return { seconds: secondsLeft(Date.parse(row.deadline_at), now), running: true };
  if (row.remaining_ms !== null) return { seconds: secondsLeft(row.remaining_ms, 0), running: false };
  return null;
}

/** Nothing can be answered any more, though what is on its way still counts. */
export function timeIsUp(row: Row, now: number): boolean {
  if (row.phase !== "active") return false;
  return row.completes_at !== null || countdown(row, now)?.seconds === 0;
}

/** "59:05", "1:02:09": digits for the eye. */
export function clockFace(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** The last five minutes look different. */
export const URGENT_SECONDS = 300;
