"""A whole service on real parts: nothing is lost, nothing is skipped, nothing stops unnoticed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import httpx
import pytest

from chassis import dead_letters, intake
from chassis.consumer import FactRouter
from chassis.health import Level
from chassis.outcomes import Rejected, Transient
from chassis.publisher import DELIVERED_BYTES_MAX, Message, Publisher
from chassis.service import Service
from chassis.settings import Settings
from contracts import problems
from contracts.attempt import SubmitAttempt
from contracts.envelope import Event
from contracts.messaging import MessagesRead
from contracts.topics import MESSAGE_BYTES_MAX, topic_named

pytestmark = [pytest.mark.stack, pytest.mark.usefixtures("topics")]
MakeEvent = Callable[..., Event[MessagesRead]]
NAME = "reporting-svc"
TOPIC = topic_named("messaging.events.v1")


async def until(true: Callable[[], bool], seconds: float = 15) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - the condition is a test's own
            await asyncio.sleep(0.01)


@pytest.fixture
async def publisher(settings: Settings) -> AsyncIterator[Publisher]:
    publisher = Publisher(settings, "test")
    await publisher.start()
    yield publisher
    await publisher.stop()


def consuming(
    settings: Settings, handle: Callable[[Event[MessagesRead]], Awaitable[None]], name: str = NAME
) -> Service:
    service = Service(name, settings)
    facts = FactRouter()
    facts.on(MessagesRead)(handle)
    service.consume(facts, [TOPIC])
    return service


async def test_a_service_says_how_it_is(settings: Settings):
    async def handle(event: Event[MessagesRead]) -> None: ...

    service = consuming(settings, handle)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(service.app), base_url="http://test")
    assert (await client.get("/health/live")).status_code == 200
    early = await client.get("/health/ready")
    assert early.status_code == 503
    assert early.json()["checks"]["consumer"]["level"] == "failing"
    async with service.running():
        ready = await client.get("/health/ready")
        assert ready.status_code == 200
        assert {"mongo", "kafka-producer", "redis", "clock", "consumer"} <= ready.json()["checks"].keys()
        assert "examhall_clock_offset_milliseconds" in (await client.get("/metrics")).text


async def test_each_kind_of_message_ends_as_it_should(settings: Settings, publisher: Publisher, make_event: MakeEvent):
    """Handled, refused, poisoned in two ways; then looked at and published again."""
    seen: list[int] = []
    mended = False

    async def handle(event: Event[MessagesRead]) -> None:
        if event.data.up_to == 101:
            raise Rejected(problems.SESSION_FULL)
        if event.data.up_to == 102 and not mended:
            raise KeyError("defect")
        seen.append(event.data.up_to)

    good = [make_event(number, "outcomes") for number in range(100, 105)]
    async with consuming(settings, handle).running():
        await publisher.publish_all(good[:3])
        broken = publisher.message(good[3])
        await publisher.deliver([Message(broken.topic, broken.key, b"\xff{", (*broken.headers, ("x", b"\xff\x00")))])
        await publisher.publish(good[4])
        await until(lambda: 104 in seen)
        assert seen == [100, 104]

        letters = await dead_letters.list_letters(settings, NAME)
        assert [letter.value for letter in letters] == [good[2].body(), b"\xff{"]
        defect, malformed = letters
        assert defect.error.startswith("KeyError")
        assert malformed.error.startswith("Malformed")
        assert defect.topic == TOPIC.name
        assert defect.key == b"outcomes"
        assert defect.type == "examhall.message.read.v1"
        assert ("x", b"\xff\x00") in malformed.headers
        marks = {name for name, _ in defect.headers if name.startswith("dead-letter-")}
        assert marks == {f"dead-letter-{each}" for each in ("topic", "partition", "offset", "error", "at", "group")}

        mended = True
        assert await dead_letters.replay(settings, NAME, defect.number) == defect
        await until(lambda: 102 in seen)
        assert await dead_letters.replay(settings, NAME, 10_000) is None
        assert len(await dead_letters.list_letters(settings, NAME)) == 2


async def test_an_outage_is_waited_for_and_nothing_is_skipped(
    settings: Settings, publisher: Publisher, make_event: MakeEvent, monkeypatch: pytest.MonkeyPatch
):
    """Longer than the patience in place, so that the batch is given back and read again; health tells."""
    monkeypatch.setattr(intake, "BACK_OFF_TOTAL_SECONDS", 0.5)
    monkeypatch.setattr(intake, "WAITING_FAILS_AFTER_SECONDS", 0.3)
    seen: list[int] = []
    away = True
    tried = 0

    async def handle(event: Event[MessagesRead]) -> None:
        nonlocal tried
        if event.subject != "outage":
            return
        tried += 1
        if away and event.data.up_to >= 3:
            raise Transient("the database is away")
        seen.append(event.data.up_to)

    service = consuming(settings, handle)
    async with service.running():
        await publisher.publish_all([make_event(number, "outage") for number in range(10)])
        await until(lambda: tried > 12)
        state = (await service.health.results())["consumer"]
        assert state.level is Level.FAILING
        assert "database is away" in state.detail
        assert not await service.health.ready()
        away = False
        await until(lambda: len(seen) >= 10)
        await service.until_ready(5)
    assert seen == list(range(10))


async def test_what_was_handled_is_not_handled_again_after_a_restart(
    settings: Settings, publisher: Publisher, make_event: MakeEvent
):
    seen: list[int] = []

    async def handle(event: Event[MessagesRead]) -> None:
        if event.subject == "restart":
            seen.append(event.data.up_to)

    for first in (0, 5):
        async with consuming(settings, handle).running():
            await publisher.publish_all([make_event(number, "restart") for number in range(first, first + 5)])
            await until(lambda: len(seen) >= first + 5)  # noqa: B023 - awaited within the round
    assert seen == list(range(10))


async def test_stopping_finishes_the_message_in_hand_and_gives_the_rest_back(
    settings: Settings, publisher: Publisher, make_event: MakeEvent
):
    began, finished = asyncio.Event(), []

    async def slow(event: Event[MessagesRead]) -> None:
        if event.subject == "stopping":
            began.set()
            await asyncio.sleep(0.3)
            finished.append(event.data.up_to)

    await publisher.publish_all([make_event(number, "stopping") for number in range(4)])
    async with consuming(settings, slow).running():
        await began.wait()
    assert finished == [0]

    async with consuming(settings, slow).running():
        await until(lambda: len(finished) >= 4)
    assert finished == [0, 1, 2, 3]


async def test_a_batch_comes_whole_and_again_after_an_outage(
    settings: Settings, publisher: Publisher, make_event: MakeEvent
):
    calls: list[list[int]] = []
    assigned: list[tuple[str, int]] = []

    async def handle(events: Sequence[Event[Any]]) -> list[tuple[Event[Any], Exception]]:
        mine = [event for event in events if event.subject == "batch"]
        if mine:
            calls.append([event.data.up_to for event in mine])
            if len(calls) == 1:
                raise Transient("the database is away")
        return [(event, ValueError("poison")) for event in mine if event.data.up_to == 7]

    async def on_assigned(partitions: Sequence[tuple[str, int]]) -> None:
        assigned.extend(partitions)

    await publisher.publish_all([make_event(number, "batch") for number in range(20)])
    service = Service("monitoring-svc", settings)
    service.consume_batches(TOPIC, handle, on_assigned=on_assigned)
    async with service.running():
        await until(lambda: len(calls) >= 2)
        await until_parked(settings, "monitoring-svc", 1)
    assert calls == [list(range(20)), list(range(20))]
    assert {topic for topic, _ in assigned} == {settings.topic(TOPIC.name)}
    assert len(assigned) == TOPIC.partitions


async def until_parked(settings: Settings, service: str, count: int) -> None:
    async with asyncio.timeout(10):
        while len(await dead_letters.list_letters(settings, service)) < count:  # noqa: ASYNC110 - asks Kafka
            await asyncio.sleep(0.05)


async def test_a_rewind_reads_everything_again(settings: Settings, publisher: Publisher, make_event: MakeEvent):
    seen: list[int] = []

    async def handle(event: Event[MessagesRead]) -> None:
        if event.subject == "rewind":
            seen.append(event.data.up_to)

    service = consuming(settings, handle, "scoring-svc")
    async with service.running():
        await publisher.publish_all([make_event(number, "rewind") for number in range(5)])
        await until(lambda: len(seen) == 5)
        await service.rewind([TOPIC])
        await until(lambda: len(seen) == 10)
    assert seen == [*range(5), *range(5)]


async def test_what_comes_alone_is_handled_at_once_and_of_many_the_rest_comes_together(
    settings: Settings, publisher: Publisher, make_event: MakeEvent
):
    runs: list[list[int]] = []

    async def handle(events: Sequence[Event[MessagesRead]]) -> None:
        if mine := [each.data.up_to for each in events if each.subject == "gap"]:
            runs.append(mine)

    service = Service("enrollment-svc", settings)
    facts = FactRouter()
    facts.on_run(MessagesRead)(handle)
    service.consume(facts, [TOPIC])
    async with service.running():
        for number in range(40):  # one every 10 ms, for four gaps
            await publisher.publish_all([make_event(number, "gap")])
            await asyncio.sleep(0.01)
        await until(lambda: sum(map(len, runs)) == 40)
    assert [number for run in runs for number in run] == list(range(40))
    assert len(runs[0]) < 20, "the first one waits for nobody"
    assert len(runs) <= 20, "the others wait for each other"


async def test_a_dead_loop_is_noticed_and_built_anew(settings: Settings, publisher: Publisher, make_event: MakeEvent):
    """FastStream's loop ends without a word when its consumer is closed."""
    seen: list[int] = []

    async def handle(event: Event[MessagesRead]) -> None:
        if event.subject == "dead-loop":
            seen.append(event.data.up_to)

    service = consuming(settings, handle, "messaging-svc")
    async with service.running():
        (watched,) = service._intakes
        assert watched._subscriber is not None
        assert watched._subscriber.consumer is not None
        await watched._subscriber.consumer.stop()
        await asyncio.sleep(intake.WATCH_SECONDS + 0.3)
        await publisher.publish(make_event(1, "dead-loop"))
        await until(lambda: seen == [1])
        await service.until_ready(10)


