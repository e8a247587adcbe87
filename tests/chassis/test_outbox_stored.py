"""The outbox in a real database."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from chassis import mongo, outbox
from chassis.mongo import Collection, DuplicateKey
from chassis.outbox import CollectionOutbox, OutboxRelay, VersionConflict
from chassis.publisher import Message
from chassis.settings import Settings
from contracts.envelope import Event
from contracts.messaging import MessagesRead

pytestmark = pytest.mark.stack
MakeEvent = Callable[..., Event[MessagesRead]]


class Log:
    def __init__(self) -> None:
        self.written: list[str] = []
        self.delivered: list[Message] = []

    async def deliver(self, messages: Sequence[Message]) -> list[Exception | None]:
        self.delivered.extend(messages)
        self.written.extend(dict(each.headers)["ce_id"].decode() for each in messages)
        return [None] * len(messages)


@pytest.fixture
async def things(settings: Settings, request: pytest.FixtureRequest) -> AsyncIterator[Collection]:
    client = mongo.connect(settings)
    collection = mongo.database(client, settings.database("chassis-test"))[request.node.name[:40]]
    await CollectionOutbox(collection, settings.topic).ensure_index()
    yield collection
    client.close()


async def test_a_new_document_comes_with_its_facts_and_they_leave_it_published(
    things: Collection, settings: Settings, make_event: MakeEvent
):
    events = [make_event(1), make_event(2)]
    await outbox.insert(things, {"_id": "a", "version": 1}, events)
    log = Log()
    source = CollectionOutbox(things, settings.topic)
    [waiting] = await source.waiting(10)
    assert abs((datetime.now(UTC) - waiting.since).total_seconds()) < 60
    await OutboxRelay([source], log).drain()
    assert log.written == [event.id for event in events]
    assert log.delivered[0].topic == settings.topic("messaging.events.v1")
    assert log.delivered[0].headers == tuple(events[0].headers())
    assert log.delivered[0].value == events[0].body()
    assert await things.find_one({"_id": "a"}) == {"_id": "a", "version": 1, "outbox": []}
    assert await source.waiting(10) == []


async def test_a_replacing_save_drops_old_fields_but_keeps_waiting_facts(
    things: Collection, settings: Settings, make_event: MakeEvent
):
    first, second = make_event(1), make_event(2)
    await outbox.insert(things, {"_id": "a", "version": 1, "old": 1}, [first])
    since = (await things.find_one({"_id": "a"}) or {})["outbox_since"]
    awkward = {"_id": "a", "version": 1, "price": "$version", "nested": {"$weird": "$$ROOT"}}
    await outbox.save(things, "a", 1, awkward, [second])
    stored = await things.find_one({"_id": "a"}) or {}
    assert [entry["id"] for entry in stored.pop("outbox")] == [first.id, second.id]
    assert stored == {
        "_id": "a",
        "version": 2,
        "price": "$version",
        "nested": {"$weird": "$$ROOT"},
        "outbox_since": since,
    }


async def test_an_updating_save_adds_facts_and_counts_the_version(things: Collection, make_event: MakeEvent):
    event = make_event(1)
    await outbox.insert(things, {"_id": "a", "version": 1, "count": 1}, [])
    await outbox.save(things, "a", 1, {"$inc": {"count": 2}, "$set": {"name": "x"}}, [event])
    await outbox.save(things, "a", 2, {"$set": {"name": "y"}}, [])
    stored = await things.find_one({"_id": "a"}) or {}
    assert (stored["count"], stored["name"], stored["version"]) == (3, "y", 3)
    assert [entry["id"] for entry in stored["outbox"]] == [event.id]
    assert stored["outbox_since"] == stored["outbox"][0]["at"]


async def test_only_one_of_two_racing_saves_wins(things: Collection, make_event: MakeEvent):
    await outbox.insert(things, {"_id": "a", "version": 1}, [])
    events = [make_event(1), make_event(2)]
    outcomes = await asyncio.gather(
        *(outbox.save(things, "a", 1, {"_id": "a", "by": event.id}, [event]) for event in events),
        return_exceptions=True,
    )
    assert sorted(type(each) for each in outcomes if each) == [VersionConflict]
    stored = await things.find_one({"_id": "a"}) or {}
    assert stored["version"] == 2
    assert [entry["id"] for entry in stored["outbox"]] == [stored["by"]]


async def test_a_taken_id_is_a_duplicate_and_changes_nothing(things: Collection, make_event: MakeEvent):
    await outbox.insert(things, {"_id": "a", "version": 1}, [])
    with pytest.raises(DuplicateKey):
        await outbox.insert(things, {"_id": "a", "version": 1}, [make_event(1)])
    assert (await things.find_one({"_id": "a"}) or {})["outbox"] == []


async def test_facts_added_while_others_are_being_published_stay(
    things: Collection, settings: Settings, make_event: MakeEvent
):
    first, second = make_event(1), make_event(2)
    await outbox.insert(things, {"_id": "a", "version": 1}, [first])

    class Slow(Log):
        async def deliver(self, messages: Sequence[Message]) -> list[Exception | None]:
            if not self.written:
                await outbox.save(things, "a", 1, {"$set": {"x": 1}}, [second])
            return await super().deliver(messages)

    source, log = CollectionOutbox(things, settings.topic), Slow()
    relay = OutboxRelay([source], log)
    await relay.drain()
    stored: Any = await things.find_one({"_id": "a"})
    assert [entry["id"] for entry in stored["outbox"]] == [second.id]
    assert stored["outbox_since"] == stored["outbox"][0]["at"]
    await relay.drain()
    assert log.written == [first.id, second.id]


async def test_waiting_facts_are_found_by_index(things: Collection, make_event: MakeEvent):
    for number in range(50):
        await outbox.insert(things, {"_id": str(number), "version": 1}, [make_event(1)] if number < 2 else [])
    plan = await things.find({"outbox_since": {"$type": "date"}}).sort("outbox_since", 1).explain()
    assert "outbox_waiting" in str(plan["queryPlanner"]["winningPlan"])


async def test_a_transaction_takes_everything_back_on_an_error(things: Collection):
    client = things.database.client
    await things.insert_one({"_id": "x"})  # a collection made inside a transaction would need a lock

    async def broken() -> None:
        async with mongo.transaction(client) as session:
            await things.insert_one({"_id": "a"}, session=session)
            raise KeyError

    with pytest.raises(KeyError):
        await broken()
    assert await things.count_documents({"_id": "a"}) == 0
