"""One response scored by a person: waiting, claimed for a while by one reviewer, done; and done again when need be."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chassis.outcomes import Rejected
from contracts import problems
from contracts.attempt import Actor, SavedResponse
from contracts.items import AssessmentContent, Essay
from contracts.scoring import CriterionScore
from contracts.statuses import ReviewState
from scoring_svc.domain.scoring import is_answer
from scoring_svc.domain.submission import Submission

LEASE: Final = timedelta(minutes=30)  # time to read the longest essay with care; a forgotten claim blocks no longer


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    scores: tuple[CriterionScore, ...]
    comment: str
    by: Actor
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """`judgements`: every score ever given, oldest first; the newest counts. `superseded`: the candidate's later
    submission holds another response to this item.
    """

    review_id: str
    org_id: str
    session_id: str
    participant_id: str
    version: int
    item: Essay
    response: SavedResponse
    claimed_by: str | None = None
    claimed_until: datetime | None = None
    judgements: tuple[Judgement, ...] = ()
    superseded: bool = False

    def holder(self, now: datetime) -> str | None:
        """Who has it; a lease that ran out is nobody's."""
        return self.claimed_by if self.claimed_until is not None and now < self.claimed_until else None

    def state(self, now: datetime) -> ReviewState:
        if self.holder(now) is not None:
            return ReviewState.CLAIMED
        return ReviewState.DONE if self.judgements else ReviewState.WAITING


def essays_to_review(content: AssessmentContent, submission: Submission) -> list[tuple[Essay, SavedResponse]]:
    """The answered essays of a submission. Unanswered ones have no points without anybody reading them."""
    saved = submission.saved()
    essays = [item for section in content.sections for item in section.items if isinstance(item, Essay)]
    return [
        (item, saved[item.item_id])
        for item in essays
        if item.item_id in saved
        and saved[item.item_id].response.type == "essay"
        and is_answer(saved[item.item_id].response)
    ]


def claim(review: Review, reviewer_id: str, now: datetime) -> Review:
    """Whoever claims again what is theirs renews the lease. A scored one may be claimed to score it again."""
    holder = review.holder(now)
    if holder is not None and holder != reviewer_id:
        raise Rejected(problems.REVIEW_CLAIMED, "Another reviewer is scoring this response. Take the next one.")
    return replace(review, version=review.version + 1, claimed_by=reviewer_id, claimed_until=now + LEASE)


def give_back(review: Review, reviewer_id: str, now: datetime) -> Review:
    _must_hold(review, reviewer_id, now)
    return replace(review, version=review.version + 1, claimed_by=None, claimed_until=None)


def judge(review: Review, reviewer: Actor, scores: Sequence[CriterionScore], comment: str, now: datetime) -> Review:
    """Score it: one score for each criterion of the rubric. The claim ends with it.

    The reviewer's own newest judgement sent once more (an answer got lost) gives the review unchanged.

    Raises:
        Rejected: review-done, review-claimed or review-not-claimed without the claim; score-invalid.

    """
    if _is_repeated(review, reviewer, scores, comment, now):
        return review
    _must_hold(review, reviewer.id, now)
    _fit_rubric(review, scores)
    order = [criterion.criterion_id for criterion in review.item.key.rubric]
    ordered = tuple(sorted(scores, key=lambda each: order.index(each.criterion_id)))
    judgement = Judgement(scores=ordered, comment=comment, by=reviewer, at=now)
    return replace(
        review,
        version=review.version + 1,
        claimed_by=None,
        claimed_until=None,
        judgements=(*review.judgements, judgement),
    )


def _is_repeated(
    review: Review, reviewer: Actor, scores: Sequence[CriterionScore], comment: str, now: datetime
) -> bool:
    if not review.judgements or review.holder(now) is not None:
        return False
    newest = review.judgements[-1]
    same = {each.criterion_id: each.points for each in newest.scores} == {
        each.criterion_id: each.points for each in scores
    }
    return same and newest.by.id == reviewer.id and newest.comment == comment and len(scores) == len(newest.scores)


def _must_hold(review: Review, reviewer_id: str, now: datetime) -> None:
    holder = review.holder(now)
    if holder == reviewer_id:
        return
    if holder is not None:
        raise Rejected(problems.REVIEW_CLAIMED, "Another reviewer is scoring this response.")
    if review.judgements:
        raise Rejected(problems.REVIEW_DONE, "Claim it again to change its score.")
    raise Rejected(problems.REVIEW_NOT_CLAIMED, "Claim the response first; a claim lasts 30 minutes.")


def _fit_rubric(review: Review, scores: Sequence[CriterionScore]) -> None:
    limits = {criterion.criterion_id: criterion.points for criterion in review.item.key.rubric}
    named = [each.criterion_id for each in scores]
    if sorted(named) != sorted(limits):
        raise Rejected(
            problems.SCORE_INVALID,
            f"Give exactly one score to each criterion: {', '.join(limits)}.",
            criteria=list(limits),
        )
    for each in scores:
        if each.points > limits[each.criterion_id]:
            raise Rejected(
                problems.SCORE_INVALID,
                f"{each.criterion_id} gives at most {limits[each.criterion_id]} points, not {each.points}.",
                criterion_id=each.criterion_id,
            )
