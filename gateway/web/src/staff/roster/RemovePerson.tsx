/** Taking somebody's place away, with the reason they will read. */
import type { ParticipantView, SessionView } from "../app/resources";
import { ReasonDialog } from "../app/ReasonDialog";
import { useWords } from "../app/texts";
import { tellDone } from "../app/told";
import { useRemove } from "./queries";

interface Props {
  session: SessionView;
  person: ParticipantView;
  onClose: () => void;
}

export function RemovePerson({ session, person, onClose }: Props) {
  const word = useWords();
  const remove = useRemove(session.session_id);
  const { name } = person;
  const onReason = (reason: string) =>
    remove.mutate(
      { participantId: person.participant_id, reason },
      {
        onSuccess: () => {
          tellDone(word("remove.done", { name }));
          onClose();
        },
      },
    );
  return (
    <ReasonDialog
      title={word("remove.title", { name })}
      text={word("remove.text")}
      about={word("reason-they-read")}
      button={word("person.remove")}
      error={remove.error}
      pending={remove.isPending}
      onClose={onClose}
      onReason={onReason}
    />
  );
}
