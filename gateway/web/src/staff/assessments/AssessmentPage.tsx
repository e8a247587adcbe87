/** One assessment as candidates will see it; publishing it; replacing its draft. */
import { Alert, Button, Card, Group, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useParams } from "react-router";
import { count, duration } from "../../i18n/moments";
import { Answer } from "../app/Failure";
import { FormDialog } from "../app/FormDialog";
import { Page } from "../app/Page";
import { Prose } from "../app/Prose";
import type { AssessmentView } from "../app/resources";
import { useWords } from "../app/texts";
import { tellDone } from "../app/told";
import { ItemPreview } from "./ItemPreview";
import { useAssessment, usePublish } from "./queries";
import { PublishedBadge } from "./AssessmentsPage";
import { Upload } from "./Upload";

export function AssessmentPage() {
  const { assessmentId = "" } = useParams();
  const query = useAssessment(assessmentId);
  return <Answer query={query}>{(assessment) => <Loaded assessment={assessment} />}</Answer>;
}

function Loaded({ assessment }: { assessment: AssessmentView }) {
  const word = useWords();
  const { content } = assessment;
  const items = content.sections.flatMap((section) => section.items);
  const points = items.reduce((sum, item) => sum + Number(item.points), 0);
  const facts = [
    word("assessment.items", { count: items.length }),
    word("assessment.points", { count: points }),
    duration(content.time_limit_seconds),
    word("assessment.pass-mark", { percent: count(Number(content.pass_mark_percent)) }),
  ];
  return (
    <Page
      title={content.title}
      about={
        <Group gap="xs">
          <PublishedBadge version={assessment.published_version} />
          <span>{facts.join(" · ")}</span>
        </Group>
      }
      actions={<Actions assessment={assessment} />}
    >
      {assessment.state === "draft" && assessment.published_version !== null && <Alert color="indigo">{word("assessment.newer-draft")}</Alert>}
      {content.description !== "" && <Prose text={content.description} />}
      <Text c="dimmed">{word("assessment.preview")}</Text>
      {content.sections.map((section) => (
        <Stack key={section.section_id} gap="md">
          <Title order={2} size="h3">
            {section.title}
          </Title>
          {section.instructions !== "" && <Prose text={section.instructions} />}
          {section.items.map((item, index) => (
            <Card key={item.item_id} padding="lg" radius="lg" withBorder bg="var(--examhall-surface)">
              <Group justify="space-between" mb="sm">
                <Text fw={600} component="h3" m={0} size="md">
                  {word("assessment.item", { number: index + 1 })}
                </Text>
                <Text size="sm" c="dimmed">
                  {word("assessment.points", { count: Number(item.points) })}
                </Text>
              </Group>
              <ItemPreview item={item} />
            </Card>
          ))}
        </Stack>
      ))}
    </Page>
  );
}

function Actions({ assessment }: { assessment: AssessmentView }) {
  const word = useWords();
  const publish = usePublish(assessment.assessment_id);
  const [asking, ask] = useDisclosure();
  const { assessment_id, version } = assessment;
  return (
    <Group align="flex-start">
      {assessment.state === "draft" && <Button onClick={ask.open}>{word("assessment.publish")}</Button>}
      <Upload
        label={word("assessment.replace")}
        replacing={{ assessmentId: assessment_id, version }}
        onWritten={() => tellDone(word("assessments.uploaded"))}
      />
      {asking && (
        <FormDialog
          title={word("assessment.publish-title")}
          button={word("assessment.publish")}
          pending={publish.isPending}
          error={publish.error}
          onClose={ask.close}
          onSubmit={() =>
            publish.mutate(version, {
              onSuccess: () => {
                tellDone(word("assessment.published"));
                ask.close();
              },
            })
          }
        >
          <Text size="sm">{word("assessment.publish-text")}</Text>
        </FormDialog>
      )}
    </Group>
  );
}
