"""From a candidate's socket to Kafka and back: answers are handed over one after the other without waiting, and each
is acknowledged to the candidate only when Kafka has it, several in one message when they come back together.
"""

import asyncio
import time
from functools import partial
from typing import Any, Final, Protocol

import structlog
from prometheus_client import Counter

from chassis.metrics import Metrics
from chassis.outcomes import Transient
from chassis.publisher import Publisher
from chassis.stepping import within
from contracts.envelope import Event

HAND_OVER_SECONDS: Final = 2.0  # the buffer has room at once, or Kafka is away
ACKNOWLEDGED_WITHIN_SECONDS: Final = 15.0  # after it the candidate sends again, which is harmless
AWAY_SECONDS: Final = 1.0  # between two tries while Kafka is away; meanwhile answers are refused at once

log = structlog.get_logger(__name__)


class AnsweringEnd(Protocol):
    """What the pipe knows of a candidate's socket. `in_flight`: seq -> monotonic second it was handed over."""

    in_flight: dict[int, float]
    acknowledged: list[int]

    def send_acknowledgements(self) -> None: ...
    def not_taken(self, seq: int) -> None: ...


class AnswerPipe:
    def __init__(self, publisher: Publisher, metrics: Metrics) -> None:
        self._publisher = publisher
        self._waiting: set[AnsweringEnd] = set()
        self._acknowledged: list[AnsweringEnd] = []
        self._away_until = 0.0
        self._slowest = 0.0
        self._counter = Counter(
            "examhall_gateway_answers_total",
            "What candidates sent about their attempts, by outcome",
            ["outcome"],
            registry=metrics.registry,
        )
        self._taken = self._counter.labels("acknowledged")
        self._failed = self._counter.labels("not_taken")

    async def send(self, end: AnsweringEnd, seq: int, event: Event[Any]) -> None:
        """Returns when it is on its way: the end hears `send_acknowledgements` or `not_taken` later."""
        now = time.monotonic()
        if now < self._away_until:
            self._refuse(end, seq)
            return
        end.in_flight[seq] = now
        self._waiting.add(end)
        try:
            await within(HAND_OVER_SECONDS, self._publisher.send(event, partial(self._settled, end, seq)))
        except (Transient, TimeoutError) as error:
            self._is_away(error)
            if end.in_flight.pop(seq, None) is not None:
                self._refuse(end, seq)

    def slowest_seconds(self) -> float:
        """The longest that an answer took to Kafka and back since this was last asked, or has been on its way."""
        slowest, self._slowest = self._slowest, 0.0
        since = min((next(iter(end.in_flight.values())) for end in self._waiting if end.in_flight), default=None)
        return slowest if since is None else max(slowest, time.monotonic() - since)

    def sweep(self, now: float) -> None:
        """Give up what Kafka has not acknowledged in time."""
        late = False
        for end in list(self._waiting):
            if not end.in_flight:
                self._waiting.discard(end)
                continue
            for seq, since in list(end.in_flight.items()):
                if now - since < ACKNOWLEDGED_WITHIN_SECONDS:
                    break  # the rest is younger
                del end.in_flight[seq]
                self._refuse(end, seq)
                late = True
        if late:
            self._is_away(TimeoutError("not acknowledged in time"))
            self._publisher.give_up()

    def _settled(self, end: AnsweringEnd, seq: int, error: Exception | None) -> None:
        since = end.in_flight.pop(seq, None)
        if since is None:
            return  # given up before; the candidate sends it again
        self._slowest = max(self._slowest, time.monotonic() - since)
        if error is not None:
            self._is_away(error)
            self._refuse(end, seq)
            return
        self._taken.inc()
        if not end.acknowledged:
            if not self._acknowledged:
                asyncio.get_running_loop().call_soon(self._send_acknowledgements)
            self._acknowledged.append(end)
        end.acknowledged.append(seq)

    def _send_acknowledgements(self) -> None:
        """Once for all that came back in this turn of the loop."""
        ends, self._acknowledged = self._acknowledged, []
        for end in ends:
            end.send_acknowledgements()

    def _refuse(self, end: AnsweringEnd, seq: int) -> None:
        self._failed.inc()
        end.not_taken(seq)

    def _is_away(self, error: Exception) -> None:
        now = time.monotonic()
        if now >= self._away_until:
            log.warning("answers cannot be saved just now", error=str(error))
        self._away_until = now + AWAY_SECONDS
