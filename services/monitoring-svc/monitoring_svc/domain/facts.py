"""What a decision consists of: public facts, and the small ones about progress that are folded before publishing."""

from datetime import datetime
from typing import Any, Final, TypeAlias

from msgspec import Struct

from contracts.attempt import (
    AlertAcknowledged,
    AlertDismissed,
    AlertRaised,
    AlertRepeated,
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
from monitoring_svc.domain.conduct import Conduct


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


class Noted(Struct, frozen=True, gc=False):
    """The conduct as it is from here on, but for the alerts, which have public facts. Nobody else needs to know."""

    conduct: Conduct


Progress: TypeAlias = ResponseSaved | ItemFlagged | ItemVisited
PROGRESS: Final = (ResponseSaved, ItemFlagged, ItemVisited)
INTERNAL: Final = (*PROGRESS, Noted)
"""Not published as they are, and not numbered."""
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
    | AlertRepeated
    | AlertAcknowledged
    | AlertDismissed
)
Facts: TypeAlias = list[PublicFact | Progress | Noted]


class Happened(Struct, frozen=True, gc=False):
    """A fact, when it happened, and the command that caused it."""

    fact: PublicFact | Progress | Noted
    at: datetime
    cause: Event[Any]
