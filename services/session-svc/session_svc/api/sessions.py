"""Routes of sessions."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Response

from chassis.access import allowed
from chassis.auth import Principal
from contracts import access, limits
from contracts.items import AssessmentForm
from contracts.model import Id
from contracts.resources.paging import Page
from contracts.resources.session import (
    ChangeSession,
    ChangeSessionWithReason,
    CreateSession,
    EditSession,
    SessionView,
)
from contracts.statuses import SessionState
from session_svc.api.bodies import IdempotencyKey, request_key, strictly
from session_svc.domain.session import Step
from session_svc.service.sessions import SessionUseCases
from session_svc.store.sessions import Wanted

Scheduler = Annotated[Principal, Depends(allowed(access.SESSION_WRITE))]
Conductor = Annotated[Principal, Depends(allowed(access.SESSION_CONDUCT))]
Lister = Annotated[Principal, Depends(allowed(access.SESSION_LIST))]
Reader = Annotated[Principal, Depends(allowed(access.SESSION_READ))]
FormReader = Annotated[Principal, Depends(allowed(access.SESSION_FORM))]

WHATEVER_IS_CURRENT: Final = ChangeSession()  # an empty body asks for no particular version


def router(use_cases: SessionUseCases) -> APIRouter:
    routes = APIRouter(prefix="/v1/sessions", tags=["sessions"])

    @routes.post("", status_code=201)
    async def create_session(
        principal: Scheduler,
        _strict: Annotated[None, Depends(strictly(CreateSession))],
        body: CreateSession,
        response: Response,
        idempotency_key: IdempotencyKey = None,
    ) -> SessionView:
        created = await use_cases.create(principal, body, request_key(principal, idempotency_key, body))
        response.headers["Location"] = f"/v1/sessions/{created.session_id}"
        return created

    @routes.get("")
    async def list_sessions(
        principal: Lister,
        *,
        state: Annotated[list[SessionState] | None, Query(description="May be given several times")] = None,
        search: Annotated[str, Query(max_length=limits.NAME_LENGTH, description="In name, assessment and code")] = "",
        mine: Annotated[bool, Query(description="Only those I proctor or made")] = False,
        cursor: Annotated[str | None, Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=limits.PAGE_MAX)] = limits.PAGE_DEFAULT,
    ) -> Page[SessionView]:
        wanted = Wanted(tuple(state or ()), search.strip(), principal.subject if mine else None)
        return await use_cases.page(principal, wanted, cursor, limit)

    @routes.get("/{session_id}")
    async def read_session(principal: Reader, session_id: Id) -> SessionView:
        return await use_cases.read(principal, session_id)

    @routes.put("/{session_id}")
    async def edit_session(
        principal: Scheduler,
        session_id: Id,
        _strict: Annotated[None, Depends(strictly(EditSession))],
        body: EditSession,
    ) -> SessionView:
        return await use_cases.edit(principal, session_id, body)

    @routes.get("/{session_id}/form")
    async def read_session_form(
        principal: FormReader, session_id: Id, participant_id: Annotated[Id | None, Query()] = None
    ) -> AssessmentForm:
        return await use_cases.form(principal, session_id, participant_id)

    _add_steps(routes, use_cases)
    return routes


def _add_steps(routes: APIRouter, use_cases: SessionUseCases) -> None:
    @routes.post("/{session_id}/schedule")
    async def schedule_session(
        principal: Scheduler, session_id: Id, body: ChangeSession = WHATEVER_IS_CURRENT
    ) -> SessionView:
        """A draft becomes a session that will take place."""
        return await use_cases.take(principal, session_id, Step.SCHEDULE, body.version)

    @routes.post("/{session_id}/open")
    async def open_session(
        principal: Conductor, session_id: Id, body: ChangeSession = WHATEVER_IS_CURRENT
    ) -> SessionView:
        """People may join and wait. Opening an open session changes nothing: it also opens by itself."""
        return await use_cases.take(principal, session_id, Step.OPEN, body.version)

    @routes.post("/{session_id}/start")
    async def start_session(
        principal: Conductor, session_id: Id, body: ChangeSession = WHATEVER_IS_CURRENT
    ) -> SessionView:
        """Everybody who waits begins."""
        return await use_cases.take(principal, session_id, Step.START, body.version)

    @routes.post("/{session_id}/pause")
    async def pause_session(principal: Conductor, session_id: Id, body: ChangeSessionWithReason) -> SessionView:
        return await use_cases.take(principal, session_id, Step.PAUSE, body.version, body.reason)

    @routes.post("/{session_id}/resume")
    async def resume_session(
        principal: Conductor, session_id: Id, body: ChangeSession = WHATEVER_IS_CURRENT
    ) -> SessionView:
        return await use_cases.take(principal, session_id, Step.RESUME, body.version)

    @routes.post("/{session_id}/end")
    async def end_session(
        principal: Conductor, session_id: Id, body: ChangeSession = WHATEVER_IS_CURRENT
    ) -> SessionView:
        """Work stops; final submissions are taken for the session's grace seconds."""
        return await use_cases.take(principal, session_id, Step.END, body.version)

    @routes.post("/{session_id}/cancel")
    async def cancel_session(principal: Conductor, session_id: Id, body: ChangeSessionWithReason) -> SessionView:
        """It will not take place. Only before the start: afterwards it can be ended."""
        return await use_cases.take(principal, session_id, Step.CANCEL, body.version, body.reason)
