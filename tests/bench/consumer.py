"""Attempt commands carried out by monitoring-svc, next to the least that could be done with the same servers.

Both sides take the same batches of encoded commands from memory, change as many MongoDB documents in one bulk write
and have as many facts acknowledged by Kafka. The bare side decodes the JSON and knows nothing else: no rules, no
clock, no guard by version, no memory of what was done. Sides take turns on the same machine, slice by slice, and what
is compared is the processor time of this process per answer, so that neither the servers nor other work counts.
"""

import json
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from aiokafka import AIOKafkaProducer

from chassis import mongo
from chassis import redis as redis_client
from chassis.identifiers import new_id
from chassis.publisher import Publisher
from chassis.redis import LivePublisher
from chassis.settings import Settings
from chassis.topics import create_topics
from contracts.attempt import (
    ATTEMPT_EVENTS,
    SYSTEM,
    Actor,
    AdmitParticipant,
    BeginAttempt,
    ConnectParticipant,
    RecordResponse,
    Terms,
)
from contracts.envelope import Event, decode, header_map
from contracts.items import ItemOutline, SectionOutline, ShortTextResponse
from contracts.session import SessionSettings, SessionSnapshot
from contracts.statuses import ActorKind, ClockPolicy, SessionState
from monitoring_svc.live import LiveView
from monitoring_svc.service.attempts import Attempts
from monitoring_svc.store import Store
from monitoring_svc.store.sessions import Session

PARTICIPANTS = 400
ITEMS = 25
BATCHES_PER_SLICE = 10
SLICES = 12
STARTED = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

Encoded = tuple[dict[str, str], bytes]


@dataclass(frozen=True, slots=True)
class Figures:
    """Microseconds of processor time per answer: medians over the slices; `ratio` the median of bare / ours by pair."""

    ours_us: float
    bare_us: float
    ratio: float
    answers: int


async def measure(settings: Settings) -> Figures:
    await create_topics(settings)
    client = mongo.connect(settings)
    publisher = Publisher(settings, "bench")
    redis = redis_client.connect(settings)
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka, acks="all", linger_ms=2)
    await publisher.start()
    await producer.start()
    try:
        database = mongo.database(client, settings.database("bench"))
        store = Store(database)
        await store.ensure_indexes()
        attempts = Attempts(store, publisher, LiveView(LivePublisher(redis, settings)), cached_max=PARTICIPANTS)
        people = [new_id() for _ in range(PARTICIPANTS)]
        await store.sessions.record_session(_session())
        await _begin(attempts, people)
        bare = _Bare(database["bare"], producer, settings.topic(ATTEMPT_EVENTS))
        await bare.begin(people)

        async def ours(batch: Sequence[Encoded]) -> None:
            poison = await attempts.handle([decode(headers, body) for headers, body in batch])
            assert not poison, poison

        return await _in_turns(people, ours, bare.handle)
    finally:
        await producer.stop()
        await publisher.stop()
        await redis.aclose()
        client.close()


async def _in_turns(
    people: Sequence[str],
    ours: Callable[[Sequence[Encoded]], Awaitable[None]],
    bare: Callable[[Sequence[Encoded]], Awaitable[None]],
) -> Figures:
    spent: dict[str, list[float]] = {"ours": [], "bare": []}
    seq = 0
    for _ in range(SLICES + 1):
        batches = [_answers(people, seq + number + 1) for number in range(BATCHES_PER_SLICE)]
        seq += BATCHES_PER_SLICE
        for side, handle in (("ours", ours), ("bare", bare)):
            began = time.process_time()
            for batch in batches:
                await handle(batch)
            spent[side].append((time.process_time() - began) / (BATCHES_PER_SLICE * len(people)) * 1e6)
    warm = {side: figures[1:] for side, figures in spent.items()}
    return Figures(
        ours_us=statistics.median(warm["ours"]),
        bare_us=statistics.median(warm["bare"]),
        ratio=statistics.median(b / o for o, b in zip(warm["ours"], warm["bare"], strict=True)),
        answers=SLICES * BATCHES_PER_SLICE * len(people),
    )


def _event(participant_id: str, payload: Any, seconds: float) -> Event[Any]:
    return Event(
        id=new_id(),
        source="gateway",
        time=STARTED + timedelta(seconds=seconds),
        subject=participant_id,
        org_id="bench",
        session_id="bench",
        data=payload,
    )


def _answers(people: Sequence[str], seq: int) -> list[Encoded]:
    """One answer of each person, as it travels."""
    encoded = []
    for participant_id in people:
        event = _event(
            participant_id,
            RecordResponse(
                actor=Actor(kind=ActorKind.CANDIDATE, id=participant_id, name="Bench"),
                seq=seq,
                item_id=f"item-{seq % ITEMS}",
                response=ShortTextResponse(text=f"answer {seq}"),
            ),
            10 + seq,
        )
        encoded.append((header_map(event.headers()), event.body()))
    return encoded


def _session() -> Session:
    outline = [
        SectionOutline(
            section_id="s1",
            title="S",
            items=[ItemOutline(item_id=f"item-{n}", type="short_text", title="T", points="1") for n in range(ITEMS)],
        )
    ]
    settings = SessionSettings(
        name="Bench",
        assessment_id="bench",
        assessment_version=1,
        scheduled_at=STARTED,
        time_zone="UTC",
        duration_seconds=86_400,
    )
    snapshot = SessionSnapshot(
        session_id="bench",
        state=SessionState.RUNNING,
        settings=settings,
        code=None,
        time_limit_seconds=86_400,
        pass_mark_percent="50",
        assessment_title="Bench",
        outline=outline,
        started_at=STARTED,
    )
    return Session("bench", 1, snapshot)


async def _begin(attempts: Attempts, people: Sequence[str]) -> None:
    terms = Terms(
        name="Bench",
        time_limit_seconds=86_400,
        grace_seconds=30,
        clock_while_disconnected=ClockPolicy.RUNS,
        total_items=ITEMS,
    )
    for payload in (
        AdmitParticipant(actor=SYSTEM, terms=terms),
        ConnectParticipant(actor=SYSTEM, connection_id="c", gateway_id="g"),
        BeginAttempt(actor=SYSTEM),
    ):
        await attempts.handle([_event(each, payload, 0) for each in people])


class _Bare:
    """The least: decode, one bulk write, as many messages acknowledged."""

    def __init__(self, collection: mongo.Collection, producer: AIOKafkaProducer, topic: str) -> None:
        self._collection = collection
        self._producer = producer
        self._topic = topic

    async def begin(self, people: Sequence[str]) -> None:
        await self._collection.insert_many([{"_id": each, "responses": {}} for each in people])

    async def handle(self, batch: Sequence[Encoded]) -> None:
        updates, facts = [], []
        for headers, body in batch:
            command = json.loads(body)
            subject = headers["ce_subject"]
            changes = {f"responses.{command['item_id']}": command["response"], "seq": command["seq"]}
            updates.append(mongo.UpdateOne({"_id": subject}, {"$set": changes}))
            facts.append((subject.encode(), json.dumps({"item": command["item_id"], "seq": command["seq"]}).encode()))
        await self._collection.bulk_write(updates, ordered=False)
        sent = [await self._producer.send(self._topic, value, key=key) for key, value in facts]
        for each in sent:
            await each
