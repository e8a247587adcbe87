"""Participants and admissions: owned by enrollment-svc."""

from fastapi import APIRouter

from contracts import access, problems
from contracts.resources.enrollment import (
    AddedParticipants,
    AddParticipants,
    AdmissionDecided,
    ChangeParticipant,
    DecideAdmission,
    DenyAdmission,
    InvitedParticipants,
    InviteParticipants,
    ParticipantView,
    RemoveParticipant,
)
from contracts.resources.paging import Page
from contracts.statuses import EnrollmentState
from gateway.routes.forwarded import PAGING, Forwarding, query_parameter
from gateway.upstream import Upstream


def router(upstream: Upstream) -> APIRouter:
    router = APIRouter(prefix="/api/v1")
    to = Forwarding(router, upstream, "enrollment-svc", "participants")
    to.route(
        "POST",
        "/sessions/{session_id}/participants",
        "Add participants",
        action=access.PARTICIPANT_WRITE,
        body=AddParticipants,
        answer=AddedParticipants,
        refused=(problems.SESSION_WRONG_STATE,),
        description="Each person asked for is in `added`, with a personal code, or in `refused`, with the reason.",
    )
    to.route(
        "GET",
        "/sessions/{session_id}/participants",
        "List participants",
        action=access.PARTICIPANT_READ,
        answer=Page[ParticipantView],
        query=(
            query_parameter("state", EnrollmentState | None, None, "Only participants in this state"),
            query_parameter("search", str | None, None, "Words of the name, the e-mail address or the external id"),
            *PAGING,
        ),
    )
    to.route(
        "GET",
        "/participants/{participant_id}",
        "Read a participant",
        action=access.PARTICIPANT_READ,
        answer=ParticipantView,
    )
    to.route(
        "PATCH",
        "/participants/{participant_id}",
        "Change a participant",
        action=access.PARTICIPANT_WRITE,
        body=ChangeParticipant,
        answer=ParticipantView,
        refused=(problems.STALE_VERSION, problems.SESSION_WRONG_STATE),
    )
    to.route(
        "POST",
        "/participants/{participant_id}/remove",
        "Remove a participant",
        action=access.PARTICIPANT_WRITE,
        body=RemoveParticipant,
        answer=ParticipantView,
        refused=(problems.SESSION_WRONG_STATE,),
    )
    to.route(
        "POST",
        "/sessions/{session_id}/invitations",
        "Invite participants",
        action=access.PARTICIPANT_INVITE,
        body=InviteParticipants,
        answer=InvitedParticipants,
        refused=(problems.SESSION_WRONG_STATE,),
        description=(
            "By mail, to those named or to everybody not invited yet. Each is in `invited` or in `refused`; with the "
            "same Idempotency-Key again nobody gets a second mail, with `again` and a new one they do. Repeat while "
            "`remaining` is not 0."
        ),
    )
    to.route(
        "POST",
        "/sessions/{session_id}/admissions/approve",
        "Approve admissions",
        action=access.ADMISSION_DECIDE,
        body=DecideAdmission,
        answer=AdmissionDecided,
        refused=(problems.SESSION_WRONG_STATE,),
    )
    to.route(
        "POST",
        "/sessions/{session_id}/admissions/deny",
        "Deny admissions",
        action=access.ADMISSION_DECIDE,
        body=DenyAdmission,
        answer=AdmissionDecided,
        refused=(problems.SESSION_WRONG_STATE,),
    )
    return router
