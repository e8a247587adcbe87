/** Assessments from the server, and what is done to them. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answerOf } from "../../api/client";
import { api } from "../app/access";
import type { AssessmentContent, AssessmentSummary } from "../app/resources";

const PAGE = 200;
const PAGES_MAX = 10;

export function useAssessments() {
  return useQuery({
    queryKey: ["assessments"],
    queryFn: async ({ signal }): Promise<AssessmentSummary[]> => {
      const found: AssessmentSummary[] = [];
      let cursor: string | null = null;
      for (let page = 0; page < PAGES_MAX; page += 1) {
        const query: { limit: number; cursor?: string } = cursor === null ? { limit: PAGE } : { limit: PAGE, cursor };
        const answer = await answerOf(api.GET("/api/v1/assessments", { params: { query }, signal }));
        found.push(...answer.items);
        cursor = answer.next_cursor ?? null;
        if (cursor === null) break;
      }
      return found;
    },
  });
}

export function useAssessment(assessmentId: string) {
  return useQuery({
    queryKey: ["assessment", assessmentId],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/v1/assessments/{assessment_id}", { params: { path: { assessment_id: assessmentId } }, signal })),
  });
}

export function useWriteDraft() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ content, replacing }: { content: AssessmentContent; replacing?: { assessmentId: string; version: number } }) =>
      replacing === undefined
        ? answerOf(api.POST("/api/v1/assessments", { body: { content } }))
        : answerOf(
            api.PUT("/api/v1/assessments/{assessment_id}", {
              params: { path: { assessment_id: replacing.assessmentId } },
              body: { content, version: replacing.version },
            }),
          ),
    onSuccess: async (written) => {
      queries.setQueryData(["assessment", written.assessment_id], written);
      await queries.invalidateQueries({ queryKey: ["assessments"] });
    },
  });
}

export function usePublish(assessmentId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (version: number) =>
      answerOf(api.POST("/api/v1/assessments/{assessment_id}/publish", { params: { path: { assessment_id: assessmentId } }, body: { version } })),
    onSuccess: async (published) => {
      queries.setQueryData(["assessment", assessmentId], published);
      await queries.invalidateQueries({ queryKey: ["assessments"] });
    },
  });
}
