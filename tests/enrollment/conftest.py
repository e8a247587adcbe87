"""enrollment-svc running against the stack, sessions told to it over Kafka, and callers of every role."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer
from identity_desk import Applicant

from chassis.auth import Principal, PrincipalKind, TokenSigner
from chassis.identifiers import new_code, new_id
from chassis.service import Service
from contracts.enrollment import ENROLLMENT_EVENTS
from contracts.envelope import Event, decode, header_map
from contracts.session import (
    SessionCancelled,
    SessionChanged,
    SessionEnded,
    SessionOpened,
    SessionScheduled,
    SessionSettings,
    SessionSnapshot,
    SessionStarted,
)
from contracts.statuses import Role, SessionState
from enrollment_svc.app import build
from enrollment_svc.settings import Settings
from examhall.keys import ensure_image_keys

TOKEN_SECONDS = 600
SOON_SECONDS = 20.0

Caller = Callable[..., httpx.AsyncClient]
ReadFacts = Callable[..., Awaitable[list[Event[Any]]]]


class ToldSession:
    """A session as session-svc would tell of it. Each telling is the next version, and returns once it arrived."""

    def __init__(self, service: Service, org_id: str) -> None:
        self._service = service
        self.org_id = org_id
        self.session_id = new_id()
        self.code = new_code()
        self.version = 0
        self.state = SessionState.SCHEDULED
        self.started_at: datetime | None = None
        self.ended_at: datetime | None = None
        self.settings: dict[str, Any] = {"name": "Spring sitting", "scheduled_at": datetime.now(UTC)}

    def snapshot(self) -> SessionSnapshot:
        settings = SessionSettings(
            assessment_id="assessment",
            assessment_version=1,
            time_zone="Europe/Lisbon",
            duration_seconds=3600,
            **self.settings,
        )
        return SessionSnapshot(
            session_id=self.session_id,
            state=self.state,
            settings=settings,
            code=self.code,
            time_limit_seconds=3600,
            pass_mark_percent=Decimal(60),
            assessment_title="Botany",
            outline=[],
            started_at=self.started_at,
            ended_at=self.ended_at,
        )

    def event(self, fact: Any, version: int) -> Event[Any]:
        return Event(
            id=new_id(),
            source="session-svc",
            time=datetime.now(UTC),
            subject=self.session_id,
            org_id=self.org_id,
            session_id=self.session_id,
            version=version,
            data=fact,
        )

    async def tell(self, fact: Any) -> None:
        self.version += 1
        await self._service.publisher.publish(self.event(fact, self.version))
        sessions = self._service.mongo["sessions"]
        async with asyncio.timeout(SOON_SECONDS):
            while not await sessions.find_one({"_id": self.session_id, "version": self.version}):  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    async def schedule(self) -> None:
        self.state = SessionState.SCHEDULED
        await self.tell(SessionScheduled(session=self.snapshot()))

    async def change(self, **settings: Any) -> None:
        self.settings |= settings
        await self.tell(SessionChanged(session=self.snapshot()))

    async def open(self) -> None:
        self.state = SessionState.OPEN
        await self.tell(SessionOpened(session=self.snapshot()))

    async def start(self, *, seconds_ago: float = 0) -> None:
        self.state = SessionState.RUNNING
        self.started_at = datetime.now(UTC) - timedelta(seconds=seconds_ago)
        await self.tell(SessionStarted(session=self.snapshot()))

    async def end(self) -> None:
        self.state = SessionState.ENDED
        self.ended_at = datetime.now(UTC)
        await self.tell(SessionEnded(session=self.snapshot(), by="p1", by_name="Proctor"))

    async def cancel(self) -> None:
        self.state = SessionState.CANCELLED
        await self.tell(SessionCancelled(session=self.snapshot(), reason="A flood", by="p1"))


Arrive = Callable[..., Awaitable[Applicant]]
OpenSession = Callable[..., Awaitable[ToldSession]]


@pytest.fixture(scope="module")
async def service(
    settings_for: Any, topics: list[str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Service]:
    directory = tmp_path_factory.mktemp("pictures")
    images = {"images_key_file": ensure_image_keys(directory), "images_directory": directory / "images"}
    async with build(settings_for(Settings, **images)).running() as running:
        yield running


@pytest.fixture(scope="module")
async def caller(service: Service, token_keys: Any) -> AsyncIterator[Caller]:
    """`caller(Role.PROCTOR, subject="p1", org="acme")`: a client signed in as that."""
    signer = TokenSigner(token_keys.private_file.read_bytes())
    async with contextlib.AsyncExitStack() as closing:

        def sign_in(
            *roles: Role, subject: str = "p1", org: str = "acme", participant_id: str | None = None
        ) -> httpx.AsyncClient:
            kinds: dict[tuple[Role, ...], PrincipalKind] = {
                (Role.CANDIDATE,): PrincipalKind.CANDIDATE,
                (Role.SERVICE,): PrincipalKind.SERVICE,
            }
            principal = Principal(
                subject=subject,
                kind=kinds.get(roles, PrincipalKind.STAFF),
                roles=frozenset(roles),
                org_id=org,
                name=f"The {roles[0].value}",
                participant_id=participant_id,
            )
            token = signer.sign(principal, TOKEN_SECONDS, datetime.now(UTC))
            client = httpx.AsyncClient(
                transport=httpx.ASGITransport(service.app),
                base_url="http://enrollment-svc",
                headers={"Authorization": f"Bearer {token}"},
            )
            closing.push_async_callback(client.aclose)
            return client

        yield sign_in


@pytest.fixture(scope="module")
def gateway(caller: Caller) -> httpx.AsyncClient:
    return caller(Role.SERVICE, subject="gateway", org="examhall")


@pytest.fixture(scope="module")
def proctor(caller: Caller) -> httpx.AsyncClient:
    return caller(Role.PROCTOR)


@pytest.fixture(scope="module")
def scheduler(caller: Caller) -> httpx.AsyncClient:
    return caller(Role.SCHEDULER, subject="s1")


@pytest.fixture
def scheduled_session(service: Service) -> OpenSession:
    async def schedule(*, org: str = "acme", **settings: Any) -> ToldSession:
        session = ToldSession(service, org)
        session.settings |= settings
        await session.schedule()
        return session

    return schedule


@pytest.fixture
def open_session(scheduled_session: OpenSession) -> OpenSession:
    async def schedule_and_open(**settings: Any) -> ToldSession:
        session = await scheduled_session(**settings)
        await session.open()
        return session

    return schedule_and_open


@pytest.fixture
def read_facts(service: Service) -> ReadFacts:
    """`read_facts(participant_id, count)`: that many of a participant's facts, in order, once Kafka has them."""

    async def read(participant_id: str, count: int, topic: str = ENROLLMENT_EVENTS) -> list[Event[Any]]:
        name = service.settings.topic(topic)
        consumer = AIOKafkaConsumer(name, bootstrap_servers=service.settings.kafka, auto_offset_reset="earliest")
        await consumer.start()
        found: list[Event[Any]] = []
        try:
            async with asyncio.timeout(SOON_SECONDS):
                while len(found) < count:
                    for messages in (await consumer.getmany(timeout_ms=200)).values():
                        found += [
                            decode(header_map(each.headers), each.value or b"")
                            for each in messages
                            if each.key == participant_id.encode()
                        ]
        finally:
            await consumer.stop()
        return found

    return read


@pytest.fixture
def arrive(caller: Caller, gateway: httpx.AsyncClient) -> Arrive:
    """Somebody who joins with the session's code, with a candidate's token."""

    async def join(session: Any, name: str = "Ada", **person: Any) -> Applicant:
        answer = await gateway.post("/v1/joins", json={"code": session.code, "name": name, **person})
        assert answer.status_code == 200, answer.text
        joined = answer.json()
        participant_id = joined["participant_id"]
        return Applicant(
            participant_id, joined, caller(Role.CANDIDATE, subject=participant_id, participant_id=participant_id)
        )

    return join
