"""The live view and incidents: owned by monitoring-svc."""

from fastapi import APIRouter

from contracts import access, problems
from contracts.resources.monitoring import AttemptView, IncidentView, LiveSnapshot, RecordIncident, Timeline
from gateway.routes.forwarded import Forwarding
from gateway.upstream import Upstream


def router(upstream: Upstream) -> APIRouter:
    router = APIRouter(prefix="/api/v1")
    to = Forwarding(router, upstream, "monitoring-svc", "live")
    to.route(
        "GET",
        "/sessions/{session_id}/live",
        "Read the live snapshot of a session",
        action=access.LIVE_WATCH,
        answer=LiveSnapshot,
        description="Watch the session on the staff socket first, then read this, then apply frames with a higher "
        "row version.",
    )
    to.route(
        "GET",
        "/attempts/{participant_id}",
        "Read an attempt",
        action=access.ATTEMPT_READ,
        answer=AttemptView,
        refused=(problems.ATTEMPT_UNKNOWN,),
    )
    to.route(
        "GET",
        "/attempts/{participant_id}/timeline",
        "Read the timeline of an attempt",
        action=access.ATTEMPT_TIMELINE,
        answer=Timeline,
        refused=(problems.ATTEMPT_UNKNOWN,),
    )
    to.route(
        "POST",
        "/sessions/{session_id}/incidents",
        "Record an incident",
        action=access.INCIDENT_RECORD,
        body=RecordIncident,
        answer=IncidentView,
        status=201,
    )
    to.route(
        "GET",
        "/sessions/{session_id}/incidents",
        "List incidents",
        action=access.INCIDENT_READ,
        answer=list[IncidentView],
    )
    return router
