"""States and roles: one definition for code, topics, pages and documents."""

from enum import StrEnum


class Role(StrEnum):
    """What a signed-in principal may be. `SERVICE` is the gateway speaking for nobody in particular, `PROGRAM` an API
    token, which may what its scopes say.
    """

    ADMIN = "admin"
    SCHEDULER = "scheduler"
    PROCTOR = "proctor"
    REVIEWER = "reviewer"
    AUDITOR = "auditor"
    CANDIDATE = "candidate"
    SERVICE = "service"
    PROGRAM = "program"


STAFF = frozenset({Role.ADMIN, Role.SCHEDULER, Role.PROCTOR, Role.REVIEWER, Role.AUDITOR})


class AssessmentState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"


class SessionState(StrEnum):
    """Life of a session. `OPEN`: people may join and wait."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    OPEN = "open"
    RUNNING = "running"
    PAUSED = "paused"
    ENDED = "ended"
    CANCELLED = "cancelled"


class EnrollmentMode(StrEnum):
    MANUAL = "manual"
    AUTO = "auto"
    HYBRID = "hybrid"


class StartMode(StrEnum):
    SCHEDULED = "scheduled"
    FLEXIBLE = "flexible"


class AdmissionMode(StrEnum):
    AUTOMATIC = "automatic"
    APPROVAL = "approval"


class ClockPolicy(StrEnum):
    """What the clock does while a candidate is disconnected."""

    RUNS = "runs"
    STOPS = "stops"


class ReleaseMode(StrEnum):
    IMMEDIATE = "immediate"
    MANUAL = "manual"


class IdentityVerification(StrEnum):
    """Whether a session admits only people whose face and document somebody compared."""

    OFF = "off"
    REQUIRED = "required"


class IdentityState(StrEnum):
    """How far somebody's identity is verified. `MISSING`: no pictures were sent yet. `REJECTED`: may be tried again."""

    MISSING = "missing"
    SUBMITTED = "submitted"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class IdentityImage(StrEnum):
    """What a picture shows."""

    FACE = "face"
    DOCUMENT = "document"


class ImageDeletion(StrEnum):
    """Why a picture was deleted. `UNUSED`: never sent off, or replaced by another try's. `EXPIRED`: the session's days
    to keep it are over. `REMOVED`: they are over since the person was removed.
    """

    UNUSED = "unused"
    EXPIRED = "expired"
    REMOVED = "removed"


class EnrollmentState(StrEnum):
    """A participant's place in the session, before and beside the attempt."""

    INVITED = "invited"
    JOINED = "joined"
    ADMITTED = "admitted"
    DENIED = "denied"
    REMOVED = "removed"


class Phase(StrEnum):
    INVITED = "invited"
    WAITING = "waiting"
    ACTIVE = "active"
    PAUSED = "paused"
    COMPLETE = "complete"


class CompletionReason(StrEnum):
    SUBMITTED = "submitted"
    TIME_EXPIRED = "time_expired"
    ENDED_BY_PROCTOR = "ended_by_proctor"
    SESSION_ENDED = "session_ended"
    TERMINATED = "terminated"
    REMOVED = "removed"
    ABSENT = "absent"


class ParticipantStatus(StrEnum):
    """The words people see."""

    INVITED = "Invited"
    WAITING = "Waiting"
    IN_SESSION = "In Session"
    PAUSED = "Paused"
    DISCONNECTED = "Disconnected"
    COMPLETE = "Complete"
    REMOVED = "Removed"
    ABSENT = "Absent"


_SHOWN = {
    Phase.INVITED: ParticipantStatus.INVITED,
    Phase.WAITING: ParticipantStatus.WAITING,
    Phase.ACTIVE: ParticipantStatus.IN_SESSION,
    Phase.PAUSED: ParticipantStatus.PAUSED,
    Phase.COMPLETE: ParticipantStatus.COMPLETE,
}


