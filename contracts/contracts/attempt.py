"""The attempt: commands that may change it and the facts of what happened.

Commands share one topic and one key, the participant, so that everything done to an attempt has one order. A command's
id (`ce_id`) makes it idempotent; its time (`ce_time`) is the shared-clock instant of receipt and the only time the
decider knows.
"""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from contracts import limits
from contracts.items import Response
from contracts.model import Command, Fact, Id, Instant, Name, Part, Reason, Text
from contracts.registry import message
from contracts.session import GraceSeconds
from contracts.statuses import ActorKind, AlertKind, ClockPolicy, CompletionReason, Severity

ATTEMPT_COMMANDS: Final = "attempt.commands.v1"
ATTEMPT_EVENTS: Final = "attempt.events.v1"

Seq = Annotated[int, Field(ge=1, le=2**53 - 1)]
"""A client's own count of what it sent for this attempt; goes on from the welcome's `last_seq` on another device."""
ExtensionSeconds = Annotated[int, Field(ge=1, le=limits.EXTENSION_SECONDS_MAX)]
Milliseconds = int


class Actor(Part):
    """Who did it. A timer is the system."""

    kind: ActorKind
    id: Id
    name: Name


SYSTEM: Final = Actor(kind=ActorKind.SYSTEM, id="system", name="Examhall")


class Terms(Part):
    """What an attempt runs under, fixed when it begins. `time_limit_seconds` already includes any accommodation."""

    name: Name
    external_id: Name | None = None
    time_limit_seconds: Annotated[int, Field(ge=1)]
    grace_seconds: GraceSeconds
    clock_while_disconnected: ClockPolicy
    warning_minutes: list[int] = []
    total_items: Annotated[int, Field(ge=0)]


# Commands


class _AttemptCommand(Command):
    actor: Actor


@message("examhall.attempt.create.v1", topic=ATTEMPT_COMMANDS)
class CreateAttempt(_AttemptCommand):
    """Enrolled: the attempt exists, phase invited. Repeated before the start, it refreshes the terms."""

    terms: Terms


@message("examhall.attempt.admit.v1", topic=ATTEMPT_COMMANDS)
class AdmitParticipant(_AttemptCommand):
    """invited -> waiting. Carries the terms: it also works when it comes first, and repeated before the start it
    refreshes them.
    """

    terms: Terms


@message("examhall.attempt.begin.v1", topic=ATTEMPT_COMMANDS)
class BeginAttempt(_AttemptCommand):
    """waiting -> active. `cap_at`: where the session-wide limit cuts off."""

    cap_at: Instant | None = None


@message("examhall.attempt.record-response.v1", topic=ATTEMPT_COMMANDS)
class RecordResponse(_AttemptCommand):
    """`response` None clears the answer."""

    seq: Seq
    item_id: Id
    response: Response | None


@message("examhall.attempt.flag-item.v1", topic=ATTEMPT_COMMANDS)
class FlagItem(_AttemptCommand):
    seq: Seq
    item_id: Id
    flagged: bool


@message("examhall.attempt.visit-item.v1", topic=ATTEMPT_COMMANDS)
class VisitItem(_AttemptCommand):
    seq: Seq
    item_id: Id


@message("examhall.attempt.submit.v1", topic=ATTEMPT_COMMANDS)
class SubmitAttempt(_AttemptCommand):
    pass


@message("examhall.attempt.pause.v1", topic=ATTEMPT_COMMANDS)
class PauseAttempt(_AttemptCommand):
    """`with_session`: the whole session pauses; resuming the session resumes whom it paused, and nobody else."""

    reason: Reason
    with_session: bool = False


@message("examhall.attempt.resume.v1", topic=ATTEMPT_COMMANDS)
class ResumeAttempt(_AttemptCommand):
    reason: Reason | None = None
    with_session: bool = False


@message("examhall.attempt.extend-time.v1", topic=ATTEMPT_COMMANDS)
class ExtendTime(_AttemptCommand):
    seconds: ExtensionSeconds
    reason: Reason


@message("examhall.attempt.reset.v1", topic=ATTEMPT_COMMANDS)
class ResetAttempt(_AttemptCommand):
    """Reopen a completed or stuck attempt from the last saved point; history and ledger stay."""

    reason: Reason
    extra_seconds: Annotated[int, Field(ge=0, le=limits.EXTENSION_SECONDS_MAX)] = 0


@message("examhall.attempt.terminate.v1", topic=ATTEMPT_COMMANDS)
class TerminateAttempt(_AttemptCommand):
    """Complete at once with what is saved. `because`: ended by proctor, terminated or removed."""

    reason: Reason
    because: CompletionReason = CompletionReason.TERMINATED


@message("examhall.attempt.end.v1", topic=ATTEMPT_COMMANDS)
class EndAttempt(_AttemptCommand):
    """The session ended at this command's time: work stops, grace runs, it completes. Whoever never came is absent."""


@message("examhall.attempt.expire.v1", topic=ATTEMPT_COMMANDS)
class ExpireAttempt(_AttemptCommand):
    """A timer noticed that `due_at` passed; the decider has the last word."""

    due_at: Instant


