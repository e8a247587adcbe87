/** Answers of the server, kept while they are fresh; a refusal is final, an unreachable server is asked again. */
import { QueryClient } from "@tanstack/react-query";
import { Problem } from "../../api/problem";

const FRESH_MS = 10_000;
const TRIES_MAX = 3;

const isRefusal = (error: Error): boolean => error instanceof Problem && error.status >= 400 && error.status < 500;

export const queries = new QueryClient({
  defaultOptions: {
    queries: { staleTime: FRESH_MS, retry: (failures, error) => failures < TRIES_MAX && !isRefusal(error) },
    mutations: { retry: false, networkMode: "always" },
  },
});
