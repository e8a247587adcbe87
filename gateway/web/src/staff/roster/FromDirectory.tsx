/** Giving people and groups of the directory places in a session; whoever got none is named with the reason. */
import { Alert, Button, Checkbox, Group, List, ScrollArea, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { Failure } from "../app/Failure";
import type { ImportView, PersonView, SessionView } from "../app/resources";
import { GroupPicker, type ChosenGroup } from "../directory/GroupPicker";
import { usePeople } from "../directory/queries";
import { useWords } from "../directory/texts";
import { useMailWords } from "../mail/texts";
import { Dialog } from "../app/Dialog";
import { accommodationIn, IndividualTime, timeCheck, USUAL_TIME } from "./IndividualTime";
import { ImportProgress } from "./ImportProgress";
import { useEnrolPicked, useImport, useImportRows } from "./imports";

const TYPING_PAUSE_MS = 250;

export function FromDirectory({ session, onClose }: { session: SessionView; onClose: () => void }) {
  const word = useWords();
  const queries = useQueryClient();
  const [importId, setImportId] = useState<string | null>(null);
  const close = () => {
    void queries.invalidateQueries({ queryKey: ["participants", session.session_id] });
    onClose();
  };
  return (
    <Dialog onClose={close} title={word("pick.title")} size="lg">
      {importId === null ? <Picking session={session} onBegun={setImportId} /> : <Enrolling importId={importId} onClose={close} />}
    </Dialog>
  );
}

function Picking({ session, onBegun }: { session: SessionView; onBegun: (importId: string) => void }) {
  const word = useWords();
  const enrol = useEnrolPicked(session.session_id);
  const [chosen, setChosen] = useState<ReadonlyMap<string, PersonView>>(new Map());
  const [groups, setGroups] = useState<ChosenGroup[]>([]);
  const [time, setTime] = useState(USUAL_TIME);
  const mailWord = useMailWords();
  const [invite, setInvite] = useState(false);
  const [asked, setAsked] = useState(false);
  const nobody = chosen.size === 0 && groups.length === 0;
  const accommodation = accommodationIn(time);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    setAsked(true);
    if (nobody || accommodation == null) return;
    enrol.mutate(
      { person_ids: [...chosen.keys()], group_ids: groups.map((group) => group.group_id), accommodation, invite },
      { onSuccess: (import_) => onBegun(import_.import_id) },
    );
  };
  const toggle = (person: PersonView) => {
    const next = new Map(chosen);
    if (!next.delete(person.person_id)) next.set(person.person_id, person);
    setChosen(next);
  };
  return (
    <form noValidate onSubmit={submit}>
      <Stack>
        {enrol.isError && <Failure error={enrol.error} />}
        <GroupPicker label={word("pick.groups")} description={word("pick.groups-hint")} value={groups} onChange={setGroups} />
        <PeopleToPick chosen={chosen} onToggle={toggle} />
        <IndividualTime value={time} onChange={setTime} error={timeCheck(time)} />
        <Checkbox label={mailWord("mail.invite")} description={word("import.invite-hint")} checked={invite} onChange={(event) => setInvite(event.currentTarget.checked)} />
        {asked && nobody && (
          <Text role="alert" c="var(--mantine-color-error)" size="sm">
            {word("pick.nobody")}
          </Text>
        )}
        <Group justify="space-between">
          <Text size="sm" c="dimmed" role="status">
            {word("pick.chosen", { people: chosen.size, groups: groups.length })}
          </Text>
          <Button type="submit" loading={enrol.isPending}>
            {word("add.button")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function PeopleToPick({ chosen, onToggle }: { chosen: ReadonlyMap<string, PersonView>; onToggle: (person: PersonView) => void }) {
  const word = useWords();
  const [search, setSearch] = useState("");
  const [searched] = useDebouncedValue(search.trim(), TYPING_PAUSE_MS);
  const found = usePeople({ search: searched, groupId: null });
  const offered = found.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Stack gap="xs">
      <TextInput type="search" label={word("roster.search")} value={search} onChange={(event) => setSearch(event.currentTarget.value)} data-autofocus />
      {found.isError && <Failure error={found.error} retry={() => void found.refetch()} />}
      {found.data !== undefined && offered.length === 0 && <Text c="dimmed">{word("roster.nobody-found")}</Text>}
      <ScrollArea.Autosize mah={260} type="auto" viewportProps={{ tabIndex: 0, role: "group", "aria-label": word("directory.title") }}>
        <Stack gap="xs" py={4}>
          {offered.map((person) => (
            <Checkbox
              key={person.person_id}
              label={person.name}
              description={[person.email, person.external_id].filter((each) => each !== null).join(" · ")}
              checked={chosen.has(person.person_id)}
              onChange={() => onToggle(person)}
            />
          ))}
          {found.hasNextPage && (
            <Button variant="default" size="xs" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
              {word("more")}
            </Button>
          )}
        </Stack>
      </ScrollArea.Autosize>
    </Stack>
  );
}

function Enrolling({ importId, onClose }: { importId: string; onClose: () => void }) {
  const word = useWords();
  const found = useImport(importId);
  if (found.isError) return <Failure error={found.error} retry={() => void found.refetch()} />;
  const import_ = found.data;
  if (import_ === undefined || import_.state === "reading") return <Text role="status">{word("import.reading")}</Text>;
  if (import_.state === "running") return <ImportProgress import_={import_} />;
  return (
    <Stack>
      {import_.state === "failed" ? (
        <Alert color="red" role="alert" title={import_.problem?.title}>
          {import_.problem?.detail}
        </Alert>
      ) : (
        <Enrolled import_={import_} />
      )}
      <Group justify="flex-end">
        <Button onClick={onClose}>{word("close")}</Button>
      </Group>
    </Stack>
  );
}

function Enrolled({ import_ }: { import_: ImportView }) {
  const word = useWords();
  const rejected = useImportRows(import_, "rejected");
  const refused = rejected.data?.pages.flatMap((page) => page.items) ?? [];
  const { enrolled, already } = import_.outcome;
  return (
    <>
      {enrolled > 0 && (
        <Text role="status" fw={600}>
          {word("pick.enrolled", { number: enrolled })}
        </Text>
      )}
      {already > 0 && <Text role="status">{word("pick.already", { number: already })}</Text>}
      {refused.length > 0 && (
        <Alert color="red" role="alert" title={word("pick.refused", { number: import_.outcome.unseated + import_.outcome.refused })}>
          <List size="sm">
            {refused.map((row) => (
              <List.Item key={row.number}>{word("add.refused-line", { name: row.name, detail: row.reason ?? "" })}</List.Item>
            ))}
          </List>
          {rejected.hasNextPage && (
            <Button variant="default" size="xs" mt="sm" loading={rejected.isFetchingNextPage} onClick={() => void rejected.fetchNextPage()}>
              {word("more")}
            </Button>
          )}
        </Alert>
      )}
    </>
  );
}
