/** Mending a name and individual time before the start. */
import { TextInput } from "@mantine/core";
import { useState } from "react";
import { FormDialog } from "../app/FormDialog";
import type { ParticipantView, SessionView } from "../app/resources";
import { useWords } from "../app/texts";
import { tellDone } from "../app/told";
import { accommodationIn, IndividualTime, timeCheck, timeFieldsOf } from "./IndividualTime";
import { useChangePerson } from "./queries";

interface Props {
  session: SessionView;
  person: ParticipantView;
  onClose: () => void;
}

export function ChangePerson({ session, person, onClose }: Props) {
  const word = useWords();
  const change = useChangePerson(session.session_id);
  const [name, setName] = useState(person.name);
  const [time, setTime] = useState(() => timeFieldsOf(person.accommodation));
  const accommodation = accommodationIn(time);
  const submit = () => {
    if (name.trim() === "" || accommodation === null) return;
    change.mutate(
      { participantId: person.participant_id, version: person.version, name: name.trim(), accommodation },
      {
        onSuccess: () => {
          tellDone(word("change.done"));
          onClose();
        },
      },
    );
  };
  return (
    <FormDialog
      title={word("change.title", { name: person.name })}
      button={word("wizard.save")}
      pending={change.isPending}
      error={change.error}
      onClose={onClose}
      onSubmit={submit}
    >
      <TextInput
        label={word("person.name")}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={name.trim() === "" ? word("people.name-missing") : null}
        maxLength={200}
        data-autofocus
      />
      <IndividualTime value={time} onChange={setTime} error={timeCheck(time)} />
    </FormDialog>
  );
}
