"""What a rehearsal is run against and how: plain values the command line fills in."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# The least a cast needs for the whole story: three with individual time, two who lose their network, one each who is
# paused, extended and asks for help, two who run out of time, and somebody to whom nothing happens.
CANDIDATES_MIN: Final = 12
CANDIDATES_MAX: Final = 5_000
# The sample's forty-five minutes become 32 seconds: an item is read and answered in about a second, and the
# whole session ends within a minute.
TIME_FACTOR: Final = 84.0
# Up to this many people work at that speed. More work accordingly slower, so that two cores carry simulation, servers
# and services with room to spare: what is measured is the system, not how it queues for a processor.
FULL_SPEED_CANDIDATES: Final = 120
# Slow enough to follow on the dashboard with the eye.
WATCHED_TIME_FACTOR: Final = 9.0


@dataclass(frozen=True, slots=True)
class Account:
    """A local staff account that exists already."""

    email: str
    password: str


@dataclass(frozen=True, slots=True)
class Target:
    """A running stack as the outside sees it.

    `gateways` are base URLs of the replicas of one gateway; clients spread over them and move on when one is away.
    `scheduler` authors, schedules and releases (an admin may); `broker` is only reported.
    """

    gateways: tuple[str, ...]
    scheduler: Account
    proctor: Account
    reviewer: Account
    broker: str = "unknown"


@dataclass(frozen=True, slots=True)
class Options:
    """`time_factor` is how much faster than life, None for a speed that suits the crowd.

    `on_step` is told the name of every step as it begins; `on_open` is told the session's id as soon as people may
    come, and what it answers is printed.

    `assessment` None means the sample that comes with the stack. `exit` is for the caller: `run` always returns.
    """

    candidates: int = 60
    time_factor: float | None = None
    seed: int = 1
    json: Path | None = None
    exit: bool = False
    watch: bool = False
    assessment: Path | None = None
    on_step: Callable[[str], None] | None = None
    on_open: Callable[[str], Awaitable[str]] | None = None

    @property
    def factor(self) -> float:
        wanted = self.time_factor
        if wanted is None:
            wanted = TIME_FACTOR * min(1.0, FULL_SPEED_CANDIDATES / max(1, self.candidates))
        return min(wanted, WATCHED_TIME_FACTOR) if self.watch else wanted
