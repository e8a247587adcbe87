"""Who takes part and what befalls them: decided before the curtain, from the seed alone."""

import math
import random
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from contracts.enrollment import Accommodation
from contracts.resources.enrollment import NewParticipant

_FIRST_NAMES: Final = (
    "Aisha", "Bogdan", "Chiara", "Dmitri", "Elif", "Fatima", "Giulia", "Hiroshi", "Ingrid", "João",
    "Kwame", "Leïla", "Mateusz", "Ngozi", "Oğuz", "Priya", "Quynh", "Rosa", "Søren", "Tomás",
    "Uma", "Václav", "Wanjiru", "Ximena", "Yusuf", "Zoë", "Łukasz", "Åsa", "Mei", "Noah",
)  # fmt: skip
_LAST_NAMES: Final = (
    "Adeyemi", "Brandt", "Costa", "Dubois", "Eriksson", "Ferrari", "García", "Haddad", "Ivanova", "Jensen",
    "Kowalski", "Lindqvist", "Moreau", "Nakamura", "O'Brien", "Petrov", "Quispe", "Rossi", "Şahin", "Tran",
    "Udo", "Varga", "Weiß", "Xu", "Yavuz", "Zhang", "Müller", "Nguyễn", "Okafor", "Patel",
)  # fmt: skip
# A third is enrolled by hand, two thirds come with the session's code.
BY_HAND_SHARE: Final = 3
# One person in twelve is too slow.
TOO_SLOW_SHARE: Final = 12
TOO_SLOW_MIN: Final = 2


class Ending(StrEnum):
    """How a person's work comes to its end when nothing interferes."""

    SUBMITS = "submits"
    RUNS_OUT = "runs out of time"
    WORKS_TO_THE_END = "works until the session ends"
    SUBMITS_IN_GRACE = "submits in the grace seconds"


@dataclass(frozen=True, slots=True)
class Role:
    """One candidate's part. `work_share` is how much of the own time limit the work takes; above 1 it is too much.

    `loses_network_at` and the like are shares of the session's time limit, counted from the start.
    """

    index: int
    name: str
    email: str
    external_id: str
    by_hand: bool
    accommodation: Accommodation
    skill: float
    work_share: float
    ending: Ending
    loses_network_at: float | None = None
    asks_for_help_at: float | None = None
    looks_away_at: float | None = None
    paused_at: float | None = None
    extended_at: float | None = None

    def limit_seconds(self, session_seconds: int) -> int:
        """The time this person is promised: a limit of their own, else a multiple of everybody's, rounded up."""
        if self.accommodation.time_limit_seconds is not None:
            return self.accommodation.time_limit_seconds
        if self.accommodation.time_multiplier is not None:
            return math.ceil(session_seconds * self.accommodation.time_multiplier)
        return session_seconds

    def enrolment(self) -> NewParticipant:
        return NewParticipant(
            name=self.name, email=self.email, external_id=self.external_id, accommodation=self.accommodation
        )


def _names(number: int, chance: random.Random) -> list[str]:
    """Different ones as long as there are enough."""
    names = [f"{first} {last}" for first in _FIRST_NAMES for last in _LAST_NAMES]
    chance.shuffle(names)
    return [names[index % len(names)] for index in range(number)]


def cast(candidates: int, session_seconds: int, seed: int) -> list[Role]:
    """The same people with the same fates for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - a play, not a secret
    by_hand = candidates // BY_HAND_SHARE
    individual = (
        Accommodation(time_multiplier=Decimal("1.50")),
        Accommodation(time_multiplier=Decimal("2.00")),
        Accommodation(time_limit_seconds=session_seconds + max(30, session_seconds // 2)),
    )
    # The last of those who come with the code are too slow; whatever else happens, happens to the first of them.
    too_slow = max(TOO_SLOW_MIN, candidates // TOO_SLOW_SHARE)
    fates: dict[int, dict[str, float]] = {
        by_hand: {"loses_network_at": 0.2},
        by_hand + 1: {"loses_network_at": 0.4},
        by_hand + 2: {"paused_at": 0.25},
        by_hand + 3: {"extended_at": 0.5},
        by_hand + 4: {"asks_for_help_at": 0.3},
        by_hand + 5: {"looks_away_at": 0.35},
        candidates - 1: {"looks_away_at": 0.2},
    }
    names = _names(candidates, chance)
    roles = []
    for index in range(candidates):
        ending, work_share = Ending.SUBMITS, chance.uniform(0.55, 0.85)
        if index >= candidates - too_slow:
            ending, work_share = Ending.RUNS_OUT, chance.uniform(1.1, 1.5)
        elif index in {0, by_hand + 3}:
            ending, work_share = Ending.WORKS_TO_THE_END, 2.0
        elif index == 1:
            ending, work_share = Ending.SUBMITS_IN_GRACE, 2.0
        roles.append(
            Role(
                index=index,
                name=names[index],
                email=f"candidate{index + 1:04}@example.org",
                external_id=f"R{seed}-{index + 1:04}",
                by_hand=index < by_hand,
                accommodation=individual[index] if index < min(len(individual), by_hand) else Accommodation(),
                skill=min(0.97, max(0.2, chance.gauss(0.68, 0.17))),
                work_share=work_share,
                ending=ending,
                **fates.get(index, {}),
            )
        )
    return roles
