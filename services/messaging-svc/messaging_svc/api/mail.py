"""Who was told what by mail, and the organisation's templates and settings."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Response, status

from chassis.access import allowed
from chassis.auth import Principal
from contracts import access, limits
from contracts.model import Id
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
from messaging_svc.service.post_room import PostRoom

Reader = Annotated[Principal, Depends(allowed(access.MAIL_READ))]
Resender = Annotated[Principal, Depends(allowed(access.MAIL_RESEND))]
Keeper = Annotated[Principal, Depends(allowed(access.MAIL_MANAGE))]
Gateway = Annotated[Principal, Depends(allowed(access.MAIL_REQUEST))]
IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=limits.NAME_LENGTH)]
Limit = Annotated[int, Query(ge=1, le=limits.PAGE_MAX)]
Cursor = Annotated[str | None, Query(max_length=limits.NAME_LENGTH)]


def router(post_room: PostRoom) -> APIRouter:
    routes = APIRouter(prefix="/v1", tags=["mail"])

    @routes.get("/sessions/{session_id}/mails")
    async def list_mails(
        session_id: Id,
        principal: Reader,
        status: MailStatus | None = None,
        cursor: Cursor = None,
        limit: Limit = limits.PAGE_DEFAULT,
    ) -> SessionMails:
        return await post_room.of_session(principal, session_id, status, cursor, limit)

    @routes.post("/sessions/{session_id}/mails/{mail_id}/resend", status_code=status.HTTP_202_ACCEPTED)
    async def resend(session_id: Id, mail_id: Id, principal: Resender, key: IdempotencyKey = None) -> MailView:
        return await post_room.resend(principal, session_id, mail_id, key)

    @routes.post("/mails", status_code=status.HTTP_202_ACCEPTED)
    async def request_mail(request: RequestMail, principal: Gateway) -> MailRequested:
        return await post_room.request(principal, request)

    @routes.get("/mails/{mail_id}")
    async def read_mail(mail_id: Id, principal: Gateway) -> MailView:
        return await post_room.one(principal, mail_id)

    @routes.get("/mail/templates")
    async def list_templates(principal: Keeper) -> list[TemplateView]:
        return await post_room.templates(principal)

    @routes.put("/mail/templates/{kind}")
    async def write_template(kind: MailKind, request: WriteTemplate, principal: Keeper) -> TemplateView:
        return await post_room.write_template(principal, kind, request)

    @routes.delete("/mail/templates/{kind}", status_code=status.HTTP_204_NO_CONTENT)
    async def drop_template(kind: MailKind, principal: Keeper) -> Response:
        await post_room.drop_template(principal, kind)
        return Response(status_code=status.HTTP_204_NO_CONTENT)

    @routes.post("/mail/templates/{kind}/preview")
    async def preview_template(kind: MailKind, request: WriteTemplate, _principal: Keeper) -> TemplatePreview:
        return await post_room.preview(kind, request)

    @routes.get("/mail/settings")
    async def read_settings(principal: Keeper) -> MailSettingsView:
        return await post_room.settings(principal)

    @routes.put("/mail/settings")
    async def write_settings(request: MailSettings, principal: Keeper) -> MailSettingsView:
        return await post_room.write_settings(principal, request)

    return routes
