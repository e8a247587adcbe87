"""What was measured, second by second: delays as histograms, events as counts. Small, and parts can be added up.

A histogram keeps how many delays fell between two powers of 1.05 milliseconds: a percentile is off by 5 % at most,
and a second of any number of answers is some dozens of numbers.
"""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

_RATIO: Final = math.log(1.05)
_LEAST_MS: Final = 0.01

# Delays, in milliseconds.
JOIN: Final = "join"  # from the code to the welcome on the socket
START: Final = "start"  # from the proctor's click to the candidate's page
ACK: Final = "ack"  # from an answer to its acknowledgement
LAG: Final = "lag"  # from an answer to the proctor's dashboard
SUBMIT: Final = "submit"  # from handing in to the receipt
BACK: Final = "back"  # from a lost socket to the next welcome
TICK: Final = "tick"  # how late the simulator's own loop was
DELAYS: Final = (JOIN, START, ACK, LAG, SUBMIT, BACK, TICK)

# Events.
JOINED: Final = "joined"
SENT: Final = "answers sent"
SAVED: Final = "answers acknowledged"
REFUSED: Final = "answers refused"
AGAIN: Final = "answers sent again"
DROPPED: Final = "sockets dropped by the system"
TORN: Final = "networks lost on purpose"
SUBMITTED: Final = "submitted"
CPU: Final = "simulator, milliseconds of processor"  # one per worker and second


class Histogram:
    __slots__ = ("counts",)

    def __init__(self, counts: dict[int, int] | None = None) -> None:
        self.counts: Counter[int] = Counter(counts or {})

    def add(self, milliseconds: float) -> None:
        self.counts[math.ceil(math.log(max(milliseconds, _LEAST_MS)) / _RATIO)] += 1

    def merge(self, other: "Histogram") -> None:
        self.counts.update(other.counts)

    def __len__(self) -> int:
        return sum(self.counts.values())

    def percentile(self, percent: float) -> float | None:
        """Nearest rank, as the upper edge of its bucket; None without values."""
        wanted = math.ceil(len(self) * percent / 100)
        seen = 0
        for bucket in sorted(self.counts):
            seen += self.counts[bucket]
            if seen >= wanted:
                return math.exp(bucket * _RATIO)
        return None


@dataclass(slots=True)
class Measures:
    """`delays[name][second]` and `counts[name][second]`; seconds since the window began, negative ones included."""

    delays: dict[str, dict[int, Histogram]] = field(default_factory=dict)
    counts: dict[str, Counter[int]] = field(default_factory=dict)

    def delay(self, name: str, second: int, milliseconds: float) -> None:
        self.delays.setdefault(name, {}).setdefault(second, Histogram()).add(milliseconds)

    def count(self, name: str, second: int, number: int = 1) -> None:
        self.counts.setdefault(name, Counter())[second] += number

    def merge(self, other: "Measures") -> None:
        for name, seconds in other.delays.items():
            for second, histogram in seconds.items():
                self.delays.setdefault(name, {}).setdefault(second, Histogram()).merge(histogram)
        for name, counts in other.counts.items():
            self.counts.setdefault(name, Counter()).update(counts)

    def over(self, name: str, since: int | None = None, until: int | None = None) -> Histogram:
        """All delays of that name in [since, until)."""
        whole = Histogram()
        for second, histogram in self.delays.get(name, {}).items():
            if (since is None or second >= since) and (until is None or second < until):
                whole.merge(histogram)
        return whole

    def total(self, name: str, since: int | None = None, until: int | None = None) -> int:
        return sum(
            number
            for second, number in self.counts.get(name, {}).items()
            if (since is None or second >= since) and (until is None or second < until)
        )

    def seconds(self, names: Iterable[str]) -> list[int]:
        """Every second in which one of these was measured, in order."""
        found: set[int] = set()
        for name in names:
            found.update(self.delays.get(name, {}), self.counts.get(name, {}))
        return sorted(found)

    def as_json(self) -> dict[str, Any]:
        """Keys become text, as JSON has it."""
        return {
            "delays": {
                name: {str(second): {str(k): n for k, n in each.counts.items()} for second, each in seconds.items()}
                for name, seconds in self.delays.items()
            },
            "counts": {name: {str(second): n for second, n in seen.items()} for name, seen in self.counts.items()},
        }

    @classmethod
    def of(cls, content: dict[str, Any]) -> "Measures":
        return cls(
            delays={
                name: {
                    int(second): Histogram({int(bucket): number for bucket, number in counts.items()})
                    for second, counts in seconds.items()
                }
                for name, seconds in content["delays"].items()
            },
            counts={
                name: Counter({int(second): number for second, number in seen.items()})
                for name, seen in content["counts"].items()
            },
        )
