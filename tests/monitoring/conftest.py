"""The command path on a real MongoDB, and the whole service on real parts."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from chassis import mongo
from chassis.auth import Principal, PrincipalKind, TokenSigner
from chassis.service import Service
from chassis.settings import Settings
from contracts.envelope import Event, decode, header_map
from contracts.live import Frame, frame_adapter
from contracts.statuses import Role
from contracts.topics import topic_named
from monitoring_svc.app import build
from monitoring_svc.live import LiveView
from monitoring_svc.service.attempts import Attempts
from monitoring_svc.settings import MonitoringSettings
from monitoring_svc.store import Store

READ_SECONDS: Final = 20.0

Caller = Callable[..., httpx.AsyncClient]
ReadFacts = Callable[[str, str, int], Awaitable[list[Event[Any]]]]

numbers = itertools.count(1)


@pytest.fixture
def name() -> Callable[[str], str]:
    """`name("p")`: an id nobody else in this run has."""
    return lambda prefix: f"{prefix}{next(numbers)}"


class Board:
    """Where frames would go, instead of Redis."""

    def __init__(self) -> None:
        self.frames: list[tuple[str, Frame]] = []
        self.round_trips = 0
        self.failing: Exception | None = None

    async def publish_all(self, frames: Sequence[tuple[str, bytes]]) -> None:
        self.round_trips += 1
        if self.failing is not None:
            raise self.failing
        self.frames += [(session_id, frame_adapter.validate_json(frame)) for session_id, frame in frames]

    def of(self, kind: str) -> list[Any]:
        return [frame for _, frame in self.frames if frame.kind == kind]


class Press:
    """Where facts would go, instead of Kafka."""

    def __init__(self) -> None:
        self.facts: list[Event[Any]] = []
        self.failing: Exception | None = None

    async def publish_all(self, events: Sequence[Event[Any]]) -> None:
        if self.failing is not None:
            raise self.failing
        self.facts += events

    @property
    def ids(self) -> list[str]:
        return [fact.id for fact in self.facts]

    def types(self) -> list[str]:
        return [type(fact.data).__name__ for fact in self.facts]


@pytest.fixture
def board() -> Board:
    return Board()


@pytest.fixture
def live(board: Board) -> LiveView:
    return LiveView(board)  # type: ignore[arg-type]


@pytest.fixture
def press() -> Press:
    return Press()


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[Store]:
    client = mongo.connect(settings)
    made = Store(mongo.database(client, settings.database("monitoring-paths")))
    await made.ensure_indexes()
    yield made
    client.close()


@pytest.fixture
def replica(store: Store, press: Press, live: LiveView) -> Callable[..., Attempts]:
    """`replica()`: a process of the service as far as commands are concerned, with a memory of its own."""

    def start(cached_max: int = 100) -> Attempts:
        return Attempts(store, press, live, cached_max=cached_max)

    return start


@pytest.fixture(scope="module")
async def service(settings_for: Any, topics: list[str]) -> AsyncIterator[Service]:
    async with build(settings_for(MonitoringSettings)).running() as running:
        yield running


@pytest.fixture(scope="module")
async def caller(service: Service, token_keys: Any) -> AsyncIterator[Caller]:
    """`caller(Role.PROCTOR, org="acme")`: a client signed in as that."""
    signer = TokenSigner(token_keys.private_file.read_bytes())
    async with contextlib.AsyncExitStack() as closing:

        def sign_in(role: Role, *, org: str = "acme", participant_id: str | None = None) -> httpx.AsyncClient:
            kinds = {Role.CANDIDATE: PrincipalKind.CANDIDATE, Role.SERVICE: PrincipalKind.SERVICE}
            principal = Principal(
                subject=participant_id or f"the-{role.value}",
                kind=kinds.get(role, PrincipalKind.STAFF),
                roles=frozenset({role}),
                org_id=org,
                name=f"The {role.value}",
                participant_id=participant_id,
            )
            client = httpx.AsyncClient(
                transport=httpx.ASGITransport(service.app),
                base_url="http://monitoring-svc",
                headers={"Authorization": f"Bearer {signer.sign(principal, 600, datetime.now(UTC))}"},
            )
            closing.push_async_callback(client.aclose)
            return client

        yield sign_in


@pytest.fixture
def read_facts(service: Service) -> ReadFacts:
    """`read_facts(topic, key, count)`: that many messages of one key, in order, once Kafka has them."""

    async def read(topic: str, key: str, count: int) -> list[Event[Any]]:
        consumer = AIOKafkaConsumer(bootstrap_servers=service.settings.kafka, auto_offset_reset="earliest")
        await consumer.start()
        found: list[Event[Any]] = []
        try:
            partitions = range(topic_named(topic).partitions)
            consumer.assign([TopicPartition(service.settings.topic(topic), number) for number in partitions])
            async with asyncio.timeout(READ_SECONDS):
                while len(found) < count:
                    for messages in (await consumer.getmany(timeout_ms=200)).values():
                        found.extend(
                            decode(header_map(each.headers), each.value)
                            for each in messages
                            if each.key == key.encode()
                        )
        finally:
            await consumer.stop()
        return found

    return read
