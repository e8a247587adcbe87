"""Imports as people see them: uploading, reviewing, confirming, giving up, and taking refused rows back."""

import asyncio
import hashlib
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from chassis.auth import Principal
from chassis.identifiers import derived_id, new_id
from chassis.outcomes import Rejected, Transient
from contracts import limits, problems
from contracts.model import iso_milliseconds
from contracts.resources.directory import EnrolFromDirectory
from contracts.resources.imports import (
    CellError,
    ConfirmMode,
    ImportRowView,
    ImportSummary,
    ImportView,
    SourceKind,
    TableFormat,
)
from contracts.resources.paging import Page
from contracts.statuses import ImportState, RowStatus
from enrollment_svc.domain import imports as rules
from enrollment_svc.domain.files import sheets
from enrollment_svc.domain.imports import Import, ImportRow, Selection
from enrollment_svc.domain.participant import check_accommodation
from enrollment_svc.domain.session import Session, check_takes_names
from enrollment_svc.service.desk import Desk
from enrollment_svc.service.directory import directory_full
from enrollment_svc.service.paging import cursor_after, read_cursor, unknown_cursor
from enrollment_svc.store.directory import DirectoryStore
from enrollment_svc.store.imports import ImportStore

SAVE_ATTEMPTS: Final = 5  # each miss is a step that somebody else, or the reader, took meanwhile
REJECTED_AT_ONCE: Final = 2_000  # rows in memory while a table of refused ones is written
NAMELESS: Final = "people"
_moment: Final = TypeAdapter(datetime)


