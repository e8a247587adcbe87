/** Imports of people: uploading, looking how far one is, deciding, taking tables home. */
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answerOf } from "../../api/client";
import { api } from "../app/access";
import type { ImportView, NewParticipant, RowStatus, TableFormat } from "../app/resources";
import { IMPORT_FILE_BYTES } from "../../api/generated/limits";

const PAGE = 50;
const LOOK_EVERY_MS = 700;
/** The server's own limit, said before a large file travels. */
export const FILE_BYTES_MAX = IMPORT_FILE_BYTES;

const atWork = (state: ImportView["state"] | undefined): boolean => state === "reading" || state === "running";
const path = (importId: string) => ({ import_id: importId });

export function useImports() {
  return useInfiniteQuery({
    queryKey: ["imports"],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      answerOf(api.GET("/api/v1/imports", { params: { query: { limit: PAGE, ...(pageParam !== null && { cursor: pageParam }) } }, signal })),
    getNextPageParam: (page) => page.next_cursor ?? null,
  });
}

/** Looked at again and again while it is at work. */
export function useImport(importId: string | null) {
  return useQuery({
    queryKey: ["import", importId],
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/imports/{import_id}", { params: { path: path(importId ?? "") }, signal })),
    enabled: importId !== null,
    refetchInterval: (query) => (atWork(query.state.data?.state) ? LOOK_EVERY_MS : false),
  });
}

export type Shown = RowStatus | "all" | "rejected";

export function useImportRows(import_: ImportView, shown: Shown) {
  return useInfiniteQuery({
    queryKey: ["import-rows", import_.import_id, shown, import_.state],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => {
      const narrowed = shown === "all" ? {} : shown === "rejected" ? { rejected: true } : { status: shown };
      const query = { limit: PAGE, ...narrowed, ...(pageParam !== null && { cursor: pageParam }) };
      return answerOf(api.GET("/api/v1/imports/{import_id}/rows", { params: { path: path(import_.import_id), query }, signal }));
    },
    getNextPageParam: (page) => page.next_cursor ?? null,
    placeholderData: keepPreviousData,
  });
}

export const useUpload = () =>
  useMutation({
    mutationFn: ({ file, sessionId }: { file: File; sessionId: string | null }) =>
      answerOf(
        api.POST("/api/v1/imports", {
          params: { query: { file_name: file.name, ...(sessionId !== null && { session_id: sessionId }) } },
          body: "",
          bodySerializer: () => file,
          headers: { "Content-Type": "application/octet-stream" },
        }),
      ),
  });

function useDecision<Asked>(importId: string, decide: (asked: Asked) => Promise<ImportView>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: decide,
    onSuccess: (import_) => queries.setQueryData(["import", importId], import_),
    onSettled: () => queries.invalidateQueries({ queryKey: ["import", importId] }),
  });
}

export const useConfirm = (importId: string) =>
  useDecision(importId, (body: { mode: "all" | "valid"; invite: boolean }) =>
    answerOf(api.POST("/api/v1/imports/{import_id}/confirm", { params: { path: path(importId) }, body })),
  );

export const useCancel = (importId: string) =>
  useDecision<null>(importId, () => answerOf(api.POST("/api/v1/imports/{import_id}/cancel", { params: { path: path(importId) } })));

export interface Picked {
  person_ids: string[];
  group_ids: string[];
  accommodation: NonNullable<NewParticipant["accommodation"]>;
  invite: boolean;
}

export const useEnrolPicked = (sessionId: string) =>
  useMutation({
    mutationFn: (body: Picked) => answerOf(api.POST("/api/v1/sessions/{session_id}/participants/from-directory", { params: { path: { session_id: sessionId } }, body })),
  });

export async function downloadTemplate(kind: TableFormat): Promise<void> {
  keep(await answerOf(api.GET("/api/v1/import-template", { params: { query: { kind } }, parseAs: "blob" })), `people.${kind}`);
}

export async function downloadRejected(importId: string, kind: TableFormat): Promise<void> {
  const answer = api.GET("/api/v1/imports/{import_id}/rejected", { params: { path: path(importId), query: { kind } }, parseAs: "blob" });
  keep(await answerOf(answer), `rejected.${kind}`);
}

/** Only a request of ours carries the sign-in, so the browser is given what came instead of a link. */
function keep(content: Blob, name: string): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 0);
}
