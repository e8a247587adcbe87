"""HTTP in: translation only. Errors leave as problem documents (`chassis.problems`)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query

from chassis.access import allowed
from chassis.auth import Principal
from contracts import access, limits
from contracts.model import Id
from contracts.resources.monitoring import (
    AskOutcomes,
    AttemptView,
    CommandOutcomes,
    IncidentView,
    LiveSnapshot,
    RecordIncident,
    Timeline,
)
from monitoring_svc.service.incidents import Incidents
from monitoring_svc.service.queries import Queries

Watcher = Annotated[Principal, Depends(allowed(access.LIVE_WATCH))]
AttemptReader = Annotated[Principal, Depends(allowed(access.ATTEMPT_READ))]
TimelineReader = Annotated[Principal, Depends(allowed(access.ATTEMPT_TIMELINE))]
Asker = Annotated[Principal, Depends(allowed(access.ATTEMPT_OUTCOMES))]
IncidentReader = Annotated[Principal, Depends(allowed(access.INCIDENT_READ))]
Recorder = Annotated[Principal, Depends(allowed(access.INCIDENT_RECORD))]
IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=limits.NAME_LENGTH)]
CommandIds = Annotated[
    str,
    Query(
        description="Command ids, separated by commas",
        pattern=r"^[A-Za-z0-9._-]{1,64}(,[A-Za-z0-9._-]{1,64})*$",
        max_length=65 * limits.PAGE_MAX,
    ),
]


def router(queries: Queries, incidents: Incidents) -> APIRouter:
    routes = APIRouter(prefix="/v1", tags=["monitoring"])

    @routes.get("/sessions/{session_id}/live")
    async def get_live(session_id: Id, principal: Watcher) -> LiveSnapshot:
        return await queries.live(principal, session_id)

    @routes.get("/attempts/{participant_id}")
    async def get_attempt(participant_id: Id, principal: AttemptReader) -> AttemptView:
        return await queries.attempt(principal, participant_id)

    @routes.get("/attempts/{participant_id}/timeline")
    async def get_timeline(participant_id: Id, principal: TimelineReader) -> Timeline:
        return await queries.timeline(principal, participant_id)

    @routes.get("/commands")
    async def get_outcomes(
        participant_id: Annotated[Id, Query()], ids: CommandIds, principal: Asker
    ) -> CommandOutcomes:
        """Outcomes of commands to one participant, as far as they are decided."""
        return await queries.outcomes(principal, dict.fromkeys(ids.split(","), participant_id))

    @routes.post("/commands/outcomes")
    async def ask_outcomes(request: AskOutcomes, principal: Asker) -> CommandOutcomes:
        """Outcomes of commands to several participants."""
        return await queries.outcomes(principal, {each.command_id: each.participant_id for each in request.commands})

    @routes.post("/sessions/{session_id}/incidents", status_code=201)
    async def record_incident(
        session_id: Id, request: RecordIncident, principal: Recorder, key: IdempotencyKey = None
    ) -> IncidentView:
        return await incidents.record(principal, session_id, request, key)

    @routes.get("/sessions/{session_id}/incidents")
    async def list_incidents(session_id: Id, principal: IncidentReader) -> list[IncidentView]:
        return await incidents.listing(principal, session_id)

    return routes
