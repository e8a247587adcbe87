"""Imports of people from files."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from chassis.access import allowed
from chassis.auth import Principal
from contracts import access, limits
from contracts.model import Id
from contracts.resources.imports import ConfirmImport, ImportRowView, ImportSummary, ImportView, TableFormat
from contracts.resources.paging import Page
from contracts.statuses import RowStatus
from enrollment_svc.api.participants import Cursor, IdempotencyKey, Limit
from enrollment_svc.domain.files.sheets import MEDIA_TYPES, template
from enrollment_svc.service.imports import Imports

Reader = Annotated[Principal, Depends(allowed(access.IMPORT_READ))]
Keeper = Annotated[Principal, Depends(allowed(access.IMPORT_MANAGE))]
FileName = Annotated[str, Query(max_length=limits.NAME_LENGTH)]


def router(imports: Imports) -> APIRouter:
    routes = APIRouter(prefix="/v1", tags=["imports"])

    @routes.get("/import-template")
    async def get_template(_principal: Reader, kind: TableFormat = TableFormat.XLSX) -> Response:
        return _table(template(kind), kind, "people")

    @routes.post("/imports", status_code=202)
    async def upload(
        request: Request,
        principal: Keeper,
        *,
        file_name: FileName = "",
        session_id: Id | None = None,
        key: IdempotencyKey = None,
    ) -> ImportView:
        content = await request.body()
        return await imports.upload(principal, content=content, file_name=file_name, session_id=session_id, key=key)

    @routes.get("/imports")
    async def list_imports(
        principal: Keeper, *, cursor: Cursor = None, limit: Limit = limits.PAGE_DEFAULT
    ) -> Page[ImportSummary]:
        return await imports.listing(principal, cursor=cursor, limit=limit)

    @routes.get("/imports/{import_id}")
    async def get_import(import_id: Id, principal: Reader) -> ImportView:
        return await imports.one(principal, import_id)

    @routes.get("/imports/{import_id}/rows")
    async def list_rows(
        import_id: Id,
        principal: Reader,
        *,
        status: RowStatus | None = None,
        rejected: bool = False,
        cursor: Cursor = None,
        limit: Limit = limits.PAGE_DEFAULT,
    ) -> Page[ImportRowView]:
        return await imports.rows(principal, import_id, status=status, rejected=rejected, cursor=cursor, limit=limit)

    @routes.get("/imports/{import_id}/rejected")
    async def get_rejected(import_id: Id, principal: Reader, kind: TableFormat = TableFormat.CSV) -> Response:
        return _table(await imports.rejected(principal, import_id, kind), kind, "rejected")

    @routes.post("/imports/{import_id}/confirm")
    async def confirm(import_id: Id, request: ConfirmImport, principal: Keeper) -> ImportView:
        return await imports.confirm(principal, import_id, request.mode, invite=request.invite)

    @routes.post("/imports/{import_id}/cancel")
    async def cancel(import_id: Id, principal: Keeper) -> ImportView:
        return await imports.cancel(principal, import_id)

    return routes


def _table(content: bytes, kind: TableFormat, name: str) -> Response:
    """`nosniff` and `attachment`: whatever a stranger's cell holds, no browser takes it for a page."""
    return Response(
        content,
        media_type=MEDIA_TYPES[kind],
        headers={
            "Content-Disposition": f'attachment; filename="{name}.{kind.value}"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )
