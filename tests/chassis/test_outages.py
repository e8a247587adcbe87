"""Kafka, MongoDB and Redis die under a running service and come back: it says so, recovers by itself, loses nothing."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable

import pytest

from chassis import outbox
from chassis.consumer import FactRouter
from chassis.identifiers import new_id
from chassis.outcomes import Transient
from chassis.service import Service
from chassis.settings import Settings
from chassis.topics import create_topics
from contracts.envelope import Event
from contracts.messaging import MessagesRead
from contracts.topics import topic_named
from examhall.addresses import ExternalServers
from examhall.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.chaos, pytest.mark.timeout(240)]
MakeEvent = Callable[..., Event[MessagesRead]]

NOTICED_SECONDS = 25  # the slowest to notice is a silent fetch, after 15 s
RECOVERED_SECONDS = 60


@pytest.fixture(scope="module")
async def servers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    directory = tmp_path_factory.mktemp("outages")
    async with Stack(directory, run=(), external=ExternalServers(), supervise=False, report=print) as stack:
        yield stack


class Traffic:
    """Saves documents with facts all the time, and counts what the service hears of them."""

    def __init__(self, service: Service, make_event: MakeEvent) -> None:
        self._service = service
        self._make_event = make_event
        self.saved: set[str] = set()
        self.heard: Counter[str] = Counter()
        self.relay = service.relay(service.mongo["things"])
        facts = FactRouter()

        @facts.on(MessagesRead)
        async def on_messages_read(event: Event[MessagesRead]) -> None:
            # Handling needs the database, as it does in every real service.
            await service.mongo["heard"].update_one({"_id": event.id}, {"$inc": {"times": 1}}, upsert=True)
            self.heard[event.id] += 1

        service.consume(facts, [topic_named("messaging.events.v1")])

    async def run(self) -> None:
        number = 0
        while True:
            number += 1
            event = self._make_event(number, f"s{number % 5}")
            with contextlib.suppress(Transient):  # it may be there or not: only what is known to be saved is counted
                await outbox.insert(self._service.mongo["things"], {"_id": new_id(), "version": 1}, [event])
                self.saved.add(event.id)
            self.relay.wake()
            await asyncio.sleep(0.02)

    async def all_removed(self, seconds: float) -> None:
        async with asyncio.timeout(seconds):
            while await self._service.mongo["things"].count_documents({"outbox_since": {"$exists": True}}):  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    async def all_heard(self, seconds: float) -> None:
        async with asyncio.timeout(seconds):
            while self.saved - self.heard.keys():  # noqa: ASYNC110 - counts, not events
                await asyncio.sleep(0.05)


async def until_not_ready(service: Service, seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while await service.health.ready():  # noqa: ASYNC110 - asks other processes
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("part", ["kafka", "mongo", "redis"])
async def test_a_service_outlives_what_it_depends_on(servers: Stack, make_event: MakeEvent, part: str):
    found = servers.infrastructure
    settings = Settings(
        kafka=found.kafka, mongo=found.mongo, redis=found.redis, namespace=f"outage-{part}", instance="replica-1"
    )
    await create_topics(settings)
    service = Service("reporting-svc", settings)
    traffic = Traffic(service, make_event)
    async with service.running(60):
        sending = asyncio.create_task(traffic.run())
        await asyncio.sleep(1)
        await servers.parts[part].kill()
        await until_not_ready(service, NOTICED_SECONDS)
        await asyncio.sleep(3)
        await servers.start_part(part)
        await service.until_ready(RECOVERED_SECONDS)
        await asyncio.sleep(1)
        sending.cancel()
        await asyncio.wait({sending})
        assert len(traffic.saved) > 50
        await traffic.all_heard(RECOVERED_SECONDS)
        await traffic.all_removed(10)


async def test_a_service_that_starts_before_its_servers_waits_for_them(servers: Stack):
    found = servers.infrastructure
    settings = Settings(kafka=found.kafka, mongo=found.mongo, redis=found.redis, namespace="early")
    await create_topics(settings)
    parts = ("kafka", "mongo", "redis")
    for part in parts:
        await servers.parts[part].kill()
    service = Service("reporting-svc", settings)
    service.consume(FactRouter(), [topic_named("messaging.events.v1")])
    service.relay(service.mongo["things"])

    async def revive() -> None:
        await asyncio.sleep(4)
        assert not await service.health.ready()
        for part in parts:
            await servers.start_part(part)

    reviving = asyncio.create_task(revive())
    async with service.running(90):
        await reviving
