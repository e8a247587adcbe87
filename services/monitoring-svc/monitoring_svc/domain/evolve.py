"""What a fact makes of an attempt. Never refuses: what happened, happened."""

from datetime import datetime
from typing import Final

from msgspec.structs import replace

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
    LedgerEntry,
    LedgerKind,
    ParticipantConnected,
    ParticipantDisconnected,
    ParticipantWarned,
    ProgressSaved,
    TimeExtended,
)
from contracts.statuses import Phase
from monitoring_svc.domain.attempt import Answer, Applied, Attempt, Connection, Flag, Place
from monitoring_svc.domain.clock import Clock, milliseconds_between, total
from monitoring_svc.domain.conduct import Open
from monitoring_svc.domain.decide import REPEATABLE
from monitoring_svc.domain.facts import (
    PROGRESS,
    Happened,
    ItemFlagged,
    ItemVisited,
    Noted,
    Progress,
    PublicFact,
    ResponseSaved,
)

APPLIED_MAX: Final = 256
"""Commands remembered by id: somebody reconnecting each minute fills it in two hours, anybody else never. Of those
forgotten the newest time is kept, and nothing that old is applied again: by then it can only be a repetition."""


def evolve(attempt: Attempt | None, happened: Happened) -> Attempt:
    """The attempt after the fact. A public fact takes the next version."""
    fact = happened.fact
    if attempt is None:
        assert isinstance(fact, AttemptCreated)
        cause = happened.cause
        first = Attempt(
            participant_id=cause.subject,
            session_id=cause.session_id or "",
            org_id=cause.org_id,
            terms=fact.terms,
            last_at=happened.at,
            version=1,
        )
        return _remember(first, happened)
    if isinstance(fact, PROGRESS):
        return _progressed(attempt, fact, happened.at)
    if isinstance(fact, Noted):
        return _remember(replace(attempt, conduct=fact.conduct, last_at=happened.at), happened)
    if isinstance(fact, ProgressSaved):
        return replace(attempt, version=attempt.version + 1, last_at=happened.at)
    changed = _changed(attempt, fact, happened.at)
    changed = replace(changed, version=attempt.version + 1, last_at=happened.at)
    return _remember(changed, happened)


def _remember(attempt: Attempt, happened: Happened) -> Attempt:
    cause = happened.cause
    if isinstance(cause.data, REPEATABLE) or any(each.command_id == cause.id for each in attempt.applied):
        return attempt
    applied = (*attempt.applied, Applied(cause.id, cause.time))
    forgotten = applied[:-APPLIED_MAX]
    before = max((each.time for each in forgotten), default=attempt.applied_before)
    if before is not None and attempt.applied_before is not None:
        before = max(before, attempt.applied_before)
    return replace(attempt, applied=applied[-APPLIED_MAX:], applied_before=before)


def _progressed(attempt: Attempt, fact: Progress, at: datetime) -> Attempt:
    """One copy of the attempt for each step: this is where a busy session spends its time."""
    last_seq = max(attempt.last_seq, fact.seq)
    match fact:
        case ResponseSaved(item_id, section_id, seq, response):
            before = attempt.responses.get(item_id)
            was_answered = before is not None and before.response is not None
            return replace(
                attempt,
                responses={**attempt.responses, item_id: Answer(seq, at, response)},
                answered=attempt.answered + (response is not None) - was_answered,
                place=_place(attempt, Place(seq, item_id, section_id)),
                last_seq=last_seq,
                last_seen_at=at,
                last_at=at,
            )
        case ItemFlagged(item_id, seq, flagged):
            flag = attempt.flags.get(item_id)
            was_flagged = flag is not None and flag.flagged
            return replace(
                attempt,
                flags={**attempt.flags, item_id: Flag(seq, flagged)},
                flagged=attempt.flagged + flagged - was_flagged,
                last_seq=last_seq,
                last_seen_at=at,
                last_at=at,
            )
        case ItemVisited(item_id, section_id, seq):
            place = _place(attempt, Place(seq, item_id, section_id))
            return replace(attempt, place=place, last_seq=last_seq, last_seen_at=at, last_at=at)


def _place(attempt: Attempt, place: Place) -> Place:
    return place if attempt.place is None or place.seq > attempt.place.seq else attempt.place


