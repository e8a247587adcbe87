/** Which happenings still need somebody to look. Pure. */
import { conversations, type Live } from "./rows";
import type { Activity, Row, Severity } from "./types";

export interface Alert {
  id: string;
  kind: "raised" | "hand" | "away" | "many-away";
  at: string;
  severity: Severity;
  participantId: string | null;
  name: string | null;
  /** The line of the feed that says it, when there is one. */
  activity: Activity | null;
  /** The ids that are acknowledged with it. */
  covers: readonly string[];
}

/** Written by staff themselves: they know. */
const OWN_DEEDS: ReadonlySet<string> = new Set(["incident.recorded", "attempt.was-reset"]);
const AWAY = "attempt.disconnected";
/** More lost connections than this are one matter (a network, a gateway), not many. */
const AWAY_APART_MAX = 5;

/** Not acknowledged, and not settled by itself: who is back needs no alert about having been away. Newest first. */
export function openAlerts(live: Live, acknowledged: ReadonlySet<string>, me: string): Alert[] {
  const raised: Alert[] = [];
  const away = new Map<string, Alert>();
  for (const activity of live.activities) {
    const { activity_id: id, at, severity, participant_id: participantId, name, type } = activity;
    if (severity === "notice" || OWN_DEEDS.has(type)) continue;
    const alert: Alert = { id, kind: "raised", at, severity, participantId, name, activity, covers: [id] };
    if (type !== AWAY) raised.push(alert);
    else if (participantId !== null && !away.has(participantId) && isAway(live.rows.get(participantId)))
      away.set(participantId, { ...alert, kind: "away" });
  }
  return [...raised, ...hands(live, me), ...together([...away.values()].filter((each) => !acknowledged.has(each.id)))]
    .filter((each) => each.kind === "many-away" || !acknowledged.has(each.id))
    .sort((one, other) => (one.at < other.at ? 1 : -1));
}

/** The same list again as long as the same alerts are open: rows change all the time, alerts do not. */
export function rememberedAlerts(acknowledged: readonly string[], me: string): (live: Live) => readonly Alert[] {
  const done = new Set(acknowledged);
  let before: Live | null = null;
  let alerts: readonly Alert[] = [];
  let ids = "";
  return (live) => {
    if (live === before) return alerts;
    before = live;
    const open = openAlerts(live, done, me);
    const now = open.map((each) => `${each.id} ${each.covers.length}`).join();
    if (now !== ids) [alerts, ids] = [open, now];
    return alerts;
  };
}

/** What should be heard: somebody asks for help, or a rule was broken. */
export const isUrgent = ({ kind, severity }: Alert): boolean => kind === "hand" || kind === "raised" || severity === "critical";

function hands(live: Live, me: string): Alert[] {
  return conversations(live, me)
    .filter((each) => each.handRaised)
    .map(({ participantId, last }) => ({
      id: `hand-${participantId}-${last.number}`,
      kind: "hand",
      at: last.sent_at,
      severity: "warning",
      participantId,
      name: live.rows.get(participantId)?.name ?? last.sender.name,
      activity: null,
      covers: [`hand-${participantId}-${last.number}`],
    }));
}

function together(away: readonly Alert[]): readonly Alert[] {
  const newest = away[0];
  if (newest === undefined || away.length <= AWAY_APART_MAX) return away;
  return [{ ...newest, id: "many-away", kind: "many-away", participantId: null, name: null, covers: away.map((each) => each.id) }];
}

const isAway = (row: Row | undefined): boolean => row !== undefined && !row.connected && (row.phase === "active" || row.phase === "waiting");
