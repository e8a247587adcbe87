"""The decider: what a command does to an attempt, as facts, or why it is refused.

Every command is idempotent by itself. Progress is judged by the client's `seq`, a timer by whether it is due, and
anything else by the ids the attempt remembers having applied. No facts and no refusal means: nothing to do.

Two times: a command's own time decides whether it was in time, and `moment_of`, the same but never before the
attempt's last instant, is when it happens.
"""

from datetime import datetime
from typing import Any, Final

from msgspec.structs import replace

from chassis.outcomes import Rejected
from contracts import problems
from contracts.attempt import (
    AcknowledgeAlert,
    AdmitParticipant,
    AdoptRules,
    AttemptAdmitted,
    AttemptBegan,
    AttemptCreated,
    AttemptPaused,
    AttemptReset,
    AttemptResumed,
    BeginAttempt,
    ConnectParticipant,
    CreateAttempt,
    DisconnectParticipant,
    DismissAlert,
    EndAttempt,
    ExpireAttempt,
    ExtendTime,
    FlagItem,
    JudgeConduct,
    LedgerEntry,
    LedgerKind,
    ParticipantWarned,
    PauseAttempt,
    RecordResponse,
    ReportSignal,
    ResetAttempt,
    ResumeAttempt,
    SubmitAttempt,
    TerminateAttempt,
    TimeExtended,
    VisitItem,
    WarnParticipant,
)
from contracts.envelope import Event
from contracts.statuses import CompletionReason, Phase, SessionState
from monitoring_svc.domain.alerting import Case, adopt_rules, judge_conduct, on_answer, report_signal, settle_alert
from monitoring_svc.domain.attempt import Attempt
from monitoring_svc.domain.clock import Clock, added, milliseconds_between, stopped, total, truncated
from monitoring_svc.domain.completing import end, expire, submit, terminate
from monitoring_svc.domain.connecting import connect, disconnect
from monitoring_svc.domain.facts import Facts, Happened
from monitoring_svc.domain.form import Form
from monitoring_svc.domain.progressing import flag_item, record_response, visit_item

NOT_STARTED: Final = frozenset({Phase.INVITED, Phase.WAITING})
SESSION_OVER: Final = frozenset({SessionState.ENDED, SessionState.CANCELLED})
REPEATABLE: Final = (RecordResponse, FlagItem, VisitItem, ExpireAttempt, ReportSignal, JudgeConduct)
"""Commands that need no memory of their ids, because what they say about themselves shows a repetition."""


def decide(attempt: Attempt | None, form: Form, command: Event[Any]) -> list[Happened]:
    """The facts that `command` brings about, in order.

    Raises:
        Rejected: a rule refuses; the attempt stays as it is.

    """
    at = moment_of(attempt, command)
    return [Happened(fact, at, command) for fact in _decide(attempt, form, command, at)]


def moment_of(attempt: Attempt | None, command: Event[Any]) -> datetime:
    """When the command happens: within an attempt time never runs backwards."""
    moment = truncated(command.time)
    return moment if attempt is None or moment > attempt.last_at else attempt.last_at


def _decide(attempt: Attempt | None, form: Form, command: Event[Any], at: datetime) -> Facts:
    payload = command.data
    if attempt is None:
        return _first(command)
    if attempt.org_id != command.org_id:
        raise Rejected(problems.ATTEMPT_UNKNOWN, "There is no such attempt in your organisation.")
    match payload:
        case RecordResponse():
            saved = record_response(attempt, form, payload, command.time)
            if form.paced and saved and payload.response is not None:
                saved += on_answer(Case(attempt, form, command, at), payload.item_id)
            return saved
        case FlagItem():
            return flag_item(attempt, form, payload, command.time)
        case VisitItem():
            return visit_item(attempt, form, payload, command.time)
        case ExpireAttempt():
            return expire(attempt, command, payload, at)
        case ReportSignal():
            return report_signal(Case(attempt, form, command, at), payload)
        case JudgeConduct():
            return judge_conduct(Case(attempt, form, command, at))
    if attempt.has_applied(command.id, command.time):
        return []
    match payload:
        case CreateAttempt():
            return _create(attempt, payload)
        case AdmitParticipant():
            return _admit(attempt, payload)
        case BeginAttempt():
            return _begin(attempt, command, payload, at)
        case SubmitAttempt():
            return submit(attempt, command, payload, at)
        case PauseAttempt():
            return _pause(attempt, command, payload, at)
        case ResumeAttempt():
            return _resume(attempt, form, payload, at)
        case ExtendTime():
            return _extend(attempt, command, payload, at)
        case ResetAttempt():
            return _reset(attempt, form, command, payload, at)
        case TerminateAttempt():
            return terminate(attempt, command, payload, at)
        case EndAttempt():
            return end(attempt, command, payload, at)
        case WarnParticipant():
            return _warn(attempt, payload, command.time)
        case ConnectParticipant():
            return connect(Case(attempt, form, command, at), payload)
        case DisconnectParticipant():
            return disconnect(Case(attempt, form, command, at), payload)
        case AdoptRules():
            return adopt_rules(Case(attempt, form, command, at))
        case AcknowledgeAlert() | DismissAlert():
            return settle_alert(attempt, command, payload)
    raise TypeError(f"{type(payload).__name__} is not an attempt command")


