/** Seeing to alerts for everybody: the server keeps it, and every proctor's rows follow. */
import { useCallback, useState } from "react";
import { answerOf } from "../../api/client";
import { BULK_MAX } from "../../api/generated/limits";
import { Problem } from "../../api/problem";
import { tellFailure } from "../app/told";
import type { Alert } from "./alerts";
import { useDashboard } from "./context";
import { problemText } from "./texts";
import type { Watch } from "./watch";

const SEEN_TO = "alert-not-open";

/** A note dismisses them; without one they are acknowledged. That somebody else was faster is no failure. */
export async function settle({ api, sessionId }: Pick<Watch, "api" | "sessionId">, alerts: readonly Alert[], note: string | null): Promise<void> {
  const named = alerts.flatMap(({ id, participantId }) => (participantId === null ? [] : [{ alert_id: id, participant_id: participantId }]));
  for (let first = 0; first < named.length; first += BULK_MAX) {
    const body = { outcome: note === null ? "acknowledged" : "dismissed", note, alerts: named.slice(first, first + BULK_MAX) } as const;
    const { outcomes } = await answerOf(api.POST("/api/v1/sessions/{session_id}/alerts/settle", { params: { path: { session_id: sessionId } }, body }));
    const amiss = outcomes.find(({ problem }) => problem != null && problem !== SEEN_TO);
    if (amiss?.problem != null) throw new Problem(amiss.problem, problemText(amiss.problem, amiss.detail), 409);
  }
}

/** Which alerts are on their way to being acknowledged, and a way to send more there. */
export function useAcknowledging(): { pending: ReadonlySet<string>; acknowledge: (alerts: readonly Alert[]) => void } {
  const { watch } = useDashboard();
  const [pending, setPending] = useState<ReadonlySet<string>>(new Set());
  const acknowledge = useCallback(
    (alerts: readonly Alert[]) => {
      const ids = alerts.map((each) => each.id);
      setPending((before) => new Set([...before, ...ids]));
      settle(watch, alerts, null)
        .catch(tellFailure)
        .finally(() => setPending((before) => new Set([...before].filter((each) => !ids.includes(each)))));
    },
    [watch],
  );
  return { pending, acknowledge };
}
