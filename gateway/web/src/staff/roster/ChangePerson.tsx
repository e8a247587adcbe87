/** Mending a name and individual time before the start. */
import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useState, type SyntheticEvent } from "react";
import { Failure } from "../app/Failure";
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
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
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
    <Modal opened onClose={onClose} title={word("change.title", { name: person.name })} closeButtonProps={{ "aria-label": word("close") }}>
      <form noValidate onSubmit={submit}>
        <Stack>
          {change.isError && <Failure error={change.error} />}
          <TextInput
            label={word("person.name")}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={name.trim() === "" ? word("people.name-missing") : null}
            maxLength={200}
            data-autofocus
          />
          <IndividualTime value={time} onChange={setTime} error={timeCheck(time)} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {word("back")}
            </Button>
            <Button type="submit" loading={change.isPending}>
              {word("wizard.save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
