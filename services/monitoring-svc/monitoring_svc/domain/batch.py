"""All commands of one attempt within one processed batch: decided one after the other, their facts numbered.

A run of answers, flags and visits is folded into one `ProgressSaved`; a person working fast costs one fact a batch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from msgspec import Struct

from chassis.outcomes import Rejected
from contracts.attempt import (
    AcknowledgeAlert,
    DismissAlert,
    EndAttempt,
    ExpireAttempt,
    ExtendTime,
    FlagItem,
    JudgeConduct,
    PauseAttempt,
    ProgressSaved,
    RecordResponse,
    ReportSignal,
    ResetAttempt,
    ResumeAttempt,
    SubmitAttempt,
    TerminateAttempt,
    VisitItem,
)
from contracts.envelope import Event
from contracts.live import Outcome
from contracts.model import trusted
from monitoring_svc.domain.alerting import armed
from monitoring_svc.domain.attempt import Attempt
from monitoring_svc.domain.decide import REPEATABLE, decide
from monitoring_svc.domain.evolve import evolve
from monitoring_svc.domain.facts import INTERNAL, PROGRESS, Happened, ResponseSaved
from monitoring_svc.domain.form import Form

SOURCE: Final = "monitoring-svc"
ANSWERED: Final = (
    SubmitAttempt,
    PauseAttempt,
    ResumeAttempt,
    ExtendTime,
    ResetAttempt,
    TerminateAttempt,
    EndAttempt,
    AcknowledgeAlert,
    DismissAlert,
)
"""Commands whose sender waits to hear that they were applied; refusals of anything are told."""
_PROGRESS: Final = frozenset[type[Any]]((RecordResponse, FlagItem, VisitItem))


@dataclass(frozen=True, slots=True)
class Decided:
    """A command that was decided without changing the attempt: refused, or without effect (`problem` None).

    It is remembered, so that its repetition, meeting a later state, is not decided differently.
    """

    command_id: str
    participant_id: str
    org_id: str
    session_id: str | None
    at: datetime
    problem: str | None = None
    detail: str | None = None
    seq: int | None = None

    def outcome(self) -> Outcome:
        return Outcome(
            command_id=self.command_id,
            participant_id=self.participant_id,
            problem=self.problem,
            detail=self.detail,
            seq=self.seq,
        )


class Handled(Struct):
    """What a batch made of one attempt.

    facts: published ones, numbered, in order.
    outcomes: to tell the senders.
    decided: to remember.
    repeated: some command had been handled before, so the attempt's kept facts may never have been published.
    poison: commands whose handling failed unexpectedly; they changed nothing.
    """

    attempt: Attempt | None
    facts: list[Event[Any]] = []
    outcomes: list[Outcome] = []
    decided: list[Decided] = []
    repeated: bool = False
    poison: list[tuple[Event[Any], Exception]] = []


def handle(
    attempt: Attempt | None, form: Form, commands: Sequence[Event[Any]], remembered: Mapping[str, Decided]
) -> Handled:
    """Decide `commands` in order. `remembered`: those of them known to have been decided without a change."""
    handled = Handled(attempt)
    progress: list[Happened] = []
    for command in commands:
        progressing = command.data.__class__ in _PROGRESS
        known = remembered.get(command.id)
        if known is not None:
            handled.repeated = True
            _tell(handled, command, known.outcome())
            continue
        try:
            happened = decide(handled.attempt, form, command)
            if happened and (not progressing or len(happened) > 1):
                _publish_progress(handled, progress)
            _apply(handled, command, happened)
            if happened and not progressing and handled.attempt is not None:
                handled.attempt = armed(handled.attempt, form)
        except Rejected as refusal:
            _remember(handled, command, refusal)
            continue
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one command must not stop the others
            handled.poison.append((command, error))
            continue
        if not happened:
            _unchanged(handled, command)
        elif progressing:
            progress += [each for each in happened if isinstance(each.fact, PROGRESS)]
        elif isinstance(command.data, ANSWERED):
            _tell(handled, command, Outcome(command_id=command.id, participant_id=command.subject))
    _publish_progress(handled, progress)
    return handled


def _apply(handled: Handled, command: Event[Any], happened: list[Happened]) -> None:
    attempt = handled.attempt
    facts: list[Event[Any]] = []
    for index, each in enumerate(happened):
        attempt = evolve(attempt, each)
        if not isinstance(each.fact, INTERNAL):
            facts.append(_numbered(attempt, each, f"{command.id}-{index}"))
    handled.attempt = attempt
    handled.facts += facts


def _publish_progress(handled: Handled, progress: list[Happened]) -> None:
    """Fold what was done so far into one fact, before anything else happens to the attempt."""
    attempt = handled.attempt
    if not progress or attempt is None:
        return
    saved: dict[str, int] = {}
    for each in progress:
        if isinstance(each.fact, ResponseSaved):
            saved[each.fact.item_id] = each.fact.seq
    last = progress[-1]
    fact = trusted(
        ProgressSaved,
        participant_id=attempt.participant_id,
        actor=last.cause.data.actor,
        ledger=[],
        saved=saved,
        answered=attempt.answered,
        flagged=attempt.flagged,
        item_id=None if attempt.place is None else attempt.place.item_id,
    )
    folded = Happened(fact, last.at, last.cause)
    handled.attempt = evolve(attempt, folded)
    handled.facts.append(_numbered(handled.attempt, folded, f"{last.cause.id}-progress"))
    progress.clear()


def _numbered(attempt: Attempt, happened: Happened, fact_id: str) -> Event[Any]:
    """The id follows from the command's, so that a fact published again is recognisable as the same."""
    return Event(
        id=fact_id,
        source=SOURCE,
        time=happened.at,
        subject=attempt.participant_id,
        org_id=attempt.org_id,
        session_id=attempt.session_id,
        version=attempt.version,
        traceparent=happened.cause.traceparent,
        data=happened.fact,
    )


