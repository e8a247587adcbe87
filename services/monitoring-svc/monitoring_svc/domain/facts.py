"""What a decision consists of: public facts, and the small ones about progress that are folded before publishing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from contracts.attempt import (
    AlertRaised,
    AttemptAdmitted,
    AttemptBegan,
    AttemptCompleted,
    AttemptCreated,
    AttemptEnding,
    AttemptPaused,
    AttemptReset,
    AttemptResumed,
    ParticipantConnected,
    ParticipantDisconnected,
    ParticipantWarned,
    ProgressSaved,
    TimeExtended,
)
from contracts.envelope import Event
from contracts.model import Id


@dataclass(frozen=True, slots=True)
class ResponseSaved:
    """`response` as JSON, None when it was cleared."""

    item_id: Id
    section_id: Id
    seq: int
    response: str | None


@dataclass(frozen=True, slots=True)
class ItemFlagged:
    item_id: Id
    seq: int
    flagged: bool


@dataclass(frozen=True, slots=True)
class ItemVisited:
    item_id: Id
    section_id: Id
    seq: int


Progress: TypeAlias = ResponseSaved | ItemFlagged | ItemVisited
PublicFact: TypeAlias = (
    AttemptCreated
    | AttemptAdmitted
    | AttemptBegan
    | ProgressSaved
    | ParticipantConnected
    | ParticipantDisconnected
    | AttemptPaused
    | AttemptResumed
    | TimeExtended
    | ParticipantWarned
    | AttemptReset
    | AttemptEnding
    | AttemptCompleted
    | AlertRaised
)
Facts: TypeAlias = list[PublicFact | Progress]


@dataclass(frozen=True, slots=True)
class Happened:
    """A fact, when it happened, and the command that caused it."""

    fact: PublicFact | Progress
    at: datetime
    cause: Event[Any]
