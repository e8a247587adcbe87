/** Adding somebody to the directory, or changing them. */
import { TextInput } from "@mantine/core";
import { useState } from "react";
import { asProblem, besideFields } from "../../api/problem";
import type { PersonView } from "../app/resources";
import { tellDone } from "../app/told";
import { FormDialog } from "../app/FormDialog";
import { GroupPicker } from "./GroupPicker";
import { useSavePerson } from "./queries";
import { useWords } from "./texts";

interface Props {
  /** Whom to change; somebody new without one. */
  person: PersonView | null;
  onClose: () => void;
}

export function PersonDialog({ person, onClose }: Props) {
  const word = useWords();
  const save = useSavePerson();
  const [name, setName] = useState(person?.name ?? "");
  const [email, setEmail] = useState(person?.email ?? "");
  const [externalId, setExternalId] = useState(person?.external_id ?? "");
  const [groups, setGroups] = useState(person?.groups ?? []);
  const [asked, setAsked] = useState(false);
  const nameless = name.trim() === "";
  const keyless = email.trim() === "" && externalId.trim() === "";
  const problem = save.isError ? asProblem(save.error) : null;
  const submit = () => {
    setAsked(true);
    if (nameless || keyless) return;
    save.mutate(
      {
        person: { name, email: email.trim() || null, external_id: externalId.trim() || null, group_ids: groups.map((group) => group.group_id) },
        editing: person === null ? null : { personId: person.person_id, version: person.version },
      },
      {
        onSuccess: (saved) => {
          tellDone(word(person === null ? "directory.added" : "directory.saved", { name: saved.name }));
          onClose();
        },
      },
    );
  };
  return (
    <FormDialog
      title={person === null ? word("directory.add") : word("directory.change-title", { name: person.name })}
      button={word(person === null ? "add.button" : "wizard.save")}
      error={besideFields(save.error)}
      pending={save.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextInput
        label={word("person.name")}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={asked && nameless ? word("people.name-missing") : problem?.errorOf("name")}
        maxLength={200}
        data-autofocus
      />
      <TextInput
        type="email"
        label={word("person.email")}
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
        error={asked && keyless ? word("directory.key-missing") : problem?.errorOf("email")}
        maxLength={254}
      />
      <TextInput
        label={word("person.external-id")}
        description={word("directory.id-hint")}
        value={externalId}
        onChange={(event) => setExternalId(event.currentTarget.value)}
        error={problem?.errorOf("external_id")}
        maxLength={200}
      />
      <GroupPicker label={word("directory.groups")} value={groups} onChange={setGroups} />
    </FormDialog>
  );
}
