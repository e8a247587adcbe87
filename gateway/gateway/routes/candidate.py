"""Candidates: joining, keeping signed in, and reading what concerns them."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import Response

from chassis.access import allowed, public
from chassis.auth import Principal
from chassis.identifiers import normalise_code
from chassis.outcomes import Rejected
from contracts import access, problems
from contracts.items import AssessmentForm
from contracts.model import Id, Instant, LongText, Name, View
from contracts.resources.enrollment import Join, Joined, JoinFrom, ParticipantView
from contracts.resources.messaging import Messages
from contracts.resources.monitoring import AttemptView
from contracts.resources.scoring import CandidateResult
from contracts.resources.session import SessionView
from contracts.security import observed
from contracts.statuses import (
    AdmissionMode,
    AlertKind,
    EnrollmentState,
    IdentityVerification,
    Lockdown,
    ScreenSharing,
    SessionState,
)
from gateway import tokens
from gateway.admission import Admission
from gateway.audit import client_address
from gateway.live import without_alerts
from gateway.routes.auth import RefreshSignIn
from gateway.routes.forwarded import ANY_REQUEST, refusals
from gateway.safe_exam_browser import SafeExamBrowser
from gateway.settings import Settings
from gateway.throttle import JoinBrake, Throttle
from gateway.tokens import TokenIssuer, Tokens
from gateway.upstream import Upstream

Candidate = Annotated[Principal, Depends(allowed(access.SEAT_READ))]
Examined = Annotated[Principal, Depends(allowed(access.RESULT_OWN))]

JOIN_REFUSALS = (
    problems.CODE_UNKNOWN,
    problems.CODE_EXPIRED,
    problems.SESSION_CANCELLED,
    problems.SESSION_NOT_OPEN,
    problems.SESSION_FULL,
    problems.TOO_LATE_TO_JOIN,
    problems.ALREADY_JOINED,
    problems.PERSONAL_CODE_NEEDED,
    problems.ADMISSION_DENIED,
    problems.PARTICIPANT_REMOVED,
    problems.SAFE_EXAM_BROWSER_NEEDED,
    problems.TOO_MANY_REQUESTS,
    problems.VALIDATION_FAILED,
    problems.TEMPORARILY_UNAVAILABLE,
    problems.OVERLOADED,
)


class JoinedView(View):
    joined: Joined
    access_token: str
    refresh_token: str
    expires_in: int


class CandidateTokensView(View):
    access_token: str
    refresh_token: str
    expires_in: int


class CandidateSecurity(View):
    """What the session asks of this browser. `observed`: what is looked at, which the page says first."""

    lockdown: Lockdown
    screen_sharing: ScreenSharing
    observed: list[AlertKind]


class CandidateSessionView(View):
    """What a candidate may know about the session before, during and after it."""

    session_id: Id
    name: Name
    state: SessionState
    assessment_title: Name
    items: int
    scheduled_at: Instant
    time_zone: str
    time_limit_seconds: int
    admission_mode: AdmissionMode
    identity_verification: IdentityVerification
    identity_images_days: int
    instructions_before: LongText
    instructions_after: LongText
    support_contact: str
    security: CandidateSecurity


def router(
    upstream: Upstream,
    issuer: TokenIssuer,
    throttle: Throttle,
    settings: Settings,
    *,
    admission: Admission,
    seb: SafeExamBrowser,
) -> APIRouter:
    router = APIRouter(prefix="/api/v1")
    _joining(router, upstream, issuer, throttle, settings, admission=admission, seb=seb)
    _reading(router, upstream, issuer)
    return router


def _joining(
    router: APIRouter,
    upstream: Upstream,
    issuer: TokenIssuer,
    throttle: Throttle,
    settings: Settings,
    *,
    admission: Admission,
    seb: SafeExamBrowser,
) -> None:
    brake = JoinBrake(throttle, settings)

    @router.post(
        "/joins",
        tags=["candidate"],
        summary="Join a session",
        operation_id="join",
        dependencies=[Depends(public(access.JOIN))],
        responses=refusals(*JOIN_REFUSALS),
    )
    async def join(
        body: Join,
        request: Request,
        idempotency_key: Annotated[str | None, Header(alias="Idempotency-Key")] = None,
    ) -> JoinedView:
        """With a session code and a name, or with a personal code alone."""
        await admission.check_join(body.code)  # first of all: who waits by our advice is no guesser
        address, code = client_address(request), normalise_code(body.code)
        await brake.before(address, code)
        try:
            joined = await upstream.ask(
                "enrollment-svc",
                "POST",
                "/v1/joins",
                Joined,
                token=issuer.service(),
                body=JoinFrom(**body.model_dump(), in_safe_exam_browser=seb.is_around(request)),
                idempotency_key=idempotency_key,
            )
        except Rejected as refused:
            await brake.refused(address, code, refused.problem)
            raise
        await brake.joined(address)
        await admission.joined(joined.participant_id, joined.personal_code)
        principal = tokens.candidate(
            org_id=joined.org_id,
            session_id=joined.session_id,
            participant_id=joined.participant_id,
            name=joined.name,
            locked=joined.locked,
        )
        issued = issuer.candidate_tokens(principal)
        return JoinedView(
            joined=joined,
            access_token=issued.access_token,
            refresh_token=issued.refresh_token,
            expires_in=issued.expires_in,
        )

    @router.post(
        "/candidate/refresh",
        tags=["candidate"],
        summary="Refresh a candidate's sign-in",
        operation_id="refresh_candidate",
        dependencies=[Depends(public(access.JOIN_KEEP))],
        responses=refusals(
            problems.NOT_SIGNED_IN,
            problems.SIGN_IN_EXPIRED,
            problems.PARTICIPANT_REMOVED,
            problems.ADMISSION_DENIED,
            problems.SAFE_EXAM_BROWSER_NEEDED,
            problems.VALIDATION_FAILED,
            problems.TEMPORARILY_UNAVAILABLE,
        ),
    )
    async def refresh(body: RefreshSignIn, request: Request) -> CandidateTokensView:
        """Refused once the participant was removed from the session."""
        principal = issuer.verify_candidate_refresh(body.refresh_token)
        seb.refuse_outside(request, principal)
        standing = await upstream.ask(
            "enrollment-svc",
            "GET",
            f"/v1/participants/{principal.participant_id}/standing",
            ParticipantView,
            token=issuer.service(principal.org_id),
        )
        if standing.state is EnrollmentState.REMOVED:
            raise Rejected(problems.PARTICIPANT_REMOVED)
        if standing.state is EnrollmentState.DENIED:
            raise Rejected(problems.ADMISSION_DENIED, standing.denied_reason or "")
        return _tokens_view(issuer.candidate_tokens(principal))


def _reading(router: APIRouter, upstream: Upstream, issuer: TokenIssuer) -> None:
    """Reads whose owner and address follow from the token alone."""

    @router.get(
        "/candidate/session",
        tags=["candidate"],
        summary="Read my session",
        operation_id="read_my_session",
        responses=refusals(*ANY_REQUEST, problems.NOT_FOUND),
    )
    async def session(principal: Candidate) -> CandidateSessionView:
        view = await upstream.ask(
            "session-svc",
            "GET",
            f"/v1/sessions/{principal.session_id}",
            SessionView,
            token=issuer.service(principal.org_id),
        )
        return session_for_candidate(view)

    @router.get(
        "/candidate/form",
        tags=["candidate"],
        summary="Read my form",
        operation_id="read_my_form",
        response_model=AssessmentForm,
        responses=refusals(*ANY_REQUEST, problems.NOT_FOUND, problems.SESSION_WRONG_STATE),
    )
    async def form(principal: Candidate, request: Request) -> Response:
        """Without answer keys; sections that shuffle are in this candidate's own order, the same each time."""
        path = f"/v1/sessions/{principal.session_id}/form?participant_id={principal.participant_id}"
        return await _read(upstream, "session-svc", path, request)

    @router.get(
        "/candidate/attempt",
        tags=["candidate"],
        summary="Read my attempt",
        operation_id="read_my_attempt",
        response_model=AttemptView,
        responses=refusals(*ANY_REQUEST, problems.ATTEMPT_UNKNOWN),
    )
    async def attempt(principal: Candidate, request: Request) -> Response:
        content = await upstream.send_json(
            "monitoring-svc", "GET", f"/v1/attempts/{principal.participant_id}", token=_token(request)
        )
        return Response(orjson.dumps(for_candidate(orjson.loads(content))), media_type="application/json")

    @router.get(
        "/candidate/messages",
        tags=["candidate"],
        summary="Read my messages",
        operation_id="read_my_messages",
        response_model=Messages,
        responses=refusals(*ANY_REQUEST),
    )
    async def messages(principal: Candidate, request: Request, after: int = 0, limit: int | None = None) -> Response:
        """Broadcasts addressed to this candidate, and their own thread."""
        query = f"after={after}" + (f"&limit={limit}" if limit is not None else "")
        return await _read(upstream, "messaging-svc", f"/v1/sessions/{principal.session_id}/messages?{query}", request)

    @router.get(
        "/candidate/result",
        tags=["candidate"],
        summary="Read my result",
        operation_id="read_my_result",
        response_model=CandidateResult,
        responses=refusals(*ANY_REQUEST, problems.RESULT_NOT_RELEASED),
    )
    async def result(principal: Examined, request: Request) -> Response:
        return await _read(upstream, "scoring-svc", f"/v1/results/{principal.participant_id}/candidate", request)


