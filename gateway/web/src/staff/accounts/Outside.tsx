/** The frame of pages for people who are not signed in (yet): one card in the middle. */
import { Card, Center, Stack, Text, Title } from "@mantine/core";
import { useEffect, type ReactNode } from "react";

export function Outside({ title, children }: { title: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Examhall`;
  }, [title]);
  return (
    <Center component="main" mih="100dvh" p="md">
      <Card w="100%" maw={460} padding="xl" radius="lg" withBorder bg="var(--examhall-surface)">
        <Stack>
          <div>
            <Text fw={750} size="lg">
              Examhall
            </Text>
            <Title order={1} size="h2">
              {title}
            </Title>
          </div>
          {children}
        </Stack>
      </Card>
    </Center>
  );
}

/** The code behind the # of this address. It is no part of what browsers send to servers or name as a referrer. */
export function useLinkCode(): string {
  return location.hash.slice(1);
}
