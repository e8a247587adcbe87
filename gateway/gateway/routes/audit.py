"""The organisation's audit trail, to read and to take away."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from chassis.access import allowed
from chassis.auth import Principal
from contracts import access, limits, problems
from contracts.model import View
from gateway.audit import Audit
from gateway.domain.trail import Entry
from gateway.routes.forwarded import ANY_REQUEST, refusals

Reader = Annotated[Principal, Depends(allowed(access.AUDIT_READ))]
LINES: str = "application/x-ndjson"
NUMBER_MAX = 2**53 - 1  # the largest whole number that every JSON reader keeps


class TrailPage(View):
    """The newest first; `next_before` None: there are no older ones."""

    entries: list[Entry]
    next_before: int | None


def router(audit: Audit) -> APIRouter:
    router = APIRouter(prefix="/api/v1/audit", tags=["audit"])

    @router.get(
        "",
        summary="Read the audit trail",
        operation_id="read_audit_trail",
        responses=refusals(*ANY_REQUEST, problems.VALIDATION_FAILED),
    )
    async def read(
        principal: Reader,
        before: Annotated[
            int | None, Query(ge=1, le=NUMBER_MAX, description="`next_before` of the page read last")
        ] = None,
        limit: Annotated[int, Query(ge=1, le=limits.PAGE_MAX)] = limits.PAGE_DEFAULT,
    ) -> TrailPage:
        """Who did what, when and from where, by a privilege. Entries are chained by their digests."""
        entries = await audit.page(principal.org_id, before, limit)
        more = len(entries) == limit and entries[-1].number > 1
        return TrailPage(entries=entries, next_before=entries[-1].number if more else None)

    @router.get(
        "/export",
        summary="Export the audit trail",
        operation_id="export_audit_trail",
        response_class=StreamingResponse,
        responses={
            200: {"content": {LINES: {"schema": {"type": "string"}}}, "description": "One entry a line, oldest first"},
            **refusals(*ANY_REQUEST),
        },
    )
    async def export(principal: Reader) -> StreamingResponse:
        """Verify it with `python -m gateway audit FILE`."""

        async def lines() -> AsyncIterator[str]:
            async for entry in audit.every(principal.org_id):
                yield entry.model_dump_json() + "\n"

        headers = {"Content-Disposition": 'attachment; filename="audit-trail.ndjson"'}
        return StreamingResponse(lines(), media_type=LINES, headers=headers)

    return router
