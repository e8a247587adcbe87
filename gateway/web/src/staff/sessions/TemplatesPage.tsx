/** Templates of sessions: used, deleted. They are made from sessions. */
import { Anchor, Button, Card, Group, Stack, Table, Text } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import { momentHere } from "../../i18n/moments";
import { Answer } from "../app/Failure";
import { FormDialog } from "../app/FormDialog";
import { ListTable } from "../app/ListTable";
import { Page } from "../app/Page";
import type { TemplateSummary } from "../app/resources";
import { useWords } from "../app/texts";
import { tellDone } from "../app/told";
import { useDeleteTemplate, useTemplates } from "./templates";

export function TemplatesPage() {
  const word = useWords();
  const query = useTemplates();
  const [deleting, setDeleting] = useState<TemplateSummary | null>(null);
  return (
    <Page title={word("template.title")} about={word("template.about")}>
      <Answer query={query}>
        {(templates) => (templates.length === 0 ? <NoTemplates /> : <List templates={templates} onDelete={setDeleting} />)}
      </Answer>
      {deleting !== null && <DeleteTemplate template={deleting} onClose={() => setDeleting(null)} />}
    </Page>
  );
}

function NoTemplates() {
  const word = useWords();
  return (
    <Card padding="xl" radius="lg" withBorder bg="var(--examhall-surface)">
      <Stack align="center" py="lg" gap="sm">
        <Text fw={600}>{word("template.none")}</Text>
        <Text c="dimmed" ta="center">
          {word("template.none-hint")}
        </Text>
      </Stack>
    </Card>
  );
}

function List({ templates, onDelete }: { templates: TemplateSummary[]; onDelete: (template: TemplateSummary) => void }) {
  const word = useWords();
  return (
    <ListTable minWidth={560} heads={[word("template.name"), word("template.changed")]} actions={word("actions")}>
      {templates.map((template) => (
        <Table.Tr key={template.template_id}>
          <Table.Td>
            <Anchor component={Link} to={addressOf(template)} fw={600} style={{ overflowWrap: "anywhere" }}>
              {template.name}
            </Anchor>
          </Table.Td>
          <Table.Td>{momentHere(template.changed_at)}</Table.Td>
          <Table.Td data-actions>
            <Group gap="xs" justify="flex-end">
              <Button size="xs" variant="light" component={Link} to={addressOf(template)} aria-label={word("template.use-of", { name: template.name })}>
                {word("template.use")}
              </Button>
              <Button
                size="xs"
                variant="default"
                onClick={() => onDelete(template)}
                aria-label={word("template.delete-of", { name: template.name })}
              >
                {word("template.delete")}
              </Button>
            </Group>
          </Table.Td>
        </Table.Tr>
      ))}
    </ListTable>
  );
}

function DeleteTemplate({ template, onClose }: { template: TemplateSummary; onClose: () => void }) {
  const word = useWords();
  const remove = useDeleteTemplate();
  const removed = () => {
    tellDone(word("template.deleted", { name: template.name }));
    onClose();
  };
  return (
    <FormDialog
      grave
      title={word("template.delete-of", { name: template.name })}
      button={word("template.delete")}
      error={remove.error}
      pending={remove.isPending}
      onSubmit={() => remove.mutate(template.template_id, { onSuccess: removed })}
      onClose={onClose}
    >
      <Text size="sm">{word("template.delete-text")}</Text>
    </FormDialog>
  );
}

const addressOf = ({ template_id }: TemplateSummary): string => `/staff/sessions/new?template=${encodeURIComponent(template_id)}`;
