"""The public HTTP interface: one module per owner of what it shows."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from gateway import openapi
from gateway.admission import RequestsAtOnce
from gateway.bearer import ApiTokenBearer
from gateway.parts import Parts
from gateway.routes import (
    accounts,
    alerts,
    api_tokens,
    audit,
    auth,
    candidate,
    directory,
    documents,
    enrollment,
    identity,
    imports,
    interventions,
    links,
    live,
    mail,
    me,
    messaging,
    provider_sign_in,
    providers,
    reports,
    rooms,
    scoring,
    sessions,
)
from gateway.safe_exam_browser import SafeExamBrowser
from gateway.security import SecurityHeaders
from gateway.settings import Settings
from gateway.sockets.endpoint import SocketEndpoint, SocketsFirst, candidate_socket, staff_socket


def mount(app: FastAPI, parts: Parts, settings: Settings) -> None:
    app.state.edge, app.state.hub, app.state.audit = parts.edge, parts.hub, parts.audit
    app.state.verifier = parts.issuer.verifier
    seb = SafeExamBrowser(settings.public_url)
    app.state.guard = seb.refuse_outside
    for router in (
        auth.router(parts.accounts, parts.throttle, settings),
        accounts.router(parts.staff, parts.accounts),
        links.router(parts.staff, parts.accounts, parts.providers, parts.throttle, settings),
        providers.router(parts.providers, parts.staff),
        provider_sign_in.router(parts.provider_sign_in, parts.providers, parts.throttle, settings),
        me.router(parts.accounts, parts.staff, parts.throttle, settings),
        api_tokens.router(parts.api_tokens),
        audit.router(parts.audit),
        candidate.router(parts.upstream, parts.issuer, parts.throttle, settings, admission=parts.admission, seb=seb),
        sessions.router(parts.upstream),
        enrollment.router(parts.upstream),
        directory.router(parts.upstream),
        identity.router(parts.upstream),
        imports.router(parts.upstream),
        live.router(parts.upstream),
        interventions.router(parts.interventions),
        alerts.router(parts.alerts),
        messaging.router(parts.upstream),
        mail.router(parts.upstream),
        scoring.router(parts.upstream),
        reports.router(parts.upstream),
        documents.router(),
        rooms.router(seb),
    ):
        app.include_router(router)
    app.mount("/docs/assets", documents.assets())
    app.mount("/app", rooms.Assets())
    openapi.install(app)
    app.add_middleware(ApiTokenBearer, exchange=parts.exchange)
    app.add_middleware(RequestsAtOnce)
    app.add_middleware(SecurityHeaders)
    if settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.allowed_origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key"],
        )
    makers = {"/ws/candidate": candidate_socket, "/ws/staff": staff_socket}
    endpoints = {path: SocketEndpoint(parts.edge, maker, settings.allowed_origins) for path, maker in makers.items()}
    app.add_middleware(SocketsFirst, endpoints=endpoints)  # the last one added is outermost
