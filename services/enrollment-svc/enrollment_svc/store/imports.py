"""Imports, their rows and, until they are read, their files. All of it expires: a file holds names and addresses."""

from collections.abc import Collection as Many
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from chassis.mongo import (
    ASCENDING,
    DESCENDING,
    BulkWriteError,
    Collection,
    Database,
    Document,
    DuplicateKey,
    InsertOne,
    ReturnDocument,
    UpdateOne,
    duplicates_in,
    translate_errors,
)
from contracts import limits
from contracts.enrollment import Accommodation
from contracts.resources.imports import ImportProblem, OutcomeCounts, ReviewCounts, SourceKind
from contracts.statuses import ImportState, RowOutcome, RowStatus, SeatOutcome
from enrollment_svc.domain.imports import Import, ImportRow, Selection
from enrollment_svc.store.import_rows import row_document, row_id, row_of

AT_WORK: Final = (ImportState.READING.value, ImportState.RUNNING.value)
WRITTEN_AT_ONCE: Final = 1_000  # rows in one request: about a megabyte


class ImportStore:
    def __init__(self, database: Database) -> None:
        self.imports: Collection = database["imports"]
        self.rows: Collection = database["import_rows"]
        self.files: Collection = database["import_files"]

    async def ensure_indexes(self) -> None:
        with translate_errors():
            for collection in (self.imports, self.rows, self.files):
                await collection.create_index([("expires_at", ASCENDING)], name="expire", expireAfterSeconds=0)
            await self.imports.create_index(
                [("org_id", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)], name="listing"
            )
            await self.imports.create_index([("state", ASCENDING), ("worked_at", ASCENDING)], name="at_work")
            await self.rows.create_index([("import_id", ASCENDING), ("index", ASCENDING)], name="in_order")
            await self.rows.create_index(
                [("import_id", ASCENDING), ("status", ASCENDING), ("index", ASCENDING)], name="by_status"
            )
            await self.rows.create_index(
                [
                    ("import_id", ASCENDING),
                    ("outcome", ASCENDING),
                    ("seat", ASCENDING),
                    ("index", ASCENDING),
                    ("invited", ASCENDING),
                ],
                name="by_outcome_and_invitation",
            )

    # Imports

    async def insert(self, import_: Import, file: bytes | None) -> bool:
        """False when there is an import of this id already. The file first: an import never lacks its file."""
        expires = {"expires_at": import_.created_at + timedelta(days=limits.IMPORTS_KEPT_DAYS)}
        with translate_errors():
            if file is not None:
                kept = {"_id": import_.import_id, "content": file, **expires}
                await self.files.replace_one({"_id": import_.import_id}, kept, upsert=True)
            try:
                await self.imports.insert_one(
                    {
                        **_document(import_),
                        **expires,
                        "worked_at": import_.created_at,
                        "claimed_until": import_.created_at,
                    }
                )
            except DuplicateKey:
                return False
        return True

    async def one(self, org_id: str, import_id: str) -> Import | None:
        with translate_errors():
            found = await self.imports.find_one({"_id": import_id, "org_id": org_id})
        return _import(found) if found else None

    async def listing(self, org_id: str, before: tuple[datetime, str] | None, limit: int) -> list[Import]:
        """The newest first."""
        wanted: Document = {"org_id": org_id}
        if before is not None:
            moment, import_id = before
            wanted["$or"] = [{"created_at": {"$lt": moment}}, {"created_at": moment, "_id": {"$lt": import_id}}]
        cursor = self.imports.find(wanted).sort([("created_at", DESCENDING), ("_id", DESCENDING)]).limit(limit)
        with translate_errors():
            return [_import(each) async for each in cursor]

    async def save(self, import_: Import, was: ImportState) -> bool:
        """False when it was no longer in the state `was`."""
        with translate_errors():
            result = await self.imports.update_one(
                {"_id": import_.import_id, "state": was.value}, {"$set": _document(import_)}
            )
        return bool(result.matched_count)

    async def claim(self, now: datetime, until: datetime) -> Import | None:
        """The import at work that waited longest and that nobody works on, for us until then."""
        with translate_errors():
            found = await self.imports.find_one_and_update(
                {"state": {"$in": list(AT_WORK)}, "claimed_until": {"$lte": now}},
                {"$set": {"claimed_until": until, "worked_at": now}, "$inc": {"claims": 1}},
                sort=[("worked_at", ASCENDING)],
                return_document=ReturnDocument.AFTER,
            )
        return _import(found) if found else None

    async def hold(self, import_id: str, until: datetime) -> None:
        """Keep the claim until then, or give it up by naming a moment that has come."""
        with translate_errors():
            await self.imports.update_one({"_id": import_id}, {"$set": {"claimed_until": until}})

    async def file(self, import_id: str) -> bytes | None:
        with translate_errors():
            found = await self.files.find_one({"_id": import_id})
        return bytes(found["content"]) if found else None

    async def forget_file(self, import_id: str) -> None:
        with translate_errors():
            await self.files.delete_one({"_id": import_id})

    # Rows

    async def drop_rows(self, import_id: str) -> None:
        with translate_errors():
            await self.rows.delete_many({"import_id": import_id})

    async def insert_rows(self, import_: Import, rows: Sequence[ImportRow]) -> None:
        """A row that is there already stays: somebody else reads the same file."""
        expires_at = import_.created_at + timedelta(days=limits.IMPORTS_KEPT_DAYS)
        for start in range(0, len(rows), WRITTEN_AT_ONCE):
            writes = [
                InsertOne({**row_document(import_.import_id, each), "expires_at": expires_at})
                for each in rows[start : start + WRITTEN_AT_ONCE]
            ]
            with translate_errors():
                try:
                    await self.rows.bulk_write(writes, ordered=False)
                except BulkWriteError as error:
                    duplicates_in(error)

    async def count_by_status(self, import_id: str) -> ReviewCounts:
        counts = await self._tally(import_id, "status", index="by_status")
        return ReviewCounts(**{status: number for (status,), number in counts.items()})

    async def count_outcomes(self, import_id: str) -> OutcomeCounts:
        """Counted from the rows, so that no crash can leave a counter that disagrees with them."""
        counts = await self._tally(import_id, "outcome", "seat", "invited", index="by_outcome_and_invitation")
        outcomes = {each.value: 0 for each in RowOutcome}
        seats = {each.value: 0 for each in SeatOutcome}
        invited = 0
        for (outcome, seat, was_invited), number in counts.items():
            invited += number if was_invited else 0
            if outcome is not None:
                outcomes[outcome] += number
            if seat is not None:
                seats[seat] += number
        return OutcomeCounts(
            **outcomes,
            enrolled=seats[SeatOutcome.ENROLLED],
            already=seats[SeatOutcome.ALREADY],
            unseated=seats[SeatOutcome.REFUSED],
            invited=invited,
        )

    async def _tally(self, import_id: str, *fields: str, index: str) -> dict[tuple[Any, ...], int]:
        """Rows by these fields, from the index alone: reading every row after each batch would be most of the work."""
        stages: list[Document] = [
            {"$match": {"import_id": import_id}},
            {"$group": {"_id": {each: f"${each}" for each in fields}, "rows": {"$sum": 1}}},
        ]
        with translate_errors():
            found = self.rows.aggregate(stages, hint=index)
            return {tuple(each["_id"].get(field) for field in fields): each["rows"] async for each in found}

    async def waiting(self, import_id: str, statuses: Many[RowStatus], limit: int) -> list[ImportRow]:
        """Rows to carry out that have no outcome yet, in order."""
        wanted = {
            "import_id": import_id,
            "outcome": None,
            "seat": None,
            "status": {"$in": [each.value for each in statuses]},
        }
        return await self._rows(wanted, limit)

    async def record(self, import_id: str, rows: Sequence[ImportRow]) -> None:
        writes = [
            UpdateOne(
                {"_id": row_id(import_id, each.index)},
                {
                    "$set": {
                        "outcome": each.outcome.value if each.outcome else None,
                        "seat": each.seat.value if each.seat else None,
                        "reason": each.reason,
                        "person_id": each.person_id,
                        "invited": each.invited,
                    }
                },
            )
            for each in rows
        ]
        if writes:
            with translate_errors():
                await self.rows.bulk_write(writes, ordered=False)

    async def leave_unchanged(self, import_id: str, statuses: Many[RowStatus]) -> None:
        """Rows for which nothing is to do."""
        with translate_errors():
            await self.rows.update_many(
                {"import_id": import_id, "status": {"$in": [each.value for each in statuses]}},
                {"$set": {"outcome": RowOutcome.UNCHANGED.value}},
            )

    async def row_listing(
        self, import_id: str, *, status: RowStatus | None, rejected: bool, after: int | None, limit: int
    ) -> list[ImportRow]:
        """In the file's order. `rejected`: whoever could not be added or seated, for whatever reason."""
        wanted: Document = {"import_id": import_id}
        if status is not None:
            wanted["status"] = status.value
        if rejected:
            wanted["$or"] = [
                {"status": {"$in": [RowStatus.DUPLICATE.value, RowStatus.ERROR.value]}},
                {"outcome": RowOutcome.REFUSED.value},
                {"seat": SeatOutcome.REFUSED.value},
            ]
        if after is not None:
            wanted["index"] = {"$gt": after}
        return await self._rows(wanted, limit)

    async def _rows(self, wanted: Document, limit: int) -> list[ImportRow]:
        with translate_errors():
            cursor = self.rows.find(wanted).sort([("index", ASCENDING)]).limit(limit)
            return [row_of(each) async for each in cursor]


