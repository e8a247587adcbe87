/** Something was refused or nobody answered: what it means, and what to do. */
import { Alert, Button, Center, Loader, Stack, Text } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { asProblem, UNREACHABLE } from "../../api/problem";
import { useWords, word } from "./texts";

/** The server's own words, which name what to do; ours when the network fails. */
export function failureText(error: unknown): string {
  const problem = asProblem(error);
  if (problem.problem === UNREACHABLE) return word("failure.unreachable");
  const fields = problem.errors.map((each) => each.message).join(" ");
  return [problem.title, fields === "" ? problem.detail : fields].filter((each) => each !== "").join(". ");
}

export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const word = useWords();
  return (
    <Alert color="red" role="alert" title={word("failure.title")}>
      <Stack gap="sm" align="flex-start">
        <Text size="sm">{failureText(error)}</Text>
        {retry !== undefined && (
          <Button size="xs" variant="default" onClick={retry}>
            {word("failure.retry")}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

/** A query's answer, its loading or its failure. */
export function Answer<Body>({ query, children }: { query: UseQueryResult<Body>; children: (body: Body) => ReactNode }) {
  const word = useWords();
  if (query.data !== undefined) return children(query.data);
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  return (
    <Center py="xl">
      <Loader role="status" aria-label={word("loading")} />
    </Center>
  );
}
