/** Who waits for verification, what they sent, and what is decided about it. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answerOf } from "../../api/client";
import type { components } from "../../api/generated/rest";
import { Problem } from "../../api/problem";
import { api, useMay } from "../app/access";

type Schemas = components["schemas"];
export type Identity = Schemas["IdentityView"];
export type Image = Schemas["IdentityImage"];
type State = Schemas["IdentityState"];

/** Whoever sent pictures stands before a locked door: a proctor hears of it within moments. */
const LOOK_EVERY_MS = 4_000;
/** As many as a listing gives; more follow as these are decided. */
const LISTED_MAX = 200;

export function useQueue(sessionId: string, state: State, wanted: boolean) {
  return useQuery({
    queryKey: ["identities", sessionId, state],
    queryFn: ({ signal }) =>
      answerOf(
        api.GET("/api/v1/sessions/{session_id}/identities", {
          params: { path: { session_id: sessionId }, query: { state, limit: LISTED_MAX } },
          signal,
        }),
      ),
    enabled: wanted,
    // Whoever is not assigned here is refused, and need not ask again.
    refetchInterval: ({ state: { error } }) => (error instanceof Problem && error.status === 403 ? false : LOOK_EVERY_MS),
  });
}

/** The ids of those who are confirmed and wait to be admitted; null where nobody needs to be confirmed. */
export function useConfirmed(sessionId: string, required: boolean): ReadonlySet<string> | null {
  const decides = useMay("proctor");
  const confirmed = useQueue(sessionId, "confirmed", required && decides);
  return required ? new Set(confirmed.data?.items.map((each) => each.participant_id)) : null;
}

export function useIdentity(participantId: string) {
  return useQuery({
    queryKey: ["identity", participantId],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/v1/participants/{participant_id}/identity", { params: { path: { participant_id: participantId } }, signal })),
  });
}

/** Fetched once for as long as it is shown: each look is recorded. A submission never changes. */
export function usePicture({ participant_id, submission }: Identity, image: Image) {
  return useQuery({
    queryKey: ["identity-picture", participant_id, submission, image],
    queryFn: ({ signal }) =>
      answerOf<Blob>(
        api.GET("/api/v1/participants/{participant_id}/identity/images/{image}", {
          params: { path: { participant_id, image } },
          parseAs: "blob",
          signal,
        }),
      ),
    staleTime: Infinity,
    gcTime: 0,
  });
}

export type Decision = { who: Identity; verdict: "confirm" } | { who: Identity; verdict: "reject"; reason: string };

export function useDecide() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (decision: Decision) => {
      const { participant_id, submission } = decision.who;
      const params = { path: { participant_id } };
      return answerOf(
        decision.verdict === "confirm"
          ? api.POST("/api/v1/participants/{participant_id}/identity/confirm", { params, body: { submission } })
          : api.POST("/api/v1/participants/{participant_id}/identity/reject", { params, body: { submission, reason: decision.reason } }),
      );
    },
    onSettled: (_answer, _error, { who }) =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ["identities", who.session_id] }),
        queries.invalidateQueries({ queryKey: ["identity", who.participant_id] }),
        queries.invalidateQueries({ queryKey: ["participants", who.session_id] }),
      ]),
  });
}
