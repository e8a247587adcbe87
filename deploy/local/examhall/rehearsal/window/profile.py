"""What kind of testing window is simulated, and who simulates which part of it: plain values and plain division."""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Self

# What the simulator can say about more has never been measured.
CANDIDATES_MAX: Final = 200_000
# Light sockets of one process: a core's worth with room to spare, and well below 20,000 descriptors.
CANDIDATES_PER_WORKER: Final = 5_000
# Sockets, one connection pool for each hall, files.
DESCRIPTORS_BESIDES: Final = 1_000
WATCHED_MAX: Final = 50  # sessions that one staff socket may watch


class Begins(StrEnum):
    """When people begin to work."""

    TOGETHER = "when everybody in the room is there"
    ON_ARRIVAL = "each on arrival"
    AT_ONCE = "everybody of every session at the same moment"


@dataclass(frozen=True, slots=True)
class Profile:
    """`think_seconds`: from one answer to the next, never shortened. `ramp_seconds`: over how long people arrive.

    `away_share` of the people lose their network once. `hand_in_seconds`: everybody hands in within so many seconds
    of the same moment; None: each when done.
    """

    name: str
    summary: str
    people_per_session: int
    ramp_seconds: float
    think_seconds: tuple[float, float]
    answers: int
    begins: Begins
    away_share: float = 0.05
    hand_in_seconds: float | None = None

    @classmethod
    def of_json(cls, content: dict[str, Any]) -> Self:
        """What `dataclasses.asdict` made of one, after it travelled as JSON."""
        first, last = content["think_seconds"]
        return cls(**content | {"think_seconds": (first, last), "begins": Begins(content["begins"])})

    @property
    def working_seconds(self) -> float:
        """How long the slowest works."""
        return self.answers * self.think_seconds[1] + (self.hand_in_seconds or 0.0)


PROFILES: Final = {
    each.name: each
    for each in (
        Profile(
            name="state-test",
            summary="20 in a room with a proctor, rooms begin one after the other within the ramp",
            people_per_session=20,
            ramp_seconds=20 * 60,
            think_seconds=(30, 150),
            answers=25,
            begins=Begins.TOGETHER,
        ),
        Profile(
            name="certification",
            summary="12 to a session, each begins on arrival and works longer",
            people_per_session=12,
            ramp_seconds=30 * 60,
            think_seconds=(60, 240),
            answers=40,
            begins=Begins.ON_ARRIVAL,
        ),
        Profile(
            name="all-at-once",
            summary="everybody joins within 10 seconds, begins at the same moment and hands in within 10 seconds",
            people_per_session=20,
            ramp_seconds=10,
            think_seconds=(3, 8),
            answers=6,
            begins=Begins.AT_ONCE,
            hand_in_seconds=10,
        ),
    )
}


class Impossible(ValueError):
    """These numbers do not go together; the message says why."""


@dataclass(frozen=True, slots=True)
class Share:
    """The second of three machines is `Share(2, 3)`."""

    number: int = 1
    of: int = 1

    @classmethod
    def parsed(cls, text: str) -> "Share":
        number, _, of = text.partition("/")
        if not (number.isdigit() and of.isdigit() and 1 <= int(number) <= int(of)):
            raise Impossible(f"{text!r}: a share is such as 2/3")
        return cls(int(number), int(of))


@dataclass(frozen=True, slots=True)
class Crew:
    """One proctor and the sizes of the sessions they watch, numbered through the whole window."""

    proctor: int
    sessions: tuple[tuple[int, int], ...]

    @property
    def people(self) -> int:
        return sum(size for _, size in self.sessions)


def crews(candidates: int, proctors: int, sessions: int) -> list[Crew]:
    """Candidate n sits in session n mod sessions, which proctor (session mod proctors) watches. Raises Impossible."""
    if not 1 <= candidates <= CANDIDATES_MAX:
        raise Impossible(f"from 1 to {CANDIDATES_MAX} candidates, not {candidates}")
    if not 1 <= proctors <= sessions <= candidates:
        raise Impossible(f"{proctors} proctors, {sessions} sessions, {candidates} candidates: each needs the next")
    if math.ceil(sessions / proctors) > WATCHED_MAX:
        raise Impossible(f"a proctor watches at most {WATCHED_MAX} sessions")
    sizes = [candidates // sessions + (number < candidates % sessions) for number in range(sessions)]
    return [
        Crew(proctor, tuple((number, sizes[number]) for number in range(proctor, sessions, proctors)))
        for proctor in range(proctors)
    ]


def divided(whole: list[Crew], share: Share, workers: int) -> list[list[Crew]]:
    """What each worker of this machine does; those with nothing to do are left out."""
    mine = whole[share.number - 1 :: share.of]
    return [part for number in range(workers) if (part := mine[number::workers])]


def workers_for(candidates: int) -> int:
    return max(1, math.ceil(candidates / CANDIDATES_PER_WORKER))
