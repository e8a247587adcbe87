"""The pipe from sockets to Kafka, with Kafka's answers given by hand."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from chassis.metrics import Metrics
from chassis.outcomes import Transient
from contracts.attempt import SYSTEM, VisitItem
from contracts.envelope import Event
from gateway.sockets import answers as module
from gateway.sockets.answers import AnswerPipe


class End:
    def __init__(self) -> None:
        self.in_flight: dict[int, float] = {}
        self.acknowledged: list[int] = []
        self.messages: list[Any] = []

    def send_acknowledgements(self) -> None:
        self.messages.append(("ack", self.acknowledged))
        self.acknowledged = []

    def not_taken(self, seq: int) -> None:
        self.messages.append(("not taken", seq))


class Kafka:
    def __init__(self) -> None:
        self.settle: list[Callable[[Exception | None], None]] = []
        self.away = False
        self.given_up = 0

    async def send(self, _event: Event[Any], settled: Callable[[Exception | None], None]) -> None:
        if self.away:
            raise Transient("away")
        self.settle.append(settled)

    def give_up(self) -> None:
        self.given_up += 1


@pytest.fixture
def kafka() -> Kafka:
    return Kafka()


@pytest.fixture
def pipe(kafka: Kafka) -> AnswerPipe:
    return AnswerPipe(kafka, Metrics("gateway"))  # type: ignore[arg-type]


def event() -> Event[Any]:
    command = VisitItem(actor=SYSTEM, seq=1, item_id="q1")
    return Event(id="1", source="test", time=datetime.now(UTC), subject="p", org_id="o", data=command)


async def test_nothing_is_acknowledged_before_kafka_has_it_and_then_all_at_once(kafka: Kafka, pipe: AnswerPipe):
    end = End()
    for seq in (1, 2, 3):
        await pipe.send(end, seq, event())
    await asyncio.sleep(0.01)
    assert end.messages == []
    for settled in kafka.settle[:2]:
        settled(None)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert end.messages == [("ack", [1, 2])]
    assert list(end.in_flight) == [3]


async def test_what_kafka_does_not_take_is_told_and_the_next_tries_are_spared(kafka: Kafka, pipe: AnswerPipe):
    end = End()
    kafka.away = True
    await pipe.send(end, 1, event())
    kafka.away = False
    await pipe.send(end, 2, event())
    assert end.messages == [("not taken", 1), ("not taken", 2)]
    assert kafka.settle == []
    pipe._away_until = 0.0
    await pipe.send(end, 2, event())
    assert len(kafka.settle) == 1


async def test_a_failure_after_handing_over_is_told(kafka: Kafka, pipe: AnswerPipe):
    end = End()
    await pipe.send(end, 1, event())
    kafka.settle[0](Transient("lost"))
    assert end.messages == [("not taken", 1)]
    assert end.in_flight == {}


async def test_what_is_not_acknowledged_in_time_is_given_up_once(kafka: Kafka, pipe: AnswerPipe):
    end = End()
    await pipe.send(end, 1, event())
    now = end.in_flight[1]
    pipe.sweep(now + 1)
    assert end.messages == []
    pipe.sweep(now + module.ACKNOWLEDGED_WITHIN_SECONDS)
    assert end.messages == [("not taken", 1)]
    assert kafka.given_up == 1
    kafka.settle[0](None)
    await asyncio.sleep(0.01)
    assert end.messages == [("not taken", 1)]


async def test_the_slowest_answer_is_told_once_and_one_under_way_for_as_long_as_it_is(kafka: Kafka, pipe: AnswerPipe):
    end = End()
    assert pipe.slowest_seconds() == 0.0
    await pipe.send(end, 1, event())
    await pipe.send(end, 2, event())
    end.in_flight[1] -= 3.0
    assert pipe.slowest_seconds() >= 3.0
    kafka.settle[0](None)
    assert pipe.slowest_seconds() >= 3.0
    assert pipe.slowest_seconds() < 3.0


async def test_a_handing_over_that_hangs_is_cut_short(kafka: Kafka, pipe: AnswerPipe, monkeypatch: Any):
    monkeypatch.setattr(module, "HAND_OVER_SECONDS", 0.02)

    async def hangs(*_: Any) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(kafka, "send", hangs)
    end = End()
    await pipe.send(end, 1, event())
    assert end.messages == [("not taken", 1)]
