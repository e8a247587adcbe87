/** Sessions from the server, and what is done to them. */
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answerOf } from "../../api/client";
import { api } from "../app/access";
import type { AccountView, SessionState, SessionView } from "../app/resources";

export interface Wanted {
  states: SessionState[];
  search: string;
  mine: boolean;
}

const PAGE = 50;
const LOOK_EVERY_MS = 15_000;

export function useSessions({ states, search, mine }: Wanted, limit = PAGE) {
  return useInfiniteQuery({
    queryKey: ["sessions", { states, search, mine, limit }],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      answerOf(
        api.GET("/api/v1/sessions", {
          params: { query: { limit, mine, ...(states.length > 0 && { state: states }), ...(search !== "" && { search }), ...(pageParam !== null && { cursor: pageParam }) } },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? null,
    placeholderData: keepPreviousData,
    refetchInterval: LOOK_EVERY_MS,
  });
}

export function useSession(sessionId: string) {
  return useQuery({
    queryKey: ["session", sessionId],
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/sessions/{session_id}", { params: { path: { session_id: sessionId } }, signal })),
    refetchInterval: LOOK_EVERY_MS,
  });
}

/** `reason` only where a step asks for one. */
export interface Step {
  session: SessionView;
  verb: "schedule" | "open" | "cancel";
  reason?: string;
}

export function useStep() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ session, verb, reason = "" }: Step) => {
      const params = { path: { session_id: session.session_id } };
      const body = { version: session.version };
      switch (verb) {
        case "schedule":
          return answerOf(api.POST("/api/v1/sessions/{session_id}/schedule", { params, body }));
        case "open":
          return answerOf(api.POST("/api/v1/sessions/{session_id}/open", { params, body }));
        case "cancel":
          return answerOf(api.POST("/api/v1/sessions/{session_id}/cancel", { params, body: { ...body, reason } }));
      }
    },
    onSettled: async (_answer, _error, { session }) => {
      await Promise.all([
        queries.invalidateQueries({ queryKey: ["sessions"] }),
        queries.invalidateQueries({ queryKey: ["session", session.session_id] }),
      ]);
    },
  });
}

/** Who a session can be assigned to; nobody where the caller may not know. */
export function useProctors(may: boolean) {
  return useQuery({
    queryKey: ["proctors"],
    enabled: may,
    queryFn: async ({ signal }): Promise<AccountView[]> =>
      (await answerOf(api.GET("/api/v1/accounts", { params: { query: { role: "proctor" } }, signal }))).accounts,
  });
}
