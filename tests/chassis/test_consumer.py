"""What becomes of each message, without a broker."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from aiokafka import ConsumerRecord
from msgspec.structs import replace

from chassis.consumer import AllTogether, Desk, FactRouter, OneByOne
from chassis.metrics import Metrics
from chassis.outcomes import Rejected, Transient
from chassis.progress import Progress, spans
from chassis.settings import Settings
from chassis.telemetry import Telemetry, current_traceparent
from contracts import problems
from contracts.envelope import Event
from contracts.messaging import MessagesDelivered, MessageSent, MessagesRead
from contracts.topics import topics_read_by

assert topics_read_by("reporting-svc")  # loads every contract
Record = ConsumerRecord[Any, Any]
MakeEvent = Callable[..., Event[MessagesRead]]
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Shelf:
    """Where parked messages end up."""

    def __init__(self) -> None:
        self.parked: list[tuple[int, BaseException]] = []
        self.away = False

    async def __call__(self, record: Record, error: BaseException) -> None:
        if self.away:
            raise Transient("Kafka")
        self.parked.append((record.offset, error))

    @property
    def offsets(self) -> list[int]:
        return [offset for offset, _ in self.parked]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def desk(shelf: Shelf) -> Desk:
    return Desk(shelf, Metrics("test"), Telemetry("test", Settings()))


def record(offset: int, headers: Sequence[tuple[str, bytes]], value: bytes | None, partition: int = 0) -> Record:
    return ConsumerRecord("messaging.events.v1", partition, offset, 0, 0, b"s1", value, None, 0, 0, tuple(headers))


def recorded(event: Event[Any], offset: int) -> Record:
    return record(offset, event.headers(), event.body())


def malformed(event: Event[Any], offset: int, how: str) -> Record:
    headers = event.headers()
    match how:
        case "no type":
            return record(offset, [pair for pair in headers if pair[0] != "ce_type"], event.body())
        case "no id":
            return record(offset, [pair for pair in headers if pair[0] != "ce_id"], event.body())
        case "no headers":
            return record(offset, [], event.body())
        case "not JSON":
            return record(offset, headers, b"{")
        case "not UTF-8":
            return record(offset, [*headers, ("ce_subject", b"\xff\xfe")], b"\xff")
        case "wrong body":
            return record(offset, headers, b"{}")
        case _:
            return record(offset, headers, None)


MALFORMED = ["no type", "no id", "no headers", "not JSON", "not UTF-8", "wrong body", "tombstone"]


async def test_facts_reach_the_handler_of_their_type_in_order(desk: Desk, make_event: MakeEvent):
    facts, seen = FactRouter(), []

    @facts.on(MessagesRead)
    async def on_messages_read(event: Event[MessagesRead]) -> None:
        seen.append(event.data.up_to)

    records = [recorded(make_event(number), number) for number in range(5)]
    progress = Progress(records)
    await OneByOne(facts, desk).process(records, progress)
    assert seen == [0, 1, 2, 3, 4]
    assert progress.done == 5


async def test_a_run_of_facts_is_handled_in_one_call_and_ends_where_another_handler_has_its_turn(
    desk: Desk, make_event: MakeEvent
):
    facts, seen = FactRouter(), []

    @facts.on_run(MessagesRead)
    async def on_messages_read(events: Sequence[Event[MessagesRead]]) -> None:
        seen.append([each.data.up_to for each in events])

    @facts.on(MessagesDelivered)
    async def on_messages_delivered(event: Event[MessagesDelivered]) -> None:
        seen.append("between")

    read = make_event(0)
    between = replace(read, data=MessagesDelivered(**read.data.model_dump()))
    events = [read, make_event(1), between, make_event(2)]
    records = [recorded(each, number) for number, each in enumerate(events)]
    progress = Progress(records)
    await OneByOne(facts, desk).process(records, progress)
    assert seen == [[0, 1], "between", [2]]
    assert progress.done == 4


@pytest.mark.parametrize("how", ["defect", *MALFORMED])
async def test_one_bad_fact_of_a_run_is_parked_and_the_others_are_handled(
    desk: Desk, shelf: Shelf, make_event: MakeEvent, how: str
):
    facts, seen = FactRouter(), []

    @facts.on_run(MessagesRead)
    async def on_messages_read(events: Sequence[Event[MessagesRead]]) -> None:
        if any(each.data.up_to == 1 for each in events):
            raise KeyError("defect")
        seen.extend(each.data.up_to for each in events)

    records = [recorded(make_event(number), number) for number in range(3)]
    if how != "defect":
        records[1] = malformed(make_event(1), 1, how)
    progress = Progress(records)
    await OneByOne(facts, desk).process(records, progress)
    assert shelf.offsets == [1]
    assert seen == [0, 2]
    assert progress.done == 3


async def test_an_outage_gives_back_a_whole_run(desk: Desk, shelf: Shelf, make_event: MakeEvent):
    facts = FactRouter()

    @facts.on_run(MessagesRead)
    async def on_messages_read(events: Sequence[Event[MessagesRead]]) -> None:
        raise ConnectionResetError

    records = [recorded(make_event(number), number) for number in range(3)]
    progress = Progress(records)
    with pytest.raises(Transient):
        await OneByOne(facts, desk).process(records, progress)
    assert progress.done == 0
    assert shelf.parked == []


def test_a_type_has_one_handler():
    facts = FactRouter()
    facts.on_run(MessagesRead)(_ignoring)
    with pytest.raises(ValueError, match="has a handler already"):
        facts.on(MessagesRead)(_ignoring)


async def _ignoring(_: Any) -> None:
    raise AssertionError


async def test_other_types_are_passed_over_even_with_a_broken_body(desk: Desk, shelf: Shelf, make_event: MakeEvent):
    facts = FactRouter()

    @facts.on(MessageSent)
    async def on_message_sent(event: Event[MessageSent]) -> None:
        raise AssertionError

    unknown = [("ce_type", b"examhall.from.the.future.v1")]
    records = [malformed(make_event(0), 0, "not JSON"), record(1, unknown, b"?")]
    progress = Progress(records)
    await OneByOne(facts, desk).process(records, progress)
    assert progress.done == 2
    assert shelf.parked == []


@pytest.mark.parametrize("how", MALFORMED)
async def test_a_malformed_message_is_parked_and_the_next_handled(
    desk: Desk, shelf: Shelf, make_event: MakeEvent, how: str
):
    facts, seen = FactRouter(), []

    @facts.on(MessagesRead)
    async def on_messages_read(event: Event[MessagesRead]) -> None:
        seen.append(event.data.up_to)

    records = [malformed(make_event(0), 0, how), recorded(make_event(1), 1)]
    progress = Progress(records)
    await OneByOne(facts, desk).process(records, progress)
    assert shelf.offsets == [0]
    assert seen == [1]
    assert progress.done == 2


async def test_refusals_go_on_and_defects_are_parked(desk: Desk, shelf: Shelf, make_event: MakeEvent):
    facts = FactRouter()

    @facts.on(MessagesRead)
    async def on_messages_read(event: Event[MessagesRead]) -> None:
        if event.data.up_to == 0:
            raise Rejected(problems.SESSION_FULL)
        if event.data.up_to == 1:
            raise KeyError("defect")

    records = [recorded(make_event(number), number) for number in range(3)]
    progress = Progress(records)
    await OneByOne(facts, desk).process(records, progress)
    assert shelf.offsets == [1]
    assert progress.done == 3


@pytest.mark.parametrize("error", [Transient("mongo"), ConnectionResetError(), TimeoutError()])
async def test_an_outage_stops_at_the_message_it_struck(
    desk: Desk, shelf: Shelf, make_event: MakeEvent, error: Exception
):
    facts = FactRouter()

    @facts.on(MessagesRead)
    async def on_messages_read(event: Event[MessagesRead]) -> None:
        if event.data.up_to == 2:
            raise error

    records = [recorded(make_event(number), number) for number in range(4)]
    progress = Progress(records)
    with pytest.raises(Transient):
        await OneByOne(facts, desk).process(records, progress)
    assert [each.offset for each in progress.remaining()] == [2, 3]
    assert shelf.parked == []


async def test_what_cannot_be_parked_is_not_passed(desk: Desk, shelf: Shelf, make_event: MakeEvent):
    shelf.away = True
    facts = FactRouter()

    @facts.on(MessagesRead)
    async def on_messages_read(event: Event[MessagesRead]) -> None:
        raise AssertionError

    records = [malformed(make_event(0), 0, "not JSON")]
    progress = Progress(records)
    with pytest.raises(Transient):
        await OneByOne(facts, desk).process(records, progress)
    assert progress.done == 0


async def test_an_interrupted_batch_stops_between_two_messages(desk: Desk, make_event: MakeEvent):
    facts = FactRouter()
    records = [recorded(make_event(number), number) for number in range(4)]
    progress = Progress(records)

    @facts.on(MessagesRead)
    async def on_messages_read(event: Event[MessagesRead]) -> None:
        progress.interrupted = event.data.up_to == 1

    await OneByOne(facts, desk).process(records, progress)
    assert progress.done == 2


async def test_a_handler_continues_the_trace_of_the_publisher(desk: Desk, make_event: MakeEvent):
    facts, traces = FactRouter(), []

    @facts.on(MessagesRead)
    async def on_messages_read(event: Event[MessagesRead]) -> None:
        traces.append(current_traceparent())

    event = make_event(0)
    records = [record(0, [*event.headers(), ("traceparent", TRACEPARENT.encode())], event.body())]
    await OneByOne(facts, desk).process(records, Progress(records))
    (trace,) = traces
    assert trace is not None
    assert trace.split("-")[1] == TRACEPARENT.split("-")[1]
    assert trace.split("-")[2] != TRACEPARENT.split("-")[2]


def test_a_fact_has_one_handler():
    facts = FactRouter()

    async def on_messages_read(event: Event[MessagesRead]) -> None: ...

    facts.on(MessagesRead)(on_messages_read)
    with pytest.raises(ValueError):
        facts.on(MessagesRead)(on_messages_read)


async def test_a_batch_comes_in_one_call_without_its_malformed_messages(
    desk: Desk, shelf: Shelf, make_event: MakeEvent
):
    calls: list[list[int]] = []

    async def handle(events: Sequence[Event[Any]]) -> list[tuple[Event[Any], Exception]]:
        calls.append([event.data.up_to for event in events])
        return []

    records = [
        recorded(make_event(0), 0),
        *(malformed(make_event(9), offset, how) for offset, how in enumerate(MALFORMED, start=1)),
        recorded(make_event(8), 8),
    ]
    progress = Progress(records)
    await AllTogether(handle, desk).process(records, progress)
    assert calls == [[0, 8]]
    assert shelf.offsets == list(range(1, 1 + len(MALFORMED)))
    assert progress.done == len(records)


async def test_a_batch_is_committed_whole_or_not_at_all_and_parks_only_once(
    desk: Desk, shelf: Shelf, make_event: MakeEvent
):
    tries = 0

    async def handle(events: Sequence[Event[Any]]) -> list[tuple[Event[Any], Exception]]:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise Transient("mongo")
        return [(events[1], ValueError("poison"))]

    records = [
        malformed(make_event(0), 0, "not JSON"),
        *(recorded(make_event(number), number) for number in range(1, 4)),
    ]
    progress = Progress(records)
    handling = AllTogether(handle, desk)
    for _ in range(2):
        with pytest.raises(Transient):
            await handling.process(records, progress)
        assert progress.done == 0
    await handling.process(records, progress)
    assert progress.done == 4
    assert shelf.offsets == [0, 2]


async def test_a_message_that_breaks_its_batch_is_found_and_the_rest_handled(
    desk: Desk, shelf: Shelf, make_event: MakeEvent
):
    handled: list[int] = []

    async def handle(events: Sequence[Event[Any]]) -> list[tuple[Event[Any], Exception]]:
        if any(event.data.up_to == 2 for event in events):
            raise KeyError("defect")
        handled.extend(event.data.up_to for event in events)
        return []

    records = [recorded(make_event(number), number) for number in range(5)]
    progress = Progress(records)
    await AllTogether(handle, desk).process(records, progress)
    assert handled == [0, 1, 3, 4]
    assert shelf.offsets == [2]
    assert progress.done == 5


def test_a_batch_spans_partitions_each_with_its_own_offsets():
    records = [record(4, [], b"", 0), record(9, [], b"", 1), record(5, [], b"", 0)]
    assert {where.partition: span for where, span in spans(records).items()} == {0: (4, 5), 1: (9, 9)}
