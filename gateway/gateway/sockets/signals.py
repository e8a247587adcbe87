"""What a candidate's page reports of itself, at a pace: the first signals at once, a flood folded into one of a kind.

Nothing is lost by it. Of what begins and ends the newest state is told, of what is counted the sum.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from contracts import limits
from contracts.attempt import Actor, ReportSignal, Signal
from contracts.envelope import Event
from gateway.sockets.edge import Edge
from gateway.sockets.pace import Bucket

BEHIND_MAX: Final = 5_000  # commands that wait for Kafka: it is away. Signals fold meanwhile, a queue would grow
MakeEvent = Callable[[Any, datetime | None, str | None], Event[Any]]

_CHANNEL: Final = {
    Signal.FOCUS_LOST: "focus",
    Signal.FOCUS_REGAINED: "focus",
    Signal.FULL_SCREEN_LEFT: "full-screen",
    Signal.FULL_SCREEN_ENTERED: "full-screen",
    Signal.SHARING_STOPPED: "sharing",
    Signal.SHARING_STARTED: "sharing",
}


@dataclass(frozen=True, slots=True)
class Told:
    signal: Signal
    count: int = 1
    seconds: int = 0


class Signals:
    """Of one socket. `waiting`: something is left to be told when the pace allows."""

    __slots__ = ("_bucket", "_waiting")

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._waiting: dict[str, Told] = {}

    @property
    def waiting(self) -> bool:
        return bool(self._waiting)

    def take(self, told: Told, now: float) -> list[Told]:
        """What may be told now, this one included if it may."""
        self.keep(told)
        return self.due(now)

    def keep(self, told: Told) -> None:
        channel = _CHANNEL.get(told.signal, told.signal.value)
        before = self._waiting.get(channel)
        if before is not None and before.signal is told.signal:
            count = min(before.count + told.count, limits.SIGNAL_COUNT_MAX)
            told = Told(told.signal, count, max(before.seconds, told.seconds))
        self._waiting[channel] = told

    def due(self, now: float) -> list[Told]:
        due: list[Told] = []
        while self._waiting and self._bucket.take(now):
            due.append(self._waiting.pop(next(iter(self._waiting))))
        return due


class Reports:
    """One socket's signals on their way to monitoring-svc, numbered; what must wait goes with the edge's sweep.

    They go by way of the queue that also tells of connections, so that none comes before its connection.
    """

    __slots__ = ("_actor", "_connection_id", "_edge", "_event", "_number", "_signals")

    def __init__(self, edge: Edge, actor: Actor, connection_id: str, event: MakeEvent) -> None:
        self._edge = edge
        self._actor = actor
        self._connection_id = connection_id
        self._event = event
        self._number = 0
        self._signals = Signals(edge.signal_pace.bucket(actor.id, time.monotonic()))

    def take(self, told: Told, now: float) -> None:
        self._signals.keep(told)
        self.tell_signals(now)

    def tell_signals(self, now: float) -> None:
        """What the pace allows of what waits; nothing while Kafka is far behind."""
        self._send(self._signals.due(now) if len(self._edge.commands) < BEHIND_MAX else [])

    def end(self) -> None:
        """What waits is forgotten: the connection it is about is over."""
        self._edge.signalling.discard(self)

    def _send(self, told: list[Told]) -> None:
        for each in told:
            self._number += 1
            report = ReportSignal(
                actor=self._actor,
                connection_id=self._connection_id,
                number=self._number,
                signal=each.signal,
                count=each.count,
                seconds=each.seconds,
            )
            self._edge.commands.put(self._event(report, None, f"{self._connection_id}-s{self._number}"))
        if self._signals.waiting:
            self._edge.signalling.add(self)
        else:
            self._edge.signalling.discard(self)
