"""The public HTTP interface: one module per owner of what it shows."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.routing import WebSocketRoute

from gateway import openapi
from gateway.parts import Parts
from gateway.routes import (
    auth,
    candidate,
    directory,
    documents,
    enrollment,
    imports,
    interventions,
    live,
    mail,
    messaging,
    reports,
    rooms,
    scoring,
    sessions,
)
from gateway.security import SecurityHeaders
from gateway.settings import Settings
from gateway.sockets.endpoint import SocketEndpoint, candidate_socket, staff_socket


def mount(app: FastAPI, parts: Parts, settings: Settings) -> None:
    app.state.edge, app.state.hub = parts.edge, parts.hub
    for router in (
        auth.router(parts.accounts, parts.throttle, settings),
        candidate.router(parts.upstream, parts.issuer, parts.throttle, settings),
        sessions.router(parts.upstream),
        enrollment.router(parts.upstream),
        directory.router(parts.upstream),
        imports.router(parts.upstream),
        live.router(parts.upstream),
        interventions.router(parts.interventions),
        messaging.router(parts.upstream),
        mail.router(parts.upstream),
        scoring.router(parts.upstream),
        reports.router(parts.upstream),
        documents.router(),
        rooms.router(),
    ):
        app.include_router(router)
    app.mount("/docs/assets", documents.assets())
    app.mount("/app", rooms.Assets())
    for path, maker in (("/ws/candidate", candidate_socket), ("/ws/staff", staff_socket)):
        app.router.routes.append(WebSocketRoute(path, SocketEndpoint(parts.edge, maker, settings.allowed_origins)))
    openapi.install(app)
    app.add_middleware(SecurityHeaders)
    if settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.allowed_origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key"],
        )