def _remember(handled: Handled, command: Event[Any], refusal: Rejected) -> None:
    decided = _decided(command, refusal)
    handled.decided.append(decided)
    _tell(handled, command, decided.outcome())


def _unchanged(handled: Handled, command: Event[Any]) -> None:
    """Nothing to do: the command came before, or it has no effect in this state."""
    attempt = handled.attempt
    assert attempt is not None
    if isinstance(command.data, REPEATABLE) or attempt.has_applied(command.id, command.time):
        handled.repeated = True
    else:
        handled.decided.append(_decided(command, None))
    if isinstance(command.data, ANSWERED):
        _tell(handled, command, Outcome(command_id=command.id, participant_id=command.subject))


def _decided(command: Event[Any], refusal: Rejected | None) -> Decided:
    return Decided(
        command_id=command.id,
        participant_id=command.subject,
        org_id=command.org_id,
        session_id=command.session_id,
        at=command.time,
        problem=None if refusal is None else refusal.problem.name,
        detail=None if refusal is None else refusal.detail or None,
        seq=command.data.seq if command.data.__class__ in _PROGRESS else None,
    )


def _tell(handled: Handled, command: Event[Any], outcome: Outcome) -> None:
    """Tell the sender; timers and hand-overs of this service wait for no answer."""
    if command.source != SOURCE:
        handled.outcomes.append(outcome)


def is_suspect(attempt: Attempt | None, command: Event[Any]) -> bool:
    """Whether `command` may have been decided before without leaving a trace in the attempt.

    The log is nearly ordered by time, so progress newer than anything in the attempt is new. A premature expiry stays
    premature and needs no memory, and neither do signals, by their number, and judgements of what still lasts.
    """
    if command.data.__class__ in _PROGRESS:
        return attempt is not None and command.time <= attempt.last_at
    return not isinstance(command.data, (ExpireAttempt, ReportSignal, JudgeConduct))
