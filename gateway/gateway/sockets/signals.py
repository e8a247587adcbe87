"""What a candidate's page reports of itself, at a pace: the first signals at once, a flood folded into one of a kind.

Nothing is lost by it. Of what begins and ends the newest state is told, of what is counted the sum.
"""

from dataclasses import dataclass
from typing import Final

from contracts import limits
from contracts.attempt import Signal
from gateway.sockets.pace import Bucket

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
        channel = _CHANNEL.get(told.signal, told.signal.value)
        before = self._waiting.get(channel)
        if before is not None and before.signal is told.signal:
            count = min(before.count + told.count, limits.SIGNAL_COUNT_MAX)
            told = Told(told.signal, count, max(before.seconds, told.seconds))
        self._waiting[channel] = told
        return self.due(now)

    def due(self, now: float) -> list[Told]:
        due: list[Told] = []
        while self._waiting and self._bucket.take(now):
            due.append(self._waiting.pop(next(iter(self._waiting))))
        return due
