/** Everybody the organisation knows: searched, narrowed to a group, added, changed, deleted. */
import { Badge, Button, Card, Group, Stack, Table, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { useMay } from "../app/access";
import { Failure } from "../app/Failure";
import { ListTable } from "../app/ListTable";
import { Page } from "../app/Page";
import type { PersonView } from "../app/resources";
import { tellDone } from "../app/told";
import { DeleteDialog } from "./DeleteDialog";
import { PersonDialog } from "./PersonDialog";
import { useDeletePerson, usePeople } from "./queries";
import { RowMenu } from "./RowMenu";
import { useWords } from "./texts";

const TYPING_PAUSE_MS = 250;

type Doing = { what: "add" } | { what: "change" | "delete"; person: PersonView };

export function DirectoryPage() {
  const word = useWords();
  const keeps = useMay("scheduler");
  const [parameters, setParameters] = useSearchParams();
  const groupId = parameters.get("group");
  const [search, setSearch] = useState("");
  const [searched] = useDebouncedValue(search.trim(), TYPING_PAUSE_MS);
  const [doing, setDoing] = useState<Doing | null>(null);
  const found = usePeople({ search: searched, groupId });
  const people = found.data?.pages.flatMap((page) => page.items);
  const groupName = people?.flatMap((person) => person.groups).find((group) => group.group_id === groupId)?.name;
  const done = () => setDoing(null);
  return (
    <Page
      title={word("directory.title")}
      about={word("directory.about")}
      actions={
        <>
          <Button variant="default" component={Link} to="/staff/directory/groups">
            {word("directory.groups")}
          </Button>
          {keeps && (
            <Button variant="default" component={Link} to="/staff/imports">
              {word("import.title")}
            </Button>
          )}
          {keeps && <Button onClick={() => setDoing({ what: "add" })}>{word("directory.add")}</Button>}
        </>
      }
    >
      <Group align="flex-end" role="search">
        <TextInput type="search" label={word("roster.search")} value={search} onChange={(event) => setSearch(event.currentTarget.value)} flex="1 1 16rem" />
        {groupId !== null && (
          <Button variant="default" onClick={() => setParameters({}, { replace: true })}>
            {word("directory.only-group", { group: groupName ?? "…" })}
          </Button>
        )}
      </Group>
      {found.isError && <Failure error={found.error} retry={() => void found.refetch()} />}
      {people !== undefined && (
        <>
          <Text className="visually-hidden" role="status">
            {word("directory.found", { number: people.length })}
          </Text>
          {people.length === 0 ? (
            <Nobody narrowed={searched !== "" || groupId !== null} keeps={keeps} />
          ) : (
            <People people={people} keeps={keeps} onDo={setDoing} />
          )}
        </>
      )}
      {found.hasNextPage && (
        <Button variant="default" mx="auto" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          {word("more")}
        </Button>
      )}
      {doing?.what === "add" && <PersonDialog person={null} onClose={done} />}
      {doing?.what === "change" && <PersonDialog person={doing.person} onClose={done} />}
      {doing?.what === "delete" && <DeletePerson person={doing.person} onClose={done} />}
    </Page>
  );
}

function Nobody({ narrowed, keeps }: { narrowed: boolean; keeps: boolean }) {
  const word = useWords();
  return (
    <Card padding="xl" radius="lg" withBorder bg="var(--examhall-surface)">
      <Stack align="center" py="lg" gap="sm">
        <Text fw={600}>{word(narrowed ? "roster.nobody-found" : "directory.nobody")}</Text>
        {!narrowed && keeps && <Text c="dimmed">{word("directory.nobody-hint")}</Text>}
      </Stack>
    </Card>
  );
}

function People({ people, keeps, onDo }: { people: PersonView[]; keeps: boolean; onDo: (doing: Doing) => void }) {
  const word = useWords();
  return (
    <ListTable
      minWidth={560}
      heads={[word("person.name"), word("person.external-id"), word("directory.groups")]}
      actions={word("actions")}
      region={word("directory.title")}
    >
      {people.map((person) => (
        <Table.Tr key={person.person_id}>
          <Table.Td>
            <Text fw={500} style={{ overflowWrap: "anywhere" }}>
              <bdi>{person.name}</bdi>
            </Text>
            <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
              <bdi>{person.email}</bdi>
            </Text>
          </Table.Td>
          <Table.Td>
            <bdi>{person.external_id}</bdi>
          </Table.Td>
          <Table.Td>
            <Group gap={4}>
              {person.groups.map((group) => (
                <Badge key={group.group_id} component={Link} to={`/staff/directory?group=${group.group_id}`} variant="light" tt="none" style={{ cursor: "pointer" }}>
                  {group.name}
                </Badge>
              ))}
            </Group>
          </Table.Td>
          <Table.Td data-actions>
            {keeps && (
              <RowMenu
                name={person.name}
                change={word("directory.change")}
                onChange={() => onDo({ what: "change", person })}
                onDelete={() => onDo({ what: "delete", person })}
              />
            )}
          </Table.Td>
        </Table.Tr>
      ))}
    </ListTable>
  );
}

function DeletePerson({ person, onClose }: { person: PersonView; onClose: () => void }) {
  const word = useWords();
  const remove = useDeletePerson();
  return (
    <DeleteDialog
      title={word("directory.delete-title", { name: person.name })}
      text={word("directory.delete-text")}
      error={remove.error}
      pending={remove.isPending}
      onClose={onClose}
      onDelete={() =>
        remove.mutate(person.person_id, {
          onSuccess: () => {
            tellDone(word("directory.deleted", { name: person.name }));
            onClose();
          },
        })
      }
    />
  );
}
