"""Participants, joining and admission."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query

from chassis.access import allowed
from chassis.auth import Principal
from contracts import access, limits
from contracts.model import Id
from contracts.resources.enrollment import (
    AddedParticipants,
    AddParticipants,
    AdmissionDecided,
    ChangeParticipant,
    DecideAdmission,
    DenyAdmission,
    InvitedParticipants,
    InviteParticipants,
    Joined,
    JoinFrom,
    ParticipantView,
    RemoveParticipant,
)
from contracts.resources.paging import Page
from contracts.statuses import EnrollmentState
from enrollment_svc.service.admission import Admission
from enrollment_svc.service.enrolling import Enrolling
from enrollment_svc.service.inviting import Inviting
from enrollment_svc.service.joining import Joining

Organiser = Annotated[Principal, Depends(allowed(access.PARTICIPANT_WRITE))]
Inviter = Annotated[Principal, Depends(allowed(access.PARTICIPANT_INVITE))]
Admitter = Annotated[Principal, Depends(allowed(access.ADMISSION_DECIDE))]
Reader = Annotated[Principal, Depends(allowed(access.PARTICIPANT_READ))]
Gateway = Annotated[Principal, Depends(allowed(access.JOIN_FORWARD))]
GatewayOrSelf = Annotated[Principal, Depends(allowed(access.PARTICIPANT_STANDING))]
IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=limits.NAME_LENGTH)]
Limit = Annotated[int, Query(ge=1, le=limits.PAGE_MAX)]
Search = Annotated[str | None, Query(min_length=1, max_length=limits.NAME_LENGTH)]
Cursor = Annotated[str | None, Query(max_length=4 * limits.NAME_LENGTH)]


def router(enrolling: Enrolling, inviting: Inviting, joining: Joining, admission: Admission) -> APIRouter:
    routes = APIRouter(prefix="/v1", tags=["enrollment"])

    @routes.post("/sessions/{session_id}/participants")
    async def add_participants(
        session_id: Id, request: AddParticipants, principal: Organiser, key: IdempotencyKey = None
    ) -> AddedParticipants:
        return await enrolling.add(principal, session_id, request, key)

    @routes.get("/sessions/{session_id}/participants")
    async def list_participants(
        session_id: Id,
        principal: Reader,
        *,
        state: EnrollmentState | None = None,
        search: Search = None,
        cursor: Cursor = None,
        limit: Limit = limits.PAGE_DEFAULT,
    ) -> Page[ParticipantView]:
        return await enrolling.listing(principal, session_id, state=state, search=search, cursor=cursor, limit=limit)

    @routes.get("/participants/{participant_id}")
    async def get_participant(participant_id: Id, principal: Reader) -> ParticipantView:
        return await enrolling.one(principal, participant_id)

    @routes.patch("/participants/{participant_id}")
    async def change_participant(
        participant_id: Id, request: ChangeParticipant, principal: Organiser
    ) -> ParticipantView:
        return await enrolling.change(principal, participant_id, request)

    @routes.post("/participants/{participant_id}/remove")
    async def remove_participant(
        participant_id: Id, request: RemoveParticipant, principal: Organiser
    ) -> ParticipantView:
        return await enrolling.remove(principal, participant_id, request)

    @routes.post("/sessions/{session_id}/invitations")
    async def invite_participants(
        session_id: Id, request: InviteParticipants, principal: Inviter, key: IdempotencyKey = None
    ) -> InvitedParticipants:
        return await inviting.invite(principal, session_id, request, key)

    @routes.get("/participants/{participant_id}/standing")
    async def get_standing(participant_id: Id, principal: GatewayOrSelf) -> ParticipantView:
        """Whether somebody still has their place: asked whenever a candidate's token is renewed."""
        return await enrolling.one(principal, participant_id)

    @routes.post("/joins")
    async def join(request: JoinFrom, _gateway: Gateway, key: IdempotencyKey = None) -> Joined:
        return await joining.join(request, key)

    @routes.post("/sessions/{session_id}/admissions/approve")
    async def approve_admissions(session_id: Id, request: DecideAdmission, principal: Admitter) -> AdmissionDecided:
        return await admission.approve(principal, session_id, request)

    @routes.post("/sessions/{session_id}/admissions/deny")
    async def deny_admissions(session_id: Id, request: DenyAdmission, principal: Admitter) -> AdmissionDecided:
        return await admission.deny(principal, session_id, request)

    return routes
