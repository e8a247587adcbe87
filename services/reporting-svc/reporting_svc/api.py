"""HTTP in: summaries, activity, rebuild. Translation only."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response, status

from chassis.access import allowed
from chassis.auth import Principal
from contracts import access
from contracts.resources.reporting import ActivityEntry, Behind, Rebuilt, SessionSummary
from reporting_svc.service import Rebuild, Reports

ACTIVITY_MAX = 10_000  # entries in one answer: a day of a session of 500, about 2 MB
ACTIVITY_DEFAULT = 1_000

Reader = Annotated[Principal, Depends(allowed(access.REPORT_READ))]
Operator = Annotated[Principal, Depends(allowed(access.REPORT_REBUILD))]
Limit = Annotated[int, Query(ge=1, le=ACTIVITY_MAX)]


def router(reports: Reports, rebuild: Rebuild) -> APIRouter:
    api = APIRouter(prefix="/v1")

    @api.get("/sessions/{session_id}/summary", tags=["reports"], response_model=SessionSummary)
    async def get_summary(session_id: str, principal: Reader) -> Response:
        """The whole report of a session. Built from facts when something new has arrived, else as it was built last."""
        body = await reports.summary(principal.org_id, session_id)
        return Response(body, media_type="application/json")

    @api.get("/sessions/{session_id}/activity", tags=["reports"])
    async def list_activity(
        session_id: str, principal: Reader, participant_id: str | None = None, limit: Limit = ACTIVITY_DEFAULT
    ) -> list[ActivityEntry]:
        """What happened, oldest first; of a longer history the newest `limit` entries."""
        return await reports.activity(principal.org_id, session_id, participant_id, limit)

    @api.post("/rebuild", tags=["operation"], status_code=status.HTTP_202_ACCEPTED)
    async def begin_rebuild(principal: Operator) -> Rebuilt:
        """Empty the read models of all organisations and read every topic again. Ask `GET` how far it is."""
        return Rebuilt(topics=await rebuild.begin(principal.subject))

    @api.get("/rebuild", tags=["operation"])
    async def get_rebuild(_principal: Operator) -> Behind:
        return Behind(behind=await rebuild.behind())

    return api
