"""Cursors of listings by name: opaque to whoever passes them back."""

import base64
import json
from typing import Final

from pydantic import TypeAdapter

from chassis.outcomes import Rejected
from contracts import problems
from enrollment_svc.store.participants import After

_CURSOR: Final = TypeAdapter(tuple[str, str])


def cursor_after(key: str, last_id: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([key, last_id]).encode()).decode()


def read_cursor(cursor: str | None) -> After | None:
    """Raises Rejected (validation-failed)."""
    if cursor is None:
        return None
    try:
        key, last_id = _CURSOR.validate_json(base64.urlsafe_b64decode(cursor))
    except ValueError as error:
        raise unknown_cursor() from error
    return After(key, last_id)


def unknown_cursor() -> Rejected:
    return Rejected(
        problems.VALIDATION_FAILED,
        "The cursor is not one of ours.",
        errors=[{"field": "cursor", "message": "Pass next_cursor of the previous page, unchanged."}],
    )
