"""What surrounds every HTTP request: limits, the access log and its metric.

Pure ASGI: Starlette's own kind of middleware costs ten times more.
"""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

import structlog
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis import problems as documents
from chassis.metrics import Metrics
from contracts import limits, problems

BODY_SECONDS: Final = 30.0  # a megabyte over the slowest line in use; slower than that is somebody holding us open
SWALLOW_BYTES: Final = 16 * 1024 * 1024  # a file sent by mistake; what is longer still is cut off
SWALLOW_SECONDS: Final = 5.0
CLOSE: Final = {"Connection": "close"}  # what is still on its way would be read as the next request
UNLOGGED: Final = ("/health/", "/metrics")

log = structlog.get_logger("chassis.access")


class BodyLimit:
    """Refuses bodies over the limit: at once when the length is announced, else as soon as they pass it.

    `larger`: limits of the paths that take files.
    """

    def __init__(
        self, app: ASGIApp, limit: int = limits.REQUEST_BODY_BYTES, larger: Mapping[str, int] | None = None
    ) -> None:
        self.app = app
        self.limit = limit
        self.larger: Mapping[str, int] = {} if larger is None else larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self.larger.get(scope["path"], self.limit)
        announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if not announced.isdigit() or int(announced) > limit:
            if announced.isdigit() and int(announced) <= SWALLOW_BYTES and not _asks_first(scope):
                await _swallow(receive)
            await self._refuse(scope, receive, send, limit)
            return
        seen, complete = 0, False
        deadline = asyncio.get_running_loop().time() + BODY_SECONDS

        async def limited() -> Message:
            """Raises what FastAPI passes on: anything but an HTTPException it would call a malformed body."""
            nonlocal seen, complete
            if complete:
                return await receive()  # waits for the disconnect, which may take as long as the answer
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError as error:
                raise HTTPException(408, "The body took too long.", headers=dict(CLOSE)) from error
            if message["type"] == "http.request":
                seen += len(message.get("body", b""))
                complete = not message.get("more_body", False)
                if seen > limit:
                    if not complete:
                        await _swallow(receive)
                    raise HTTPException(413, _too_large(limit), headers=dict(CLOSE))
            return message

        await self.app(scope, limited, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        answer = documents.response(problems.BODY_TOO_LARGE, _too_large(limit), headers=CLOSE)
        await answer(scope, receive, send)


def _too_large(limit: int) -> str:
    return f"A body may have {limit} bytes."


def _asks_first(scope: Scope) -> bool:
    """`Expect: 100-continue`: the body is not on its way yet."""
    return any(name == b"expect" for name, _ in scope["headers"])


async def _swallow(receive: Receive) -> None:
    """Read what is on its way, within reason. Closing on unread bytes resets the connection, and with it goes the
    answer that says why.
    """
    left = SWALLOW_BYTES
    with suppress(TimeoutError):
        async with asyncio.timeout(SWALLOW_SECONDS):
            while left > 0:
                message = await receive()
                if message["type"] != "http.request" or not message.get("more_body", False):
                    return
                left -= len(message.get("body", b""))


class AccessLog:
    """One line and one measurement for each request, by route template: paths would be a label without bound."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(UNLOGGED):
            await self.app(scope, receive, send)
            return
        structlog.contextvars.clear_contextvars()
        began, status = time.perf_counter(), 500

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, note)
        finally:
            seconds = time.perf_counter() - began
            route = getattr(scope.get("route"), "path", "unmatched")
            self.metrics.request_seconds.labels(scope["method"], route, str(status)).observe(seconds)
            log.info(
                "request",
                method=scope["method"],
                route=route,
                path=scope["path"],
                status=status,
                ms=round(seconds * 1000, 1),
            )
