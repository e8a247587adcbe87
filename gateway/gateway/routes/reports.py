"""Reports: owned by reporting-svc."""

from fastapi import APIRouter

from contracts import access
from contracts.resources.reporting import ActivityEntry, SessionSummary
from gateway.routes.forwarded import Forwarding, query_parameter
from gateway.upstream import Upstream


def router(upstream: Upstream) -> APIRouter:
    router = APIRouter(prefix="/api/v1")
    to = Forwarding(router, upstream, "reporting-svc", "reports")
    to.route(
        "GET",
        "/sessions/{session_id}/summary",
        "Read the summary report",
        action=access.REPORT_READ,
        answer=SessionSummary,
    )
    to.route(
        "GET",
        "/sessions/{session_id}/activity",
        "Read the activity of a session",
        action=access.REPORT_READ,
        answer=list[ActivityEntry],
        query=(
            query_parameter("participant_id", str | None, None, "Only what concerns this participant"),
            query_parameter("limit", int | None, None, "How many at most: the newest"),
        ),
    )
    return router
