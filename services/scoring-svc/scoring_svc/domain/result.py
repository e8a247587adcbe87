"""A result: how scores add up, and the single steps by which it follows the submission, the reviews and the release.

Each step makes one fact and one new version, so that a reader who keeps the highest version misses nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from contracts.attempt import SYSTEM, Actor
from contracts.items import AssessmentContent
from contracts.scoring import ItemScore, ResponseReviewed, Result, ResultReleased, ResultScored
from contracts.statuses import ReleaseMode, ResultState
from scoring_svc.domain.review import Judgement, Review
from scoring_svc.domain.scoring import POINT_STEP, score_all
from scoring_svc.domain.submission import SessionTerms, Submission

PERCENT_STEP: Final = Decimal("0.01")
HUNDRED: Final = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A result as it is kept.

    `submission_version` names the completion it was scored from, `judged` the version of each review that is in it,
    by item id.
    """

    result: Result
    org_id: str
    version: int
    submission_version: int
    pass_mark_percent: Decimal
    judged: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """The next standing, and the fact that says so."""

    standing: Standing
    fact: ResultScored | ResponseReviewed | ResultReleased


@dataclass(frozen=True, slots=True)
class Totals:
    points: Decimal
    points_available: Decimal
    percent: Decimal | None
    passed: bool | None
    reviews_outstanding: int


def percent_of(points: Decimal, available: Decimal) -> Decimal:
    """Rounded half up to two decimals."""
    return (points * HUNDRED / available).quantize(PERCENT_STEP, ROUND_HALF_UP)


def total(items: Sequence[ItemScore], pass_mark_percent: Decimal) -> Totals:
    """Passing is judged on the rounded percent, so that what is printed and the verdict never contradict each other."""
    outstanding = sum(item.points is None for item in items)
    points = sum((item.points for item in items if item.points is not None), Decimal(0))
    available = sum((item.points_available for item in items), Decimal(0))
    if outstanding:
        return Totals(points, available, None, None, outstanding)
    percent = percent_of(points, available)
    return Totals(points, available, percent, percent >= pass_mark_percent, 0)


def next_step(
    standing: Standing | None,
    submission: Submission,
    terms: SessionTerms,
    content: AssessmentContent,
    reviews: Sequence[Review],
    *,
    now: datetime,
) -> Step | None:
    """What has to happen to the result next, None when it is all done. `reviews`: those of this submission."""
    if standing is None or standing.submission_version < submission.version:
        return _scored(standing, submission, terms, content)
    if standing.submission_version > submission.version:
        return None
    for review in sorted(reviews, key=lambda each: each.item.item_id):
        if review.judgements and standing.judged.get(review.item.item_id, -1) < len(review.judgements):
            return _reviewed(standing, review)
    if terms.release_mode is ReleaseMode.IMMEDIATE and releasable(standing, submission):
        return released(standing, SYSTEM, now)
    return None


def releasable(standing: Standing, submission: Submission) -> bool:
    """Final, and nobody reopened the attempt since."""
    newest = standing.submission_version == submission.version
    return standing.result.state is ResultState.FINAL and newest and not submission.reopened


def released(standing: Standing, by: Actor, at: datetime) -> Step:
    result = standing.result.model_copy(update={"state": ResultState.RELEASED})
    return Step(_next(standing, result), ResultReleased(result=result, by=by, released_at=at))


def _next(standing: Standing, result: Result, **changes: Any) -> Standing:
    return replace(standing, result=result, version=standing.version + 1, **changes)


def _scored(standing: Standing | None, submission: Submission, terms: SessionTerms, content: AssessmentContent) -> Step:
    """A new completion replaces what an earlier one earned: there is one result, of the newest attempt."""
    items = score_all(content, submission.responses())
    sums = total(items, terms.pass_mark_percent)
    result = Result(
        participant_id=submission.participant_id,
        session_id=submission.session_id,
        name=submission.name,
        attempt_number=submission.completed.attempt_number,
        state=ResultState.PROVISIONAL if sums.reviews_outstanding else ResultState.FINAL,
        completion_reason=submission.completed.reason,
        items=items,
        points=sums.points,
        points_available=sums.points_available,
        percent=sums.percent,
        passed=sums.passed,
        responses_digest=submission.completed.responses_digest,
        reviews_outstanding=sums.reviews_outstanding,
    )
    scored = Standing(
        result=result,
        org_id=submission.org_id,
        version=standing.version + 1 if standing else 1,
        submission_version=submission.version,
        pass_mark_percent=terms.pass_mark_percent,
    )
    return Step(scored, ResultScored(result=result))


def _reviewed(standing: Standing, review: Review) -> Step:
    """The newest judgement counts; the ones before it stay in the review's history."""
    judgement = review.judgements[-1]
    item_id = review.item.item_id
    items = [_judged(item, judgement) if item.item_id == item_id else item for item in standing.result.items]
    sums = total(items, standing.pass_mark_percent)
    state = standing.result.state
    if state is ResultState.PROVISIONAL and not sums.reviews_outstanding:
        state = ResultState.FINAL
    result = standing.result.model_copy(
        update={
            "items": items,
            "state": state,
            "points": sums.points,
            "percent": sums.percent,
            "passed": sums.passed,
            "reviews_outstanding": sums.reviews_outstanding,
        }
    )
    fact = ResponseReviewed(result=result, item_id=item_id, reviewer=judgement.by, reviewed_at=judgement.at)
    return Step(_next(standing, result, judged={**standing.judged, item_id: len(review.judgements)}), fact)


def _judged(item: ItemScore, judgement: Judgement) -> ItemScore:
    points = sum((each.points for each in judgement.scores), Decimal(0)).quantize(POINT_STEP).normalize()
    given = f"{points:f}"
    return item.model_copy(
        update={
            "points": Decimal(given),
            "explanation": f"Scored by a reviewer: {given} of {item.points_available.normalize():f} points.",
            "criteria": list(judgement.scores),
            "comment": judgement.comment,
        }
    )
