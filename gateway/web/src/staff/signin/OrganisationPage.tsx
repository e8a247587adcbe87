/** The sign-in page of one organisation, at an address that can be handed out: /sign-in/<organisation>. */
import { Anchor, Loader, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { Link, useParams, useSearchParams } from "react-router";
import { Outside } from "../accounts/Outside";
import { useWords as useAccountWords } from "../accounts/texts";
import { Answer, Failure } from "../app/Failure";
import { useWords } from "../app/texts";
import { leave, useWays } from "./provider";
import { ProviderButton } from "./ProviderButton";

export function OrganisationPage() {
  const word = useWords();
  const accountWord = useAccountWords();
  const { orgId = "" } = useParams();
  const [parameters] = useSearchParams();
  const ways = useWays({ org_id: orgId });
  if (parameters.has("beside")) return <Straight orgId={orgId} />;
  return (
    <Outside title={word("sign-in.title")}>
      <Answer query={ways}>
        {({ provider, passwords }) => (
          <>
            {provider === null ? <Text>{accountWord("provider.none-here")}</Text> : <ProviderButton orgId={orgId} provider={provider} />}
            <Anchor component={Link} to="/staff/sessions" size="sm">
              {accountWord(provider === null || passwords ? "provider.with-password" : "provider.administrators")}
            </Anchor>
          </>
        )}
      </Answer>
    </Outside>
  );
}

/** Opened beside a page that waits: on to the provider without another click. */
function Straight({ orgId }: { orgId: string }) {
  const word = useWords();
  const { mutate, isError, error } = useMutation({ mutationFn: () => leave(orgId, null) });
  const left = useRef(false);
  useEffect(() => {
    if (!left.current) mutate(); // effects may run twice
    left.current = true;
  }, [mutate]);
  return (
    <Outside title={word("sign-in.title")}>
      {isError ? <Failure error={error} retry={() => mutate()} /> : <Loader role="status" aria-label={word("loading")} />}
    </Outside>
  );
}
