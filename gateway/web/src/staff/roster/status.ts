/** The status people see, as `contracts/statuses.py` derives it, with the place in the session where there is no attempt yet. */
import type { Shown } from "../live/StatusMark";
import type { Row } from "../live/types";
import type { ParticipantView, SessionState } from "../app/resources";

export const SHOWN: readonly Shown[] = ["Invited", "Waiting", "In Session", "Paused", "Disconnected", "Complete", "Absent", "Denied", "Removed"];

/** `row` undefined: there is no attempt, or this page does not follow the session. */
export function statusOf({ state }: Pick<ParticipantView, "state">, row: Pick<Row, "status"> | undefined, session: SessionState): Shown {
  if (state === "removed") return "Removed";
  if (state === "denied") return "Denied";
  const begun = row !== undefined && row.status !== "Invited";
  if (begun) return row.status;
  if (session === "ended") return "Absent";
  return state === "invited" ? "Invited" : "Waiting";
}
