"""Facts of session-svc: assessments and sessions."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from contracts import limits
from contracts.items import AssessmentContent, SectionOutline
from contracts.model import Fact, Id, Instant, LongText, Name, Part, Reason
from contracts.registry import message
from contracts.security import SecurityOptions
from contracts.statuses import (
    AdmissionMode,
    ClockPolicy,
    EnrollmentMode,
    IdentityVerification,
    ReleaseMode,
    SessionState,
    StartMode,
)

ASSESSMENT_EVENTS: Final = "assessment.events.v1"
SESSION_EVENTS: Final = "session.events.v1"

TimeLimitSeconds = Annotated[int, Field(ge=limits.TIME_LIMIT_SECONDS_MIN, le=limits.TIME_LIMIT_SECONDS_MAX)]
GraceSeconds = Annotated[int, Field(ge=0, le=limits.GRACE_SECONDS_MAX)]
Code = Annotated[
    str,
    StringConstraints(
        min_length=limits.CODE_LENGTH_MIN, max_length=limits.CODE_LENGTH_MAX, pattern=r"^[0-9A-HJKMNP-TV-Z-]+$"
    ),
]
"""Crockford base32 without I, L, O and U, in capital letters, dashes allowed; compare without dashes."""


@message("examhall.assessment.published.v1", topic=ASSESSMENT_EVENTS)
class AssessmentPublished(Fact):
    """An immutable version with its answer keys. Only scoring-svc may read this topic."""

    assessment_id: Id
    assessment_version: int
    content: AssessmentContent
    published_by: Id


class SessionSettings(Part):
    """Everything a scheduler decides about a session; carried whole by every session fact, so the last one wins.

    `time_limit_seconds` None: the individual limit or the assessment's own. `session_limit_seconds` caps everybody,
    counted from the start of the session. `late_entry_seconds` None: nobody may join after the start.
    `scheduled_at` is the instant; `time_zone` is how people see it.
    """

    name: Name
    assessment_id: Id
    assessment_version: int
    proctor_ids: Annotated[list[Id], Field(max_length=limits.PROCTORS_MAX)] = []
    scheduled_at: Instant
    time_zone: Annotated[str, StringConstraints(max_length=64)]
    duration_seconds: TimeLimitSeconds
    enrollment_mode: EnrollmentMode = EnrollmentMode.HYBRID
    admission_mode: AdmissionMode = AdmissionMode.AUTOMATIC
    identity_verification: IdentityVerification = IdentityVerification.OFF
    identity_images_days: Annotated[
        int,
        Field(
            ge=limits.IDENTITY_DAYS_MIN,
            le=limits.IDENTITY_DAYS_MAX,
            description="How long pictures of faces and documents are kept after the session",
        ),
    ] = limits.IDENTITY_DAYS_DEFAULT
    maximum_participants: Annotated[int, Field(ge=1, le=limits.PARTICIPANTS_MAX)] = 1_000
    late_entry_seconds: Annotated[int, Field(ge=0, le=limits.TIME_LIMIT_SECONDS_MAX)] | None = None
    start_mode: StartMode = StartMode.FLEXIBLE
    time_limit_seconds: TimeLimitSeconds | None = None
    session_limit_seconds: TimeLimitSeconds | None = None
    grace_seconds: GraceSeconds = 30
    clock_while_disconnected: ClockPolicy = ClockPolicy.RUNS
    warning_minutes: Annotated[list[Annotated[int, Field(ge=1, le=1440)]], Field(max_length=limits.WARNINGS_MAX)] = [
        10,
        5,
        1,
    ]
    release_mode: ReleaseMode = ReleaseMode.MANUAL
    security: SecurityOptions = SecurityOptions()
    instructions_before: LongText = ""
    instructions_after: LongText = ""
    support_contact: Annotated[str, StringConstraints(max_length=limits.CONTACT_LENGTH)] = ""


class SessionSnapshot(Part):
    """A session as other services need it."""

    session_id: Id
    state: SessionState
    settings: SessionSettings
    code: Code | None
    time_limit_seconds: int = Field(description="Effective limit per person before individual time")
    pass_mark_percent: Decimal
    assessment_title: Name
    outline: list[SectionOutline]
    started_at: Instant | None = None
    ended_at: Instant | None = None


class _SessionFact(Fact):
    session: SessionSnapshot


@message("examhall.session.scheduled.v1", topic=SESSION_EVENTS)
class SessionScheduled(_SessionFact):
    """It will take place: enrolment may begin."""


@message("examhall.session.changed.v1", topic=SESSION_EVENTS)
class SessionChanged(_SessionFact):
    """Settings were edited or it was rescheduled."""


@message("examhall.session.opened.v1", topic=SESSION_EVENTS)
class SessionOpened(_SessionFact):
    """People may join and wait."""


@message("examhall.session.started.v1", topic=SESSION_EVENTS)
class SessionStarted(_SessionFact):
    pass


@message("examhall.session.paused.v1", topic=SESSION_EVENTS)
class SessionPaused(_SessionFact):
    reason: Reason
    by: Id
    by_name: Name


@message("examhall.session.resumed.v1", topic=SESSION_EVENTS)
class SessionResumed(_SessionFact):
    by: Id
    by_name: Name


@message("examhall.session.ended.v1", topic=SESSION_EVENTS)
class SessionEnded(_SessionFact):
    """Work stops at `ended_at`; final submissions are taken for the grace seconds after it."""

    by: Id
    by_name: Name


@message("examhall.session.cancelled.v1", topic=SESSION_EVENTS)
class SessionCancelled(_SessionFact):
    reason: Reason
    by: Id


SESSION_FACTS: Final = (
    SessionScheduled,
    SessionChanged,
    SessionOpened,
    SessionStarted,
    SessionPaused,
    SessionResumed,
    SessionEnded,
    SessionCancelled,
)


def session_limit_at(session: SessionSnapshot) -> datetime | None:
    """The instant at which the session-wide limit cuts everybody off, None without one or before the start."""
    seconds = session.settings.session_limit_seconds
    if seconds is None or session.started_at is None:
        return None
    return session.started_at + timedelta(seconds=seconds)