@message("examhall.attempt.warn.v1", topic=ATTEMPT_COMMANDS)
class WarnParticipant(_AttemptCommand):
    minutes: Annotated[int, Field(ge=1)]


@message("examhall.attempt.connect.v1", topic=ATTEMPT_COMMANDS)
class ConnectParticipant(_AttemptCommand):
    connection_id: Id
    gateway_id: Id
    address: Annotated[str, StringConstraints(max_length=64)] | None = None


class DisconnectCause(StrEnum):
    CLOSED = "closed"
    SILENT = "silent"
    GATEWAY_LOST = "gateway_lost"


@message("examhall.attempt.disconnect.v1", topic=ATTEMPT_COMMANDS)
class DisconnectParticipant(_AttemptCommand):
    """Applies only if `connection_id` is the current connection."""

    connection_id: Id
    cause: DisconnectCause


class Signal(StrEnum):
    """What a candidate's page saw. What begins and ends has a signal for each, so that the server counts the time."""

    FOCUS_LOST = "focus_lost"
    FOCUS_REGAINED = "focus_regained"
    FULL_SCREEN_LEFT = "full_screen_left"
    FULL_SCREEN_ENTERED = "full_screen_entered"
    FULL_SCREEN_UNAVAILABLE = "full_screen_unavailable"
    SHARING_STOPPED = "sharing_stopped"
    SHARING_STARTED = "sharing_started"
    CLIPBOARD_USED = "clipboard_used"


@message("examhall.attempt.report-signal.v1", topic=ATTEMPT_COMMANDS)
class ReportSignal(_AttemptCommand):
    """`number` counts the signals of this connection: one that is not newer changes nothing.

    `count`: occurrences told together. `seconds`: the page's own measure of what began while it could not tell.
    """

    connection_id: Id
    number: Annotated[int, Field(ge=1)]
    signal: Signal
    count: Annotated[int, Field(ge=1, le=limits.SIGNAL_COUNT_MAX)] = 1
    seconds: Annotated[int, Field(ge=0, le=limits.SIGNAL_SECONDS_MAX)] = 0


@message("examhall.attempt.judge-conduct.v1", topic=ATTEMPT_COMMANDS)
class JudgeConduct(_AttemptCommand):
    """A timer noticed that something may have lasted long enough; the decider has the last word."""


@message("examhall.attempt.adopt-rules.v1", topic=ATTEMPT_COMMANDS)
class AdoptRules(_AttemptCommand):
    """The session was edited: from here on its rules for alerts are those of `session_version`, or newer ones."""

    session_version: int


@message("examhall.alert.acknowledge.v1", topic=ATTEMPT_COMMANDS)
class AcknowledgeAlert(_AttemptCommand):
    alert_id: Id


@message("examhall.alert.dismiss.v1", topic=ATTEMPT_COMMANDS)
class DismissAlert(_AttemptCommand):
    alert_id: Id
    note: Reason


ATTEMPT_COMMAND_TYPES: Final = (
    CreateAttempt,
    AdmitParticipant,
    BeginAttempt,
    RecordResponse,
    FlagItem,
    VisitItem,
    SubmitAttempt,
    PauseAttempt,
    ResumeAttempt,
    ExtendTime,
    ResetAttempt,
    TerminateAttempt,
    EndAttempt,
    ExpireAttempt,
    WarnParticipant,
    ConnectParticipant,
    DisconnectParticipant,
    ReportSignal,
    JudgeConduct,
    AdoptRules,
    AcknowledgeAlert,
    DismissAlert,
)


# Facts


class LedgerKind(StrEnum):
    GRANTED = "granted"
    EXTENDED = "extended"
    RAN = "ran"


class LedgerEntry(Part):
    """One change of the clock. The sum of `milliseconds` is the time that remains whenever the clock stands.

    GRANTED and EXTENDED add, RAN subtracts the interval `since`..`at` during which the clock ran.
    """

    entry_id: Id
    kind: LedgerKind
    at: Instant
    milliseconds: Milliseconds
    by: Actor
    reason: str
    since: Instant | None = None


class SavedResponse(Part):
    item_id: Id
    seq: Seq
    at: Instant
    response: Response


class _AttemptFact(Fact):
    """`ledger`: the entries this fact adds."""

    participant_id: Id
    actor: Actor
    ledger: list[LedgerEntry] = []


@message("examhall.attempt.created.v1", topic=ATTEMPT_EVENTS)
class AttemptCreated(_AttemptFact):
    terms: Terms


@message("examhall.attempt.admitted.v1", topic=ATTEMPT_EVENTS)
class AttemptAdmitted(_AttemptFact):
    terms: Terms


@message("examhall.attempt.began.v1", topic=ATTEMPT_EVENTS)
class AttemptBegan(_AttemptFact):
    deadline_at: Instant | None = Field(description="None when the clock stands because the person is away")
    attempt_number: int = 1
    cap_at: Instant | None = Field(default=None, description="Where the session-wide limit cuts off")


