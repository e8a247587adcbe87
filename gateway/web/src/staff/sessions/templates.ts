/** Templates of sessions from the server, and what is done to them. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answerOf } from "../../api/client";
import { api } from "../app/access";
import type { SessionSettings } from "../app/resources";

const KEY = ["session-templates"];

export function useTemplates() {
  return useQuery({
    queryKey: KEY,
    queryFn: async ({ signal }) => (await answerOf(api.GET("/api/v1/session-templates", { signal }))).templates,
  });
}

export function useTemplate(templateId: string | null) {
  return useQuery({
    queryKey: [...KEY, templateId],
    enabled: templateId !== null,
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/v1/session-templates/{template_id}", { params: { path: { template_id: templateId ?? "" } }, signal })),
  });
}

export interface Saving {
  name: string;
  settings: SessionSettings;
  /** The template that takes these settings instead of its own. */
  instead?: { template_id: string; version: number } | undefined;
}

export function useSaveTemplate() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ name, settings, instead }: Saving) => {
      if (instead === undefined) return answerOf(api.POST("/api/v1/session-templates", { body: { name, settings } }));
      const params = { path: { template_id: instead.template_id } };
      return answerOf(api.PUT("/api/v1/session-templates/{template_id}", { params, body: { name, settings, version: instead.version } }));
    },
    onSettled: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

export function useDeleteTemplate() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (templateId: string) =>
      answerOf(api.DELETE("/api/v1/session-templates/{template_id}", { params: { path: { template_id: templateId } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}
