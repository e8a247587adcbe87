/** Responses to score by hand, blind: waiting, being scored, done. */
import { Anchor, Badge, Button, Card, SegmentedControl, Table, Text } from "@mantine/core";
import { Link, useSearchParams } from "react-router";
import { Failure } from "../app/Failure";
import { usePerson } from "../app/access";
import { ListTable } from "../app/ListTable";
import { Page } from "../app/Page";
import type { ReviewState, ReviewView } from "../app/resources";
import { useWords } from "../app/texts";
import { wordCount } from "../../candidate/words";
import { useReviews } from "./queries";

const STATES: ReviewState[] = ["waiting", "claimed", "done"];

export function ReviewsPage() {
  const word = useWords();
  const [parameters, setParameters] = useSearchParams();
  const state = STATES.find((each) => each === parameters.get("state")) ?? "waiting";
  const found = useReviews({ sessionId: parameters.get("session"), state });
  const reviews = found.data?.pages.flatMap((page) => page.items);
  const first = reviews?.[0];
  return (
    <Page
      title={word("reviews.title")}
      about={word("reviews.about")}
      actions={
        state === "waiting" &&
        first !== undefined && (
          <Button component={Link} to={`/staff/reviews/${first.review_id}`}>
            {word("reviews.begin")}
          </Button>
        )
      }
    >
      <SegmentedControl
        aria-label={word("reviews.state")}
        data={STATES.map((each) => ({ value: each, label: word(`review-state.${each}`) }))}
        value={state}
        onChange={(value) => {
          parameters.set("state", value);
          setParameters(parameters, { replace: true });
        }}
        maw={460}
      />
      {found.isError && <Failure error={found.error} retry={() => void found.refetch()} />}
      {reviews !== undefined &&
        (reviews.length === 0 ? (
          <Card padding="xl" radius="lg" withBorder bg="var(--examhall-surface)">
            <Text ta="center" fw={600} role="status">
              {word(`reviews.none-${state}`)}
            </Text>
          </Card>
        ) : (
          <List reviews={reviews} />
        ))}
      {found.hasNextPage && (
        <Button variant="default" mx="auto" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          {word("more")}
        </Button>
      )}
    </Page>
  );
}

function List({ reviews }: { reviews: ReviewView[] }) {
  const word = useWords();
  const person = usePerson();
  return (
    <ListTable minWidth={480} heads={[word("reviews.response"), word("reviews.length"), word("sessions.state")]}>
      {reviews.map((review) => (
        <Table.Tr key={review.review_id}>
          <Table.Td>
            <Anchor component={Link} to={`/staff/reviews/${review.review_id}`} fw={600}>
              {review.item.title}
            </Anchor>
            <Text size="xs" c="dimmed" className="code">
              {review.review_id.slice(-8)}
            </Text>
          </Table.Td>
          <Table.Td className="number">{word("reviews.words", { count: wordCount(textOf(review)) })}</Table.Td>
          <Table.Td>
            <Badge variant="light" color={review.state === "done" ? "teal" : "gray"} c="var(--mantine-color-text)" tt="none" fw={600}>
              {word(review.claimed_by !== null && review.claimed_by === person?.subject ? "review-state.mine" : `review-state.${review.state}`)}
            </Badge>
          </Table.Td>
        </Table.Tr>
      ))}
    </ListTable>
  );
}

export function textOf({ response }: ReviewView): string {
  const given = response?.response;
  return given !== undefined && "text" in given ? given.text : "";
}