def _document(import_: Import) -> Document:
    selection = import_.selection
    return {
        "_id": import_.import_id,
        "org_id": import_.org_id,
        "state": import_.state.value,
        "file_name": import_.file_name,
        "digest": import_.digest,
        "session_id": import_.session_id,
        "created_at": import_.created_at,
        "created_by": import_.created_by,
        "created_by_name": import_.created_by_name,
        "source": import_.source.value if import_.source else None,
        "selection": None
        if selection is None
        else {
            "person_ids": list(selection.person_ids),
            "group_ids": list(selection.group_ids),
            "accommodation": selection.accommodation.model_dump(mode="json", exclude_none=True),
        },
        "rows": import_.rows,
        "review": import_.review.model_dump(),
        "to_do": import_.to_do,
        "done": import_.done,
        "outcome": import_.outcome.model_dump(),
        "problem": import_.problem.model_dump() if import_.problem else None,
        "encoding": import_.encoding,
        "separator": import_.separator,
        "headers": list(import_.headers),
        "used_columns": [list(each) for each in import_.used_columns],
        "ignored_columns": list(import_.ignored_columns),
        "invite": import_.invite,
    }


def _import(document: Document) -> Import:
    selection = document["selection"]
    return Import(
        import_id=document["_id"],
        org_id=document["org_id"],
        state=ImportState(document["state"]),
        file_name=document["file_name"],
        digest=document["digest"],
        session_id=document["session_id"],
        created_at=document["created_at"],
        created_by=document["created_by"],
        created_by_name=document["created_by_name"],
        source=SourceKind(document["source"]) if document["source"] else None,
        selection=None
        if selection is None
        else Selection(
            person_ids=tuple(selection["person_ids"]),
            group_ids=tuple(selection["group_ids"]),
            accommodation=Accommodation.model_validate(selection["accommodation"]),
        ),
        rows=document["rows"],
        review=ReviewCounts.model_validate(document["review"]),
        to_do=document["to_do"],
        done=document["done"],
        outcome=OutcomeCounts.model_validate(document["outcome"]),
        problem=ImportProblem.model_validate(document["problem"]) if document["problem"] else None,
        encoding=document["encoding"],
        separator=document["separator"],
        headers=tuple(document["headers"]),
        used_columns=tuple((header, field) for header, field in document["used_columns"]),
        ignored_columns=tuple(document["ignored_columns"]),
        claims=document.get("claims", 0),
        invite=document.get("invite", False),
    )