def _changed(attempt: Attempt, fact: PublicFact, at: datetime) -> Attempt:
    ledger = (*attempt.ledger, *fact.ledger)
    balanced = replace(attempt.clock, balance_ms=attempt.clock.balance_ms + total(fact.ledger))
    match fact:
        case AttemptCreated():
            return replace(attempt, terms=fact.terms)
        case AttemptAdmitted():
            return replace(attempt, terms=fact.terms, phase=Phase.WAITING)
        case AttemptBegan():
            clock = replace(balanced, cap_at=fact.cap_at)
            began = replace(
                attempt, phase=Phase.ACTIVE, began_at=at, ledger=ledger, conduct=attempt.conduct.activated(at)
            )
            return _started(began, clock, at, fact.deadline_at)
        case ProgressSaved():
            return attempt
        case ParticipantConnected():
            connected = replace(
                attempt,
                connection=Connection(fact.connection_id, fact.gateway_id),
                was_connected=True,
                last_seen_at=at,
                conduct=attempt.conduct.connected(fact.connection_id, at),
            )
            return connected if attempt.clock.running else _started(connected, balanced, at, fact.deadline_at)
        case ParticipantDisconnected():
            clock = _standing(balanced) if fact.ledger else balanced
            return replace(attempt, connection=None, last_seen_at=at, clock=clock, ledger=ledger)
        case AttemptPaused():
            return replace(
                attempt,
                phase=Phase.PAUSED,
                pause_reason=fact.reason,
                paused_with_session=fact.with_session,
                answers_until=at + attempt.grace,
                clock=_standing(balanced),
                ledger=ledger,
            )
        case AttemptResumed():
            return _started(_unpaused(attempt, at), balanced, at, fact.deadline_at)
        case TimeExtended():
            extended = replace(attempt, ledger=ledger)
            if any(entry.kind is LedgerKind.RAN for entry in fact.ledger):
                return _started(extended, _standing(balanced), at, fact.deadline_at)
            if not attempt.clock.running:
                return replace(extended, clock=balanced)
            return replace(extended, clock=balanced, warnings=_warnings(attempt, balanced, at))
        case ParticipantWarned():
            return replace(attempt, warnings=tuple(each for each in attempt.warnings if each < fact.minutes))
        case AttemptReset():
            return _reset(attempt, fact, _standing(balanced), ledger, at)
        case AttemptEnding():
            return replace(attempt, completes_at=fact.completes_at, clock=_standing(balanced), ledger=ledger)
        case AttemptCompleted():
            return replace(
                attempt,
                phase=Phase.COMPLETE,
                completion_reason=fact.reason,
                completed_at=fact.completed_at,
                completes_at=None,
                pause_reason=None,
                paused_with_session=False,
                answers_until=None,
                responses_digest=fact.responses_digest,
                clock=_standing(balanced),
                ledger=ledger,
            )
        case AlertRaised():
            alert = Open(fact.alert_id, fact.kind, fact.severity, fact.count, fact.seconds, at, at)
            return replace(attempt, conduct=attempt.conduct.raised(alert))
        case AlertRepeated():
            return replace(attempt, conduct=attempt.conduct.repeated(fact.alert_id, fact.count, fact.seconds, at))
        case AlertAcknowledged() | AlertDismissed():
            return replace(attempt, conduct=attempt.conduct.settled(fact.alert_id))


def _reset(
    attempt: Attempt, fact: AttemptReset, clock: Clock, ledger: tuple[LedgerEntry, ...], at: datetime
) -> Attempt:
    reopened = replace(
        _unpaused(attempt, at),
        number=fact.attempt_number,
        completion_reason=None,
        completed_at=None,
        responses_digest=None,
        ledger=ledger,
    )
    if fact.deadline_at is not None:
        return _started(reopened, clock, at, fact.deadline_at)
    return replace(
        reopened,
        phase=Phase.PAUSED,
        pause_reason=fact.reason,
        paused_with_session=fact.with_session,
        answers_until=at,
        clock=clock,
    )


def _unpaused(attempt: Attempt, at: datetime) -> Attempt:
    return replace(
        attempt,
        phase=Phase.ACTIVE,
        pause_reason=None,
        paused_with_session=False,
        answers_until=None,
        conduct=attempt.conduct.activated(at),
    )


def _started(attempt: Attempt, clock: Clock, at: datetime, deadline: datetime | None) -> Attempt:
    """With the clock running from `at`, if the fact gave it a deadline."""
    if deadline is None:
        return replace(attempt, clock=clock)
    clock = replace(clock, running_since=at)
    return replace(attempt, clock=clock, warnings=_warnings(attempt, clock, at))


def _standing(clock: Clock) -> Clock:
    return replace(clock, running_since=None)


def _warnings(attempt: Attempt, clock: Clock, at: datetime) -> tuple[int, ...]:
    """The warnings still ahead, seen from `at`: announcing ten minutes to somebody who has eight would be wrong."""
    deadline = clock.deadline_at
    assert deadline is not None
    left = milliseconds_between(at, deadline)
    return tuple(minutes for minutes in attempt.terms.warning_minutes if minutes * 60_000 < left)
