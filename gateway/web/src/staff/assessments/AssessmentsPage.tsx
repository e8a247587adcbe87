/** Every assessment, and uploading one. */
import { Anchor, Badge, Card, Table, Text } from "@mantine/core";
import { Link, useNavigate } from "react-router";
import { count } from "../../i18n/moments";
import { useMay } from "../app/access";
import { Answer } from "../app/Failure";
import { ListTable } from "../app/ListTable";
import { Page } from "../app/Page";
import type { AssessmentSummary } from "../app/resources";
import { useWords } from "../app/texts";
import { tellDone } from "../app/told";
import { momentIn } from "../sessions/When";
import { viewersZone } from "../sessions/zonedTime";
import { useAssessments } from "./queries";
import { Upload } from "./Upload";

export function AssessmentsPage() {
  const word = useWords();
  const navigate = useNavigate();
  const authors = useMay("scheduler");
  const query = useAssessments();
  return (
    <Page
      title={word("assessments.title")}
      about={word("assessments.about")}
      actions={
        authors && (
          <Upload
            label={word("assessments.upload")}
            onWritten={({ assessment_id }) => {
              tellDone(word("assessments.uploaded"));
              void navigate(`/staff/assessments/${assessment_id}`);
            }}
          />
        )
      }
    >
      <Answer query={query}>{(found) => (found.length === 0 ? <Nothing /> : <List assessments={found} />)}</Answer>
    </Page>
  );
}

function Nothing() {
  const word = useWords();
  return (
    <Card padding="xl" radius="lg" withBorder bg="var(--examhall-surface)">
      <Text ta="center" fw={600}>
        {word("assessments.none")}
      </Text>
    </Card>
  );
}

function List({ assessments }: { assessments: AssessmentSummary[] }) {
  const word = useWords();
  return (
    <ListTable
      minWidth={560}
      heads={[word("assessments.name"), word("assessments.published"), { label: word("assessments.items"), end: true }, { label: word("assessments.points"), end: true }, word("assessments.changed")]}
    >
      {assessments.map((each) => (
        <Table.Tr key={each.assessment_id}>
          <Table.Td>
            <Anchor component={Link} to={`/staff/assessments/${each.assessment_id}`} fw={600}>
              {each.title}
            </Anchor>
          </Table.Td>
          <Table.Td>
            <PublishedBadge version={each.published_version} />
          </Table.Td>
          <Table.Td ta="end" className="number" data-label={word("assessments.items")}>
            {count(each.items)}
          </Table.Td>
          <Table.Td ta="end" className="number" data-label={word("assessments.points")}>
            {count(Number(each.points))}
          </Table.Td>
          <Table.Td className="number" data-label={word("assessments.changed")}>{momentIn(each.changed_at, viewersZone())}</Table.Td>
        </Table.Tr>
      ))}
    </ListTable>
  );
}

export function PublishedBadge({ version }: { version: number | null }) {
  const word = useWords();
  return (
    <Badge variant="light" color={version === null ? "gray" : "teal"} c="var(--mantine-color-text)" tt="none" fw={600}>
      {version === null ? word("assessments.draft") : word("assessments.version", { version })}
    </Badge>
  );
}
