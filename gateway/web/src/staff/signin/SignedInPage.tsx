/** Back from the organisation's provider: in, or told in words why not. */
import { Alert, Anchor, Loader, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { Link, useNavigate } from "react-router";
import { asProblem, Problem } from "../../api/problem";
import { Outside } from "../accounts/Outside";
import { useWords as useAccountWords } from "../accounts/texts";
import { failureText } from "../app/Failure";
import { useWords, valueText } from "../app/texts";
import { comeBack, leftFrom } from "./provider";

export function SignedInPage() {
  const word = useWords();
  const accountWord = useAccountWords();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [orgId] = useState(leftFrom);
  const { mutate, isSuccess, isError, error } = useMutation({
    mutationFn: async (address: URLSearchParams) => {
      // The provider's own refusal (RFC 6749, section 4.1.2.1), such as of somebody who changed their mind.
      if (address.has("error")) throw new Problem("provider-refused", "", 401);
      return comeBack(address);
    },
    onSuccess: async ({ returnTo }) => {
      await queries.resetQueries();
      if (returnTo === null) window.close(); // where the browser lets us
      else await navigate(returnTo, { replace: true });
    },
  });
  const seen = useRef(false);
  useEffect(() => {
    if (seen.current) return; // a code works once, and effects may run twice
    seen.current = true;
    const address = new URLSearchParams(location.search);
    history.replaceState(history.state, "", location.pathname); // not kept, not sent along, not tried again
    mutate(address);
  }, [mutate]);
  return (
    <Outside title={word("sign-in.title")}>
      {isError && (
        <Stack>
          <Alert color="red" role="alert" title={word("failure.title")}>
            <Text size="sm">{wordsFor(error)}</Text>
          </Alert>
          <Anchor component={Link} to={orgId === null ? "/staff/sessions" : `/sign-in/${encodeURIComponent(orgId)}`} size="sm">
            {accountWord("password.to-sign-in")}
          </Anchor>
        </Stack>
      )}
      {isSuccess && <Text role="status">{accountWord("provider.close-tab")}</Text>}
      {!isError && !isSuccess && <Loader role="status" aria-label={word("loading")} />}
    </Outside>
  );
}

/** In the reader's language where we know the reason. */
function wordsFor(error: unknown): string {
  const { problem } = asProblem(error);
  const known = valueText("provider.problem", problem);
  return known === problem ? failureText(error) : known;
}
