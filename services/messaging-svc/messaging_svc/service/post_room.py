"""What people ask about mail: who was told, tell them again, and how the organisation's mails read."""

import base64
import json
from datetime import datetime
from typing import Final

from pydantic import AwareDatetime, TypeAdapter

from chassis.auth import Principal
from chassis.identifiers import new_id
from chassis.outcomes import Rejected
from contracts import problems
from contracts.resources.mail import (
    MailRequested,
    MailSettings,
    MailSettingsView,
    MailView,
    RequestMail,
    SessionMails,
    TemplatePreview,
    TemplateView,
    WriteTemplate,
)
from contracts.statuses import MailKind, MailStatus
from messaging_svc.domain import templates
from messaging_svc.domain.letter import BadAddress, address
from messaging_svc.domain.mail import FINISHED, Mail, mail_id
from messaging_svc.domain.templates import DEFAULTS, EXAMPLES, PLACEHOLDERS, REQUIRED, MailTemplate
from messaging_svc.service.mailing import Clock
from messaging_svc.settings import Settings
from messaging_svc.store.mails import MailStore
from messaging_svc.store.people import PeopleStore

_CURSOR: Final = TypeAdapter(tuple[AwareDatetime, str])
FILLED_IN_HERE: Final = frozenset({"name", "organisation", "valid_until"})
WAITING: Final = frozenset({MailStatus.QUEUED, MailStatus.RETRYING, MailStatus.SENDING})


class PostRoom:
    def __init__(self, mails: MailStore, people: PeopleStore, clock: Clock, settings: Settings) -> None:
        self._mails = mails
        self._people = people
        self._clock = clock
        self._settings = settings

    # Mails

    async def of_session(
        self, principal: Principal, session_id: str, status: MailStatus | None, cursor: str | None, limit: int
    ) -> SessionMails:
        """Newest first. `cursor` is the previous page's `next_cursor`."""
        await self._check_session(principal, session_id)
        found = await self._mails.of_session(
            session_id, statuses=self._stored(status), after=_read_cursor(cursor), limit=limit + 1
        )
        counts: dict[MailStatus, int] = {}
        for each, count in (await self._mails.counts(session_id)).items():
            counts[self._shown(each)] = counts.get(self._shown(each), 0) + count
        page = found[:limit]
        return SessionMails(
            items=[self._view(each) for each in page],
            next_cursor=_cursor(page[-1]) if len(found) > limit else None,
            counts=counts,
            configured=self._settings.sends_mail,
        )

    async def resend(self, principal: Principal, session_id: str, mail_id_: str, key: str | None) -> MailView:
        """Send a mail that is done again, as things are now. The same `key` sends nothing twice.

        Raises:
            Rejected: not-found; mail-unfinished for one that is still on its way; mail-erased.

        """
        await self._check_session(principal, session_id)
        mail = await self._mails.mail(mail_id_)
        if mail is None or mail.session_id != session_id or mail.participant_id is None or mail.unasked:
            raise Rejected(problems.NOT_FOUND, "There is no such mail in this session.")
        if mail.status not in FINISHED:
            raise Rejected(problems.MAIL_UNFINISHED, "Wait until it was sent or given up.")
        now = self._clock.now()
        invitation = await self._people.invitation(mail.participant_id)
        if mail.kind is MailKind.RESULT and not mail.fields:
            raise Rejected(problems.MAIL_ERASED, "The person finds their result where they took the exam.")
        again = Mail(
            mail_id=mail_id(mail.org_id, mail.kind, mail.participant_id, f"again/{mail.mail_id}/{key or new_id()}"),
            org_id=mail.org_id,
            kind=mail.kind,
            session_id=mail.session_id,
            participant_id=mail.participant_id,
            name=invitation.name if invitation else mail.name,
            email=invitation.email if invitation else mail.email,
            fields=mail.fields,
            created_at=now,
            due_at=now,
            resend_of=mail.mail_id,
        )
        await self._mails.insert([again])
        return self._view(await self._mails.mail(again.mail_id) or again)

    async def request(self, principal: Principal, request: RequestMail) -> MailRequested:
        """Queue a mail the gateway asks for. The same kind, cause and recipient is one mail.

        Raises:
            Rejected: validation-failed for unknown or missing fields, or an address no mail can go to.

        """
        _check_fields(request)
        now = self._clock.now()
        mail = Mail(
            mail_id=mail_id(principal.org_id, MailKind(request.kind), request.to.email.casefold(), request.cause),
            org_id=principal.org_id,
            kind=MailKind(request.kind),
            name=request.to.name,
            email=request.to.email,
            fields=request.fields,
            created_at=now,
            due_at=now,
            expires_at=request.expires_at,
        )
        await self._mails.insert([mail])
        kept = await self._mails.mail(mail.mail_id) or mail
        return MailRequested(mail_id=kept.mail_id, status=self._shown(kept.status))

    async def one(self, principal: Principal, mail_id_: str) -> MailView:
        mail = await self._mails.mail(mail_id_)
        if mail is None or not principal.sees(mail.org_id) or mail.unasked:
            raise Rejected(problems.NOT_FOUND, "There is no such mail.")
        return self._view(mail)

    async def _check_session(self, principal: Principal, session_id: str) -> None:
        session = await self._people.session(session_id)
        if session is None or not principal.sees(session.org_id):
            raise Rejected(problems.NOT_FOUND, "There is no such session.")

    def _shown(self, status: MailStatus) -> MailStatus:
        return MailStatus.NOT_CONFIGURED if not self._settings.sends_mail and status in WAITING else status

    def _stored(self, shown: MailStatus | None) -> list[MailStatus] | None:
        """The stored statuses that are shown as this one."""
        if shown is None:
            return None
        return [each for each in MailStatus if self._shown(each) is shown]

    def _view(self, mail: Mail) -> MailView:
        return MailView(
            mail_id=mail.mail_id,
            kind=mail.kind,
            participant_id=mail.participant_id,
            name=mail.name,
            email=mail.email,
            status=self._shown(mail.status),
            reason=mail.reason,
            attempts=mail.attempts,
            created_at=mail.created_at,
            due_at=mail.due_at,
            sent_at=mail.sent_at,
            resend_of=mail.resend_of,
        )

    # Templates and settings

    async def templates(self, principal: Principal) -> list[TemplateView]:
        own = await self._mails.templates_of(principal.org_id)
        return [_template_view(kind, own.get(kind)) for kind in MailKind]

    async def write_template(self, principal: Principal, kind: MailKind, request: WriteTemplate) -> TemplateView:
        """Raises Rejected (validation-failed) naming each placeholder this mail does not have."""
        templates.check(kind, request.subject, request.text)
        template = MailTemplate(subject=request.subject, text=request.text, changed_at=self._clock.now())
        await self._mails.save_template(principal.org_id, kind, template)
        return _template_view(kind, template)

    async def drop_template(self, principal: Principal, kind: MailKind) -> None:
        """Back to the default."""
        await self._mails.drop_template(principal.org_id, kind)

    async def preview(self, kind: MailKind, request: WriteTemplate) -> TemplatePreview:
        """How a template reads with example values, before it is saved."""
        templates.check(kind, request.subject, request.text)
        return TemplatePreview(
            subject=templates.fill_subject(request.subject, EXAMPLES),
            text=templates.fill_text(request.text, EXAMPLES),
            html=templates.fill_html(request.text, EXAMPLES),
        )

    async def settings(self, principal: Principal) -> MailSettingsView:
        return self._settings_view(await self._mails.settings_of(principal.org_id))

    async def write_settings(self, principal: Principal, settings: MailSettings) -> MailSettingsView:
        sorted_minutes = sorted(set(settings.reminder_minutes), reverse=True)
        settings = settings.model_copy(update={"reminder_minutes": sorted_minutes})
        if settings.reply_to is not None:
            _check_address("reply_to", settings.reply_to)
        await self._mails.save_settings(principal.org_id, settings)
        return self._settings_view(settings)

    def _settings_view(self, settings: MailSettings) -> MailSettingsView:
        return MailSettingsView(
            **settings.model_dump(), configured=self._settings.sends_mail, sender=self._settings.mail_sender
        )


