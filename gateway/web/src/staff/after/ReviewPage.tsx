/** Scoring one response by its rubric, then the next. Opening it claims it, so that nobody else scores it meanwhile. */
import { Alert, Anchor, Button, Card, Group, Stack, Text, Title } from "@mantine/core";
import { useEffect, useRef } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { wordCount } from "../../candidate/words";
import { timeHere } from "../../i18n/moments";
import { usePerson } from "../app/access";
import { Answer, Failure } from "../app/Failure";
import { Page } from "../app/Page";
import { Prose } from "../app/Prose";
import type { ReviewView } from "../app/resources";
import { useWords } from "../app/texts";
import { tellDone, tellFailure } from "../app/told";
import { nextReview, useReview, useReviewStep, type Judgement } from "./queries";
import { textOf } from "./ReviewsPage";
import { RubricForm } from "./RubricForm";

export function ReviewPage() {
  const { reviewId = "" } = useParams();
  const query = useReview(reviewId);
  return <Answer query={query}>{(review) => <Scoring key={reviewId} review={review} />}</Answer>;
}

function Scoring({ review }: { review: ReviewView }) {
  const word = useWords();
  const person = usePerson();
  const navigate = useNavigate();
  const { review_id, session_id } = review;
  const step = useReviewStep(review_id);
  const mine = review.claimed_by === person?.subject;
  const others = review.state === "claimed" && !mine;
  const { mutate } = step;
  const asked = useRef(false);
  useEffect(() => {
    if (review.state !== "waiting" || asked.current) return;
    asked.current = true;
    mutate({ verb: "claim" });
  }, [review.state, mutate]);

  const onward = async () => {
    const next = await nextReview(session_id, review_id);
    await navigate(next === null ? "/staff/reviews" : `/staff/reviews/${next}`);
  };
  const score = (judgement: Judgement) =>
    step.mutate(
      { verb: "score", judgement },
      {
        onSuccess: () => {
          tellDone(word("review.done"));
          void onward().catch(tellFailure);
        },
      },
    );
  const giveBack = () => step.mutate({ verb: "release" }, { onSuccess: () => void navigate("/staff/reviews") });
  const text = textOf(review);
  return (
    <Page title={review.item.title} about={word("review.blind", { count: Number(review.item.points) })}>
      <Anchor component={Link} to="/staff/reviews" size="sm">
        {word("review.all")}
      </Anchor>
      {step.isError && <Failure error={step.error} />}
      {others && <Alert color="yellow">{word("review.others")}</Alert>}
      {mine && review.claimed_until !== null && (
        <Text size="sm" c="dimmed">
          {word("review.mine-until", { time: timeHere(review.claimed_until) })}
        </Text>
      )}
      <div className="review">
        <Stack>
          <Card padding="lg" radius="lg" withBorder bg="var(--examhall-surface)">
            <Title order={2} size="h4" mb="sm">
              {word("review.question")}
            </Title>
            <Prose text={review.item.prompt} />
          </Card>
          <Card padding="lg" radius="lg" withBorder bg="var(--examhall-surface)">
            <Group justify="space-between" mb="sm">
              <Title order={2} size="h4">
                {word("review.response")}
              </Title>
              <Text size="sm" c="dimmed">
                {word("reviews.words", { count: wordCount(text) })}
              </Text>
            </Group>
            {text === "" ? (
              <Text c="dimmed">{word("review.no-response")}</Text>
            ) : (
              <div className="response" dir="auto">
                {text}
              </div>
            )}
          </Card>
        </Stack>
        <Card padding="lg" radius="lg" withBorder bg="var(--examhall-surface)" component="section" aria-label={word("review.rubric")}>
          <RubricForm review={review} disabled={!mine} pending={step.isPending} onScore={score} />
          {mine && (
            <Button variant="subtle" color="gray" c="var(--mantine-color-text)" fullWidth mt="xs" onClick={giveBack}>
              {word("review.give-back")}
            </Button>
          )}
          {review.state !== "waiting" && !mine && (
            <Button variant="default" fullWidth mt="xs" onClick={() => void onward().catch(tellFailure)}>
              {word("review.next")}
            </Button>
          )}
        </Card>
      </div>
    </Page>
  );
}
