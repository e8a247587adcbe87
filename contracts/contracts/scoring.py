"""Facts of scoring-svc: scores, reviews and results."""

from decimal import Decimal
from typing import Final

from contracts.attempt import Actor
from contracts.model import Fact, Id, Instant, Part, Points
from contracts.registry import message
from contracts.statuses import CompletionReason, ResultState

SCORING_EVENTS: Final = "scoring.events.v1"


class CriterionScore(Part):
    criterion_id: Id
    points: Points


class ItemScore(Part):
    """`points` None: waits for a reviewer. `explanation` says in words how the score came about."""

    item_id: Id
    section_id: Id
    points_available: Points
    points: Points | None
    answered: bool
    explanation: str
    criteria: list[CriterionScore] = []
    comment: str = ""


class Result(Part):
    """`percent` of the points available, rounded half up to two decimals; None while reviews are outstanding."""

    participant_id: Id
    session_id: Id
    name: str
    attempt_number: int
    state: ResultState
    completion_reason: CompletionReason
    items: list[ItemScore]
    points: Points
    points_available: Points
    percent: Decimal | None
    passed: bool | None
    responses_digest: str
    reviews_outstanding: int


class _ResultFact(Fact):
    """The result whole: the last version wins."""

    result: Result


@message("examhall.result.scored.v1", topic=SCORING_EVENTS)
class ResultScored(_ResultFact):
    """Objective items are scored; provisional while reviews are outstanding, else final."""


@message("examhall.result.reviewed.v1", topic=SCORING_EVENTS)
class ResponseReviewed(_ResultFact):
    """One response was scored by hand; the result is final with the last of them."""

    item_id: Id
    reviewer: Actor
    reviewed_at: Instant


@message("examhall.result.released.v1", topic=SCORING_EVENTS)
class ResultReleased(_ResultFact):
    by: Actor
    released_at: Instant


SCORING_FACTS: Final = (ResultScored, ResponseReviewed, ResultReleased)
