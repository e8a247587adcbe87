/** Signing in, at whatever address was asked for: that page follows. A link from the operator needs no typing. */
import { Anchor, Card, Center, Loader, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { Link, useSearchParams } from "react-router";
import { useWords as useAccountWords } from "../accounts/texts";
import { signInWithLink } from "../app/access";
import { Failure } from "../app/Failure";
import { useWords } from "../app/texts";
import { SignInForm } from "./SignInForm";

export const LINK_CODE = "signin";

export function SignInPage() {
  const word = useWords();
  const forgotten = useAccountWords();
  const [parameters, setParameters] = useSearchParams();
  const code = parameters.get(LINK_CODE);
  const queries = useQueryClient();
  const following = useMutation({ mutationFn: signInWithLink, onSuccess: () => queries.resetQueries() });
  const { mutate } = following;
  const followed = useRef(false);
  useEffect(() => {
    if (code === null || followed.current) return;
    followed.current = true; // it works once, and effects may run twice
    setParameters(
      (kept) => {
        kept.delete(LINK_CODE);
        return kept;
      },
      { replace: true },
    );
    mutate(code);
  }, [code, mutate, setParameters]);
  useEffect(() => {
    document.title = `${word("sign-in.title")} · Examhall`;
  }, [word]);
  return (
    <Center component="main" mih="100dvh" p="md">
      <Card w="100%" maw={420} padding="xl" radius="lg" withBorder bg="var(--examhall-surface)">
        <Stack>
          <div>
            <Text fw={750} size="lg" c="indigo.8" darkHidden>
              Examhall
            </Text>
            <Text fw={750} size="lg" c="indigo.2" lightHidden>
              Examhall
            </Text>
            <Title order={1} size="h2">
              {word("sign-in.title")}
            </Title>
          </div>
          {following.isPending && <Loader role="status" aria-label={word("loading")} />}
          {following.isError && <Failure error={following.error} />}
          <SignInForm />
          <Anchor component={Link} to="/staff/forgotten-password" size="sm">
            {forgotten("password.forgotten")}
          </Anchor>
          <Text size="sm" c="dimmed">
            {word("sign-in.candidates")}{" "}
            <a href="/join" style={{ color: "var(--mantine-color-anchor)" }}>
              {word("sign-in.join")}
            </a>
          </Text>
        </Stack>
      </Card>
    </Center>
  );
}
