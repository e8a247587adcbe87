"""HTTP in: reviews, results, release. Translation only."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from chassis.access import allowed
from chassis.auth import Principal
from chassis.outcomes import Rejected
from contracts import access, limits, problems
from contracts.attempt import Actor
from contracts.items import form_of
from contracts.resources.paging import Page
from contracts.resources.scoring import (
    CandidateResult,
    Released,
    ReleaseResults,
    Results,
    ResultView,
    ReviewView,
    ScoreReview,
)
from contracts.statuses import ActorKind, ReviewState
from scoring_svc.domain.result import Standing
from scoring_svc.domain.review import Review
from scoring_svc.service.results import Results as ResultUseCases
from scoring_svc.service.reviews import Reviews
from scoring_svc.service.scoring import Clock

Reviewer = Annotated[Principal, Depends(allowed(access.REVIEW_SCORE))]
Reader = Annotated[Principal, Depends(allowed(access.RESULT_READ))]
Releaser = Annotated[Principal, Depends(allowed(access.RESULT_RELEASE))]
Candidate = Annotated[Principal, Depends(allowed(access.RESULT_OWN))]
Limit = Annotated[int, Query(ge=1, le=limits.PAGE_MAX)]


def router(reviews: Reviews, results: ResultUseCases, clock: Clock) -> APIRouter:
    api = APIRouter(prefix="/v1")

    @api.get("/reviews", tags=["reviews"])
    async def list_reviews(
        principal: Reviewer,
        session_id: str | None = None,
        state: ReviewState | None = None,
        cursor: str | None = None,
        limit: Limit = limits.PAGE_DEFAULT,
    ) -> Page[ReviewView]:
        """Responses to score by hand, blind, in an order that tells nothing."""
        found = await reviews.queue(principal.org_id, session_id, state, cursor, limit)
        following = found[-1].review_id if len(found) == limit else None
        return Page(items=[_review_view(each, clock) for each in found], next_cursor=following)

    @api.get("/reviews/{review_id}", tags=["reviews"])
    async def get_review(review_id: str, principal: Reviewer) -> ReviewView:
        return _review_view(await reviews.get(principal.org_id, review_id), clock)

    @api.post("/reviews/{review_id}/claim", tags=["reviews"])
    async def claim_review(review_id: str, principal: Reviewer) -> ReviewView:
        """Nobody else can score it for 30 minutes. Claiming it again renews that."""
        return _review_view(await reviews.claim(principal.org_id, review_id, _actor(principal)), clock)

    @api.post("/reviews/{review_id}/release", tags=["reviews"])
    async def give_back_review(review_id: str, principal: Reviewer) -> ReviewView:
        return _review_view(await reviews.give_back(principal.org_id, review_id, _actor(principal)), clock)

    @api.post("/reviews/{review_id}/score", tags=["reviews"])
    async def score_review(review_id: str, body: ScoreReview, principal: Reviewer) -> ReviewView:
        scored = await reviews.score(principal.org_id, review_id, _actor(principal), body.scores, body.comment)
        return _review_view(scored, clock)

    @api.get("/sessions/{session_id}/results", tags=["results"])
    async def list_results(session_id: str, principal: Reader) -> Results:
        found = await results.of_session(principal.org_id, session_id)
        outstanding = sum(each.result.reviews_outstanding for each in found)
        return Results(results=[_result_view(each) for each in found], reviews_outstanding=outstanding)

    @api.post("/sessions/{session_id}/results/release", tags=["results"])
    async def release_results(session_id: str, principal: Releaser, body: ReleaseResults | None = None) -> Released:
        asked = body.participant_ids if body is not None else None
        principal.check_assigned(await results.proctors_of(principal.org_id, session_id))
        released = await results.release(principal.org_id, session_id, asked, _actor(principal))
        return Released(released=released)

    @api.get("/results/{participant_id}", tags=["results"])
    async def get_result(participant_id: str, principal: Reader) -> ResultView:
        return _result_view(await results.of_participant(principal.org_id, participant_id))

    @api.get("/results/{participant_id}/candidate", tags=["results"])
    async def get_own_result(participant_id: str, principal: Candidate) -> CandidateResult:
        if principal.participant_id != participant_id:
            raise Rejected(problems.NOT_ALLOWED, "This is somebody else's result.")
        return _candidate_view(await results.for_candidate(principal.org_id, participant_id))

    return api


def _actor(principal: Principal) -> Actor:
    return Actor(kind=ActorKind.STAFF, id=principal.subject, name=principal.name or principal.subject)


def _review_view(review: Review, clock: Clock) -> ReviewView:
    now = clock.now()
    holder = review.holder(now)
    newest = review.judgements[-1] if review.judgements else None
    return ReviewView(
        review_id=review.review_id,
        session_id=review.session_id,
        version=review.version,
        state=review.state(now),
        item=form_of(review.item),
        rubric=review.item.key.rubric,
        response=review.response,
        claimed_by=holder,
        claimed_until=review.claimed_until if holder else None,
        scores=list(newest.scores) if newest else [],
        comment=newest.comment if newest else "",
    )


def _result_view(standing: Standing) -> ResultView:
    return ResultView(result=standing.result, version=standing.version)


def _candidate_view(standing: Standing) -> CandidateResult:
    result = standing.result
    assert result.percent is not None
    assert result.passed is not None
    return CandidateResult(
        session_id=result.session_id,
        name=result.name,
        state=result.state,
        points=f"{result.points.normalize():f}",
        points_available=f"{result.points_available.normalize():f}",
        percent=f"{result.percent:f}",
        passed=result.passed,
        pass_mark_percent=f"{standing.pass_mark_percent.normalize():f}",
        responses_digest=result.responses_digest,
    )
