"""Who is who in a session, for messages and mail: read models of session and enrolment facts, and who may write."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from chassis.outcomes import Rejected
from contracts import problems
from contracts.enrollment import ParticipantSnapshot
from contracts.session import SessionSnapshot
from contracts.statuses import EnrollmentState, MailKind, SessionState


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a session takes place, and in which time zone people think of it."""

    starts_at: datetime
    duration_seconds: int
    time_zone: str

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(seconds=self.duration_seconds)


@dataclass(frozen=True, slots=True)
class Notice:
    """What everybody invited is to be told by mail; `version` is the session's that gave cause."""

    kind: MailKind
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """`schedule_version` is the session's version that set the present schedule: what calendars call SEQUENCE.

    `notice` waits until a mail is queued for everybody concerned. `schedule` None: known from before mail existed.
    """

    session_id: str
    org_id: str
    version: int
    state: SessionState
    proctor_ids: tuple[str, ...]
    name: str = ""
    assessment_title: str = ""
    schedule: Schedule | None = None
    schedule_version: int = 0
    previous: Schedule | None = None
    instructions: str = ""
    support_contact: str = ""
    cancel_reason: str = ""
    notice: Notice | None = None

    @property
    def before_start(self) -> bool:
        return self.state in {SessionState.SCHEDULED, SessionState.OPEN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """Somebody who gets mail about a session, because a person decided so."""

    participant_id: str
    session_id: str
    org_id: str
    version: int
    name: str
    email: str
    personal_code: str = field(repr=False)
    invited_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    participant_id: str
    session_id: str
    org_id: str
    version: int
    name: str
    state: EnrollmentState


def session_of(
    known: Session | None, org_id: str, version: int, snapshot: SessionSnapshot, cancel_reason: str = ""
) -> Session:
    """The session after a fact, given what was known before; it notices what those invited must hear of."""
    settings = snapshot.settings
    schedule = Schedule(settings.scheduled_at, settings.duration_seconds, settings.time_zone)
    session = Session(
        session_id=snapshot.session_id,
        org_id=org_id,
        version=version,
        state=snapshot.state,
        proctor_ids=tuple(settings.proctor_ids),
        name=settings.name,
        assessment_title=snapshot.assessment_title,
        schedule=schedule,
        schedule_version=version,
        instructions=settings.instructions_before,
        support_contact=settings.support_contact,
        cancel_reason=cancel_reason,
    )
    if known is not None and known.schedule is not None:
        moved = known.schedule != schedule
        session = replace(
            session,
            schedule_version=version if moved else known.schedule_version,
            previous=known.schedule if moved else known.previous,
            cancel_reason=cancel_reason or known.cancel_reason,
            notice=Notice(MailKind.RESCHEDULE, version) if moved and session.before_start else known.notice,
        )
    if session.state is SessionState.CANCELLED and (known is None or known.state is not SessionState.CANCELLED):
        session = replace(session, notice=Notice(MailKind.CANCELLATION, version))
    return session


def participant_of(org_id: str, version: int, snapshot: ParticipantSnapshot) -> Participant:
    return Participant(
        participant_id=snapshot.participant_id,
        session_id=snapshot.session_id,
        org_id=org_id,
        version=version,
        name=snapshot.name,
        state=snapshot.state,
    )


def check_not_cancelled(session: Session) -> None:
    if session.state is SessionState.CANCELLED:
        raise Rejected(problems.SESSION_CANCELLED, "Nobody reads messages of a cancelled session.")


def check_candidate_may_write(participant: Participant) -> None:
    """Raises Rejected: participant-removed or admission-denied. Whoever waits for admission may ask for help."""
    if participant.state is EnrollmentState.REMOVED:
        raise Rejected(problems.PARTICIPANT_REMOVED, "You cannot write to this session any more.")
    if participant.state is EnrollmentState.DENIED:
        raise Rejected(problems.ADMISSION_DENIED, "You cannot write to this session.")


def check_recipients(session_id: str, recipients: list[str] | None, known: Collection[Participant]) -> list[str] | None:
    """Each recipient once, in the order given; None is everybody.

    Recipients whose enrolment has not been heard of yet are kept: somebody who joined this very moment should not
    make an announcement fail, and an id that names nobody reaches nobody.

    Raises:
        Rejected: validation-failed for an empty list, or for somebody of another session.

    """
    if recipients is None:
        return None
    if not recipients:
        raise _invalid("recipients", "Nobody is named: name somebody, or leave this out to address everybody.")
    elsewhere = {each.participant_id for each in known if each.session_id != session_id}
    for index, participant_id in enumerate(recipients):
        if participant_id in elsewhere:
            raise _invalid(f"recipients[{index}]", "This person is not in this session: take them out.")
    return list(dict.fromkeys(recipients))


def _invalid(field: str, message: str) -> Rejected:
    return Rejected(problems.VALIDATION_FAILED, "1 to mend.", errors=[{"field": field, "message": message}])
