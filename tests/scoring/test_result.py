"""How a result follows submissions, reviews and releases, one version and fact at a time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scoring_world import World

from chassis.outcomes import Rejected
from contracts.attempt import Actor
from contracts.scoring import CriterionScore, ItemScore, ResponseReviewed, ResultReleased, ResultScored
from contracts.statuses import ActorKind, ReleaseMode, ResultState, ReviewState
from scoring_svc.domain import review as reviewing
from scoring_svc.domain.result import Standing, next_step, percent_of, total
from scoring_svc.domain.review import LEASE, Review, essays_to_review
from scoring_svc.domain.submission import DigestMismatch, SessionTerms, Submission, verify_digest

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ANN = Actor(kind=ActorKind.STAFF, id="ann", name="Ann")
BEN = Actor(kind=ActorKind.STAFF, id="ben", name="Ben")


def terms_of(world: World, release: Any = ReleaseMode.MANUAL) -> Any:
    return SessionTerms(
        session_id=world.session_id,
        org_id=world.org_id,
        assessment_id=world.assessment_id,
        assessment_version=1,
        release_mode=release,
        pass_mark_percent=Decimal(60),
    )


def submission_of(world: World, event: Any, *, reopened: Any = False) -> Any:
    return Submission(
        participant_id=event.subject,
        session_id=world.session_id,
        org_id=world.org_id,
        name="Person 1",
        version=event.version,
        reopened=reopened,
        completed=event.data,
    )


def review_of(world: World, submission: Any) -> Any:
    ((item, response),) = essays_to_review(world.content, submission)
    return Review(
        review_id="r1",
        org_id=world.org_id,
        session_id=world.session_id,
        participant_id=submission.participant_id,
        version=1,
        item=item,
        response=response,
    )


def scores(depth: Any, style: Any) -> Any:
    return [
        CriterionScore(criterion_id="style", points=Decimal(style)),
        CriterionScore(criterion_id="depth", points=Decimal(depth)),
    ]


def judged(review: Any, depth: Any = "3", style: Any = "1.5", by: Any = ANN) -> Any:
    return reviewing.judge(reviewing.claim(review, by.id, NOW), by, scores(depth, style), "Good.", NOW)


def settle(
    world: World,
    submission: Submission,
    reviews: Sequence[Review] = (),
    standing: Standing | None = None,
    release: ReleaseMode = ReleaseMode.MANUAL,
) -> tuple[Any, list[Any]]:
    """All steps, as (standing, facts)."""
    facts = []
    while step := next_step(standing, submission, terms_of(world, release), world.content, reviews, now=NOW):
        assert step.standing.version == (standing.version if standing else 0) + 1
        assert step.fact.result == step.standing.result
        standing = step.standing
        facts.append(step.fact)
        assert len(facts) < 10
    return standing, facts


def test_a_result_is_provisional_while_an_essay_waits(world: World) -> None:
    standing, facts = settle(world, submission_of(world, world.completed()))
    result = standing.result
    assert [type(each) for each in facts] == [ResultScored]
    assert (result.state, result.reviews_outstanding) == (ResultState.PROVISIONAL, 1)
    assert (result.points, result.points_available, result.percent, result.passed) == (4, 10, None, None)


def test_an_unanswered_essay_needs_no_review(world: World) -> None:
    submission = submission_of(world, world.completed(essay="   "))
    assert essays_to_review(world.content, submission) == []
    standing, _ = settle(world, submission)
    assert (standing.result.state, standing.result.percent, standing.result.passed) == (
        ResultState.FINAL,
        Decimal("40.00"),
        False,
    )


def test_the_last_review_makes_it_final(world: World) -> None:
    submission = submission_of(world, world.completed())
    standing, facts = settle(world, submission, [judged(review_of(world, submission))])
    assert [type(each) for each in facts] == [ResultScored, ResponseReviewed]
    assert (standing.result.state, standing.result.percent) == (ResultState.FINAL, Decimal("85.00"))
    assert standing.result.passed
    assert facts[-1].reviewer == ANN
    essay = standing.result.items[-1]
    assert [each.criterion_id for each in essay.criteria] == ["depth", "style"]
    assert essay.points == Decimal("4.5")
    assert essay.comment == "Good."


def test_scoring_again_changes_the_result_and_keeps_the_history(world: World) -> None:
    submission = submission_of(world, world.completed())
    review = judged(review_of(world, submission))
    standing, _ = settle(world, submission, [review])
    again = judged(review, "0", "0", by=BEN)
    standing, facts = settle(world, submission, [again], standing)
    assert [type(each) for each in facts] == [ResponseReviewed]
    assert standing.result.percent == Decimal("40.00")
    assert [each.by for each in again.judgements] == [ANN, BEN]


def test_immediate_release_follows_the_final_score(world: World) -> None:
    submission = submission_of(world, world.completed(essay=None))
    standing, facts = settle(world, submission, release=ReleaseMode.IMMEDIATE)
    assert [type(each) for each in facts] == [ResultScored, ResultReleased]
    assert standing.result.state is ResultState.RELEASED


def test_immediate_release_waits_for_reviews_and_reopened_attempts(world: World) -> None:
    waiting, _ = settle(world, submission_of(world, world.completed()), release=ReleaseMode.IMMEDIATE)
    assert waiting.result.state is ResultState.PROVISIONAL
    reopened = submission_of(world, world.completed(essay=None), reopened=True)
    standing, _ = settle(world, reopened, release=ReleaseMode.IMMEDIATE)
    assert standing.result.state is ResultState.FINAL


def test_a_later_submission_supersedes_and_an_earlier_one_changes_nothing(world: World) -> None:
    first = submission_of(world, world.completed(essay=None))
    later = submission_of(world, world.completed(choice="b", essay=None, version=20, attempt_number=2))
    standing, _ = settle(world, first, release=ReleaseMode.IMMEDIATE)
    standing, facts = settle(world, later, standing=standing)
    assert [type(each) for each in facts] == [ResultScored]
    assert (standing.result.attempt_number, standing.result.points) == (2, 0)
    assert standing.result.state is ResultState.FINAL
    assert settle(world, first, standing=standing) == (standing, [])


def test_settling_again_changes_nothing(world: World) -> None:
    submission = submission_of(world, world.completed())
    reviews = [judged(review_of(world, submission))]
    standing, _ = settle(world, submission, reviews, release=ReleaseMode.IMMEDIATE)
    assert settle(world, submission, reviews, standing, ReleaseMode.IMMEDIATE) == (standing, [])


def test_whoever_never_began_has_nothing_to_score(world: World) -> None:
    assert not submission_of(world, world.completed(began=False)).to_be_scored


def test_a_submission_that_is_not_what_its_receipt_says_is_poison(world: World) -> None:
    verify_digest(world.completed().data)
    with pytest.raises(DigestMismatch, match="receipt"):
        verify_digest(world.completed(digest="0" * 64).data)


@pytest.mark.parametrize(
    ("points", "available", "percent"),
    [
        ("1", "3", "33.33"),
        ("2", "3", "66.67"),
        ("1", "8", "12.50"),
        ("0.00005", "1", "0.01"),
        ("59.995", "100", "60.00"),
    ],
)
def test_percent_is_rounded_half_up(points: Any, available: Any, percent: Any) -> None:
    assert str(percent_of(Decimal(points), Decimal(available))) == percent


def test_the_printed_percent_decides_about_passing() -> None:
    items = [
        ItemScore(item_id="i", section_id="s", points_available="1000", points="599.95", answered=True, explanation=".")
    ]
    assert total(items, Decimal(60)).passed


@settings(deadline=None)  # a busy machine is not a failure
@given(st.lists(st.tuples(st.integers(1, 100), st.integers(0, 100) | st.none()), min_size=1, max_size=20))
def test_percent_lies_between_0_and_100_once_all_is_scored(parts: Any) -> None:
    items = [
        ItemScore(
            item_id=f"i{number}",
            section_id="s",
            points_available=available,
            points=None if points is None else min(points, available),
            answered=True,
            explanation=".",
        )
        for number, (available, points) in enumerate(parts)
    ]
    sums = total(items, Decimal(50))
    assert sums.reviews_outstanding == sum(points is None for _, points in parts)
    assert (sums.percent is None) == (sums.reviews_outstanding > 0)
    assert sums.percent is None or 0 <= sums.percent <= 100


# Reviews


@pytest.fixture
def review(world: World) -> Any:
    return review_of(world, submission_of(world, world.completed()))


def refused(change: Any) -> Any:
    with pytest.raises(Rejected) as caught:
        change()
    return caught.value.problem.name


def test_one_reviewer_at_a_time_until_the_lease_runs_out(review: Any) -> None:
    held = reviewing.claim(review, "ann", NOW)
    assert held.state(NOW) is ReviewState.CLAIMED
    assert refused(lambda: reviewing.claim(held, "ben", NOW + LEASE - timedelta(seconds=1))) == "review-claimed"
    assert held.state(NOW + LEASE) is ReviewState.WAITING
    assert reviewing.claim(held, "ben", NOW + LEASE).claimed_by == "ben"


def test_claiming_again_renews_the_lease(review: Any) -> None:
    held = reviewing.claim(reviewing.claim(review, "ann", NOW), "ann", NOW + timedelta(minutes=20))
    assert held.claimed_until == NOW + timedelta(minutes=50)


def test_only_the_holder_gives_back_and_scores(review: Any) -> None:
    assert refused(lambda: reviewing.give_back(review, "ann", NOW)) == "review-not-claimed"
    assert refused(lambda: reviewing.judge(review, ANN, scores("1", "1"), "", NOW)) == "review-not-claimed"
    held = reviewing.claim(review, "ann", NOW)
    assert refused(lambda: reviewing.give_back(held, "ben", NOW)) == "review-claimed"
    assert refused(lambda: reviewing.judge(held, BEN, scores("1", "1"), "", NOW)) == "review-claimed"
    assert reviewing.give_back(held, "ann", NOW).state(NOW) is ReviewState.WAITING


def test_a_score_sent_twice_is_one_judgement(review: Any) -> None:
    done = judged(review)
    assert reviewing.judge(done, ANN, scores("3", "1.5"), "Good.", NOW) is done


def test_a_scored_review_must_be_claimed_again_to_be_changed(review: Any) -> None:
    done = judged(review)
    assert done.state(NOW) is ReviewState.DONE
    assert refused(lambda: reviewing.judge(done, ANN, scores("1", "1"), "", NOW)) == "review-done"
    held = reviewing.claim(done, "ben", NOW)
    assert held.state(NOW) is ReviewState.CLAIMED
    assert reviewing.give_back(held, "ben", NOW).state(NOW) is ReviewState.DONE


@pytest.mark.parametrize(
    "wrong",
    [
        scores("4.1", "0"),
        scores("1", "1")[:1],
        [*scores("1", "1"), scores("1", "1")[0]],
        [CriterionScore(criterion_id="wit", points=Decimal(1)), scores("1", "1")[0]],
    ],
)
def test_a_score_must_fit_the_rubric(review: Any, wrong: Any) -> None:
    held = reviewing.claim(review, "ann", NOW)
    assert refused(lambda: reviewing.judge(held, ANN, wrong, "", NOW)) == "score-invalid"


def test_full_points_for_every_criterion_are_full_points(world: World, review: Any) -> None:
    submission = submission_of(world, world.completed())
    standing, _ = settle(world, submission, [judged(replace(review), "4", "2")])
    assert standing.result.percent == Decimal("100.00")
