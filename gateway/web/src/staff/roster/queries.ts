/** Participants of a session, and what is done about them. */
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answerOf } from "../../api/client";
import type { components } from "../../api/generated/rest";
import { BULK_MAX } from "../../api/generated/limits";
import { api } from "../app/access";
import type { EnrollmentState, NewParticipant, ParticipantView } from "../app/resources";

export const PAGE = 100;
const LOOK_EVERY_MS = 5_000;
const ALL_PAGE = 200;
const ALL_PAGES_MAX = 100;

interface Wanted {
  state: EnrollmentState | null;
  search: string;
}

const path = (sessionId: string) => ({ session_id: sessionId });

export function useParticipants(sessionId: string, { state, search }: Wanted) {
  return useInfiniteQuery({
    queryKey: ["participants", sessionId, { state, search }],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: PAGE, ...(state !== null && { state }), ...(search !== "" && { search }), ...(pageParam !== null && { cursor: pageParam }) };
      return answerOf(api.GET("/api/v1/sessions/{session_id}/participants", { params: { path: path(sessionId), query }, signal }));
    },
    getNextPageParam: (page) => page.next_cursor ?? null,
    placeholderData: keepPreviousData,
    refetchInterval: LOOK_EVERY_MS,
  });
}

/** Everybody, for copying and printing. */
export function useEverybody(sessionId: string) {
  return useQuery({
    queryKey: ["participants", sessionId, "everybody"],
    queryFn: async ({ signal }) => {
      const found: ParticipantView[] = [];
      let cursor: string | null = null;
      for (let page = 0; page < ALL_PAGES_MAX; page += 1) {
        const query: { limit: number; cursor?: string } = cursor === null ? { limit: ALL_PAGE } : { limit: ALL_PAGE, cursor };
        const answer = await answerOf(api.GET("/api/v1/sessions/{session_id}/participants", { params: { path: path(sessionId), query }, signal }));
        found.push(...answer.items);
        cursor = answer.next_cursor ?? null;
        if (cursor === null) break;
      }
      return found;
    },
  });
}

function useRosterChange<Asked, Done>(sessionId: string, change: (asked: Asked) => Promise<Done>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => queries.invalidateQueries({ queryKey: ["participants", sessionId] }),
  });
}

export const useAdd = (sessionId: string) =>
  useRosterChange(sessionId, (participants: NewParticipant[]) =>
    answerOf(api.POST("/api/v1/sessions/{session_id}/participants", { params: { path: path(sessionId) }, body: { participants } })),
  );

type Answer = components["schemas"]["InvitedParticipants"];

export interface Invited {
  invited: number;
  refused: Answer["refused"];
  /** Not invited for want of an e-mail address; only told of a whole session. */
  without: number;
}

/** Large sessions in as many turns as it takes: the server answers for a thousand people at a time. */
export const useInvite = (sessionId: string) =>
  useRosterChange(sessionId, async ({ ids, again, key }: { ids: string[] | null; again: boolean; key: string }): Promise<Invited> => {
    const done: Invited = { invited: 0, refused: [], without: 0 };
    for (let turn = 0; ; turn += 1) {
      const some = ids?.slice(turn * BULK_MAX, (turn + 1) * BULK_MAX) ?? null;
      const params = { path: path(sessionId), header: { "Idempotency-Key": `${key}-${turn}` } };
      const answer = await answerOf(api.POST("/api/v1/sessions/{session_id}/invitations", { params, body: { participant_ids: some, again } }));
      done.invited += answer.invited.length;
      done.refused.push(...answer.refused);
      if (ids === null) done.without = answer.without_email;
      const more = ids === null ? answer.remaining > 0 && answer.invited.length > 0 : (turn + 1) * BULK_MAX < ids.length;
      if (!more) return done;
    }
  });

export const useApprove = (sessionId: string) =>
  useRosterChange(sessionId, (participant_ids: string[]) =>
    answerOf(api.POST("/api/v1/sessions/{session_id}/admissions/approve", { params: { path: path(sessionId) }, body: { participant_ids } })),
  );

export const useDeny = (sessionId: string) =>
  useRosterChange(sessionId, (body: { participant_ids: string[]; reason: string }) =>
    answerOf(api.POST("/api/v1/sessions/{session_id}/admissions/deny", { params: { path: path(sessionId) }, body })),
  );

export const useRemove = (sessionId: string) =>
  useRosterChange(sessionId, ({ participantId, reason }: { participantId: string; reason: string }) =>
    answerOf(api.POST("/api/v1/participants/{participant_id}/remove", { params: { path: { participant_id: participantId } }, body: { reason } })),
  );

export const useChangePerson = (sessionId: string) =>
  useRosterChange(sessionId, ({ participantId, ...body }: { participantId: string; version: number; name: string; accommodation: NewParticipant["accommodation"] }) =>
    answerOf(api.PATCH("/api/v1/participants/{participant_id}", { params: { path: { participant_id: participantId } }, body })),
  );
