"""Reviews and results: owned by scoring-svc."""

from fastapi import APIRouter

from contracts import access, problems
from contracts.resources.paging import Page
from contracts.resources.scoring import Released, ReleaseResults, Results, ResultView, ReviewView, ScoreReview
from contracts.statuses import ReviewState
from gateway.routes.forwarded import PAGING, Forwarding, query_parameter
from gateway.upstream import Upstream


def router(upstream: Upstream) -> APIRouter:
    router = APIRouter(prefix="/api/v1")
    _reviews(Forwarding(router, upstream, "scoring-svc", "reviews"))
    _results(Forwarding(router, upstream, "scoring-svc", "results"))
    return router


def _reviews(to: Forwarding) -> None:
    to.route(
        "GET",
        "/reviews",
        "List reviews",
        action=access.REVIEW_SCORE,
        answer=Page[ReviewView],
        query=(
            query_parameter("session_id", str | None, None, "Only reviews of this session"),
            query_parameter("state", ReviewState | None, None, "Only reviews in this state"),
            *PAGING,
        ),
    )
    to.route("GET", "/reviews/{review_id}", "Read a review", action=access.REVIEW_SCORE, answer=ReviewView)
    to.route(
        "POST",
        "/reviews/{review_id}/claim",
        "Claim a review",
        action=access.REVIEW_SCORE,
        answer=ReviewView,
        refused=(problems.REVIEW_CLAIMED, problems.REVIEW_DONE),
    )
    to.route(
        "POST",
        "/reviews/{review_id}/release",
        "Give a review back",
        action=access.REVIEW_SCORE,
        answer=ReviewView,
        refused=(problems.REVIEW_NOT_CLAIMED, problems.REVIEW_DONE),
    )
    to.route(
        "POST",
        "/reviews/{review_id}/score",
        "Score a review",
        action=access.REVIEW_SCORE,
        body=ScoreReview,
        answer=ReviewView,
        refused=(problems.REVIEW_NOT_CLAIMED, problems.REVIEW_DONE, problems.SCORE_INVALID),
    )


def _results(to: Forwarding) -> None:
    to.route(
        "GET",
        "/sessions/{session_id}/results",
        "List the results of a session",
        action=access.RESULT_READ,
        answer=Results,
    )
    to.route(
        "POST",
        "/sessions/{session_id}/results/release",
        "Release results",
        action=access.RESULT_RELEASE,
        body=ReleaseResults,
        answer=Released,
        refused=(problems.RESULTS_NOT_FINAL,),
    )
    to.route("GET", "/results/{participant_id}", "Read a result", action=access.RESULT_READ, answer=ResultView)
