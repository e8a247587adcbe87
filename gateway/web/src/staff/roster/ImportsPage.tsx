/** Uploading a file of people, and the imports of the last weeks. */
import { Alert, Anchor, Badge, Button, Card, FileButton, Group, List, Stack, Table, Text, Title } from "@mantine/core";
import { useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";
import { momentHere } from "../../i18n/moments";
import { useMay } from "../app/access";
import { Failure } from "../app/Failure";
import { ListTable } from "../app/ListTable";
import { Page } from "../app/Page";
import type { ImportState, ImportSummary } from "../app/resources";
import { valueText } from "../app/texts";
import { tellFailure } from "../app/told";
import { useWords } from "../directory/texts";
import { useSession } from "../sessions/queries";
import { downloadTemplate, FILE_BYTES_MAX, useImports, useUpload } from "./imports";

export const STATE_COLOURS: Record<ImportState, string> = { reading: "blue", review: "yellow", running: "blue", done: "teal", failed: "red", cancelled: "gray" };

export function ImportsPage() {
  const word = useWords();
  const keeps = useMay("scheduler");
  const [parameters] = useSearchParams();
  const sessionId = parameters.get("session");
  const found = useImports();
  const imports = found.data?.pages.flatMap((page) => page.items);
  return (
    <Page
      title={word("import.title")}
      about={sessionId === null ? word("import.about") : <IntoSession sessionId={sessionId} />}
      actions={
        <Button variant="default" component={Link} to={sessionId === null ? "/staff/directory" : `/staff/sessions/${sessionId}`}>
          {word(sessionId === null ? "directory.title" : "import.to-session")}
        </Button>
      }
    >
      {keeps && <UploadCard sessionId={sessionId} />}
      <Title order={2} size="h3">
        {word("import.recent")}
      </Title>
      {found.isError && <Failure error={found.error} retry={() => void found.refetch()} />}
      {imports !== undefined && (imports.length === 0 ? <Text c="dimmed">{word("import.none")}</Text> : <Recent imports={imports} />)}
      {found.hasNextPage && (
        <Button variant="default" mx="auto" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          {word("more")}
        </Button>
      )}
    </Page>
  );
}

function IntoSession({ sessionId }: { sessionId: string }) {
  const word = useWords();
  const session = useSession(sessionId);
  return word("import.into", { session: session.data?.settings.name ?? "…" });
}

function UploadCard({ sessionId }: { sessionId: string | null }) {
  const word = useWords();
  const navigate = useNavigate();
  const upload = useUpload();
  const [tooLarge, setTooLarge] = useState(false);
  const send = (file: File | null) => {
    if (file === null) return;
    setTooLarge(file.size > FILE_BYTES_MAX);
    if (file.size > FILE_BYTES_MAX) return;
    upload.mutate({ file, sessionId }, { onSuccess: (import_) => void navigate(`/staff/imports/${import_.import_id}`) });
  };
  return (
    <Card padding="lg" radius="lg" withBorder bg="var(--examhall-surface)">
      <Stack gap="sm" align="flex-start">
        <List size="sm" spacing={4}>
          <List.Item>{word("import.step-template")}</List.Item>
          <List.Item>{word("import.step-fill")}</List.Item>
          <List.Item>{word("import.step-upload")}</List.Item>
        </List>
        <Group gap="sm">
          <Button variant="default" onClick={() => void downloadTemplate("xlsx").catch(tellFailure)}>
            {word("import.template-xlsx")}
          </Button>
          <Button variant="default" onClick={() => void downloadTemplate("csv").catch(tellFailure)}>
            {word("import.template-csv")}
          </Button>
          <FileButton accept=".csv,.tsv,.txt,.xlsx,.zip,text/csv,application/zip" onChange={send}>
            {(props) => (
              <Button {...props} loading={upload.isPending}>
                {word("import.upload")}
              </Button>
            )}
          </FileButton>
        </Group>
        {tooLarge && (
          <Alert color="red" role="alert">
            {word("import.too-large")}
          </Alert>
        )}
        {upload.isError && <Failure error={upload.error} />}
      </Stack>
    </Card>
  );
}

function Recent({ imports }: { imports: ImportSummary[] }) {
  const word = useWords();
  return (
    <ListTable minWidth={560} heads={[word("import.file"), word("results.state"), word("import.rows"), word("import.when")]}>
      {imports.map((import_) => (
        <Table.Tr key={import_.import_id}>
          <Table.Td>
            <Anchor component={Link} to={`/staff/imports/${import_.import_id}`} fw={500} style={{ overflowWrap: "anywhere" }}>
              <bdi>{import_.file_name}</bdi>
            </Anchor>
            <Text size="sm" c="dimmed">
              {import_.created_by_name}
            </Text>
          </Table.Td>
          <Table.Td>
            <Badge variant="light" color={STATE_COLOURS[import_.state]} c="var(--mantine-color-text)" tt="none">
              {valueText("import-state", import_.state)}
            </Badge>
          </Table.Td>
          <Table.Td className="number">{import_.rows}</Table.Td>
          <Table.Td>{momentHere(import_.created_at)}</Table.Td>
        </Table.Tr>
      ))}
    </ListTable>
  );
}
