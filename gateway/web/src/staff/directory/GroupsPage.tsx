/** The directory's groups: how many people each has, renamed, added, deleted. */
import { Anchor, Button, Card, Table, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { Link } from "react-router";
import { asProblem, besideFields } from "../../api/problem";
import { useMay } from "../app/access";
import { Failure } from "../app/Failure";
import { Page } from "../app/Page";
import type { GroupView } from "../app/resources";
import { tellDone } from "../app/told";
import { FormDialog } from "../app/FormDialog";
import { ListTable } from "../app/ListTable";
import { DeleteDialog } from "./DeleteDialog";
import { useDeleteGroup, useGroups, useSaveGroup } from "./queries";
import { RowMenu } from "./RowMenu";
import { useWords } from "./texts";

const TYPING_PAUSE_MS = 250;

type Doing = { what: "add" } | { what: "rename" | "delete"; group: GroupView };

export function GroupsPage() {
  const word = useWords();
  const keeps = useMay("scheduler");
  const [search, setSearch] = useState("");
  const [searched] = useDebouncedValue(search.trim(), TYPING_PAUSE_MS);
  const [doing, setDoing] = useState<Doing | null>(null);
  const found = useGroups(searched);
  const groups = found.data?.pages.flatMap((page) => page.items);
  const done = () => setDoing(null);
  return (
    <Page
      title={word("directory.groups")}
      about={word("directory.groups-about")}
      actions={
        <>
          <Button variant="default" component={Link} to="/staff/directory">
            {word("directory.title")}
          </Button>
          {keeps && <Button onClick={() => setDoing({ what: "add" })}>{word("directory.group-add")}</Button>}
        </>
      }
    >
      <TextInput type="search" label={word("directory.group-search")} value={search} onChange={(event) => setSearch(event.currentTarget.value)} maw={480} />
      {found.isError && <Failure error={found.error} retry={() => void found.refetch()} />}
      {groups !== undefined && groups.length === 0 && (
        <Card padding="xl" radius="lg" withBorder bg="var(--examhall-surface)">
          <Text ta="center" fw={600}>
            {word(searched === "" ? "directory.no-groups" : "directory.no-group-found")}
          </Text>
        </Card>
      )}
      {groups !== undefined && groups.length > 0 && <Groups groups={groups} keeps={keeps} onDo={setDoing} />}
      {found.hasNextPage && (
        <Button variant="default" mx="auto" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          {word("more")}
        </Button>
      )}
      {doing?.what === "add" && <GroupDialog group={null} onClose={done} />}
      {doing?.what === "rename" && <GroupDialog group={doing.group} onClose={done} />}
      {doing?.what === "delete" && <DeleteGroup group={doing.group} onClose={done} />}
    </Page>
  );
}

function Groups({ groups, keeps, onDo }: { groups: GroupView[]; keeps: boolean; onDo: (doing: Doing) => void }) {
  const word = useWords();
  return (
    <ListTable minWidth={480} heads={[word("person.name"), word("roster.title")]} actions={word("actions")}>
      {groups.map((group) => (
        <Table.Tr key={group.group_id}>
          <Table.Td>
            <Anchor component={Link} to={`/staff/directory?group=${group.group_id}`} fw={500} style={{ overflowWrap: "anywhere" }}>
              {group.name}
            </Anchor>
          </Table.Td>
          <Table.Td className="number" data-label={word("roster.title")}>
            {group.people}
          </Table.Td>
          <Table.Td data-actions>
            {keeps && (
              <RowMenu
                name={group.name}
                change={word("directory.group-rename")}
                onChange={() => onDo({ what: "rename", group })}
                onDelete={() => onDo({ what: "delete", group })}
              />
            )}
          </Table.Td>
        </Table.Tr>
      ))}
    </ListTable>
  );
}

function GroupDialog({ group, onClose }: { group: GroupView | null; onClose: () => void }) {
  const word = useWords();
  const save = useSaveGroup();
  const [name, setName] = useState(group?.name ?? "");
  const [asked, setAsked] = useState(false);
  const problem = save.isError ? asProblem(save.error) : null;
  const submit = () => {
    setAsked(true);
    if (name.trim() === "") return;
    save.mutate({ name, editing: group === null ? null : { groupId: group.group_id, version: group.version } }, { onSuccess: onClose });
  };
  return (
    <FormDialog
      title={word(group === null ? "directory.group-add" : "directory.group-rename")}
      button={word("wizard.save")}
      error={besideFields(save.error)}
      pending={save.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextInput
        label={word("person.name")}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={asked && name.trim() === "" ? word("directory.group-name-missing") : problem?.errorOf("name")}
        maxLength={200}
        data-autofocus
      />
    </FormDialog>
  );
}

function DeleteGroup({ group, onClose }: { group: GroupView; onClose: () => void }) {
  const word = useWords();
  const remove = useDeleteGroup();
  return (
    <DeleteDialog
      title={word("directory.delete-title", { name: group.name })}
      text={word("directory.group-delete-text")}
      error={remove.error}
      pending={remove.isPending}
      onClose={onClose}
      onDelete={() =>
        remove.mutate(group.group_id, {
          onSuccess: () => {
            tellDone(word("directory.deleted", { name: group.name }));
            onClose();
          },
        })
      }
    />
  );
}