def session_for_candidate(view: SessionView) -> CandidateSessionView:
    """Without codes, proctors and the rest of what only staff may see."""
    settings = view.settings
    return CandidateSessionView(
        session_id=view.session_id,
        name=settings.name,
        state=view.state,
        assessment_title=view.assessment_title,
        items=view.items,
        scheduled_at=settings.scheduled_at,
        time_zone=settings.time_zone,
        time_limit_seconds=view.time_limit_seconds,
        admission_mode=settings.admission_mode,
        identity_verification=settings.identity_verification,
        identity_images_days=settings.identity_images_days,
        instructions_before=settings.instructions_before,
        instructions_after=settings.instructions_after,
        support_contact=settings.support_contact,
        security=CandidateSecurity(
            lockdown=settings.security.lockdown,
            screen_sharing=settings.security.screen_sharing,
            observed=observed(settings.security),
        ),
    )


def for_candidate(attempt: dict[str, Any]) -> dict[str, Any]:
    """The attempt as its candidate may see it: how many alerts were raised about them is for proctors."""
    without_alerts(attempt["row"])
    return attempt


async def _read(upstream: Upstream, service: str, path: str, request: Request) -> Response:
    content = await upstream.send_json(service, "GET", path, token=_token(request))
    return Response(content, media_type="application/json")


def _token(request: Request) -> str:
    return request.headers["authorization"].partition(" ")[2].strip()


def _tokens_view(issued: Tokens) -> CandidateTokensView:
    return CandidateTokensView(
        access_token=issued.access_token, refresh_token=issued.refresh_token, expires_in=issued.expires_in
    )
