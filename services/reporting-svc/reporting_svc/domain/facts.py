"""Facts as reports are made from: which session and person each concerns, and what order they have."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel

from contracts.attempt import ATTEMPT_FACTS, IncidentRecorded, ProgressSaved
from contracts.enrollment import ENROLLMENT_FACTS
from contracts.envelope import Event
from contracts.messaging import MessagesDelivered, MessageSent, MessagesRead
from contracts.scoring import SCORING_FACTS
from contracts.session import SESSION_FACTS


class Unplaceable(ValueError):
    """A fact that names no session: no report can hold it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedFact:
    """`version`: of the aggregate the fact belongs to, after it."""

    fact_id: str
    type: str
    time: datetime
    version: int
    participant_id: str | None
    data: BaseModel

    @property
    def order(self) -> tuple[int, datetime, str]:
        """Total, and the same wherever and whenever it is asked."""
        return (self.version, self.time, self.fact_id)


def distinct(facts: Iterable[RecordedFact]) -> list[RecordedFact]:
    """Each fact once, in their order."""
    return sorted({fact.fact_id: fact for fact in facts}.values(), key=lambda fact: fact.order)


def session_of(event: Event[BaseModel]) -> str:
    """Raises Unplaceable."""
    if event.session_id is not None:
        return event.session_id
    data = event.data
    if isinstance(data, SESSION_FACTS):
        return data.session.session_id
    if isinstance(data, ENROLLMENT_FACTS):
        return data.participant.session_id
    if isinstance(data, SCORING_FACTS):
        return data.result.session_id
    if isinstance(data, MessageSent):
        return data.message.session_id
    if isinstance(data, MessagesRead | MessagesDelivered):
        return data.session_id
    raise Unplaceable(f"{event.type} {event.id} names no session")


def participant_of(data: BaseModel) -> str | None:
    if isinstance(data, ENROLLMENT_FACTS):
        return data.participant.participant_id
    if isinstance(data, SCORING_FACTS):
        return data.result.participant_id
    if isinstance(data, MessageSent):
        return data.message.participant_id
    if isinstance(data, MessagesRead | MessagesDelivered):
        return data.participant_id
    if isinstance(data, ATTEMPT_FACTS) and not isinstance(data, IncidentRecorded):
        return data.participant_id
    return None


def only_progress(data: BaseModel) -> bool:
    """Whether the next one of its kind makes it worthless. One that moved the clock is worth keeping."""
    return isinstance(data, ProgressSaved) and not data.ledger
