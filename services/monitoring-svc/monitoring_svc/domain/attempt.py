"""The state of one attempt: a frozen value, changed only by `evolve`.

msgspec's structs instead of dataclasses: every command makes new values of them, and copying an attempt with a change
takes 0.5 us instead of 10. They hold no cycles, so the garbage collector need not look at them (`gc=False`).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from msgspec import Struct

from contracts.attempt import LedgerEntry, SavedResponse, Terms
from contracts.items import response_adapter
from contracts.model import Id
from contracts.statuses import ClockPolicy, CompletionReason, Phase
from monitoring_svc.domain.clock import Clock
from monitoring_svc.domain.conduct import Conduct

ACTIVE: Final = Phase.ACTIVE  # asked of every answer, and finding an enum's member takes 0.08 us


@cache
def _seconds(seconds: int) -> timedelta:
    """Made once for each of the few there are: a grace is added for every answer, which costs less than making it."""
    return timedelta(seconds=seconds)


class Connection(Struct, frozen=True, gc=False):
    connection_id: Id
    gateway_id: Id


class Answer(Struct, frozen=True, gc=False):
    """The newest answer to one item, its response as JSON: it is read when the attempt completes, not before.

    A cleared one (None) stays, because its `seq` still counts.
    """

    seq: int
    at: datetime
    response: str | None


class Flag(Struct, frozen=True, gc=False):
    seq: int
    flagged: bool


class Place(Struct, frozen=True, gc=False):
    """Where the candidate is."""

    seq: int
    item_id: Id
    section_id: Id


class Applied(Struct, frozen=True, gc=False):
    """A command that changed the attempt, and its own time."""

    command_id: str
    time: datetime


class Attempt(Struct, frozen=True, kw_only=True, gc=False):
    """`version` counts the published facts.

    last_at: the newest instant anything happened at; time never runs before it.
    answers_until: while paused, what was received until then was on its way when the pause came, and counts.
    completes_at: set when the session has ended; answers and the submission count until then.
    warnings: the minutes still to be announced, of which each is announced once per run towards a deadline.
    looks_at: when something that lasts may have become an alert, or somebody may be idle; a timer looks then.
    applied: commands applied, newest last, so that each applies once; `applied_before` stands for the forgotten ones.
    """

    participant_id: Id
    session_id: Id
    org_id: Id
    terms: Terms
    last_at: datetime
    version: int = 0
    phase: Phase = Phase.INVITED
    completion_reason: CompletionReason | None = None
    number: int = 1
    connection: Connection | None = None
    was_connected: bool = False
    clock: Clock = Clock()
    ledger: tuple[LedgerEntry, ...] = ()
    responses: Mapping[Id, Answer] = {}
    flags: Mapping[Id, Flag] = {}
    answered: int = 0
    flagged: int = 0
    place: Place | None = None
    last_seq: int = 0
    last_seen_at: datetime | None = None
    began_at: datetime | None = None
    completed_at: datetime | None = None
    pause_reason: str | None = None
    paused_with_session: bool = False
    answers_until: datetime | None = None
    completes_at: datetime | None = None
    warnings: tuple[int, ...] = ()
    conduct: Conduct = Conduct()
    looks_at: datetime | None = None
    responses_digest: str | None = None
    applied: tuple[Applied, ...] = ()
    applied_before: datetime | None = None

    @property
    def connected(self) -> bool:
        return self.connection is not None

    @property
    def grace(self) -> timedelta:
        return _seconds(self.terms.grace_seconds)

    @property
    def ending(self) -> bool:
        """The session has ended and the last answers are awaited."""
        return self.completes_at is not None and self.phase is not Phase.COMPLETE

    @property
    def may_run(self) -> bool:
        """Whether the policy lets the clock run for this person's connection."""
        return self.connected or self.terms.clock_while_disconnected is ClockPolicy.RUNS

    @property
    def due_at(self) -> datetime | None:
        """When the attempt completes by itself, None when only somebody's action can complete it.

        A standing clock has no deadline of its own, but the session-wide limit passes all the same.
        """
        if self.phase is not ACTIVE and self.phase is not Phase.PAUSED:
            return None
        if self.completes_at is not None:
            return self.completes_at
        stop = self.clock.deadline_at or self.clock.cap_at
        return None if stop is None else stop + self.grace

    @property
    def warns_at(self) -> datetime | None:
        """When the next warning is to be announced."""
        deadline = self.clock.deadline_at
        if deadline is None or not self.warnings or self.phase is not Phase.ACTIVE:
            return None
        return deadline - timedelta(minutes=max(self.warnings))

    def has_applied(self, command_id: str, time: datetime) -> bool:
        if self.applied_before is not None and time <= self.applied_before:
            return True
        return any(each.command_id == command_id for each in self.applied)

    def saved_responses(self) -> list[SavedResponse]:
        """By item id: the order the digest is made in."""
        return [
            SavedResponse(
                item_id=item_id,
                seq=answer.seq,
                at=answer.at,
                response=response_adapter.validate_json(answer.response),
            )
            for item_id, answer in sorted(self.responses.items())
            if answer.response is not None
        ]