def _first(command: Event[Any]) -> Facts:
    match command.data:
        case CreateAttempt() as create:
            return [AttemptCreated(participant_id=command.subject, actor=create.actor, terms=create.terms)]
        case AdmitParticipant() as admit:
            return [
                AttemptCreated(participant_id=command.subject, actor=admit.actor, terms=admit.terms),
                AttemptAdmitted(participant_id=command.subject, actor=admit.actor, terms=admit.terms),
            ]
    raise Rejected(problems.ATTEMPT_UNKNOWN, "Nobody is enrolled under this id.")


def _create(attempt: Attempt, command: CreateAttempt | AdmitParticipant) -> Facts:
    if attempt.phase not in NOT_STARTED or attempt.terms == command.terms:
        return []
    return [AttemptCreated(participant_id=attempt.participant_id, actor=command.actor, terms=command.terms)]


def _admit(attempt: Attempt, command: AdmitParticipant) -> Facts:
    if attempt.phase is Phase.COMPLETE:
        raise Rejected(problems.ATTEMPT_COMPLETE, "The attempt was completed before the admission.")
    if attempt.phase is not Phase.INVITED:
        return _create(attempt, command)  # admitted before: the terms may be others by now
    return [AttemptAdmitted(participant_id=attempt.participant_id, actor=command.actor, terms=command.terms)]


def _begin(attempt: Attempt, command: Event[Any], begin: BeginAttempt, at: datetime) -> Facts:
    if attempt.phase is Phase.INVITED:
        raise Rejected(problems.ATTEMPT_WRONG_PHASE, "The participant has not been admitted yet.")
    if attempt.phase is not Phase.WAITING:
        return []
    if begin.cap_at is not None and at >= begin.cap_at:
        raise Rejected(problems.SESSION_LIMIT_REACHED, "The session's time limit has passed.")
    granted = added(
        LedgerKind.GRANTED,
        attempt.terms.time_limit_seconds,
        at,
        entry_id=f"{command.id}-granted",
        by=begin.actor,
        reason="Time limit",
    )
    granted_clock = Clock(balance_ms=granted.milliseconds, cap_at=begin.cap_at)
    return [
        AttemptBegan(
            participant_id=attempt.participant_id,
            actor=begin.actor,
            ledger=[granted],
            deadline_at=granted_clock.deadline_if_started(at) if attempt.may_run else None,
            cap_at=begin.cap_at,
        )
    ]


def _pause(attempt: Attempt, command: Event[Any], pause: PauseAttempt, at: datetime) -> Facts:
    _refuse_unless_underway(attempt)
    if attempt.phase is Phase.PAUSED:
        raise Rejected(problems.ATTEMPT_PAUSED, "The attempt is paused already.")
    deadline = attempt.clock.deadline_at
    if deadline is not None and at >= deadline:
        raise Rejected(problems.TIME_IS_UP, "There is no time left to save by a pause.")
    entries = stopped(attempt.clock, at, entry_id=f"{command.id}-ran", by=pause.actor, reason=f"Paused: {pause.reason}")
    return [
        AttemptPaused(
            participant_id=attempt.participant_id,
            actor=pause.actor,
            ledger=entries,
            reason=pause.reason,
            remaining_ms=attempt.clock.balance_ms + total(entries),
            with_session=pause.with_session,
        )
    ]


def _resume(attempt: Attempt, form: Form, resume: ResumeAttempt, at: datetime) -> Facts:
    _refuse_unless_underway(attempt)
    if attempt.phase is not Phase.PAUSED:
        raise Rejected(problems.ATTEMPT_NOT_PAUSED, "The attempt is not paused.")
    if resume.with_session and not attempt.paused_with_session:
        return []
    if not resume.with_session and form.state is SessionState.PAUSED:
        raise Rejected(problems.SESSION_WRONG_STATE, "The whole session is paused: resume the session.")
    if attempt.clock.capped(at):
        raise Rejected(problems.SESSION_LIMIT_REACHED, "The session's time limit has passed.")
    return [
        AttemptResumed(
            participant_id=attempt.participant_id,
            actor=resume.actor,
            reason=resume.reason,
            deadline_at=attempt.clock.deadline_if_started(at) if attempt.may_run else None,
        )
    ]


