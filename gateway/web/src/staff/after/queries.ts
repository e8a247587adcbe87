/** Reviews, results and reports from the server. */
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answerOf } from "../../api/client";
import { api } from "../app/access";
import type { ReviewState, ReviewView } from "../app/resources";

const PAGE = 50;
const LOOK_EVERY_MS = 10_000;
/** A report reads every fact of a session: it is asked for again only on request. */
const REPORT_FRESH_MS = 60_000;

interface WantedReviews {
  sessionId: string | null;
  state: ReviewState;
}

export function useReviews({ sessionId, state }: WantedReviews) {
  return useInfiniteQuery({
    queryKey: ["reviews", { sessionId, state }],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: PAGE, state, ...(sessionId !== null && { session_id: sessionId }), ...(pageParam !== null && { cursor: pageParam }) };
      return answerOf(api.GET("/api/v1/reviews", { params: { query }, signal }));
    },
    getNextPageParam: (page) => page.next_cursor ?? null,
    placeholderData: keepPreviousData,
    refetchInterval: LOOK_EVERY_MS,
  });
}

export function useReview(reviewId: string) {
  return useQuery({
    queryKey: ["review", reviewId],
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/reviews/{review_id}", { params: { path: { review_id: reviewId } }, signal })),
  });
}

/** What the items of a session are called, by id; a session's form does not change once people sat it. */
export function useItemTitles(sessionId: string) {
  return useQuery({
    queryKey: ["item-titles", sessionId],
    staleTime: Infinity,
    queryFn: async ({ signal }) => {
      const form = await answerOf(api.GET("/api/v1/sessions/{session_id}/form", { params: { path: { session_id: sessionId } }, signal }));
      return new Map(form.sections.flatMap(({ items }) => items.map(({ item_id, title }) => [item_id, title] as const)));
    },
  });
}

export interface Judgement {
  scores: { criterion_id: string; points: string }[];
  comment: string;
}

export type ReviewStep = { verb: "claim" } | { verb: "release" } | { verb: "score"; judgement: Judgement };

export function useReviewStep(reviewId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (step: ReviewStep): Promise<ReviewView> => {
      const params = { path: { review_id: reviewId } };
      if (step.verb === "claim") return answerOf(api.POST("/api/v1/reviews/{review_id}/claim", { params }));
      if (step.verb === "release") return answerOf(api.POST("/api/v1/reviews/{review_id}/release", { params }));
      return answerOf(api.POST("/api/v1/reviews/{review_id}/score", { params, body: step.judgement }));
    },
    onSuccess: (review) => queries.setQueryData(["review", reviewId], review),
    onSettled: () => queries.invalidateQueries({ queryKey: ["reviews"] }),
  });
}

/** The next response that waits, of the same session first; null when none does. */
export async function nextReview(sessionId: string, except: string): Promise<string | null> {
  for (const query of [{ session_id: sessionId, state: "waiting" as const, limit: 2 }, { state: "waiting" as const, limit: 2 }]) {
    const { items } = await answerOf(api.GET("/api/v1/reviews", { params: { query } }));
    const next = items.find((each) => each.review_id !== except);
    if (next !== undefined) return next.review_id;
  }
  return null;
}

export function useResults(sessionId: string) {
  return useQuery({
    queryKey: ["results", sessionId],
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/sessions/{session_id}/results", { params: { path: { session_id: sessionId } }, signal })),
    refetchInterval: LOOK_EVERY_MS,
  });
}

export function useRelease(sessionId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (participant_ids: string[] | null) =>
      answerOf(api.POST("/api/v1/sessions/{session_id}/results/release", { params: { path: { session_id: sessionId } }, body: { participant_ids } })),
    onSettled: () => queries.invalidateQueries({ queryKey: ["results", sessionId] }),
  });
}

export function useSummary(sessionId: string) {
  return useQuery({
    queryKey: ["summary", sessionId],
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/sessions/{session_id}/summary", { params: { path: { session_id: sessionId } }, signal })),
    staleTime: REPORT_FRESH_MS,
  });
}
