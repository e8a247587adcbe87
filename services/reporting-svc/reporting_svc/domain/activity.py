"""What happened in a session, a sentence for each fact that a person would want to read."""

from collections.abc import Iterable
from typing import Final

from pydantic import BaseModel

from contracts import attempt, enrollment, messaging, scoring, session
from contracts.attempt import Actor
from contracts.registry import registration_of
from contracts.resources.reporting import ActivityEntry
from contracts.statuses import ActorKind, ImageDeletion
from reporting_svc.domain.facts import RecordedFact, distinct

EXCERPT: Final = 120  # characters of a message; the message itself is in the summary
SILENT: Final = frozenset(  # types that make no entry: what only programs care about
    registration_of(model).type_name
    for model in (
        attempt.AttemptCreated,
        attempt.AttemptAdmitted,
        attempt.ProgressSaved,
        messaging.MessagesRead,
        messaging.MessagesDelivered,
    )
)


def activity(facts: Iterable[RecordedFact], participant_id: str | None = None) -> list[ActivityEntry]:
    """In order of time. With `participant_id`, what concerns this person, announcements to everybody not included."""
    entries = []
    for fact in sorted(distinct(facts), key=lambda each: (each.time, each.version, each.fact_id)):
        if participant_id is not None and participant_id not in _concerned(fact):
            continue
        summary = sentence(fact.data)
        if summary is None:
            continue
        entries.append(
            ActivityEntry(
                at=fact.time,
                type=fact.type,
                participant_id=fact.participant_id,
                by=_by(fact.data),
                summary=summary,
            )
        )
    return entries


def _concerned(fact: RecordedFact) -> list[str]:
    if isinstance(fact.data, attempt.IncidentRecorded):
        return fact.data.participant_ids
    return [fact.participant_id] if fact.participant_id is not None else []


def _by(data: BaseModel) -> Actor | None:
    match data:
        case session.SessionPaused() | session.SessionResumed() | session.SessionEnded():
            return Actor(kind=ActorKind.STAFF, id=data.by, name=data.by_name)
        case enrollment.ParticipantRemoved() | enrollment.IdentityConfirmed() | enrollment.IdentityRejected():
            return Actor(kind=ActorKind.STAFF, id=data.by, name=data.by_name)
        case attempt.IncidentRecorded() | scoring.ResultReleased():
            return data.by
        case messaging.MessageSent():
            return data.message.sender
        case scoring.ResponseReviewed():
            return data.reviewer
        case _ if isinstance(data, attempt.ATTEMPT_FACTS):
            return getattr(data, "actor", None)
        case _:
            return None


def sentence(data: BaseModel) -> str | None:
    """None for what only programs care about: saved progress, and marks of what was read."""
    if isinstance(data, attempt.ATTEMPT_FACTS):
        return _of_attempt(data)
    match data:
        case session.SessionScheduled():
            return "The session was scheduled."
        case session.SessionChanged():
            return "The session's settings were changed."
        case session.SessionOpened():
            return "The session was opened: people may join."
        case session.SessionStarted():
            return "The session was started."
        case session.SessionPaused():
            return f"The session was paused: {data.reason}"
        case session.SessionResumed():
            return "The session was resumed."
        case session.SessionEnded():
            return "The session was ended."
        case session.SessionCancelled():
            return f"The session was cancelled: {data.reason}"
        case enrollment.ParticipantEnrolled():
            return f"{data.participant.name} was enrolled."
        case enrollment.ParticipantChanged():
            return f"{data.participant.name}'s entry was changed."
        case enrollment.ParticipantJoined():
            return f"{data.participant.name} joined and waits for admission."
        case enrollment.ParticipantAdmitted():
            return f"{data.participant.name} was admitted."
        case enrollment.ParticipantDenied():
            return f"{data.participant.name} was not admitted: {data.reason}"
        case enrollment.ParticipantRemoved():
            return f"{data.participant.name} was removed: {data.reason}"
        case enrollment.IdentitySubmitted():
            return f"{data.participant.name} sent pictures of face and document."
        case enrollment.IdentityConfirmed():
            seen = "in person" if data.submission == 0 else "by pictures"
            return f"{data.participant.name}'s identity was confirmed {seen}."
        case enrollment.IdentityRejected():
            return f"{data.participant.name}'s pictures were rejected: {data.reason}"
        case enrollment.IdentityImagesDeleted():
            return _of_deletion(data)
        case messaging.MessageSent():
            return _of_message(data.message)
        case scoring.ResultScored():
            return f"The submission was scored; the result is {data.result.state.value}."
        case scoring.ResponseReviewed():
            return f"A response was reviewed; {data.result.reviews_outstanding} wait for review."
        case scoring.ResultReleased():
            return "The result was released."
        case _:
            return None


def _of_attempt(data: BaseModel) -> str | None:
    match data:
        case attempt.AttemptBegan():
            return "Began."
        case attempt.ParticipantConnected():
            return "Connected." if data.replaced is None else "Connected from another device or tab."
        case attempt.ParticipantDisconnected():
            return f"Disconnected ({data.cause.value.replace('_', ' ')})."
        case attempt.AttemptPaused():
            return f"Paused: {data.reason}"
        case attempt.AttemptResumed():
            return f"Resumed: {data.reason}" if data.reason else "Resumed."
        case attempt.TimeExtended():
            return f"Got {data.seconds} seconds more: {data.reason}"
        case attempt.ParticipantWarned():
            return f"Was told that {data.minutes} minute{'' if data.minutes == 1 else 's'} remain."
        case attempt.AttemptReset():
            return f"Attempt reopened: {data.reason}"
        case attempt.AttemptEnding():
            return "The session ended; last answers are awaited."
        case attempt.AttemptCompleted():
            return f"Completed ({data.reason.value.replace('_', ' ')}) with {len(data.responses)} answers."
        case attempt.AlertRaised():
            return f"Alert: {data.detail}"
        case attempt.AlertAcknowledged():
            return f"Alert acknowledged ({data.kind.value.replace('_', ' ')})."
        case attempt.AlertDismissed():
            return f"Alert dismissed ({data.kind.value.replace('_', ' ')}): {data.note}"
        case attempt.IncidentRecorded():
            return f"Incident ({data.category.value}): {data.note}"
        case _:
            return None


def _of_deletion(data: enrollment.IdentityImagesDeleted) -> str:
    """Names each picture and the digest of what was stored: the line is the proof that people keep."""
    why = {
        ImageDeletion.UNUSED: "they were not used",
        ImageDeletion.EXPIRED: "their time was over",
        ImageDeletion.REMOVED: "their time since the removal was over",
    }[data.why]
    listed = ", ".join(f"{each.image.value} {each.image_id} (SHA-256 {each.sha256})" for each in data.images)
    return f"{data.participant.name}'s pictures were deleted, as {why}: {listed}."


def _of_message(message: messaging.Message) -> str:
    text = message.text if len(message.text) <= EXCERPT else message.text[: EXCERPT - 1] + "…"
    match message.kind:
        case messaging.MessageKind.BROADCAST:
            return f"Announcement: {text}"
        case messaging.MessageKind.HAND_RAISED:
            return f"Raised a hand: {text}"
        case messaging.MessageKind.CHAT:
            return f"Message: {text}"
