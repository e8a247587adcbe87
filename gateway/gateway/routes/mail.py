"""Mail: owned by messaging-svc. Who was told what, and how an organisation's mails read."""

from fastapi import APIRouter

from contracts import access, problems
from contracts.resources.mail import (
    MailSettings,
    MailSettingsView,
    MailView,
    SessionMails,
    TemplatePreview,
    TemplateView,
    WriteTemplate,
)
from contracts.statuses import MailStatus
from gateway.routes.forwarded import PAGING, Forwarding, query_parameter
from gateway.upstream import Upstream


def router(upstream: Upstream) -> APIRouter:
    router = APIRouter(prefix="/api/v1")
    to = Forwarding(router, upstream, "messaging-svc", "mail")
    to.route(
        "GET",
        "/sessions/{session_id}/mails",
        "List mails",
        action=access.MAIL_READ,
        answer=SessionMails,
        query=(query_parameter("status", MailStatus | None, None, "Only mails of this status"), *PAGING),
        description="Newest first, with how many there are of each status.",
    )
    to.route(
        "POST",
        "/sessions/{session_id}/mails/{mail_id}/resend",
        "Send a mail again",
        action=access.MAIL_RESEND,
        answer=MailView,
        status=202,
        refused=(problems.MAIL_UNFINISHED, problems.MAIL_ERASED),
        description="As things are now, to the person's present address.",
    )
    to.route("GET", "/mail/templates", "List mail templates", action=access.MAIL_MANAGE, answer=list[TemplateView])
    to.route(
        "PUT",
        "/mail/templates/{kind}",
        "Write a mail template",
        action=access.MAIL_MANAGE,
        body=WriteTemplate,
        answer=TemplateView,
    )
    to.route(
        "DELETE",
        "/mail/templates/{kind}",
        "Go back to the default mail template",
        action=access.MAIL_MANAGE,
        answer=None,
        status=204,
    )
    to.route(
        "POST",
        "/mail/templates/{kind}/preview",
        "Preview a mail template",
        action=access.MAIL_MANAGE,
        body=WriteTemplate,
        answer=TemplatePreview,
    )
    to.route("GET", "/mail/settings", "Read mail settings", action=access.MAIL_MANAGE, answer=MailSettingsView)
    to.route(
        "PUT",
        "/mail/settings",
        "Write mail settings",
        action=access.MAIL_MANAGE,
        body=MailSettings,
        answer=MailSettingsView,
    )
    return router
