/** Mail as the server knows it. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answerOf } from "../../api/client";
import type { components } from "../../api/generated/rest";
import { api } from "../app/access";
import { newKey } from "../../api/key";

type Schemas = components["schemas"];
export type MailView = Schemas["MailView"];
export type MailStatus = Schemas["MailStatus"];
export type MailKind = Schemas["MailKind"];
export type TemplateView = Schemas["TemplateView"];
export type TemplatePreview = Schemas["TemplatePreview"];
export type WriteTemplate = Schemas["WriteTemplate"];
export type MailSettings = Schemas["MailSettings"];
export type MailSettingsView = Schemas["MailSettingsView"];

const PAGE = 50;
const LOOK_AGAIN_MS = 5_000;
const ON_THE_WAY: MailStatus[] = ["queued", "sending", "retrying"];

/** Looks again by itself while mails are on their way. */
export const useMails = (sessionId: string, status: MailStatus | null) =>
  useInfiniteQuery({
    queryKey: ["mails", sessionId, status],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      answerOf(
        api.GET("/api/v1/sessions/{session_id}/mails", {
          params: { path: { session_id: sessionId }, query: { limit: PAGE, ...(status === null ? {} : { status }), ...(pageParam === null ? {} : { cursor: pageParam }) } },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: ({ state }) => {
      const counts = state.data?.pages[0]?.counts ?? {};
      return ON_THE_WAY.some((each) => (counts[each] ?? 0) > 0) ? LOOK_AGAIN_MS : false;
    },
  });

export function useResend(sessionId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (mailId: string) =>
      answerOf(
        api.POST("/api/v1/sessions/{session_id}/mails/{mail_id}/resend", {
          params: { path: { session_id: sessionId, mail_id: mailId }, header: { "Idempotency-Key": newKey() } },
        }),
      ),
    onSettled: () => queries.invalidateQueries({ queryKey: ["mails", sessionId] }),
  });
}

export const useTemplates = () => useQuery({ queryKey: ["mail-templates"], queryFn: ({ signal }) => answerOf(api.GET("/api/v1/mail/templates", { signal })) });

export function useWriteTemplate(kind: MailKind) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: WriteTemplate) => answerOf(api.PUT("/api/v1/mail/templates/{kind}", { params: { path: { kind } }, body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["mail-templates"] }),
  });
}

export function useDropTemplate(kind: MailKind) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => answerOf(api.DELETE("/api/v1/mail/templates/{kind}", { params: { path: { kind } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["mail-templates"] }),
  });
}

export const usePreview = (kind: MailKind) =>
  useMutation({ mutationFn: (body: WriteTemplate) => answerOf(api.POST("/api/v1/mail/templates/{kind}/preview", { params: { path: { kind } }, body })) });

export const useMailSettings = () => useQuery({ queryKey: ["mail-settings"], queryFn: ({ signal }) => answerOf(api.GET("/api/v1/mail/settings", { signal })) });

export function useWriteSettings() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: MailSettings) => answerOf(api.PUT("/api/v1/mail/settings", { body })),
    onSuccess: (saved) => queries.setQueryData(["mail-settings"], saved),
  });
}
