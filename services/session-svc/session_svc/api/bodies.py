"""Bodies people write are read strictly, all the way down: a misspelt field is refused, not quietly left out.

The models inside are parts of facts too and therefore lenient, and FastAPI validates with their own configuration. So a
route declares its model as usual, which documents it, and depends on `strictly` beside it.
"""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final, get_args

from fastapi import Header, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from chassis.auth import Principal
from chassis.outcomes import Rejected
from contracts import problems
from contracts.items import Item
from session_svc.domain.request_key import RequestKey

_ITEM_TYPES: Final = tuple(str(each.model_fields["type"].default) for each in get_args(get_args(Item)[0]))

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="Repeating a request with its key answers with what the first one created",
    ),
]


def strictly(model: type[BaseModel]) -> Callable[[Request], Awaitable[None]]:
    """A dependency that refuses a body with unknown fields anywhere in it."""

    async def dependency(request: Request) -> None:
        try:
            model.model_validate_json(await request.body(), extra="forbid")
        except ValidationError as error:
            raise RequestValidationError(
                [_for_people(dict(each)) for each in error.errors(include_url=False, include_input=False)]
            ) from error

    return dependency


def refuse_without_version(version: int | None) -> int:
    """Raises Rejected `validation-failed`: whoever replaces something says which version they saw."""
    if version is None:
        message = "This field is required when replacing: send the version you last read."
        raise Rejected(problems.VALIDATION_FAILED, "1 to mend.", errors=[{"field": "version", "message": message}])
    return version


def _in_words(error: dict[str, Any]) -> str | None:
    """A sentence where pydantic speaks to programmers: of unions' tags and of patterns."""
    if error["type"] in {"union_tag_invalid", "union_tag_not_found"}:
        return f"An item's type is one of: {', '.join(_ITEM_TYPES)}"
    if error["type"] != "string_pattern_mismatch":
        return None
    if error["loc"] == ("code",):
        return "Use capital letters and digits, without I, L, O and U, which are mistaken for others"
    return "Use up to 64 letters, digits, dots, dashes and underscores, a letter or digit first"


def _for_people(error: dict[str, Any]) -> dict[str, Any]:
    """Name the field as the author wrote it, without the union's branch, and say what to do in words."""
    message = _in_words(error) or error["msg"]
    location = list(error["loc"])
    for place in range(len(location) - 1, 0, -1):
        if location[place] in _ITEM_TYPES and isinstance(location[place - 1], int):
            del location[place]
    if error["type"] in {"union_tag_invalid", "union_tag_not_found"}:
        location.append("type")
    return {**error, "loc": ("body", *location), "msg": message}


def request_key(principal: Principal, key: str | None, body: BaseModel) -> RequestKey | None:
    """Keys are each caller's own; equal bodies have equal digests, however they were spaced."""
    if key is None:
        return None
    return RequestKey(
        key=f"{principal.subject}:{key}", digest=hashlib.sha256(body.model_dump_json().encode()).hexdigest()
    )