def participant_status(
    phase: Phase, *, connected: bool, completion_reason: CompletionReason | None = None
) -> ParticipantStatus:
    """Derive the shown status; it is stored nowhere.

    A paused person stays Paused while away: what keeps them from working is the pause, and the connection has its own
    column. Somebody invited who never connected is Invited, not Disconnected.
    """
    if completion_reason is CompletionReason.REMOVED:
        return ParticipantStatus.REMOVED
    if completion_reason is CompletionReason.ABSENT:
        return ParticipantStatus.ABSENT
    if not connected and (phase is Phase.WAITING or phase is Phase.ACTIVE):
        return ParticipantStatus.DISCONNECTED
    return _SHOWN[phase]


class ActorKind(StrEnum):
    STAFF = "staff"
    CANDIDATE = "candidate"
    SYSTEM = "system"


class Severity(StrEnum):
    NOTICE = "notice"
    WARNING = "warning"
    CRITICAL = "critical"


class AlertKind(StrEnum):
    """What a rule watches for; the fields of `contracts.security.AlertRules` have the same names.

    `FULL_SCREEN_UNAVAILABLE` has no rule: a browser that cannot do what the lock-down asks is always told of.
    """

    FOCUS_LOST = "focus_lost"
    FULL_SCREEN_LEFT = "full_screen_left"
    FULL_SCREEN_UNAVAILABLE = "full_screen_unavailable"
    CLIPBOARD_USED = "clipboard_used"
    CONNECTION_REPLACED = "connection_replaced"
    ADDRESS_CHANGED = "address_changed"
    SCREEN_SHARE_STOPPED = "screen_share_stopped"
    ANSWER_SPEED = "answer_speed"
    IDLE = "idle"


class AlertOutcome(StrEnum):
    """`DISMISSED`: looked into and of no concern, with a note that says why."""

    ACKNOWLEDGED = "acknowledged"
    DISMISSED = "dismissed"


class Lockdown(StrEnum):
    """`IN_PAGE`: full screen and no clipboard, as far as a page can see to it."""

    OFF = "off"
    IN_PAGE = "in_page"
    SAFE_EXAM_BROWSER = "safe_exam_browser"


class ScreenSharing(StrEnum):
    OFF = "off"
    REQUIRED = "required"


class ReviewState(StrEnum):
    WAITING = "waiting"
    CLAIMED = "claimed"
    DONE = "done"


class ResultState(StrEnum):
    """`PROVISIONAL`: objective items scored, reviews outstanding; `FINAL`: everything scored; `RELEASED`: visible."""

    PROVISIONAL = "provisional"
    FINAL = "final"
    RELEASED = "released"


class MailKind(StrEnum):
    """What a mail is about. The last two are asked for by the gateway, the others follow from facts."""

    INVITATION = "invitation"
    REMINDER = "reminder"
    RESCHEDULE = "reschedule"
    CANCELLATION = "cancellation"
    RESULT = "result"
    STAFF_INVITATION = "staff_invitation"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a kind of mail, not a secret


class MailStatus(StrEnum):
    """`RETRYING`: refused for now, tried again by itself. `BOUNCED`: the recipient was refused for good.
    `FAILED`: given up for another reason. `WITHDRAWN`: overtaken before it was sent. `NOT_CONFIGURED`: waits, as no
    server is set.
    """

    QUEUED = "queued"
    SENDING = "sending"
    RETRYING = "retrying"
    SENT = "sent"
    BOUNCED = "bounced"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    NOT_CONFIGURED = "not_configured"


class ImportState(StrEnum):
    """Life of an import. `FAILED`: its file could not be read, nothing was changed."""

    READING = "reading"
    REVIEW = "review"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class RowStatus(StrEnum):
    """What a row of an import is, compared with the directory and the rows before it.

    `CHANGED` and `KNOWN` are already there; the first differs in something that the import will bring up to date.
    """

    NEW = "new"
    CHANGED = "changed"
    KNOWN = "known"
    DUPLICATE = "duplicate"
    ERROR = "error"


class RowOutcome(StrEnum):
    """What became of a row after the import was confirmed."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class SeatOutcome(StrEnum):
    """What became of a row in the session it was imported into."""

    ENROLLED = "enrolled"
    ALREADY = "already"
    REFUSED = "refused"
