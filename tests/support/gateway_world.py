"""A real gateway on the stack, with stand-ins for the services behind it, and clients for its two sockets."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import redis.asyncio
import uvicorn
import websockets
from aiokafka import AIOKafkaConsumer
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from chassis.auth import Principal, PrincipalKind
from chassis.identifiers import new_id
from chassis.redis import LivePublisher
from chassis.service import KEEP_ALIVE_SECONDS, Service
from contracts.attempt import ATTEMPT_COMMANDS
from contracts.envelope import Event, decode, header_map
from contracts.live import Outcome, OutcomesFrame, Row, RowsFrame
from contracts.model import iso_milliseconds
from contracts.statuses import ParticipantStatus, Phase, Role
from gateway import tokens
from gateway.app import build
from gateway.settings import Settings
from gateway.tokens import TokenIssuer

ORG = "acme"
WITHIN_SECONDS = 10.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.asynccontextmanager
async def serving(app: Any, port: int, **options: Any) -> AsyncIterator[uvicorn.Server]:
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host="127.0.0.1",
            port=port,
            log_config=None,
            ws="websockets-sansio",
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            **options,
        )
    )
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    task = asyncio.create_task(server.serve())
    async with asyncio.timeout(WITHIN_SECONDS):
        while not server.started:  # noqa: ASYNC110 - uvicorn offers no event
            await asyncio.sleep(0.02)
    try:
        yield server
    finally:
        server.should_exit = True
        await asyncio.wait({task}, timeout=20)


def a_row(participant_id: str, **changes: Any) -> Row:
    values: dict[str, Any] = {
        "participant_id": participant_id,
        "version": 1,
        "name": "Ada",
        "status": ParticipantStatus.IN_SESSION,
        "phase": Phase.ACTIVE,
        "connected": False,
        "answered": 0,
        "total": 3,
        "flagged": 0,
        "limit_ms": 3_600_000,
    }
    return Row(**(values | changes))


def a_session(session_id: str, **settings: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "session_id": session_id,
        "version": 1,
        "state": "running",
        "settings": {
            "name": "Spring exam",
            "assessment_id": "a1",
            "assessment_version": 1,
            "scheduled_at": iso_milliseconds(now),
            "time_zone": "Europe/Berlin",
            "duration_seconds": 3600,
            "grace_seconds": 0,
        }
        | settings,
        "code": None,
        "assessment_title": "Spring exam",
        "time_limit_seconds": 3600,
        "items": 3,
        "changed_at": iso_milliseconds(now),
    }


FORM = {
    "assessment_id": "a1",
    "assessment_version": 1,
    "title": "Spring exam",
    "sections": [
        {
            "section_id": "s1",
            "title": "One",
            "items": [
                {"type": "true_false", "item_id": "q1", "title": "Q1", "prompt": "Is it?", "points": "1"},
                {"type": "essay", "item_id": "q2", "title": "Q2", "prompt": "Why?", "points": "1"},
            ],
        }
    ],
    "time_limit_seconds": 3600,
}


@dataclass
class Services:
    """What the stand-ins answer with, and what they were asked."""

    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    rows: dict[str, dict[str, Row]] = field(default_factory=dict)
    participants: dict[str, dict[str, Any]] = field(default_factory=dict)
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    raw: dict[str, Response] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)
    """As they came over the line, encoded."""

    def row(self, session_id: str, row: Row) -> None:
        self.rows.setdefault(session_id, {})[row.participant_id] = row

    def application(self) -> FastAPI:
        app = FastAPI()

        @app.api_route("/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
        async def anything(path: str, request: Request) -> Response:
            body = await request.body()
            self.paths.append(request.scope["raw_path"].decode())
            self.requests.append((request.method, "/" + path, dict(request.headers), body))
            return self.answer(request.method, path.split("/")[1:], body, path)

        return app

    def answer(self, method: str, parts: list[str], body: bytes, path: str) -> Response:
        if "/" + path in self.raw:
            return self.raw["/" + path]
        match (method, parts):
            case ("GET", ["sessions", session_id]):
                return _found(self.sessions.get(session_id), "not-found")
            case ("GET", ["sessions", _, "form"]):
                return JSONResponse(FORM)
            case ("GET", ["sessions", session_id, "live"]):
                return JSONResponse(self._snapshot(session_id))
            case ("GET", ["attempts", participant_id]):
                return _found(self._attempt(participant_id), "attempt-unknown")
            case ("POST", ["mails"]):
                return JSONResponse({"mail_id": new_id(), "status": "queued"}, status_code=202)
            case ("POST", ["joins"]):
                return _found(self.codes.get(json.loads(body)["code"]), "code-unknown")
            case ("GET", ["participants", participant_id, "standing"]):
                return _found(self.participants.get(participant_id), "not-found")
            case ("POST", ["commands", "outcomes"]):
                asked = [each["command_id"] for each in json.loads(body)["commands"]]
                known = [self.outcomes[each].model_dump(mode="json") for each in asked if each in self.outcomes]
                return JSONResponse({"outcomes": known})
            case ("POST", ["sessions", session_id, "threads", participant_id, _]):
                text = json.loads(body)["text"] if body else "raised a hand"
                return JSONResponse(a_message(session_id, participant_id, text), status_code=201)
            case ("POST", ["sessions", session_id, "broadcasts"]):
                return JSONResponse(a_message(session_id, None, json.loads(body)["text"]), status_code=201)
        return _problem("not-found", 404)

    def _snapshot(self, session_id: str) -> dict[str, Any]:
        session = self.sessions[session_id]
        return {
            "session": {
                "session_id": session_id,
                "state": "running",
                "settings": session["settings"],
                "code": None,
                "time_limit_seconds": 3600,
                "pass_mark_percent": "50",
                "assessment_title": "Spring exam",
                "outline": [],
            },
            "session_version": 1,
            "rows": [row.model_dump(mode="json") for row in self.rows.get(session_id, {}).values()],
            "activities": [],
            "taken_at": iso_milliseconds(datetime.now(UTC)),
        }

    def _attempt(self, participant_id: str) -> dict[str, Any] | None:
        for session_id, rows in self.rows.items():
            if participant_id in rows:
                return {
                    "org_id": ORG,
                    "session_id": session_id,
                    "row": rows[participant_id].model_dump(mode="json"),
                    "responses": [],
                    "flagged_items": [],
                    "ledger": [],
                    "server_time": iso_milliseconds(datetime.now(UTC)),
                }
        return None


def a_message(session_id: str, participant_id: str | None, text: str, **more: Any) -> dict[str, Any]:
    return {
        "message_id": new_id(),
        "number": 1,
        "session_id": session_id,
        "kind": "broadcast" if participant_id is None else "chat",
        "participant_id": participant_id,
        "sender": {"kind": "staff", "id": "p1", "name": "Pat"},
        "text": text,
        "sent_at": iso_milliseconds(datetime.now(UTC)),
    } | more


def _problem(name: str, status: int) -> Response:
    document = {"type": f"/problems/{name}", "title": name, "status": status, "detail": "from the service"}
    return JSONResponse(document, status_code=status, media_type="application/problem+json")


def _found(content: Any, otherwise: str) -> Response:
    return JSONResponse(content) if content is not None else _problem(otherwise, 404)


class Client:
    """One side of a socket, with what came in kept until it is asked for."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.seen: list[dict[str, Any]] = []

    async def send(self, **message: Any) -> None:
        await self.connection.send(json.dumps(message))

    async def receive(self) -> dict[str, Any]:
        async with asyncio.timeout(WITHIN_SECONDS):
            message: dict[str, Any] = json.loads(await self.connection.recv())
        self.seen.append(message)
        return message

    async def until(self, kind: str) -> dict[str, Any]:
        while True:
            message = await self.receive()
            if message["type"] == kind:
                return message

    async def closed(self) -> int:
        """Read to the end; the closing code."""
        async with asyncio.timeout(WITHIN_SECONDS):
            with contextlib.suppress(websockets.ConnectionClosed):
                while True:
                    self.seen.append(json.loads(await self.connection.recv()))
        return int(self.connection.close_code)