@message("examhall.attempt.progress-saved.v1", topic=ATTEMPT_EVENTS)
class ProgressSaved(_AttemptFact):
    """Everything a candidate did within one processed batch, folded: item id -> seq of its newest saved response."""

    saved: dict[Id, Seq] = {}
    answered: int
    flagged: int
    item_id: Id | None = None


@message("examhall.attempt.connected.v1", topic=ATTEMPT_EVENTS)
class ParticipantConnected(_AttemptFact):
    connection_id: Id
    gateway_id: Id
    replaced: Id | None = Field(default=None, description="The older connection this one took over from")
    deadline_at: Instant | None = None


@message("examhall.attempt.disconnected.v1", topic=ATTEMPT_EVENTS)
class ParticipantDisconnected(_AttemptFact):
    connection_id: Id
    cause: DisconnectCause


@message("examhall.attempt.paused.v1", topic=ATTEMPT_EVENTS)
class AttemptPaused(_AttemptFact):
    reason: Reason
    remaining_ms: Milliseconds
    with_session: bool = False


@message("examhall.attempt.resumed.v1", topic=ATTEMPT_EVENTS)
class AttemptResumed(_AttemptFact):
    reason: Reason | None = None
    deadline_at: Instant | None = None


@message("examhall.attempt.time-extended.v1", topic=ATTEMPT_EVENTS)
class TimeExtended(_AttemptFact):
    seconds: ExtensionSeconds
    reason: Reason
    deadline_at: Instant | None = None


@message("examhall.attempt.warned.v1", topic=ATTEMPT_EVENTS)
class ParticipantWarned(_AttemptFact):
    minutes: int


@message("examhall.attempt.was-reset.v1", topic=ATTEMPT_EVENTS)
class AttemptReset(_AttemptFact):
    """`phase` after a reset is active when the session runs and the person is there, else paused.

    Active exactly when there is a `deadline_at`. `with_session`: paused because the session is.
    """

    reason: Reason
    attempt_number: int
    deadline_at: Instant | None = None
    with_session: bool = False


@message("examhall.attempt.ending.v1", topic=ATTEMPT_EVENTS)
class AttemptEnding(_AttemptFact):
    """The session ended; what is received until `completes_at` still counts."""

    completes_at: Instant


@message("examhall.attempt.completed.v1", topic=ATTEMPT_EVENTS)
class AttemptCompleted(_AttemptFact):
    """The final submission, whole.

    `responses_digest` is `contracts.digest.responses_digest(responses)`; `clock` is the entire ledger, adding up to
    `remaining_ms`, and `elapsed_ms` is what the RAN entries add up to.
    """

    reason: CompletionReason
    note: Reason | None = None
    attempt_number: int
    began_at: Instant | None
    completed_at: Instant
    elapsed_ms: Milliseconds
    remaining_ms: Milliseconds
    responses: list[SavedResponse]
    responses_digest: str
    clock: list[LedgerEntry]


@message("examhall.alert.raised.v1", topic=ATTEMPT_EVENTS)
class AlertRaised(_AttemptFact):
    """A rule was broken. Until somebody sees to it, the same kind raises no second alert but repeats this one.

    `count`: occurrences, as many as the rule let pass before. `seconds`: how long it lasted so far, all taken together.
    """

    alert_id: Id
    kind: AlertKind
    severity: Severity
    detail: str
    count: int = 1
    seconds: int = 0


@message("examhall.alert.repeated.v1", topic=ATTEMPT_EVENTS)
class AlertRepeated(_AttemptFact):
    """An open alert goes on: its occurrences and seconds so far."""

    alert_id: Id
    kind: AlertKind
    count: int
    seconds: int = 0


@message("examhall.alert.acknowledged.v1", topic=ATTEMPT_EVENTS)
class AlertAcknowledged(_AttemptFact):
    alert_id: Id
    kind: AlertKind


@message("examhall.alert.dismissed.v1", topic=ATTEMPT_EVENTS)
class AlertDismissed(_AttemptFact):
    """Looked into and of no concern; `note` says why."""

    alert_id: Id
    kind: AlertKind
    note: Reason


class IncidentCategory(StrEnum):
    TECHNICAL = "technical"
    IRREGULARITY = "irregularity"
    HEALTH = "health"
    OTHER = "other"


@message("examhall.incident.recorded.v1", topic=ATTEMPT_EVENTS)
class IncidentRecorded(Fact):
    """Written by a proctor; its subject and key is the incident's own id."""

    incident_id: Id
    category: IncidentCategory
    note: Text
    participant_ids: list[Id]
    by: Actor
    moment: Instant = Field(description="When it happened, which may be before it was written down")


ATTEMPT_FACTS: Final = (
    AttemptCreated,
    AttemptAdmitted,
    AttemptBegan,
    ProgressSaved,
    ParticipantConnected,
    ParticipantDisconnected,
    AttemptPaused,
    AttemptResumed,
    TimeExtended,
    ParticipantWarned,
    AttemptReset,
    AttemptEnding,
    AttemptCompleted,
    AlertRaised,
    AlertRepeated,
    AlertAcknowledged,
    AlertDismissed,
    IncidentRecorded,
)
