/** Keeping a session's settings under a name, for sessions to come. */
import { Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { NAME_LENGTH } from "../../api/generated/limits";
import { asProblem, besideFields } from "../../api/problem";
import { FormDialog } from "../app/FormDialog";
import type { SessionView } from "../app/resources";
import { useWords } from "../app/texts";
import { tellDone } from "../app/told";
import { useSaveTemplate, useTemplates } from "./templates";

export function SaveTemplate({ session, onClose }: { session: SessionView; onClose: () => void }) {
  const word = useWords();
  const [name, setName] = useState(session.settings.name);
  const [asked, setAsked] = useState(false);
  const templates = useTemplates();
  const save = useSaveTemplate();
  const wanted = name.trim();
  const instead = templates.data?.find((each) => same(each.name, wanted));
  const problem = save.error === null ? null : asProblem(save.error);
  const submit = () => {
    setAsked(true);
    if (wanted === "") return;
    save.mutate(
      { name: wanted, settings: session.settings, instead },
      {
        onSuccess: () => {
          tellDone(word("template.saved", { name: wanted }));
          onClose();
        },
      },
    );
  };
  return (
    <FormDialog
      title={word("template.save")}
      button={word(instead === undefined ? "template.keep" : "template.replace")}
      error={besideFields(save.error)}
      pending={save.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <Text size="sm">{word("template.save-text")}</Text>
      <TextInput
        label={word("template.name")}
        description={instead === undefined ? undefined : word("template.replaces", { name: instead.name })}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        maxLength={NAME_LENGTH}
        error={asked && wanted === "" ? word("template.name-missing") : problem?.errorOf("name")}
        data-autofocus
      />
    </FormDialog>
  );
}

/** As the server tells names apart: capitals and accents aside. */
const same = (one: string, other: string): boolean => one.localeCompare(other, "en", { sensitivity: "accent" }) === 0;