def _template_view(kind: MailKind, own: MailTemplate | None) -> TemplateView:
    template = own or DEFAULTS[kind]
    return TemplateView(
        kind=kind,
        subject=template.subject,
        text=template.text,
        is_default=own is None,
        placeholders=list(PLACEHOLDERS[kind]),
        required=list(REQUIRED.get(kind, ())),
        changed_at=template.changed_at,
    )


def _check_fields(request: RequestMail) -> None:
    wanted = set(PLACEHOLDERS[MailKind(request.kind)]) - FILLED_IN_HERE
    errors = [
        {"field": f"fields.{each}", "message": "Not known in this mail."} for each in request.fields.keys() - wanted
    ]
    errors += [
        {"field": f"fields.{each}", "message": "This field is required."} for each in wanted - request.fields.keys()
    ]
    link = request.fields.get("link")
    if link is not None and not link.startswith(("https://", "http://")):
        errors.append({"field": "fields.link", "message": "A link begins with https:// or http://."})
    if errors:
        raise Rejected(problems.VALIDATION_FAILED, f"{len(errors)} to mend.", errors=errors)
    _check_address("to.email", request.to.email)


def _check_address(field: str, email: str) -> None:
    try:
        address("", email)
    except BadAddress as error:
        raise Rejected(
            problems.VALIDATION_FAILED, "1 to mend.", errors=[{"field": field, "message": str(error)}]
        ) from error


def _cursor(last: Mail) -> str:
    return base64.urlsafe_b64encode(json.dumps([last.created_at.isoformat(), last.mail_id]).encode()).decode()


def _read_cursor(cursor: str | None) -> tuple[datetime, str] | None:
    if cursor is None:
        return None
    try:
        return _CURSOR.validate_json(base64.urlsafe_b64decode(cursor))
    except ValueError as error:
        raise Rejected(
            problems.VALIDATION_FAILED,
            "The cursor is not one of ours.",
            errors=[{"field": "cursor", "message": "Pass next_cursor of the previous page, unchanged."}],
        ) from error