@dataclass
class World:
    """A running gateway and everything around it."""

    service: Service
    settings: Settings
    services: Services
    http: httpx.AsyncClient
    issuer: TokenIssuer
    live: LivePublisher
    sockets: list[Any] = field(default_factory=list)

    def staff_token(self, *roles: Role, subject: str = "p1") -> str:
        granted = frozenset(roles or {Role.PROCTOR})
        return self.issuer.staff_access(Principal(subject, PrincipalKind.STAFF, granted, ORG, "Pat"))

    def candidate_token(self, session_id: str, participant_id: str) -> str:
        principal = tokens.candidate(org_id=ORG, session_id=session_id, participant_id=participant_id, name="Ada")
        return self.issuer.candidate_tokens(principal).access_token

    def seat(self, **row: Any) -> tuple[str, str]:
        """A running session with one participant: their ids."""
        session_id, participant_id = new_id(), new_id()
        self.services.sessions[session_id] = a_session(session_id)
        self.services.row(session_id, a_row(participant_id, **row))
        return session_id, participant_id

    async def connect(self, path: str, **options: Any) -> Client:
        uri = f"ws://127.0.0.1:{self.settings.http_port}{path}"
        connection = await websockets.connect(uri, compression=None, **options)
        self.sockets.append(connection)
        return Client(connection)

    async def candidate(self, session_id: str, participant_id: str) -> tuple[Client, dict[str, Any]]:
        """A candidate's socket after its welcome."""
        client = await self.connect("/ws/candidate")
        await client.send(type="hello", token=self.candidate_token(session_id, participant_id))
        return client, await client.until("welcome")

    async def staff(self, *roles: Role) -> Client:
        client = await self.connect("/ws/staff")
        await client.send(type="hello", token=self.staff_token(*roles))
        await client.until("welcome")
        return client

    async def publish_row(self, session_id: str, row: Row) -> None:
        await self.live.publish(session_id, RowsFrame(rows=[row]).model_dump_json().encode())

    async def publish_outcomes(self, session_id: str, *outcomes: Outcome) -> None:
        await self.live.publish(session_id, OutcomesFrame(outcomes=list(outcomes)).model_dump_json().encode())

    async def commands(self, participant_id: str, kind: type[Any], count: int = 1) -> list[Event[Any]]:
        """Commands of one type for one participant, read from Kafka."""
        found: list[Event[Any]] = []
        consumer = AIOKafkaConsumer(
            self.settings.topic(ATTEMPT_COMMANDS),
            bootstrap_servers=self.settings.kafka,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=50,
        )
        await consumer.start()
        try:
            async with asyncio.timeout(WITHIN_SECONDS):
                while len(found) < count:
                    for records in (await consumer.getmany(timeout_ms=200)).values():
                        for record in records:
                            event = decode(header_map(record.headers), record.value)
                            if event.subject == participant_id and isinstance(event.data, kind):
                                found.append(event)
        finally:
            await consumer.stop()
        return found


