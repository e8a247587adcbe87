"""The relay under faults, and the shape of the writes. What the database makes of them: test_outbox_stored.py."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.outbox import OutboxRelay, Waiting, entries
from chassis.outcomes import Transient
from chassis.publisher import Message
from contracts.envelope import Event
from contracts.messaging import MessagesRead

MakeEvent = Callable[..., Event[MessagesRead]]


def message(document: int, number: int) -> Message:
    return Message("topic", str(document).encode(), str(number).encode(), ())


class Shelf:
    """Documents with waiting facts, in memory; reads and writes fail at random, before or after they took place."""

    def __init__(self, chance: Random, failing: float) -> None:
        self.documents: dict[int, list[tuple[str, Message]]] = {}
        self._chance = chance
        self._failing = failing

    def add(self, document: int, numbers: Sequence[int]) -> None:
        waiting = self.documents.setdefault(document, [])
        waiting.extend((f"{document}/{number}", message(document, number)) for number in numbers)

    async def _fault(self) -> None:
        await asyncio.sleep(0)
        if self._chance.random() < self._failing:
            raise Transient("mongo")

    async def waiting(self, limit: int) -> list[Waiting]:
        await self._fault()
        found = [
            Waiting(document, tuple(facts), datetime.now(UTC)) for document, facts in self.documents.items() if facts
        ]
        await asyncio.sleep(0)
        return found[:limit]

    async def remove(self, published: Mapping[Any, Sequence[str]]) -> None:
        await self._fault()
        for document, ids in published.items():
            self.documents[document] = [fact for fact in self.documents[document] if fact[0] not in ids]
        await self._fault()


class Log:
    """A partition: keeps order and fails at random; a failure may still have written."""

    def __init__(self, chance: Random, failing: float) -> None:
        self.written: list[tuple[int, int]] = []
        self._chance = chance
        self._failing = failing

    async def deliver(self, messages: Sequence[Message]) -> list[Exception | None]:
        outcomes: list[Exception | None] = []
        broken: set[bytes | None] = set()
        for each in messages:
            await asyncio.sleep(0)
            if each.key in broken:
                outcomes.append(Transient("a message before it failed"))
                continue
            fails = self._chance.random() < self._failing
            if not fails or self._chance.random() < 0.5:
                assert each.key is not None
                assert each.value is not None
                self.written.append((int(each.key), int(each.value)))
            outcomes.append(Transient("Kafka") if fails else None)
            if fails:
                broken.add(each.key)
        return outcomes


def first_occurrences(written: Sequence[tuple[int, int]]) -> dict[int, list[int]]:
    seen: dict[int, list[int]] = {}
    for document, number in written:
        if number not in seen.setdefault(document, []):
            seen[document].append(number)
    return seen


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    failing=st.floats(0, 0.6),
    relays=st.integers(1, 3),
    steps=st.lists(st.tuples(st.integers(0, 3), st.integers(1, 3), st.booleans()), min_size=1, max_size=25),
)
async def test_every_fact_is_published_and_first_in_order_whatever_fails(
    seed: int, failing: float, relays: int, steps: list[tuple[int, int, bool]]
):
    """Saves, relays that fail or are killed in the middle, several relays at once; then calm weather to finish."""
    chance = Random(seed)
    shelf, log = Shelf(chance, failing), Log(chance, failing)
    made: Counter[int] = Counter()
    running: list[asyncio.Task[bool]] = []
    for document, count, kill in steps:
        shelf.add(document, range(made[document], made[document] + count))
        made[document] += count
        running.extend(asyncio.create_task(OutboxRelay([shelf], log).relay(shelf)) for _ in range(relays))
        for _ in range(chance.randrange(6)):
            await asyncio.sleep(0)
        if kill:
            running.pop(chance.randrange(len(running))).cancel()
    await asyncio.gather(*running, return_exceptions=True)
    shelf._failing = log._failing = 0
    await OutboxRelay([shelf], log).drain()

    assert not any(shelf.documents.values())
    assert first_occurrences(log.written) == {document: list(range(count)) for document, count in made.items()}


async def test_the_relay_survives_outages_and_is_woken_by_saves():
    chance = Random(1)
    shelf, log = Shelf(chance, 0.3), Log(chance, 0.3)
    relay = OutboxRelay([shelf], log, poll_seconds=0.005)
    task = asyncio.create_task(relay.run())
    for number in range(30):
        shelf.add(number % 3, [number])
        relay.wake()
        await asyncio.sleep(0.002)
    shelf._failing = log._failing = 0
    async with asyncio.timeout(10):
        while any(shelf.documents.values()):  # noqa: ASYNC110 - a plain dictionary gives no event
            await asyncio.sleep(0.01)
    task.cancel()
    assert first_occurrences(log.written) == {start: list(range(start, 30, 3)) for start in range(3)}


async def test_one_stuck_document_does_not_hold_up_the_others():
    class Refusing(Log):
        async def deliver(self, messages: Sequence[Message]) -> list[Exception | None]:
            good = [each for each in messages if each.key != b"1"]
            await super().deliver(good)
            return [ValueError("too large") if each.key == b"1" else None for each in messages]

    shelf, log = Shelf(Random(1), 0), Refusing(Random(1), 0)
    for document in range(3):
        shelf.add(document, [0, 1])
    with pytest.raises(ValueError):
        await OutboxRelay([shelf], log).drain()
    assert {document for document, facts in shelf.documents.items() if facts} == {1}


def test_entries_keep_everything_the_message_needs(make_event: MakeEvent):
    event = make_event(7, key="s9")
    (entry,) = entries([event])
    assert entry["id"] == event.id
    assert entry["topic"] == "messaging.events.v1"
    assert entry["key"] == "s9"
    assert [(name, value.encode()) for name, value in entry["headers"]] == event.headers()
    assert entry["body"].encode() == event.body()
