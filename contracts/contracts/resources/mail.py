"""Resources of messaging-svc about mail: what was sent to whom, an organisation's templates and settings."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from contracts import limits
from contracts.model import Email, Id, Instant, Name, Request, View
from contracts.statuses import MailKind, MailStatus

Subject = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=limits.MAIL_SUBJECT_LENGTH)]
MailText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=limits.MAIL_TEXT_LENGTH)]
FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{0,39}$")]
FieldValue = Annotated[str, StringConstraints(min_length=1, max_length=limits.MAIL_FIELD_LENGTH)]
ReminderMinutes = Annotated[int, Field(ge=1, le=limits.REMINDER_MINUTES_MAX)]


class MailRecipient(Request):
    email: Email
    name: Name


class RequestMail(Request):
    """A mail that follows from no fact; only the gateway asks. The same kind, cause and recipient is one mail."""

    kind: Literal[MailKind.STAFF_INVITATION, MailKind.PASSWORD_RESET]
    cause: Id
    to: MailRecipient
    fields: Annotated[dict[FieldName, FieldValue], Field(max_length=limits.MAIL_FIELDS_MAX, repr=False)]
    expires_at: Instant = Field(description="The mail is pointless afterwards, and withdrawn")


class MailRequested(View):
    mail_id: Id
    status: MailStatus


class MailView(View):
    """`reason` is what the mail server, or Examhall, said last; `due_at` is the next try of one that still waits."""

    mail_id: Id
    kind: MailKind
    participant_id: Id | None
    name: str
    email: str
    status: MailStatus
    reason: str | None
    attempts: int
    created_at: Instant
    due_at: Instant | None
    sent_at: Instant | None
    resend_of: Id | None = None


class SessionMails(View):
    """Newest first. `counts` are over the whole session; `configured` False: no mail server is set, mails wait."""

    items: list[MailView]
    next_cursor: str | None = None
    counts: dict[MailStatus, int]
    configured: bool


class WriteTemplate(Request):
    """`{{placeholder}}` stands for a value. Blank lines part paragraphs; the HTML alternative is made from the text."""

    subject: Subject
    text: MailText


class TemplateView(View):
    """`is_default`: the organisation has none of its own. `required`: at least one of these must appear in the text."""

    kind: MailKind
    subject: str
    text: str
    is_default: bool
    placeholders: list[str]
    required: list[str]
    changed_at: Instant | None = None


class TemplatePreview(View):
    """A template filled in with example values."""

    subject: str
    text: str
    html: str


class MailSettings(Request):
    """`sender_name` stands before the installation's address. `reminder_minutes` before the start; empty: none."""

    sender_name: Name | None = None
    reply_to: Email | None = None
    reminder_minutes: Annotated[list[ReminderMinutes], Field(max_length=limits.REMINDERS_MAX)] = [24 * 60]


class MailSettingsView(View):
    """`configured` False: this installation has no mail server, mails are kept and not sent."""

    sender_name: str | None
    reply_to: str | None
    reminder_minutes: list[int]
    configured: bool
    sender: str = Field(description="The address mails come from, set by the installation")
