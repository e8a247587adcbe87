"""Rows of imports as documents."""

from typing import Any, Final

from chassis.mongo import Document
from contracts import limits
from contracts.enrollment import Accommodation
from contracts.statuses import RowOutcome, RowStatus, SeatOutcome
from enrollment_svc.domain.files.roster import GroupNamed
from enrollment_svc.domain.identity import Details
from enrollment_svc.domain.imports import ImportRow, RowError

GROUPS_KEPT: Final = 2 * limits.PERSON_GROUPS_MAX  # a row with more is refused; this many show why


def row_id(import_id: str, index: int) -> str:
    return f"{import_id}.{index}"


def row_document(import_id: str, row: ImportRow) -> Document:
    return {
        "_id": row_id(import_id, row.index),
        "import_id": import_id,
        "index": row.index,
        "number": row.number,
        "file": row.file,
        "status": row.status.value,
        "details": [
            row.details.name[: limits.IMPORT_CELL_KEPT],
            _cut(row.details.email),
            _cut(row.details.external_id),
        ],
        "groups": [[each.name[: limits.IMPORT_CELL_KEPT], each.external_id] for each in row.groups[:GROUPS_KEPT]],
        "time": row.time[: limits.IMPORT_CELL_KEPT],
        "accommodation": row.accommodation.model_dump(mode="json", exclude_none=True),
        "cells": list(row.cells),
        "errors": [[each.cell, each.field, each.value, each.problem, each.detail] for each in row.errors],
        "changes": list(row.changes),
        "person_id": row.person_id,
        "outcome": None,
        "seat": None,
        "reason": None,
        "invited": None,
    }


def _cut(text: str | None) -> str | None:
    """Valid ones are shorter; of others the beginning is enough to show."""
    return None if text is None else text[: limits.IMPORT_CELL_KEPT]


def row_of(document: Document) -> ImportRow:
    def known(kind: Any, value: str | None) -> Any:
        return None if value is None else kind(value)

    return ImportRow(
        index=document["index"],
        number=document["number"],
        file=document["file"],
        status=RowStatus(document["status"]),
        details=Details(*document["details"]),
        groups=tuple(GroupNamed(name, external_id) for name, external_id in document["groups"]),
        time=document["time"],
        accommodation=Accommodation.model_validate(document["accommodation"]),
        cells=tuple(document["cells"]),
        errors=tuple(RowError(*each) for each in document["errors"]),
        changes=tuple(document["changes"]),
        person_id=document["person_id"],
        outcome=known(RowOutcome, document["outcome"]),
        seat=known(SeatOutcome, document["seat"]),
        reason=document["reason"],
        invited=document.get("invited"),
    )
