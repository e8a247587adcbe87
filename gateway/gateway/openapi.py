"""The OpenAPI document: what FastAPI makes of the routes, the problem model, and a 3.0 view for the bundled viewer."""

from collections.abc import Callable
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from chassis import access
from contracts.problems import VALIDATION_FAILED

DESCRIPTION: Final = """
Sign in with `POST /api/v1/auth/sign-in` and send the access token as a bearer token.

* Errors are RFC 9457 problem documents; `type` names one of the [problem types](/problems).
* Commands take an `Idempotency-Key`: repeated with the same key they are carried out once.
* Changes name the `version` they were made from; `stale-version` means somebody was quicker.
* Lists come in pages: ask again with `next_cursor` until it is null.
* Live updates come over the WebSockets `/ws/staff` and `/ws/candidate` ([messages](/docs/sockets.json)).
"""
PROBLEM: Final[dict[str, Any]] = {
    "title": "Problem",
    "type": "object",
    "description": "RFC 9457. Some types carry further members.",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "description": "`/problems/<name>`"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "description": "With `validation-failed`: what to mend",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
        "retry_after_s": {"type": "number"},
        "trace_id": {"type": "string"},
    },
}


def install(app: FastAPI) -> None:
    """Made on first use and kept: it takes a second."""
    kept: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        if not kept:
            kept.update(_document(app))
        return kept

    app.openapi = openapi  # type: ignore[method-assign]


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title="Examhall", version="1.0.0", description=DESCRIPTION.strip(), routes=app.routes, openapi_version="3.1.0"
    )
    schemas = document["components"]["schemas"]
    schemas["Problem"] = PROBLEM
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for operations in document["paths"].values():
        for operation in operations.values():
            _document_refusals(operation["responses"])
    return access.named(app, document)


def _document_refusals(responses: dict[str, Any]) -> None:
    """Replace what FastAPI says about invalid parameters by what is really answered."""
    invalid = responses.get("422")
    if invalid is not None and "application/json" in invalid["content"]:
        reference = {"schema": {"$ref": "#/components/schemas/Problem"}}
        responses["422"] = {
            "description": f"`{VALIDATION_FAILED.name}`: {VALIDATION_FAILED.title}",
            "content": {"application/problem+json": reference},
        }


def as_3_0(document: dict[str, Any]) -> dict[str, Any]:
    """The document in OpenAPI 3.0, which the bundled viewer reads: null is a flag there, not a type."""
    return {**_transformed(document, _nullable), "openapi": "3.0.3"}


def _transformed(value: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    if isinstance(value, list):
        return [_transformed(each, change) for each in value]
    if isinstance(value, dict):
        return change({name: _transformed(each, change) for name, each in value.items()})
    return value


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    alternatives = schema.get("anyOf")
    if isinstance(alternatives, list) and {"type": "null"} in alternatives:
        rest = [each for each in alternatives if each != {"type": "null"}]
        others = {name: each for name, each in schema.items() if name != "anyOf"}
        if len(rest) == 1:
            return {**others, "allOf": rest, "nullable": True}
        return {**others, "anyOf": rest, "nullable": True}
    if "const" in schema and "enum" not in schema:
        return {**{name: each for name, each in schema.items() if name != "const"}, "enum": [schema["const"]]}
    for limit, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(schema.get(limit), int | float) and not isinstance(schema.get(limit), bool):
            schema = {**schema, bound: schema[limit], limit: True}
    return schema
