/** One score per criterion, and a comment. */
import { Button, NumberInput, Stack, Text, Textarea, Title } from "@mantine/core";
import { useState } from "react";
import type { ReviewView } from "../app/resources";
import { useWords } from "../app/texts";
import { Prose } from "../app/Prose";
import { decimal } from "./numbers";
import type { Judgement } from "./queries";
import { LONG_TEXT_LENGTH } from "../../api/generated/limits";

interface Props {
  review: ReviewView;
  disabled: boolean;
  pending: boolean;
  onScore: (judgement: Judgement) => void;
}


export function RubricForm({ review, disabled, pending, onScore }: Props) {
  const word = useWords();
  const [scores, setScores] = useState<Record<string, number | "">>(() =>
    Object.fromEntries(review.scores.map(({ criterion_id, points }) => [criterion_id, Number(points)])),
  );
  const [comment, setComment] = useState(review.comment);
  const [asked, setAsked] = useState(false);
  const pointsOf = (criterionId: string): number | "" => scores[criterionId] ?? "";
  const wrong = ({ criterion_id, points }: ReviewView["rubric"][number]): string | null => {
    const given = pointsOf(criterion_id);
    if (given === "") return asked ? word("rubric.missing", { max: Number(points) }) : null;
    return given < 0 || given > Number(points) ? word("rubric.missing", { max: Number(points) }) : null;
  };
  const complete = review.rubric.every(({ criterion_id, points }) => {
    const given = pointsOf(criterion_id);
    return given !== "" && given >= 0 && given <= Number(points);
  });
  const sum = review.rubric.reduce((total, { criterion_id }) => total + Number(pointsOf(criterion_id)), 0);
  const available = review.rubric.reduce((total, { points }) => total + Number(points), 0);
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setAsked(true);
        if (!complete) return;
        onScore({ scores: review.rubric.map(({ criterion_id }) => ({ criterion_id, points: String(pointsOf(criterion_id)) })), comment });
      }}
    >
      <Stack>
        <Title order={2} size="h4">
          {word("review.rubric")}
        </Title>
        {review.rubric.map((criterion) => (
          <NumberInput
            key={criterion.criterion_id}
            label={criterion.title}
            description={criterion.description === "" ? undefined : <Prose text={criterion.description} inline />}
            suffix={` ${word("rubric.of", { max: decimal(criterion.points) })}`}
            min={0}
            decimalScale={4}
            clampBehavior="none"
            readOnly={disabled}
            value={pointsOf(criterion.criterion_id)}
            onChange={(value) => setScores((kept) => ({ ...kept, [criterion.criterion_id]: value === "" ? "" : Number(value) }))}
            error={wrong(criterion)}
          />
        ))}
        <Textarea label={word("rubric.comment")} description={word("optional")} value={comment} onChange={(event) => setComment(event.currentTarget.value)} maxLength={LONG_TEXT_LENGTH} autosize minRows={3} readOnly={disabled} />
        <Text fw={600} className="number" role="status">
          {word("rubric.sum", { sum: decimal(sum), available: decimal(available) })}
        </Text>
        {!disabled && (
          <Button type="submit" loading={pending} size="md">
            {word("rubric.save")}
          </Button>
        )}
      </Stack>
    </form>
  );
}
