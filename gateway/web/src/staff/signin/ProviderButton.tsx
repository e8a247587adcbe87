/** The way to the organisation's own provider: in this tab, or in one beside it where something waits to be saved. */
import { Button, Stack } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useWords } from "../accounts/texts";
import { Failure } from "../app/Failure";
import { asked, leave } from "./provider";

interface Props {
  orgId: string;
  provider: string;
  beside?: boolean;
}

export function ProviderButton({ orgId, provider, beside = false }: Props) {
  const word = useWords();
  const leaving = useMutation({ mutationFn: () => leave(orgId, asked()) });
  if (beside)
    return (
      <Button component="a" href={`/sign-in/${encodeURIComponent(orgId)}?beside`} target="_blank" rel="noopener" size="md">
        {word("provider.sign-in-beside", { provider })}
      </Button>
    );
  return (
    <Stack>
      {leaving.isError && <Failure error={leaving.error} />}
      <Button size="md" loading={leaving.isPending || leaving.isSuccess} onClick={() => leaving.mutate()}>
        {word("provider.sign-in", { provider })}
      </Button>
    </Stack>
  );
}
