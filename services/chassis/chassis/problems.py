"""Every error leaves as an RFC 9457 problem document, saying what to do about it where that is known."""

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis import telemetry
from chassis.outages import as_transient
from chassis.outcomes import Rejected, Transient
from contracts import problems
from contracts.problems import ProblemType

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_SECONDS: Final = 2  # an election or a broker's restart takes a few seconds
ERRORS_MAX: Final = 100  # enough to mend a form; a hostile body could otherwise produce megabytes

log = structlog.get_logger(__name__)

_BY_STATUS: Final[Mapping[int, ProblemType]] = {
    400: problems.MALFORMED_BODY,  # FastAPI's, for bodies that it cannot even decode; nothing else of ours gives it
    401: problems.NOT_SIGNED_IN,
    403: problems.NOT_ALLOWED,
    404: problems.NOT_FOUND,
    405: problems.METHOD_NOT_ALLOWED,
    413: problems.BODY_TOO_LARGE,
    429: problems.TOO_MANY_REQUESTS,
    503: problems.TEMPORARILY_UNAVAILABLE,
}


def body(problem: ProblemType, detail: str = "", *, status: int | None = None, **extensions: Any) -> dict[str, Any]:
    """The document's members. Extensions never hide the standard ones."""
    return {
        **extensions,
        "type": problem.uri,
        "title": problem.title,
        "status": status or problem.status,
        **({"detail": detail} if detail else {}),
    }


def response(
    problem: ProblemType,
    detail: str = "",
    *,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
    **extensions: Any,
) -> Response:
    content = orjson.dumps(body(problem, detail, status=status, **extensions), default=str)
    all_headers = dict(headers or {})
    code = status or problem.status
    if code == HTTPStatus.UNAUTHORIZED:
        all_headers.setdefault("WWW-Authenticate", "Bearer")
    if "retry_after_s" in extensions:
        all_headers.setdefault("Retry-After", str(math.ceil(extensions["retry_after_s"])))
    if code == HTTPStatus.SERVICE_UNAVAILABLE:
        all_headers.setdefault("Retry-After", str(RETRY_AFTER_SECONDS))
    return Response(content, status_code=code, media_type=MEDIA_TYPE, headers=all_headers)


def _field(location: tuple[str | int, ...]) -> str:
    """`("body", "sections", 0, "title")` as people and programs read it: `sections[0].title`."""
    parts = location[1:] if len(location) > 1 and location[0] in {"body", "query", "path", "header"} else location
    text = ""
    for part in parts:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else str(part)
    return text or "body"


def _remedy(error: Mapping[str, Any]) -> str:
    message = str(error.get("msg", "is not valid"))
    match error.get("type"):
        case "missing":
            return "This field is required: add it."
        case "extra_forbidden":
            return "This field is not known here: remove it, or check its spelling."
        case "json_invalid":
            return f"This is not valid JSON: {error.get('ctx', {}).get('error', message)}."
        case _:
            return message.removeprefix("Value error, ").rstrip(".") + "."


async def _on_rejected(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Rejected)
    return response(error.problem, error.detail, **error.extensions)


async def _on_transient(_request: Request, error: Exception) -> Response:
    log.warning("request not possible just now", error=str(error))
    return response(problems.TEMPORARILY_UNAVAILABLE, "Something this needs is away. Nothing was lost; try again.")


async def _on_validation(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    errors = [{"field": _field(each["loc"]), "message": _remedy(each)} for each in found[:ERRORS_MAX]]
    if any(each.get("type") == "json_invalid" for each in found):
        return response(problems.MALFORMED_BODY, errors[0]["message"], errors=errors)
    return response(problems.VALIDATION_FAILED, f"{len(found)} to mend.", errors=errors)


async def _on_http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    problem = _BY_STATUS.get(error.status_code, problems.HTTP_ERROR)
    try:
        usual = HTTPStatus(error.status_code).phrase
    except ValueError:
        usual = ""
    detail = "" if error.detail == usual else str(error.detail)
    return response(problem, detail, status=error.status_code, headers=error.headers)


def install(app: FastAPI) -> None:
    """Handlers for every kind of error, and a net for the unexpected inside the application's own middlewares."""
    app.add_exception_handler(Rejected, _on_rejected)
    app.add_exception_handler(Transient, _on_transient)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_middleware(UnexpectedErrors)


class UnexpectedErrors:
    """Turns what nothing else handled into a problem document with the trace id under which it was logged."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except Exception as error:
            transient = as_transient(error)
            if transient is None:
                log.exception("unexpected error", path=scope["path"], method=scope["method"])
            else:
                log.warning("request not possible just now", error=str(transient), path=scope["path"])
            if started:
                raise
            answer = (
                response(problems.INTERNAL_ERROR, "It has been logged.", trace_id=telemetry.trace_id())
                if transient is None
                else response(problems.TEMPORARILY_UNAVAILABLE, "Something this needs is away; try again.")
            )
            await answer(scope, receive, send)
