"""What scoring knows of a session and of an attempt, learnt from facts of other services."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from contracts.attempt import AttemptCompleted, SavedResponse
from contracts.digest import responses_digest
from contracts.items import Response
from contracts.statuses import ReleaseMode

NAME_UNKNOWN: Final = "Name unknown"  # the attempt's own facts bring the name first; this is for a lost one


class DigestMismatch(ValueError):
    """A submission's responses are not the ones its receipt stands for: nothing may be scored from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTerms:
    """The part of a session that decides about scores."""

    session_id: str
    org_id: str
    assessment_id: str
    assessment_version: int
    release_mode: ReleaseMode
    pass_mark_percent: Decimal
    proctor_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """The newest completion of one participant's attempt. `version` is the attempt's at that completion."""

    participant_id: str
    session_id: str
    org_id: str
    name: str
    version: int
    reopened: bool
    completed: AttemptCompleted

    @property
    def to_be_scored(self) -> bool:
        """Whoever never began has nothing to score: absence is reported, not marked with zero points."""
        return self.completed.began_at is not None

    def saved(self) -> Mapping[str, SavedResponse]:
        return {each.item_id: each for each in self.completed.responses}

    def responses(self) -> dict[str, Response]:
        return {each.item_id: each.response for each in self.completed.responses}


def verify_digest(completed: AttemptCompleted) -> None:
    """Raises DigestMismatch when the responses are not those of the receipt."""
    found = responses_digest(completed.responses)
    if found != completed.responses_digest:
        raise DigestMismatch(
            f"attempt of {completed.participant_id}: the receipt says {completed.responses_digest}, "
            f"the responses give {found}"
        )
