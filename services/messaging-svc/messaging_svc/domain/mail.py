"""A mail: what causes it, when it is tried again, and when it has become pointless."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from chassis.identifiers import derived_id
from contracts.statuses import EnrollmentState, MailKind, MailStatus, SessionState
from messaging_svc.domain.people import Invitation, Session

FIRST_PAUSE: Final = timedelta(minutes=1)  # greylisting servers take a mail after one to five minutes
PAUSE_MAX: Final = timedelta(hours=4)
ATTEMPTS_MAX: Final = 10  # with the pauses above some eight hours; after that a person should know
JITTER: Final = 0.2  # of the pause, so that a thousand refused in one minute do not come back in one
RESULT_DAYS: Final = 14  # how long after its release a result is still news

CALENDAR_KINDS: Final = frozenset({MailKind.INVITATION, MailKind.RESCHEDULE, MailKind.CANCELLATION})
REQUESTED_KINDS: Final = frozenset({MailKind.STAFF_INVITATION, MailKind.PASSWORD_RESET})
FINISHED: Final = frozenset({MailStatus.SENT, MailStatus.BOUNCED, MailStatus.FAILED, MailStatus.WITHDRAWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail to one person. `due_at` is None exactly when nothing is to be done any more, or nobody asked for it.

    `unasked`: the person gets no mail about this session. Kept, because the fact that they do may arrive later.
    `fields` are values known when the mail was caused; those that may hold a secret link are dropped when it is done.
    """

    mail_id: str
    org_id: str
    kind: MailKind
    session_id: str | None = None
    participant_id: str | None = None
    name: str
    email: str
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    status: MailStatus = MailStatus.QUEUED
    reason: str | None = None
    attempts: int = 0
    created_at: datetime
    due_at: datetime | None
    expires_at: datetime | None = None
    sent_at: datetime | None = None
    resend_of: str | None = None
    unasked: bool = False


def mail_id(org_id: str, kind: MailKind, recipient: str, cause: str) -> str:
    """The same cause and recipient always give the same id, which is the unique key: nobody is told twice."""
    return derived_id("mail", org_id, kind.value, recipient, cause)


def mail_to(
    invitation: Invitation, kind: MailKind, cause: str, now: datetime, fields: Mapping[str, str] | None = None
) -> Mail:
    """A mail to somebody invited. `cause` tells this occasion from others of the same kind."""
    return Mail(
        mail_id=mail_id(invitation.org_id, kind, invitation.participant_id, cause),
        org_id=invitation.org_id,
        kind=kind,
        session_id=invitation.session_id,
        participant_id=invitation.participant_id,
        name=invitation.name,
        email=invitation.email,
        fields=fields or {},
        created_at=now,
        due_at=now,
        expires_at=now + timedelta(days=RESULT_DAYS) if kind is MailKind.RESULT else None,
    )


def pause_before_retry(attempts: int, spread: float) -> timedelta:
    """After the `attempts`-th refusal for now. `spread` from -1 to 1 is the share of the jitter to add."""
    pause: timedelta = min(FIRST_PAUSE * 2 ** (attempts - 1), PAUSE_MAX)
    return pause * (1 + JITTER * spread)


def why_pointless(mail: Mail, session: Session | None, place: EnrollmentState | None, now: datetime) -> str | None:
    """Why a mail that waited need not be sent any more, None when it must. `place`: the person's, where known."""
    if mail.expires_at is not None and now > mail.expires_at:
        return "It came too late to be of use."
    if mail.session_id is None or mail.kind is MailKind.RESULT:
        return None
    over = session is not None and session.schedule is not None and now > session.schedule.ends_at
    if mail.kind is MailKind.CANCELLATION:
        return "The session's time had passed before it was sent." if over else None
    if place in {EnrollmentState.REMOVED, EnrollmentState.DENIED}:
        return "The person has no place in the session any more."
    if session is None or session.schedule is None:
        return None
    if session.state is SessionState.CANCELLED:
        return "The session was cancelled before it was sent."
    if session.state is SessionState.ENDED or over:
        return "The session was over before it was sent."
    if mail.kind is MailKind.REMINDER:
        if mail.fields.get("for_start") != session.schedule.starts_at.isoformat():
            return "The session was rescheduled before it was sent."
        if now > session.schedule.starts_at:
            return "The session had started before it was sent."
    return None
