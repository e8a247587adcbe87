"""What a decision consists of: public facts, and the small ones about progress that are folded before publishing."""

from datetime import datetime
from typing import Any, Final, TypeAlias

from msgspec import Struct

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


class ResponseSaved(Struct, frozen=True, gc=False):
    """`response` as JSON, None when it was cleared."""

    item_id: Id
    section_id: Id
    seq: int
    response: str | None


class ItemFlagged(Struct, frozen=True, gc=False):
    item_id: Id
    seq: int
    flagged: bool


class ItemVisited(Struct, frozen=True, gc=False):
    item_id: Id
    section_id: Id
    seq: int


Progress: TypeAlias = ResponseSaved | ItemFlagged | ItemVisited
PROGRESS: Final = (ResponseSaved, ItemFlagged, ItemVisited)
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


class Happened(Struct, frozen=True, gc=False):
    """A fact, when it happened, and the command that caused it."""

    fact: PublicFact | Progress
    at: datetime
    cause: Event[Any]
