"""Reports: owned by reporting-svc."""

from fastapi import APIRouter

from contracts.resources.reporting import ActivityEntry, Behind, Rebuilt, SessionSummary
from gateway.routes.forwarded import Forwarding, query_parameter
from gateway.upstream import Upstream


def router(upstream: Upstream) -> APIRouter:
    router = APIRouter(prefix="/api/v1")
    to = Forwarding(router, upstream, "reporting-svc", "reports")
    to.route("GET", "/sessions/{session_id}/summary", "Read the summary report", answer=SessionSummary)
    to.route(
        "GET",
        "/sessions/{session_id}/activity",
        "Read the activity of a session",
        answer=list[ActivityEntry],
        query=(
            query_parameter("participant_id", str | None, None, "Only what concerns this participant"),
            query_parameter("limit", int | None, None, "How many at most: the newest"),
        ),
    )
    to.route("POST", "/rebuild", "Rebuild the read models of reports", answer=Rebuilt, status=202)
    to.route("GET", "/rebuild", "Read how far a rebuild is", answer=Behind)
    return router
