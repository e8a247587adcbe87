"""A mail's letter, written at the last moment: whatever changed since it was caused is in it."""

from datetime import UTC, datetime
from email.headerregistry import Address
from typing import Final, Protocol
from urllib.parse import quote

from contracts import limits
from contracts.resources.mail import MailSettings
from contracts.statuses import MailKind
from messaging_svc.domain.calendar import Entry, Method, calendar_file, shown
from messaging_svc.domain.letter import Letter, address, one_line
from messaging_svc.domain.mail import CALENDAR_KINDS, Mail
from messaging_svc.domain.people import Invitation, Schedule, Session
from messaging_svc.domain.templates import DEFAULTS, MailTemplate, fill_html, fill_subject, fill_text
from messaging_svc.settings import Settings
from messaging_svc.store.mails import MailStore

PRODUCT_NAME: Final = "Examhall"  # stands for an organisation that has not given its name
SECONDS_PER_MINUTE: Final = 60


class Clock(Protocol):
    def now(self) -> datetime: ...


class NotYet(Exception):
    """A fact the mail needs has not arrived here; the message says which."""


class Writing:
    def __init__(self, mails: MailStore, clock: Clock, settings: Settings) -> None:
        self._mails = mails
        self._clock = clock
        self._settings = settings
        self._organisations: dict[str, MailSettings] = {}
        self._templates: dict[tuple[str, MailKind], MailTemplate] = {}

    def forget(self) -> None:
        """Read settings and templates anew: at the beginning of each round."""
        self._organisations.clear()
        self._templates.clear()

    async def letter(self, mail: Mail, session: Session | None, invitation: Invitation | None) -> Letter:
        """Raises NotYet; BadAddress when no mail can go there."""
        organisation = await self._organisation(mail.org_id)
        template = await self._template(mail.org_id, mail.kind)
        sender_name = organisation.sender_name or PRODUCT_NAME
        sender = address(sender_name, self._settings.mail_sender)
        recipient = address(mail.name, mail.email)
        now = self._clock.now()
        values = {"name": one_line(mail.name), "organisation": sender_name}
        calendar = None
        if mail.session_id is None:
            values = {**values, **mail.fields}
            values["valid_until"] = f"{mail.expires_at:%Y-%m-%d %H:%M} UTC" if mail.expires_at else ""
        else:
            if session is None or session.schedule is None:
                raise NotYet("The session is not known here yet.")
            if invitation is None:
                raise NotYet("The invitation is not known here yet.")
            schedule = session.schedule
            link = self.join_link(invitation.personal_code)
            values = {**values, **_about(session, schedule, invitation, link), **mail.fields}
            if mail.kind in CALENDAR_KINDS:
                entry = self._entry(mail, session, schedule, values=values, sender=sender, recipient=recipient)
                calendar = (entry.method, calendar_file(entry, now))
        return Letter(
            message_id=f"<{mail.mail_id}@{sender.domain}>",
            sender=sender,
            recipient=recipient,
            reply_to=address("", organisation.reply_to) if organisation.reply_to else None,
            subject=fill_subject(template.subject, values)[: limits.MAIL_SUBJECT_LENGTH],
            text=fill_text(template.text, values),
            html=fill_html(template.text, values),
            calendar=calendar,
            at=now.astimezone(UTC),
        )

    def join_link(self, personal_code: str) -> str:
        """The code stands behind `#`: browsers keep that part to themselves, so it is in no server's log."""
        return f"{self._settings.public_url.rstrip('/')}/join#code={quote(personal_code)}"

    async def _organisation(self, org_id: str) -> MailSettings:
        if org_id not in self._organisations:
            self._organisations[org_id] = await self._mails.settings_of(org_id)
        return self._organisations[org_id]

    async def _template(self, org_id: str, kind: MailKind) -> MailTemplate:
        key = (org_id, kind)
        if key not in self._templates:
            self._templates[key] = await self._mails.template(org_id, kind) or DEFAULTS[kind]
        return self._templates[key]

    def _entry(
        self,
        mail: Mail,
        session: Session,
        schedule: Schedule,
        *,
        values: dict[str, str],
        sender: Address,
        recipient: Address,
    ) -> Entry:
        """One entry per person: their link is in it. A cancellation is the last word under its UID."""
        cancelled = mail.kind is MailKind.CANCELLATION
        return Entry(
            method=Method.CANCEL if cancelled else Method.REQUEST,
            uid=f"{mail.participant_id}@{sender.domain}",
            sequence=session.schedule_version + 1 if cancelled else session.schedule_version,
            summary=one_line(session.name),
            description=""
            if cancelled
            else f"{session.assessment_title}\n{values['starts_at']}\n{values['join_link']}",
            location="" if cancelled else values["join_link"],
            schedule=schedule,
            organiser=(sender.display_name, sender.addr_spec),
            attendee=(recipient.display_name, recipient.addr_spec),
        )


def _about(session: Session, schedule: Schedule, invitation: Invitation, join_link: str) -> dict[str, str]:
    return {
        "session": one_line(session.name),
        "assessment": one_line(session.assessment_title),
        "starts_at": shown(schedule.starts_at, schedule.time_zone),
        "duration_minutes": str(schedule.duration_seconds // SECONDS_PER_MINUTE),
        "support": session.support_contact,
        "instructions": session.instructions,
        "join_link": join_link,
        "personal_code": invitation.personal_code,
        "reason": "",
        "previous_starts_at": "",
    }
