/** Which happenings still need somebody to look. Pure. */
import { conversations, type Live } from "./rows";
import type { Activity, OpenAlert, Row, Severity } from "./types";

export interface Alert {
  id: string;
  /** `raised`: by a rule, kept by the server. The others are what this page makes of rows and messages. */
  kind: "raised" | "hand" | "away" | "many-away";
  at: string;
  severity: Severity;
  participantId: string | null;
  name: string | null;
  raised: OpenAlert | null;
  /** The line of the feed that says it, when there is one. */
  activity: Activity | null;
  /** The ids that are acknowledged with it. */
  covers: readonly string[];
}

const AWAY = "attempt.disconnected";
/** More lost connections than this are one matter (a network, a gateway), not many. */
const AWAY_APART_MAX = 5;

/** Seen to by nobody, and not settled by itself: who is back needs no alert about having been away. Newest first. */
export function openAlerts(live: Live, hidden: ReadonlySet<string>, me: string): Alert[] {
  const away = new Map<string, Alert>();
  for (const activity of live.activities) {
    const { activity_id: id, at, severity, participant_id: participantId, name, type } = activity;
    if (type !== AWAY || participantId === null || away.has(participantId) || !isAway(live.rows.get(participantId))) continue;
    away.set(participantId, { id, kind: "away", at, severity, participantId, name, raised: null, activity, covers: [id] });
  }
  const own = [...hands(live, me), ...together([...away.values()].filter((each) => !hidden.has(each.id)))];
  return [...raised(live), ...own.filter((each) => each.kind === "many-away" || !hidden.has(each.id))].sort(
    (one, other) => rank(one) - rank(other) || (one.at < other.at ? 1 : -1),
  );
}

const RANKS: Readonly<Record<Severity, number>> = { critical: 0, warning: 2, notice: 3 };
/** Somebody who asks for help waits; only what is critical comes before. */
const rank = ({ kind, severity }: Alert): number => (kind === "hand" ? 1 : RANKS[severity]);

function raised(live: Live): Alert[] {
  return live.people
    .filter((row) => row.alerts > 0)
    .flatMap(({ participant_id, name, open_alerts }) =>
      open_alerts.map((open) => ({
        id: open.alert_id,
        kind: "raised" as const,
        at: open.raised_at,
        severity: open.severity,
        participantId: participant_id,
        name,
        raised: open,
        activity: null,
        covers: [open.alert_id],
      })),
    );
}

/** The same list again as long as the same alerts are open: rows change all the time, alerts do not. */
export function rememberedAlerts(hidden: readonly string[], me: string): (live: Live) => readonly Alert[] {
  const done = new Set(hidden);
  let before: Live | null = null;
  let alerts: readonly Alert[] = [];
  let ids = "";
  return (live) => {
    if (live === before) return alerts;
    before = live;
    const open = openAlerts(live, done, me);
    const now = open.map((each) => `${each.id} ${each.covers.length} ${each.raised?.count ?? 0} ${each.raised?.seconds ?? 0}`).join();
    if (now !== ids) [alerts, ids] = [open, now];
    return alerts;
  };
}

/** What should be heard: somebody asks for help, or something critical. More would be heard all the time in a large hall. */
export const isUrgent = ({ kind, severity }: Alert): boolean => kind === "hand" || severity === "critical";

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
      raised: null,
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
