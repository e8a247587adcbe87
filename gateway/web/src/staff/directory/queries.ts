/** The directory's people and groups, and what is done about them. */
import { keepPreviousData, useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { answerOf } from "../../api/client";
import { api } from "../app/access";
import type { WritePerson } from "../app/resources";

const PAGE = 50;

export function usePeople({ search, groupId }: { search: string; groupId: string | null }) {
  return useInfiniteQuery({
    queryKey: ["people", { search, groupId }],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: PAGE, ...(search !== "" && { search }), ...(groupId !== null && { group_id: groupId }), ...(pageParam !== null && { cursor: pageParam }) };
      return answerOf(api.GET("/api/v1/people", { params: { query }, signal }));
    },
    getNextPageParam: (page) => page.next_cursor ?? null,
    placeholderData: keepPreviousData,
  });
}

export function useGroups(search: string) {
  return useInfiniteQuery({
    queryKey: ["groups", search],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: PAGE, ...(search !== "" && { search }), ...(pageParam !== null && { cursor: pageParam }) };
      return answerOf(api.GET("/api/v1/groups", { params: { query }, signal }));
    },
    getNextPageParam: (page) => page.next_cursor ?? null,
    placeholderData: keepPreviousData,
  });
}

function useDirectoryChange<Asked, Done>(change: (asked: Asked) => Promise<Done>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => Promise.all([queries.invalidateQueries({ queryKey: ["people"] }), queries.invalidateQueries({ queryKey: ["groups"] })]),
  });
}

/** Adds somebody, or saves over the version they were loaded with. */
export const useSavePerson = () =>
  useDirectoryChange(({ person, editing }: { person: WritePerson; editing: { personId: string; version: number } | null }) =>
    editing === null
      ? answerOf(api.POST("/api/v1/people", { body: person }))
      : answerOf(api.PUT("/api/v1/people/{person_id}", { params: { path: { person_id: editing.personId } }, body: { ...person, version: editing.version } })),
  );

export const useDeletePerson = () =>
  useDirectoryChange((personId: string) => answerOf(api.DELETE("/api/v1/people/{person_id}", { params: { path: { person_id: personId } } })));

export const useSaveGroup = () =>
  useDirectoryChange(({ name, editing }: { name: string; editing: { groupId: string; version: number } | null }) =>
    editing === null
      ? answerOf(api.POST("/api/v1/groups", { body: { name } }))
      : answerOf(api.PUT("/api/v1/groups/{group_id}", { params: { path: { group_id: editing.groupId } }, body: { name, version: editing.version } })),
  );

export const useDeleteGroup = () =>
  useDirectoryChange((groupId: string) => answerOf(api.DELETE("/api/v1/groups/{group_id}", { params: { path: { group_id: groupId } } })));