async def test_poison_of_any_size_is_parked_and_what_follows_it_handled(
    settings: Settings, publisher: Publisher, make_event: MakeEvent
):
    """A dead letter is larger than its message: it must fit all the same, or its partition would stand still."""
    seen: list[int] = []

    async def handle(event: Event[MessagesRead]) -> None:
        if event.subject == "large":
            seen.append(event.data.up_to)

    good = publisher.message(make_event(1, "large"))
    fullest = DELIVERED_BYTES_MAX - good.size + len(good.value or b"")
    broken = (Message(good.topic, good.key, b"x" * size, good.headers) for size in (3_000_000, fullest))
    async with consuming(settings, handle, "scoring-svc").running():
        assert await publisher.deliver([*broken, good]) == [None] * 3
        await until(lambda: seen == [1])
    letters = await dead_letters.list_letters(settings, "scoring-svc")
    whole, cut = [letter for letter in letters if letter.key == b"large"]
    assert whole.value == b"x" * 3_000_000
    assert ("dead-letter-cut", str(fullest).encode()) in cut.headers
    with pytest.raises(ValueError):
        await dead_letters.replay(settings, "scoring-svc", cut.number)


@pytest.mark.parametrize("size", [3_000_000, DELIVERED_BYTES_MAX - 1])
async def test_the_largest_messages_travel_among_small_ones(settings: Settings, publisher: Publisher, size: int):
    topic = settings.topic(TOPIC.name)
    sizes = [10, size, 10, size, 10]
    outcomes = await publisher.deliver([Message(topic, b"k", b"x" * each, ()) for each in sizes])
    assert outcomes == [None] * 5


