/** People who came and wait to be let in: all at once, or one by one. */
import { Button, Card, Group, List, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { useMay } from "../app/access";
import { ReasonDialog } from "../app/ReasonDialog";
import type { ParticipantView, SessionView } from "../app/resources";
import { useWords } from "../app/texts";
import { tellDone, tellFailure } from "../app/told";
import { useConfirmed } from "../identity/queries";
import { useApprove, useDeny, useParticipants } from "./queries";

export function WaitingPeople({ session }: { session: SessionView }) {
  const word = useWords();
  const decides = useMay("proctor");
  const waiting = useParticipants(session.session_id, { state: "joined", search: "" });
  const approve = useApprove(session.session_id);
  const deny = useDeny(session.session_id);
  const [denying, setDenying] = useState<ParticipantView | null>(null);
  const confirmed = useConfirmed(session.session_id, session.settings.identity_verification === "required");
  const people = (waiting.data?.pages.flatMap((page) => page.items) ?? []).filter((each) => confirmed?.has(each.participant_id) ?? true);
  if (!decides || people.length === 0) return null;
  const letIn = (ids: string[]) =>
    approve.mutate(ids, {
      onSuccess: ({ decided, refused }) => {
        if (decided.length > 0) tellDone(word("waiting.let-in", { count: decided.length }));
        refused.forEach((each) => tellFailure(new Error(each.detail)));
      },
      onError: tellFailure,
    });
  return (
    <Card padding="lg" radius="lg" withBorder bg="var(--examhall-surface)">
      <Stack>
        <Group justify="space-between">
          <Title order={2} size="h3">
            {word("waiting.title", { count: people.length })}
          </Title>
          <Button loading={approve.isPending} onClick={() => letIn(people.map((each) => each.participant_id))}>
            {word("waiting.all")}
          </Button>
        </Group>
        <List listStyleType="none" spacing="sm" styles={{ itemWrapper: { width: "100%" }, itemLabel: { width: "100%" } }}>
          {people.map((person) => (
            <List.Item key={person.participant_id}>
              <Group justify="space-between">
                <div>
                  <Text fw={500}>{person.name}</Text>
                  <Text size="sm" c="dimmed">
                    {[person.email, person.external_id].filter((each) => each !== null).join(" · ")}
                  </Text>
                </div>
                <Group gap="xs">
                  <Button size="xs" variant="light" aria-label={word("waiting.let-in-person", { name: person.name })} onClick={() => letIn([person.participant_id])}>
                    {word("waiting.approve")}
                  </Button>
                  <Button size="xs" variant="subtle" color="red" aria-label={word("waiting.deny-person", { name: person.name })} onClick={() => setDenying(person)}>
                    {word("waiting.deny")}
                  </Button>
                </Group>
              </Group>
            </List.Item>
          ))}
        </List>
      </Stack>
      {denying !== null && (
        <ReasonDialog
          title={word("waiting.deny-person", { name: denying.name })}
          text={word("waiting.deny-text")}
          about={word("reason-they-read")}
          button={word("waiting.deny")}
          error={deny.error}
          pending={deny.isPending}
          onClose={() => setDenying(null)}
          onReason={(reason) => deny.mutate({ participant_ids: [denying.participant_id], reason }, { onSuccess: () => setDenying(null) })}
        />
      )}
    </Card>
  );
}