async def eventually(holds: Callable[[], Awaitable[bool] | bool], seconds: float = WITHIN_SECONDS) -> None:
    async with asyncio.timeout(seconds):
        while True:
            answer = holds()
            if answer if isinstance(answer, bool) else await answer:
                return
            await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def running_world(settings_for: Any, **overrides: Any) -> AsyncIterator[World]:
    """A gateway with stand-ins behind it; `overrides` are its settings."""
    services = Services()
    behind = free_port()
    url = f"http://127.0.0.1:{behind}"
    urls = {f"{name}_url": url for name in ("session", "enrollment", "monitoring", "scoring", "messaging")}
    settings = settings_for(
        Settings,
        **urls,
        reporting_url=f"http://127.0.0.1:{free_port()}",
        http_port=free_port(),
        instance=f"gw-{new_id()[:13]}",
        log_level="WARNING",
        **overrides,
    )
    service = build(settings)
    async with (
        serving(services.application(), behind, lifespan="off"),
        serving(service.app, settings.http_port, lifespan="on", ws_ping_interval=None),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{settings.http_port}", timeout=20) as http,
    ):
        await service.until_ready(40)
        cache = redis.asyncio.from_url(settings.redis)
        made = World(
            service=service,
            settings=settings,
            services=services,
            http=http,
            issuer=TokenIssuer(settings, service.clock),
            live=LivePublisher(cache, settings),
        )
        yield made
        for connection in made.sockets:
            await connection.close()
        await cache.aclose()
