/** Choosing groups by typing: there may be thousands, so the server searches. */
import { MultiSelect } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { useGroups } from "./queries";
import { useWords } from "./texts";
import { PERSON_GROUPS_MAX } from "../../api/generated/limits";

export interface ChosenGroup {
  group_id: string;
  name: string;
}

interface Props {
  label: string;
  description?: string;
  value: ChosenGroup[];
  onChange: (groups: ChosenGroup[]) => void;
}

const TYPING_PAUSE_MS = 250;

export function GroupPicker({ label, description, value, onChange }: Props) {
  const word = useWords();
  const [search, setSearch] = useState("");
  const [searched] = useDebouncedValue(search.trim(), TYPING_PAUSE_MS);
  const found = useGroups(searched);
  const offered = found.data?.pages.flatMap((page) => page.items) ?? [];
  const names = new Map([...value, ...offered].map((group) => [group.group_id, group.name]));
  return (
    <MultiSelect
      label={label}
      description={description}
      placeholder={value.length === 0 ? word("directory.group-search") : ""}
      data={[...names].map(([id, name]) => ({ value: id, label: name }))}
      value={value.map((group) => group.group_id)}
      onChange={(ids) => onChange(ids.map((id) => ({ group_id: id, name: names.get(id) ?? id })))}
      searchable
      searchValue={search}
      onSearchChange={setSearch}
      nothingFoundMessage={word("directory.no-group-found")}
      maxValues={PERSON_GROUPS_MAX}
      clearable
      clearButtonProps={{ "aria-label": word("clear") }}
      hidePickedOptions
    />
  );
}
