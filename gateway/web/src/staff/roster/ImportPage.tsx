/** One import, from its reading to what came of it. */
import { Alert, Badge, Button, Center, Checkbox, Group, Loader, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { Link, useParams } from "react-router";
import { useMay } from "../app/access";
import { Answer, Failure } from "../app/Failure";
import { Page } from "../app/Page";
import type { ImportView } from "../app/resources";
import { valueText } from "../app/texts";
import { tellFailure } from "../app/told";
import { useWords } from "../directory/texts";
import { useMailWords } from "../mail/texts";
import { Counts, ImportProgress, Outcome, READABLE_TITLE } from "./ImportProgress";
import { ImportRows } from "./ImportRows";
import { downloadRejected, useCancel, useConfirm, useImport } from "./imports";
import { STATE_COLOURS } from "./ImportsPage";

export function ImportPage() {
  const { importId = "" } = useParams();
  const found = useImport(importId);
  return <Answer query={found}>{(import_) => <One import_={import_} />}</Answer>;
}

function One({ import_ }: { import_: ImportView }) {
  const word = useWords();
  const again = import_.session_id === null ? "/staff/imports" : `/staff/imports?session=${import_.session_id}`;
  return (
    <Page
      title={word("import.of", { file: import_.file_name })}
      about={
        <Badge variant="light" color={STATE_COLOURS[import_.state]} c="var(--mantine-color-text)" tt="none">
          {valueText("import-state", import_.state)}
        </Badge>
      }
      actions={
        <>
          <Button variant="default" component={Link} to={again}>
            {word("import.another")}
          </Button>
          <Button variant="default" component={Link} to={import_.session_id === null ? "/staff/directory" : `/staff/sessions/${import_.session_id}`}>
            {word(import_.session_id === null ? "directory.title" : "import.to-session")}
          </Button>
        </>
      }
    >
      <Body import_={import_} />
    </Page>
  );
}

function Body({ import_ }: { import_: ImportView }) {
  const word = useWords();
  switch (import_.state) {
    case "reading":
      return (
        <Center py="xl">
          <Group role="status">
            <Loader size="sm" />
            <Text>{word("import.reading")}</Text>
          </Group>
        </Center>
      );
    case "failed":
      return (
        <Alert color="red" role="alert" title={import_.problem?.title ?? word("failure.title")}>
          {import_.problem?.detail} {word("import.nothing-changed")}
        </Alert>
      );
    case "cancelled":
      return <Text role="status">{word("import.nothing-changed")}</Text>;
    case "review":
      return <Review import_={import_} />;
    case "running":
      return <ImportProgress import_={import_} />;
    case "done":
      return (
        <Stack>
          <Outcome import_={import_} />
          <Rejected import_={import_} />
          <ImportRows import_={import_} />
        </Stack>
      );
  }
}

function Review({ import_ }: { import_: ImportView }) {
  const word = useWords();
  const keeps = useMay("scheduler");
  const confirm = useConfirm(import_.import_id);
  const cancel = useCancel(import_.import_id);
  const mailWord = useMailWords();
  const [invite, setInvite] = useState(false);
  const { review } = import_;
  const wrong = review.duplicate + review.error;
  const seats = import_.free_seats;
  const short = seats != null && import_.to_do > seats;
  return (
    <Stack>
      <Counts
        counts={[
          { label: "import.new", number: review.new },
          { label: "import.there-changed", number: review.changed },
          { label: "import.there-same", number: review.known },
          { label: "import.duplicates", number: review.duplicate, bad: true },
          { label: "import.errors", number: review.error, bad: true },
        ]}
      />
      <Columns import_={import_} />
      {short && (
        <Alert color="yellow" styles={READABLE_TITLE} role="status" title={word("import.seats-short")}>
          {word("import.seats-short-text", { needed: import_.to_do, free: seats })}
        </Alert>
      )}
      {confirm.isError && <Failure error={confirm.error} />}
      {cancel.isError && <Failure error={cancel.error} />}
      {keeps && import_.session_id !== null && (
        <Checkbox label={mailWord("mail.invite")} description={word("import.invite-hint")} checked={invite} onChange={(event) => setInvite(event.currentTarget.checked)} />
      )}
      {keeps && (
        <Group gap="sm">
          {wrong === 0 && !short ? (
            <Button loading={confirm.isPending} onClick={() => confirm.mutate({ mode: "all", invite })}>
              {word("import.confirm-all", { number: import_.rows })}
            </Button>
          ) : (
            <Button loading={confirm.isPending} disabled={import_.to_do === 0} onClick={() => confirm.mutate({ mode: "valid", invite })}>
              {word("import.confirm-valid", { number: import_.to_do })}
            </Button>
          )}
          <Button variant="default" loading={cancel.isPending} onClick={() => cancel.mutate(null)}>
            {word("import.cancel")}
          </Button>
        </Group>
      )}
      <Rejected import_={import_} />
      <ImportRows import_={import_} />
    </Stack>
  );
}

/** Where each field was found, so that nobody imports the wrong column. */
function Columns({ import_ }: { import_: ImportView }) {
  const word = useWords();
  const used = Object.keys(import_.used_columns).join(", ");
  return (
    <Text size="sm" c="dimmed">
      {word("import.columns-used", { columns: used })}
      {import_.ignored_columns.length > 0 && <> {word("import.columns-ignored", { columns: import_.ignored_columns.join(", ") })}</>}
      {import_.encoding !== null && <> {word("import.encoding", { encoding: import_.encoding })}</>}
    </Text>
  );
}

function Rejected({ import_ }: { import_: ImportView }) {
  const word = useWords();
  const { review, outcome } = import_;
  if (review.duplicate + review.error + outcome.refused + outcome.unseated === 0) return null;
  return (
    <Group gap="sm">
      <Button variant="default" onClick={() => void downloadRejected(import_.import_id, "xlsx").catch(tellFailure)}>
        {word("import.rejected-xlsx")}
      </Button>
      <Button variant="default" onClick={() => void downloadRejected(import_.import_id, "csv").catch(tellFailure)}>
        {word("import.rejected-csv")}
      </Button>
    </Group>
  );
}
