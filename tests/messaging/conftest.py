"""messaging-svc running against the stack, a session with people told to it over Kafka, and callers of every role."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer

from chassis.auth import Principal, PrincipalKind, TokenSigner
from chassis.identifiers import new_id
from chassis.service import Service
from contracts.enrollment import ParticipantEnrolled, ParticipantRemoved, ParticipantSnapshot
from contracts.envelope import Event, decode, header_map
from contracts.messaging import MESSAGING_EVENTS
from contracts.session import SessionCancelled, SessionOpened, SessionSettings, SessionSnapshot
from contracts.statuses import EnrollmentState, Role, SessionState
from messaging_svc.app import build
from messaging_svc.settings import Settings

TOKEN_SECONDS = 600
SOON_SECONDS = 20.0

ReadFacts = Callable[[str, int], Awaitable[list[Event[Any]]]]
SignIn = Callable[..., httpx.AsyncClient]


@dataclass
class Room:
    """A session with people in it, and clients for its proctor and its candidates."""

    service: Service
    sign_in: SignIn
    session_id: str
    people: list[str]

    @property
    def address(self) -> str:
        return f"/v1/sessions/{self.session_id}"

    @property
    def proctor(self) -> httpx.AsyncClient:
        return self.sign_in(Role.PROCTOR)

    def candidate(self, number: int) -> httpx.AsyncClient:
        mine = self.people[number]
        return self.sign_in(
            Role.CANDIDATE, subject=mine, session_id=self.session_id, participant_id=mine, name=f"P{number}"
        )

    def thread(self, number: int) -> str:
        return f"{self.address}/threads/{self.people[number]}"

    async def announce(self, text: str, **body: Any) -> dict[str, Any]:
        response = await self.proctor.post(f"{self.address}/broadcasts", json={"text": text, **body})
        assert response.status_code == 201, response.text
        return dict(response.json())

    async def stored(self) -> list[dict[str, Any]]:
        shown = {"outbox": 0, "outbox_since": 0}  # empties by itself in the background
        return [each async for each in self.service.mongo["messages"].find({"session_id": self.session_id}, shown)]

    async def cancel(self) -> None:
        await self.tell(SessionCancelled(session=snapshot(self.session_id, SessionState.CANCELLED), reason="A", by="p"))

    async def remove(self, number: int) -> None:
        gone = participant(self.session_id, self.people[number], f"P{number}", EnrollmentState.REMOVED)
        await self.tell(ParticipantRemoved(participant=gone, reason="Out", by="p1", by_name="P"))

    async def tell(self, fact: Any) -> None:
        await tell(self.service, fact, 2)


MakeRoom = Callable[[], Awaitable[Room]]


def snapshot(session_id: str, state: SessionState) -> SessionSnapshot:
    return SessionSnapshot(
        session_id=session_id,
        state=state,
        settings=SessionSettings(
            name="Spring sitting",
            assessment_id="assessment",
            assessment_version=1,
            proctor_ids=["p1", "p3"],
            scheduled_at=datetime.now(UTC),
            time_zone="Europe/Lisbon",
            duration_seconds=3600,
        ),
        code="SPRNG-7",
        time_limit_seconds=3600,
        pass_mark_percent=Decimal(60),
        assessment_title="Botany",
        outline=[],
    )


def participant(session_id: str, participant_id: str, name: str, state: EnrollmentState) -> ParticipantSnapshot:
    return ParticipantSnapshot(participant_id=participant_id, session_id=session_id, name=name, state=state)


async def tell(service: Service, fact: Any, version: int) -> None:
    """Publish a fact as its owner would; returns once it has arrived."""
    about_session = hasattr(fact, "session")
    session_id = fact.session.session_id if about_session else fact.participant.session_id
    subject = session_id if about_session else fact.participant.participant_id
    await service.publisher.publish(
        Event(
            id=new_id(),
            source="session-svc" if about_session else "enrollment-svc",
            time=datetime.now(UTC),
            subject=subject,
            org_id="acme",
            session_id=session_id,
            version=version,
            data=fact,
        )
    )
    known = service.mongo["sessions" if about_session else "participants"]
    async with asyncio.timeout(SOON_SECONDS):
        while not await known.find_one({"_id": subject, "version": version}):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.fixture(scope="module")
async def service(settings_for: Any, topics: list[str]) -> AsyncIterator[Service]:
    async with build(settings_for(Settings)).running() as running:
        yield running


@pytest.fixture(scope="module")
async def sign_in(service: Service, token_keys: Any) -> AsyncIterator[SignIn]:
    """`sign_in(Role.PROCTOR, subject="p1", org="acme")`: a client signed in as that."""
    signer = TokenSigner(token_keys.private_file.read_bytes())
    async with contextlib.AsyncExitStack() as closing:

        def client_of(
            *roles: Role,
            subject: str = "p1",
            org: str = "acme",
            name: str = "The proctor",
            session_id: str | None = None,
            participant_id: str | None = None,
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
                name=name,
                session_id=session_id,
                participant_id=participant_id,
            )
            token = signer.sign(principal, TOKEN_SECONDS, datetime.now(UTC))
            client = httpx.AsyncClient(
                transport=httpx.ASGITransport(service.app),
                base_url="http://messaging-svc",
                headers={"Authorization": f"Bearer {token}"},
            )
            closing.push_async_callback(client.aclose)
            return client

        yield client_of


@pytest.fixture
def make_room(service: Service, sign_in: SignIn) -> MakeRoom:
    """An open session with three people."""

    async def make() -> Room:
        made = Room(service, sign_in, new_id(), [new_id() for _ in range(3)])
        await tell(service, SessionOpened(session=snapshot(made.session_id, SessionState.OPEN)), 1)
        for number, participant_id in enumerate(made.people):
            person = participant(made.session_id, participant_id, f"P{number}", EnrollmentState.ADMITTED)
            await tell(service, ParticipantEnrolled(participant=person), 1)
        return made

    return make


@pytest.fixture
async def room(make_room: MakeRoom) -> Room:
    return await make_room()


@pytest.fixture
def read_facts(service: Service) -> ReadFacts:
    """`read_facts(session_id, count)`: that many of a session's facts, in order, once Kafka has them."""

    async def read(session_id: str, count: int) -> list[Event[Any]]:
        name = service.settings.topic(MESSAGING_EVENTS)
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
                            if each.key == session_id.encode()
                        ]
        finally:
            await consumer.stop()
        return found

    return read
