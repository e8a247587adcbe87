/** Having invitations sent to people who have their place: those chosen, or everybody not invited yet. */
import { Alert, Button, Checkbox, Group, List, Stack, Text } from "@mantine/core";
import { useRef, useState } from "react";
import { newKey } from "../../api/key";
import { Dialog } from "../app/Dialog";
import { Failure } from "../app/Failure";
import type { ParticipantView, SessionView } from "../app/resources";
import { useWords as useStaffWords } from "../app/texts";
import { useWords } from "../directory/texts";
import { useInvite, type Invited } from "./queries";

/** null: everybody not invited yet. */
export type Invitees = readonly ParticipantView[] | null;

interface Props {
  session: SessionView;
  people: Invitees;
  onClose: () => void;
}

export function InvitePeople({ session, people, onClose }: Props) {
  const word = useWords();
  return (
    <Dialog onClose={onClose} title={word("invite.title")}>
      <Asking session={session} people={people} onClose={onClose} />
    </Dialog>
  );
}

function Asking({ session, people, onClose }: Props) {
  const word = useWords();
  const staffWord = useStaffWords();
  const invite = useInvite(session.session_id);
  const invitedBefore = people?.filter((person) => person.invited_at != null).length ?? 0;
  const all = people !== null && invitedBefore === people.length;
  const [again, setAgain] = useState(all);
  // Pressed twice, or sent again after an answer got lost: nobody gets two mails for it.
  const key = useRef(newKey());
  if (invite.data !== undefined) return <Outcome outcome={invite.data} onClose={onClose} />;
  return (
    <Stack>
      <Text>
        {people === null ? word("invite.everybody") : people.length === 1 ? word("invite.one", { name: people[0]?.name ?? "" }) : word("invite.chosen", { number: people.length })}
      </Text>
      {invitedBefore > 0 &&
        (all ? (
          <Text>{word("invite.again-all")}</Text>
        ) : (
          <Checkbox label={word("invite.again", { number: invitedBefore })} checked={again} onChange={(event) => setAgain(event.currentTarget.checked)} />
        ))}
      {invite.isError && <Failure error={invite.error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {staffWord("cancel")}
        </Button>
        <Button
          loading={invite.isPending}
          onClick={() => invite.mutate({ ids: people === null ? null : people.map((person) => person.participant_id), again, key: key.current })}
        >
          {word(again ? "invite.send-again" : "invite.send")}
        </Button>
      </Group>
    </Stack>
  );
}

function Outcome({ outcome, onClose }: { outcome: Invited; onClose: () => void }) {
  const word = useWords();
  const staffWord = useStaffWords();
  const { invited, refused, without } = outcome;
  return (
    <Stack>
      <Text role="status">{word("invite.done", { number: invited })}</Text>
      {without > 0 && <Text>{word("invite.without-email", { number: without })}</Text>}
      {refused.length > 0 && (
        <Alert color="yellow" title={word("invite.refused", { number: refused.length })} styles={{ title: { color: "var(--mantine-color-text)" } }}>
          <List size="sm">
            {refused.map((each) => (
              <List.Item key={each.index}>{word("add.refused-line", { name: each.name ?? each.participant_id ?? "", detail: each.detail })}</List.Item>
            ))}
          </List>
        </Alert>
      )}
      <Group justify="flex-end">
        <Button onClick={onClose} data-autofocus>
          {staffWord("close")}
        </Button>
      </Group>
    </Stack>
  );
}