class Imports:
    def __init__(self, desk: Desk, directory: DirectoryStore, store: ImportStore) -> None:
        self._desk = desk
        self._directory = directory
        self._store = store

    async def upload(
        self, principal: Principal, *, content: bytes, file_name: str, session_id: str | None, key: str | None
    ) -> ImportView:
        """Keep a file to be read. The same `key` gives the same import again.

        Raises:
            Rejected: file-empty; what `check_takes_names` raises for a session; idempotency-mismatch.

        """
        if not content:
            raise Rejected(problems.FILE_EMPTY, "The file is empty.")
        if session_id is not None:
            await self._open_session(principal, session_id)
        return await self._begin(
            principal,
            key,
            file_name=" ".join(file_name.split())[: limits.NAME_LENGTH] or NAMELESS,
            digest=hashlib.sha256(content).hexdigest(),
            session_id=session_id,
            content=content,
        )

    async def enrol_selected(
        self, principal: Principal, session_id: str, request: EnrolFromDirectory, key: str | None
    ) -> ImportView:
        """Give people of the directory places in a session: an import whose rows are already reviewed.

        Raises:
            Rejected: nobody-meant; what `check_takes_names` raises; validation-failed; idempotency-mismatch.

        """
        if not request.person_ids and not request.group_ids:
            raise Rejected(problems.NOBODY_MEANT, "Choose people or groups.")
        check_accommodation(request.accommodation)
        session = await self._open_session(principal, session_id)
        return await self._begin(
            principal,
            key,
            file_name=session.name,
            digest=hashlib.sha256(request.model_dump_json().encode()).hexdigest(),
            session_id=session_id,
            selection=Selection(
                person_ids=tuple(dict.fromkeys(request.person_ids)),
                group_ids=tuple(dict.fromkeys(request.group_ids)),
                accommodation=request.accommodation,
            ),
            invite=request.invite,
        )

    async def _open_session(self, principal: Principal, session_id: str) -> Session:
        session = await self._desk.session(principal, session_id)
        principal.check_assigned(session.proctor_ids)
        check_takes_names(session)
        return session

    async def _begin(
        self,
        principal: Principal,
        key: str | None,
        *,
        file_name: str,
        digest: str,
        session_id: str | None,
        content: bytes | None = None,
        selection: Selection | None = None,
        invite: bool = False,
    ) -> ImportView:
        begun = Import(
            import_id=derived_id("import", principal.org_id, key) if key else new_id(),
            org_id=principal.org_id,
            state=ImportState.READING,
            file_name=file_name,
            digest=digest,
            session_id=session_id,
            created_at=self._desk.clock.now(),
            created_by=principal.subject,
            created_by_name=principal.name or principal.subject,
            source=SourceKind.DIRECTORY if selection else None,
            selection=selection,
            invite=invite,
        )
        earlier = await self._store.one(principal.org_id, begun.import_id) if key else None
        if earlier is None and not await self._store.insert(begun, content):
            earlier = await self._store.one(principal.org_id, begun.import_id)
        if earlier is not None and (earlier.digest, earlier.session_id) != (digest, session_id):
            raise Rejected(problems.IDEMPOTENCY_MISMATCH, "Use a new Idempotency-Key for a new request.")
        return await self._view(earlier or begun)

    async def confirm(
        self, principal: Principal, import_id: str, mode: ConfirmMode, *, invite: bool = False
    ) -> ImportView:
        """Raises Rejected: what `domain.imports.confirmed` and `check_takes_names` raise, and directory-full."""
        for _ in range(SAVE_ATTEMPTS):
            import_ = await self._one(principal, import_id)
            free = None
            if import_.session_id is not None:
                session = await self._desk.session(principal, import_.session_id)
                check_takes_names(session)
                free = await self._desk.count_free_seats(session)
            confirmed = rules.confirmed(import_, mode, free, invite=invite)
            if confirmed == import_:
                return await self._view(import_)
            if await self._directory.count(principal.org_id) + import_.review.new > limits.DIRECTORY_MAX:
                raise directory_full()
            if await self._store.save(confirmed, was=import_.state):
                return await self._view(confirmed)
        raise Transient(f"import {import_id} is being changed too often")

    async def cancel(self, principal: Principal, import_id: str) -> ImportView:
        for _ in range(SAVE_ATTEMPTS):
            import_ = await self._one(principal, import_id)
            cancelled = rules.cancelled(import_)
            if cancelled == import_ or await self._store.save(cancelled, was=import_.state):
                await self._store.forget_file(import_id)
                return await self._view(cancelled)
        raise Transient(f"import {import_id} is being changed too often")

    async def one(self, principal: Principal, import_id: str) -> ImportView:
        return await self._view(await self._one(principal, import_id))

    async def _one(self, principal: Principal, import_id: str) -> Import:
        import_ = await self._store.one(principal.org_id, import_id)
        if import_ is None:
            raise Rejected(problems.NOT_FOUND, "There is no such import, or it is older than it is kept.")
        return import_

    async def listing(self, principal: Principal, *, cursor: str | None, limit: int) -> Page[ImportSummary]:
        """The newest first."""
        found = await self._store.listing(principal.org_id, _read_moment(cursor), limit + 1)
        shown = found[:limit]
        last = shown[-1] if len(found) > limit else None
        following = cursor_after(iso_milliseconds(last.created_at), last.import_id) if last else None
        return Page(items=[_summary(each) for each in shown], next_cursor=following)

    async def rows(
        self,
        principal: Principal,
        import_id: str,
        *,
        status: RowStatus | None,
        rejected: bool,
        cursor: str | None,
        limit: int,
    ) -> Page[ImportRowView]:
        await self._one(principal, import_id)
        after = _read_index(cursor)
        found = await self._store.row_listing(import_id, status=status, rejected=rejected, after=after, limit=limit + 1)
        shown = found[:limit]
        following = str(shown[-1].index) if len(found) > limit else None
        return Page(items=[_row_view(each) for each in shown], next_cursor=following)

    async def rejected(self, principal: Principal, import_id: str, kind: TableFormat) -> bytes:
        """Every row that could not be added or seated, as it was in the file, with the reason behind it."""
        import_ = await self._one(principal, import_id)
        if import_.state in {ImportState.READING, ImportState.FAILED}:
            raise rules.wrong_state(import_)
        width = len(import_.headers)
        table: list[tuple[str, ...]] = []
        after: int | None = None
        while True:
            rows = await self._store.row_listing(
                import_id, status=None, rejected=True, after=after, limit=REJECTED_AT_ONCE
            )
            table += [(*row.cells, *[""] * (width - len(row.cells)), _reason(row)) for row in rows]
            if len(rows) < REJECTED_AT_ONCE:
                break
            after = rows[-1].index
        headers = (*import_.headers, "Reason")
        return await asyncio.to_thread(sheets.table, kind, headers, table, import_.separator)

    async def _view(self, import_: Import) -> ImportView:
        free = None
        if import_.session_id is not None and import_.state is ImportState.REVIEW:
            session = await self._desk.store.session(import_.session_id)
            free = await self._desk.count_free_seats(session) if session is not None else None
        return ImportView(
            import_id=import_.import_id,
            state=import_.state,
            source=import_.source,
            file_name=import_.file_name,
            session_id=import_.session_id,
            created_at=import_.created_at,
            created_by_name=import_.created_by_name,
            rows=import_.rows,
            review=import_.review,
            done=import_.done,
            to_do=import_.to_do,
            outcome=import_.outcome,
            problem=import_.problem,
            encoding=import_.encoding,
            used_columns=dict(import_.used_columns),
            ignored_columns=list(import_.ignored_columns),
            free_seats=free,
        )


def _summary(import_: Import) -> ImportSummary:
    return ImportSummary(
        import_id=import_.import_id,
        state=import_.state,
        file_name=import_.file_name,
        session_id=import_.session_id,
        created_at=import_.created_at,
        created_by_name=import_.created_by_name,
        rows=import_.rows,
    )


def _row_view(row: ImportRow) -> ImportRowView:
    return ImportRowView(
        number=row.number,
        file=row.file,
        status=row.status,
        name=row.details.name,
        email=row.details.email,
        external_id=row.details.external_id,
        groups=[each.name for each in row.groups],
        time=row.time,
        changes=list(row.changes),
        errors=[
            CellError(cell=each.cell, field=each.field, value=each.value, problem=each.problem, detail=each.detail)
            for each in row.errors
        ],
        person_id=row.person_id,
        outcome=row.outcome,
        seat=row.seat,
        reason=row.reason,
        invited=row.invited,
    )


def _reason(row: ImportRow) -> str:
    reasons = [f"{each.cell}: {each.detail}" for each in row.errors]
    return " ".join([*reasons, row.reason or ""]).strip()


def _read_moment(cursor: str | None) -> tuple[datetime, str] | None:
    after = read_cursor(cursor)
    if after is None:
        return None
    try:
        return _moment.validate_python(after.name_key), after.participant_id
    except ValueError as error:
        raise unknown_cursor() from error


def _read_index(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > len(str(limits.IMPORT_LINES_MAX)):
        raise unknown_cursor()
    return int(cursor)
