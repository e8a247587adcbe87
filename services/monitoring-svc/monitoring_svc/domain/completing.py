"""How an attempt ends: submitted, timed out, ended with its session, terminated."""

from datetime import datetime
from typing import Any

from chassis.outcomes import Rejected
from contracts import problems
from contracts.attempt import (
    Actor,
    AttemptCompleted,
    AttemptEnding,
    EndAttempt,
    ExpireAttempt,
    LedgerKind,
    SubmitAttempt,
    TerminateAttempt,
)
from contracts.digest import responses_digest
from contracts.envelope import Event
from contracts.statuses import CompletionReason, Phase
from monitoring_svc.domain.attempt import Attempt
from monitoring_svc.domain.clock import stopped, total
from monitoring_svc.domain.facts import Facts
from monitoring_svc.domain.progressing import refuse_unless_in_time

_REASONS = {
    CompletionReason.SUBMITTED: "Submitted",
    CompletionReason.TIME_EXPIRED: "Time expired",
    CompletionReason.ENDED_BY_PROCTOR: "Ended by the proctor",
    CompletionReason.SESSION_ENDED: "The session ended",
    CompletionReason.TERMINATED: "Terminated",
    CompletionReason.REMOVED: "Removed from the session",
    CompletionReason.ABSENT: "Never came",
}


def submit(attempt: Attempt, command: Event[Any], submission: SubmitAttempt, at: datetime) -> Facts:
    refuse_unless_in_time(attempt, command.time)
    return [completed(attempt, command, submission.actor, CompletionReason.SUBMITTED, at)]


def expire(attempt: Attempt, command: Event[Any], expiry: ExpireAttempt, at: datetime) -> Facts:
    """Judged by the command's own time, so that a repeated or premature one can never become due later."""
    due = attempt.due_at
    if due is None or command.time < due:
        return []
    reason = CompletionReason.SESSION_ENDED if attempt.ending else CompletionReason.TIME_EXPIRED
    return [completed(attempt, command, expiry.actor, reason, at, completed_at=due)]


def terminate(attempt: Attempt, command: Event[Any], termination: TerminateAttempt, at: datetime) -> Facts:
    if attempt.phase is Phase.COMPLETE:
        raise Rejected(problems.ATTEMPT_COMPLETE, "The attempt is complete.")
    return [
        completed(attempt, command, termination.actor, termination.because, at, note=termination.reason),
    ]


def end(attempt: Attempt, command: Event[Any], ending: EndAttempt, at: datetime) -> Facts:
    """The session ended. Whoever never came is absent, whoever waited is done, whoever worked gets the grace.

    A deadline that passed before the end keeps its own grace and times out by itself.
    """
    if attempt.phase is Phase.COMPLETE or attempt.ending:
        return []
    if not attempt.was_connected and not attempt.responses:
        return [completed(attempt, command, ending.actor, CompletionReason.ABSENT, at)]
    if attempt.began_at is None or not attempt.terms.grace_seconds:
        return [completed(attempt, command, ending.actor, CompletionReason.SESSION_ENDED, at)]
    deadline = attempt.clock.deadline_at
    if deadline is not None and at >= deadline:
        return []
    return [
        AttemptEnding(
            participant_id=attempt.participant_id,
            actor=ending.actor,
            ledger=stopped(
                attempt.clock,
                at,
                entry_id=f"{command.id}-ran",
                by=ending.actor,
                reason=_REASONS[CompletionReason.SESSION_ENDED],
            ),
            completes_at=at + attempt.grace,
        )
    ]


def completed(
    attempt: Attempt,
    command: Event[Any],
    actor: Actor,
    reason: CompletionReason,
    at: datetime,
    *,
    note: str | None = None,
    completed_at: datetime | None = None,
) -> AttemptCompleted:
    """The final submission with what is saved."""
    entries = stopped(attempt.clock, at, entry_id=f"{command.id}-ran", by=actor, reason=_REASONS[reason])
    ledger = [*attempt.ledger, *entries]
    responses = attempt.saved_responses()
    return AttemptCompleted(
        participant_id=attempt.participant_id,
        actor=actor,
        ledger=entries,
        reason=reason,
        note=note,
        attempt_number=attempt.number,
        began_at=attempt.began_at,
        completed_at=completed_at or at,
        elapsed_ms=-total(ledger, LedgerKind.RAN),
        remaining_ms=total(ledger),
        responses=responses,
        responses_digest=responses_digest(responses),
        clock=ledger,
    )
