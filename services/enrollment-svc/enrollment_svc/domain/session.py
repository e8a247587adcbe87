"""What enrolment needs to know about a session, and which of its states let people in. Read model of session facts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chassis.identifiers import normalise_code
from chassis.outcomes import Rejected
from contracts import limits, problems
from contracts.model import iso_milliseconds
from contracts.session import SessionSnapshot
from contracts.statuses import AdmissionMode, EnrollmentMode, IdentityVerification, Lockdown, SessionState

_CALLED_OFF: Final = frozenset({SessionState.ENDED, SessionState.CANCELLED})
_NOT_OPEN: Final = frozenset({SessionState.DRAFT, SessionState.SCHEDULED})
_DOORS_OPEN: Final = frozenset({SessionState.OPEN, SessionState.RUNNING, SessionState.PAUSED})
_BEFORE_START: Final = frozenset({SessionState.DRAFT, SessionState.SCHEDULED, SessionState.OPEN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """`code_key` is the code in its normal form; `late_entry_seconds` None lets nobody join after the start; `over_at`
    is when it ended or was cancelled.
    """

    session_id: str
    org_id: str
    version: int
    name: str
    state: SessionState
    code_key: str | None
    proctor_ids: tuple[str, ...]
    scheduled_at: datetime
    started_at: datetime | None
    enrollment_mode: EnrollmentMode
    admission_mode: AdmissionMode
    maximum_participants: int
    late_entry_seconds: int | None
    lockdown: Lockdown = Lockdown.OFF
    identity_verification: IdentityVerification = IdentityVerification.OFF
    identity_images_days: int = limits.IDENTITY_DAYS_DEFAULT
    over_at: datetime | None = None

    @property
    def locked(self) -> bool:
        """Sat in Safe Exam Browser. Once it is over, people look at their results wherever they are."""
        return self.lockdown is Lockdown.SAFE_EXAM_BROWSER and self.state not in _CALLED_OFF

    @property
    def admits_by_itself(self) -> bool:
        """Whether no proctor approves. Where identities are verified, people are admitted once theirs is confirmed."""
        return self.admission_mode is AdmissionMode.AUTOMATIC

    @property
    def admits_at_once(self) -> bool:
        """Whether joining is being admitted."""
        return self.admits_by_itself and not self.verifies_identity

    @property
    def verifies_identity(self) -> bool:
        return self.identity_verification is IdentityVerification.REQUIRED

    @property
    def doors_open(self) -> bool:
        return self.state in _DOORS_OPEN


def session_of(org_id: str, version: int, snapshot: SessionSnapshot, told_at: datetime) -> Session:
    """`told_at`: the moment of the fact, which is when a cancelled session was cancelled."""
    settings = snapshot.settings
    return Session(
        session_id=snapshot.session_id,
        org_id=org_id,
        version=version,
        name=settings.name,
        state=snapshot.state,
        code_key=normalise_code(snapshot.code) if snapshot.code else None,
        proctor_ids=tuple(settings.proctor_ids),
        scheduled_at=settings.scheduled_at,
        started_at=snapshot.started_at,
        enrollment_mode=settings.enrollment_mode,
        admission_mode=settings.admission_mode,
        maximum_participants=settings.maximum_participants,
        late_entry_seconds=settings.late_entry_seconds,
        lockdown=settings.security.lockdown,
        identity_verification=settings.identity_verification,
        identity_images_days=settings.identity_images_days,
        over_at=snapshot.ended_at or (told_at if snapshot.state in _CALLED_OFF else None),
    )


def meant_by_code(sessions: list[Session]) -> Session | None:
    """Which session a code means. A code may be used again once its session is over, so the living come first."""

    def liveliness(session: Session) -> tuple[int, datetime]:
        rank = 2 if session.doors_open else 0 if session.state in _CALLED_OFF else 1
        return rank, session.scheduled_at

    return max(sessions, key=liveliness, default=None)


def check_not_cancelled(session: Session) -> None:
    if session.state is SessionState.CANCELLED:
        raise Rejected(problems.SESSION_CANCELLED, f"“{session.name}” will not take place.")


def check_browser(session: Session, *, in_safe_exam_browser: bool) -> None:
    """Raises Rejected `safe-exam-browser-needed`."""
    if session.locked and not in_safe_exam_browser:
        raise Rejected(
            problems.SAFE_EXAM_BROWSER_NEEDED,
            f"“{session.name}” is sat in Safe Exam Browser: open it there.",
            session_name=session.name,
        )


def check_newcomers_welcome(session: Session, now: datetime) -> None:
    """Whether somebody who has not joined before may do so now. Whoever joined before may always come back.

    Raises:
        Rejected: session-cancelled, code-expired, session-not-open (with `scheduled_at`) or too-late-to-join.

    """
    check_not_cancelled(session)
    if session.state is SessionState.ENDED:
        raise Rejected(problems.CODE_EXPIRED, f"“{session.name}” has ended.")
    if session.state in _NOT_OPEN:
        raise Rejected(
            problems.SESSION_NOT_OPEN,
            f"“{session.name}” has not been opened. Try again when the proctors let people in.",
            scheduled_at=iso_milliseconds(session.scheduled_at),
        )
    if session.started_at is None:
        return
    if session.late_entry_seconds is None:
        raise Rejected(problems.TOO_LATE_TO_JOIN, f"“{session.name}” has started and admits nobody after its start.")
    closed_at = session.started_at + timedelta(seconds=session.late_entry_seconds)
    if now > closed_at:
        raise Rejected(
            problems.TOO_LATE_TO_JOIN,
            f"Late entry to “{session.name}” is over.",
            closed_at=iso_milliseconds(closed_at),
        )


def check_session_code_admits(session: Session, now: datetime) -> None:
    """Whether the session's own code lets a new person in.

    Raises:
        Rejected: personal-code-needed where everybody is invited by name, and what `check_newcomers_welcome` raises.

    """
    if session.enrollment_mode is EnrollmentMode.MANUAL and session.state not in _CALLED_OFF:
        raise Rejected(problems.PERSONAL_CODE_NEEDED, "Use the personal code from your invitation.")
    check_newcomers_welcome(session, now)


def check_takes_names(session: Session) -> None:
    """Whether people may be added by hand.

    Raises:
        Rejected: session-wrong-state once it is over, enrollment-by-code-only in mode auto.

    """
    check_not_over(session)
    if session.enrollment_mode is EnrollmentMode.AUTO:
        raise Rejected(
            problems.ENROLLMENT_BY_CODE_ONLY, "Change the session's enrolment mode to hybrid or manual to add people."
        )


def check_not_over(session: Session) -> None:
    if session.state in _CALLED_OFF:
        raise Rejected(problems.SESSION_WRONG_STATE, f"The session is {session.state}.", state=session.state)


def check_before_start(session: Session) -> None:
    if session.state not in _BEFORE_START:
        raise Rejected(
            problems.SESSION_WRONG_STATE,
            "Names and individual time are settled before the start; grant an extension instead.",
            state=session.state,
        )


def check_verifying(session: Session) -> None:
    """Whether pictures are taken in and compared now.

    Raises:
        Rejected: identity-not-asked, or session-wrong-state while nobody is let in.

    """
    if not session.verifies_identity:
        raise Rejected(problems.IDENTITY_NOT_ASKED, "Nothing needs to be sent.")
    check_admitting(session)


def check_admitting(session: Session) -> None:
    if not session.doors_open:
        raise Rejected(
            problems.SESSION_WRONG_STATE, "People are admitted while the session is open.", state=session.state
        )