async def test_a_message_too_large_is_refused_and_what_follows_it_waits(settings: Settings, publisher: Publisher):
    topic = settings.topic(TOPIC.name)
    sizes = [10, MESSAGE_BYTES_MAX, 10]
    fine, refused, waits = await publisher.deliver([Message(topic, b"k", b"x" * each, ()) for each in sizes])
    assert fine is None
    assert isinstance(refused, ValueError)
    assert isinstance(waits, Transient)


async def test_facts_of_one_key_keep_their_order_among_thousands(
    settings: Settings, publisher: Publisher, make_event: MakeEvent
):
    seen: dict[str, list[int]] = {}

    async def handle(event: Event[MessagesRead]) -> None:
        if event.subject.startswith("order-"):
            seen.setdefault(event.subject, []).append(event.data.up_to)

    async with consuming(settings, handle, "session-svc").running():
        await publisher.publish_all([make_event(number, f"order-{number % 7}") for number in range(2100)])
        await until(lambda: sum(map(len, seen.values())) >= 2100)
    assert seen == {f"order-{start}": list(range(start, 2100, 7)) for start in range(7)}


async def test_a_named_replica_with_two_subscriptions_comes_back_at_once(
    settings: Settings, publisher: Publisher, make_event: MakeEvent
):
    """Static members keep their partitions over a restart; two subscriptions of one group do not take each other's."""
    singles: list[int] = []
    batched: list[str] = []

    async def handle(event: Event[MessagesRead]) -> None:
        if event.subject == "named":
            singles.append(event.data.up_to)

    async def handle_batch(events: Sequence[Event[Any]]) -> list[tuple[Event[Any], Exception]]:
        batched.extend(event.id for event in events if event.subject == "named")
        return []

    named = settings.model_copy(update={"instance": "replica-1"})
    named.model_fields_set.add("instance")
    for number in range(2):
        service = consuming(named, handle, "enrollment-svc")
        service.consume_batches(topic_named("attempt.commands.v1"), handle_batch)
        async with service.running(20):
            command = Event(
                id=f"c{number}",
                source="test",
                time=make_event(0).time,
                subject="named",
                org_id="org",
                data=SubmitAttempt(actor=make_event(0).data.reader),
            )
            await publisher.publish_all([make_event(number, "named"), command])
            await until(lambda: len(singles) > number and len(batched) > number)  # noqa: B023 - awaited at once
    assert singles == [0, 1]
    assert batched == ["c0", "c1"]