def _extend(attempt: Attempt, command: Event[Any], extend: ExtendTime, at: datetime) -> Facts:
    """In the grace after the deadline, the old run ends at the deadline and a new one begins now, so that the whole
    extension can be used.
    """
    _refuse_unless_underway(attempt)
    clock = attempt.clock
    deadline = clock.deadline_at
    if deadline is not None and command.time > deadline + attempt.grace:
        raise Rejected(problems.TIME_IS_UP, "The time was up before the extension came. Reset the attempt instead.")
    if clock.cap_at is not None and (deadline or clock.deadline_if_started(at)) >= clock.cap_at:
        raise Rejected(problems.SESSION_LIMIT_REACHED, "The session's own time limit leaves no room for more time.")
    entries: list[LedgerEntry] = []
    if deadline is not None and at > deadline:
        entries += stopped(clock, at, entry_id=f"{command.id}-ran", by=extend.actor, reason="Time was up")
    entries.append(
        added(
            LedgerKind.EXTENDED,
            extend.seconds,
            at,
            entry_id=f"{command.id}-extended",
            by=extend.actor,
            reason=extend.reason,
        )
    )
    extended = replace(clock, balance_ms=clock.balance_ms + total(entries))
    since = clock.running_since
    if deadline is not None and at > deadline:
        since = at if attempt.may_run else None
    return [
        TimeExtended(
            participant_id=attempt.participant_id,
            actor=extend.actor,
            ledger=entries,
            seconds=extend.seconds,
            reason=extend.reason,
            deadline_at=None if since is None else extended.deadline_if_started(since),
        )
    ]


def _reset(attempt: Attempt, form: Form, command: Event[Any], reset: ResetAttempt, at: datetime) -> Facts:
    if form.state in SESSION_OVER or attempt.ending:
        raise Rejected(problems.SESSION_WRONG_STATE, "The session is over.")
    if attempt.began_at is None:
        raise Rejected(problems.ATTEMPT_NOT_STARTED, "There is nothing to reset: the attempt never began.")
    if attempt.completion_reason is CompletionReason.REMOVED:
        raise Rejected(problems.ATTEMPT_WRONG_PHASE, "The participant was removed from the session.")
    if attempt.clock.capped(at):
        raise Rejected(problems.SESSION_LIMIT_REACHED, "The session's time limit has passed.")
    entries = stopped(attempt.clock, at, entry_id=f"{command.id}-ran", by=reset.actor, reason=f"Reset: {reset.reason}")
    if reset.extra_seconds:
        entries.append(
            added(
                LedgerKind.EXTENDED,
                reset.extra_seconds,
                at,
                entry_id=f"{command.id}-extended",
                by=reset.actor,
                reason=f"Reset: {reset.reason}",
            )
        )
    clock = replace(attempt.clock, balance_ms=attempt.clock.balance_ms + total(entries))
    if clock.balance_ms <= 0:
        raise Rejected(problems.TIME_IS_UP, "No time is left: give extra time with the reset.")
    goes_on = form.state is SessionState.RUNNING and attempt.connected
    return [
        AttemptReset(
            participant_id=attempt.participant_id,
            actor=reset.actor,
            ledger=entries,
            reason=reset.reason,
            attempt_number=attempt.number + 1,
            deadline_at=clock.deadline_if_started(at) if goes_on else None,
            with_session=form.state is SessionState.PAUSED,
        )
    ]


def _warn(attempt: Attempt, warn: WarnParticipant, time: datetime) -> Facts:
    deadline = attempt.clock.deadline_at
    if attempt.phase is not Phase.ACTIVE or deadline is None or warn.minutes not in attempt.warnings:
        return []
    left = milliseconds_between(time, deadline)
    if left <= 0 or left > warn.minutes * 60_000:
        return []
    return [ParticipantWarned(participant_id=attempt.participant_id, actor=warn.actor, minutes=warn.minutes)]


def _refuse_unless_underway(attempt: Attempt) -> None:
    if attempt.phase in NOT_STARTED:
        raise Rejected(problems.ATTEMPT_NOT_STARTED, "The attempt has not started.")
    if attempt.phase is Phase.COMPLETE:
        raise Rejected(problems.ATTEMPT_COMPLETE, "The attempt is complete.")
    if attempt.ending:
        raise Rejected(problems.ATTEMPT_WRONG_PHASE, "The session has ended; the last answers are being taken.")
