"""Assessments and sessions: owned by session-svc."""

from fastapi import APIRouter

from contracts import access, problems
from contracts.items import AssessmentForm
from contracts.resources.paging import Page
from contracts.resources.session import (
    AssessmentSummary,
    AssessmentView,
    ChangeSession,
    ChangeSessionWithReason,
    CreateSession,
    EditSession,
    PublishAssessment,
    SessionTemplate,
    SessionTemplates,
    SessionView,
    WriteAssessment,
    WriteSessionTemplate,
)
from contracts.statuses import SessionState
from gateway.routes.forwarded import PAGING, Forwarding, query_parameter
from gateway.upstream import Upstream

OWNER = "session-svc"
OF_PARTICIPANT = query_parameter("participant_id", str | None, None, "Whose order of items, where sections shuffle")
STALE = (problems.STALE_VERSION,)
WRONG_STATE = (problems.STALE_VERSION, problems.SESSION_WRONG_STATE)


def router(upstream: Upstream) -> APIRouter:
    router = APIRouter(prefix="/api/v1")
    _assessments(Forwarding(router, upstream, OWNER, "assessments"))
    _sessions(Forwarding(router, upstream, OWNER, "sessions"))
    _templates(Forwarding(router, upstream, OWNER, "sessions"))
    return router


def _assessments(to: Forwarding) -> None:
    to.route(
        "POST",
        "/assessments",
        "Create an assessment draft",
        action=access.ASSESSMENT_WRITE,
        body=WriteAssessment,
        answer=AssessmentView,
        status=201,
    )
    to.route(
        "GET",
        "/assessments",
        "List assessments",
        action=access.ASSESSMENT_LIST,
        answer=Page[AssessmentSummary],
        query=PAGING,
    )
    to.route(
        "GET",
        "/assessments/{assessment_id}",
        "Read an assessment with its keys",
        action=access.ASSESSMENT_READ,
        answer=AssessmentView,
    )
    to.route(
        "PUT",
        "/assessments/{assessment_id}",
        "Replace an assessment draft",
        action=access.ASSESSMENT_WRITE,
        body=WriteAssessment,
        answer=AssessmentView,
        refused=(problems.STALE_VERSION, problems.ASSESSMENT_PUBLISHED),
    )
    to.route(
        "POST",
        "/assessments/{assessment_id}/publish",
        "Publish an assessment version",
        action=access.ASSESSMENT_WRITE,
        body=PublishAssessment,
        answer=AssessmentView,
        refused=STALE,
    )
    to.route(
        "GET",
        "/assessments/{assessment_id}/versions/{version}/form",
        "Read an assessment version as candidates see it",
        action=access.ASSESSMENT_FORM,
        answer=AssessmentForm,
        query=(OF_PARTICIPANT,),
    )


def _sessions(to: Forwarding) -> None:
    to.route(
        "POST",
        "/sessions",
        "Create a session",
        action=access.SESSION_WRITE,
        body=CreateSession,
        answer=SessionView,
        status=201,
        refused=(problems.ASSESSMENT_NOT_PUBLISHED, problems.CODE_IN_USE),
    )
    to.route(
        "GET",
        "/sessions",
        "List sessions",
        action=access.SESSION_LIST,
        answer=Page[SessionView],
        query=(
            query_parameter("state", list[SessionState] | None, None, "Only sessions in one of these states"),
            query_parameter("search", str | None, None, "Words of the name"),
            query_parameter("mine", bool, False, "Only sessions the caller is assigned to"),
            *PAGING,
        ),
    )
    to.route("GET", "/sessions/{session_id}", "Read a session", action=access.SESSION_READ, answer=SessionView)
    to.route(
        "PUT",
        "/sessions/{session_id}",
        "Edit a session",
        action=access.SESSION_WRITE,
        body=EditSession,
        answer=SessionView,
        refused=WRONG_STATE,
    )
    to.route(
        "GET",
        "/sessions/{session_id}/form",
        "Read the form of a session",
        action=access.SESSION_FORM,
        answer=AssessmentForm,
        refused=(problems.SESSION_WRONG_STATE,),
        query=(OF_PARTICIPANT,),
    )
    for verb in ("schedule", "open", "start", "resume", "end"):
        to.route(
            "POST",
            f"/sessions/{{session_id}}/{verb}",
            f"{verb.capitalize()} a session",
            action=access.SESSION_WRITE if verb == "schedule" else access.SESSION_CONDUCT,
            body=ChangeSession,
            answer=SessionView,
            refused=WRONG_STATE,
        )
    for verb in ("pause", "cancel"):
        to.route(
            "POST",
            f"/sessions/{{session_id}}/{verb}",
            f"{verb.capitalize()} a session",
            action=access.SESSION_CONDUCT,
            body=ChangeSessionWithReason,
            answer=SessionView,
            refused=WRONG_STATE,
        )


def _templates(to: Forwarding) -> None:
    one = "/session-templates/{template_id}"
    taken = (problems.TEMPLATE_EXISTS,)
    to.route(
        "GET", "/session-templates", "List templates of sessions", action=access.SESSION_WRITE, answer=SessionTemplates
    )
    to.route(
        "POST",
        "/session-templates",
        "Create a template of sessions",
        action=access.SESSION_WRITE,
        body=WriteSessionTemplate,
        answer=SessionTemplate,
        status=201,
        refused=taken,
    )
    to.route("GET", one, "Read a template of sessions", action=access.SESSION_WRITE, answer=SessionTemplate)
    to.route(
        "PUT",
        one,
        "Replace a template of sessions",
        action=access.SESSION_WRITE,
        body=WriteSessionTemplate,
        answer=SessionTemplate,
        refused=(*STALE, *taken),
    )
    to.route("DELETE", one, "Delete a template of sessions", action=access.SESSION_WRITE, answer=None, status=204)
