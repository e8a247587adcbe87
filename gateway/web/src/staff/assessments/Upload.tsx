/** A draft from a JSON file, checked by the server; each objection names its place in the file. */
import { Alert, Button, FileButton, List, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { asProblem } from "../../api/problem";
import { Failure } from "../app/Failure";
import type { AssessmentContent, AssessmentView } from "../app/resources";
import { useWords } from "../app/texts";
import { useWriteDraft } from "./queries";

interface Props {
  label: string;
  /** The draft to replace; a new assessment without one. */
  replacing?: { assessmentId: string; version: number };
  onWritten: (assessment: AssessmentView) => void;
}

export function Upload({ label, replacing, onWritten }: Props) {
  const word = useWords();
  const write = useWriteDraft();
  const [unreadable, setUnreadable] = useState<string | null>(null);
  const read = async (file: File | null) => {
    if (file === null) return;
    setUnreadable(null);
    write.reset();
    const content = contentOf(await file.text());
    if (content === null) setUnreadable(file.name);
    else write.mutate(replacing === undefined ? { content } : { content, replacing }, { onSuccess: onWritten });
  };
  return (
    <Stack gap="sm" align="flex-start">
      <FileButton accept="application/json,.json" onChange={(file) => void read(file)}>
        {(props) => (
          <Button {...props} loading={write.isPending}>
            {label}
          </Button>
        )}
      </FileButton>
      {unreadable !== null && (
        <Alert color="red" role="alert">
          {word("upload.unreadable", { file: unreadable })}
        </Alert>
      )}
      {write.isError && <Objections error={write.error} />}
    </Stack>
  );
}

const SHOWN_MAX = 20;

function Objections({ error }: { error: unknown }) {
  const word = useWords();
  const problem = asProblem(error);
  if (problem.errors.length === 0) return <Failure error={error} />;
  return (
    <Alert color="red" role="alert" title={word("upload.objections", { count: problem.errors.length })}>
      <List size="sm">
        {problem.errors.slice(0, SHOWN_MAX).map(({ field, message }) => (
          <List.Item key={`${field} ${message}`}>
            <Text component="span" size="sm" ff="monospace" dir="ltr">
              {field}
            </Text>
            : {message}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}

/** The file's content, whether it holds the content alone or wrapped as the interface takes it; null when it is no JSON. */
function contentOf(text: string): AssessmentContent | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return null;
    return ("content" in value ? value.content : value) as AssessmentContent;
  } catch {
    return null;
  }
}
