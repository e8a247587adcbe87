"""How a fact reads as one line of the activity feed."""

from typing import Any

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
    DisconnectCause,
    IncidentRecorded,
    ParticipantConnected,
    ParticipantDisconnected,
    ParticipantWarned,
    ProgressSaved,
    TimeExtended,
)
from contracts.envelope import Event
from contracts.live import Activity
from contracts.statuses import ActorKind, AlertKind, CompletionReason, Severity

_COMPLETED = {
    CompletionReason.SUBMITTED: "submitted",
    CompletionReason.TIME_EXPIRED: "ran out of time",
    CompletionReason.ENDED_BY_PROCTOR: "was ended by the proctor",
    CompletionReason.SESSION_ENDED: "was completed by the end of the session",
    CompletionReason.TERMINATED: "was terminated",
    CompletionReason.REMOVED: "was removed",
    CompletionReason.ABSENT: "never came",
}
_CAUSES = {
    DisconnectCause.CLOSED: "disconnected",
    DisconnectCause.SILENT: "went silent",
    DisconnectCause.GATEWAY_LOST: "lost the connection with its gateway",
}


def activity_of(event: Event[Any], name: str, *, over: bool = False) -> Activity | None:
    """None for progress and repeated alerts, which the row shows. `name` is the participant's.

    `over`: they have nothing left to do here, so that their going is no warning.
    """
    fact = event.data
    if isinstance(fact, (ProgressSaved, AlertRepeated)):
        return None
    summary, severity = _said(fact, name)
    if over and isinstance(fact, ParticipantDisconnected):
        severity = Severity.NOTICE
    actor = fact.by if isinstance(fact, IncidentRecorded) else fact.actor
    by_another = actor.kind is not ActorKind.CANDIDATE
    single = isinstance(fact, IncidentRecorded)
    return Activity(
        activity_id=event.id,
        at=event.time,
        participant_id=None if single else fact.participant_id,
        name=None if single else name,
        type=event.type.removeprefix("examhall.").removesuffix(".v1"),
        summary=summary,
        by=actor.name if by_another else None,
        severity=severity,
        **_fields(fact),
    )


def _said(fact: Any, name: str) -> tuple[str, Severity]:
    match fact:
        case AttemptCreated():
            return f"{name} was enrolled", Severity.NOTICE
        case AttemptAdmitted():
            return f"{name} was admitted", Severity.NOTICE
        case AttemptBegan():
            return f"{name} began", Severity.NOTICE
        case ParticipantConnected():
            return f"{name} connected", Severity.NOTICE
        case ParticipantDisconnected():
            return f"{name} {_CAUSES[fact.cause]}", Severity.WARNING
        case AttemptPaused():
            return f"{name} was paused: {fact.reason}", Severity.NOTICE
        case AttemptResumed():
            return f"{name} was resumed" + (f": {fact.reason}" if fact.reason else ""), Severity.NOTICE
        case TimeExtended():
            return f"{name} got {_duration(fact.seconds)} more: {fact.reason}", Severity.NOTICE
        case ParticipantWarned():
            return f"{name} has {fact.minutes} min left", Severity.NOTICE
        case AttemptReset():
            return f"{name} was reset to attempt {fact.attempt_number}: {fact.reason}", Severity.WARNING
        case AttemptEnding():
            return f"{name} has the last moments to submit", Severity.NOTICE
        case AttemptCompleted():
            note = f": {fact.note}" if fact.note else ""
            return f"{name} {_COMPLETED[fact.reason]}{note}", Severity.NOTICE
        case AlertRaised():
            return f"{name}: {fact.detail}", fact.severity
        case AlertAcknowledged():
            return f"An alert about {name} was acknowledged ({_kind(fact.kind)})", Severity.NOTICE
        case AlertDismissed():
            return f"An alert about {name} was dismissed ({_kind(fact.kind)}): {fact.note}", Severity.NOTICE
        case IncidentRecorded():
            return f"Incident ({fact.category.value}): {fact.note}", Severity.WARNING
    raise TypeError(f"no activity is known for {type(fact).__name__}")


def _fields(fact: Any) -> dict[str, Any]:
    """What a page needs to say the same in another language."""
    match fact:
        case ParticipantDisconnected():
            return {"kind": fact.cause.value}
        case AttemptPaused() | AttemptResumed():
            return {"note": fact.reason}
        case TimeExtended():
            return {"seconds": fact.seconds, "note": fact.reason}
        case ParticipantWarned():
            return {"seconds": fact.minutes * 60}
        case AttemptReset():
            return {"attempt_number": fact.attempt_number, "note": fact.reason}
        case AttemptCompleted():
            return {"kind": fact.reason.value, "note": fact.note}
        case AlertRaised():
            # A duration only where it is one: it tells how long the person was away.
            return {"kind": fact.kind.value, "seconds": fact.seconds or None}
        case AlertAcknowledged():
            return {"kind": fact.kind.value}
        case AlertDismissed():
            return {"kind": fact.kind.value, "note": fact.note}
        case IncidentRecorded():
            return {"kind": fact.category.value, "note": fact.note}
    return {}


def _kind(kind: AlertKind) -> str:
    return kind.value.replace("_", " ")


def _duration(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    if not minutes:
        return f"{rest} s"
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"
