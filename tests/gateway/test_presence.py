"""Commands nobody waits for still reach Kafka, in order."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from chassis.outcomes import Transient
from contracts.attempt import SYSTEM, DisconnectCause, DisconnectParticipant
from contracts.envelope import Event
from gateway import presence
from gateway.presence import CommandQueue


class Kafka:
    """Takes what `takes` allows in each round."""

    def __init__(self, *takes: int) -> None:
        self.takes = list(takes)
        self.has: list[str] = []

    def message(self, event: Event[Any]) -> Event[Any]:
        return event

    async def deliver(self, events: Sequence[Event[Any]]) -> list[Exception | None]:
        room = self.takes.pop(0) if self.takes else len(events)
        self.has += [each.id for each in events[:room]]
        return [None if index < room else Transient("away") for index in range(len(events))]


def command(number: int) -> Event[Any]:
    data = DisconnectParticipant(actor=SYSTEM, connection_id="c", cause=DisconnectCause.CLOSED)
    return Event(id=str(number), source="t", time=datetime.now(UTC), subject="p", org_id="o", data=data)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "BACK_OFF_SECONDS", 0.01)


async def test_what_kafka_did_not_take_is_sent_again_in_order():
    kafka = Kafka(0, 2, 0)
    queue = CommandQueue(kafka)  # type: ignore[arg-type]
    await queue.start()
    for number in range(5):
        queue.put(command(number))
    await queue.flush(2)
    await queue.stop()
    assert kafka.has == ["0", "1", "2", "3", "4"]


async def test_flushing_is_bounded_in_time():
    queue = CommandQueue(Kafka(*[0] * 1000))  # type: ignore[arg-type]
    await queue.start()
    queue.put(command(1))
    async with asyncio.timeout(1):
        await queue.flush(0.05)
    await queue.stop()
