"""Resources of scoring-svc."""

from typing import Annotated

from pydantic import Field

from contracts import limits
from contracts.attempt import SavedResponse
from contracts.items import Criterion, ItemForm
from contracts.model import Id, Instant, LongText, Name, Request, View
from contracts.scoring import CriterionScore, Result
from contracts.statuses import ResultState, ReviewState


class ReviewView(View):
    """One response to score by hand. Blind: it names no candidate."""

    review_id: Id
    session_id: Id
    version: int
    state: ReviewState
    item: ItemForm
    rubric: list[Criterion]
    response: SavedResponse | None
    claimed_by: Id | None
    claimed_until: Instant | None
    scores: list[CriterionScore] = []
    comment: str = ""


class ScoreReview(Request):
    """One score per criterion of the rubric."""

    scores: Annotated[list[CriterionScore], Field(min_length=1, max_length=limits.CRITERIA_MAX)]
    comment: LongText = ""


class ResultView(View):
    result: Result
    version: int


class Results(View):
    results: list[ResultView]
    reviews_outstanding: int


class ReleaseResults(Request):
    """`participant_ids` None: everybody's. Refused while any of them is not final."""

    participant_ids: Annotated[list[Id], Field(min_length=1, max_length=limits.BULK_MAX)] | None = None


class Released(View):
    released: list[Id]


class CandidateResult(View):
    """What the candidate sees after release: no keys, no explanations that would give one away."""

    session_id: Id
    name: Name
    state: ResultState
    points: str
    points_available: str
    percent: str
    passed: bool
    pass_mark_percent: str
    responses_digest: str
