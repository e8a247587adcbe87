"""The sending side of one socket: no task and no queue while the client keeps up.

An ASGI `send` finishes without waiting unless the client's buffer is full. So it is stepped by hand; only when it has
to wait, a task is made that finishes it and sends what came meanwhile, up to a bound. Who stays behind longer is
closed: their page comes back and fetches a snapshot.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Final

from starlette.types import Send

from chassis.stepping import rest_of

WAITING_BYTES_MAX: Final = 4 * 1024 * 1024  # some seconds of frames of the largest session
STALLED_SECONDS: Final = 10.0  # as long as between two beats: a client that reads nothing for that long is gone

NORMAL: Final = 1000
RESTART: Final = 1012
TRY_LATER: Final = 1013
POLICY: Final = 1008
NOT_SIGNED_IN: Final = 4401
NOT_ALLOWED: Final = 4403
SILENT: Final = 4408
REPLACED: Final = 4409


class Outlet:
    """`on_lost` is called once, when the client does not keep up or is gone."""

    __slots__ = ("_closed", "_on_lost", "_send", "_task", "_waiting", "_waiting_bytes")

    def __init__(self, send: Send, on_lost: Callable[[], object]) -> None:
        self._send = send
        self._on_lost = on_lost
        self._closed = False
        self._task: asyncio.Task[None] | None = None
        self._waiting: deque[str] | None = None
        self._waiting_bytes = 0

    @property
    def closed(self) -> bool:
        return self._closed

    def text(self, text: str) -> None:
        """Send, or keep for sending, and return at once. After the end it does nothing."""
        if self._closed:
            return
        if self._waiting is not None:
            self._keep(text)
            return
        coroutine = self._send({"type": "websocket.send", "text": text})
        assert isinstance(coroutine, Coroutine)
        try:
            blocked_on = coroutine.send(None)
        except StopIteration:
            return
        except Exception:  # noqa: BLE001 - servers differ in what they raise for a client that has gone
            self._lose()
            return
        self._waiting = deque()
        self._task = asyncio.create_task(self._catch_up(coroutine, blocked_on))

    async def close(self, code: int, reason: str = "") -> None:
        """Send what waits, then the closing frame; bounded in time."""
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=1.0)
        if self._closed:
            return
        self._closed = True
        try:
            async with asyncio.timeout(1.0):
                await self._send({"type": "websocket.close", "code": code, "reason": reason[:120]})
        except Exception:  # noqa: BLE001 - gone already is as good as closed
            return

    def abandon(self) -> None:
        """The client is gone: forget what waits."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()

    def _keep(self, text: str) -> None:
        assert self._waiting is not None
        self._waiting.append(text)
        self._waiting_bytes += len(text)
        if self._waiting_bytes > WAITING_BYTES_MAX:
            self._lose()

    def _lose(self) -> None:
        if not self._closed:
            self.abandon()
            self._on_lost()

    async def _catch_up(self, coroutine: Coroutine[Any, Any, None], blocked_on: Any) -> None:
        try:
            async with asyncio.timeout(STALLED_SECONDS):
                await rest_of(coroutine, blocked_on)
            while self._waiting:
                text = self._waiting.popleft()
                self._waiting_bytes -= len(text)
                async with asyncio.timeout(STALLED_SECONDS):
                    await self._send({"type": "websocket.send", "text": text})
        except Exception:  # noqa: BLE001 - too slow or gone, whatever the server calls it
            self._lose()
        finally:
            self._waiting = None
            self._waiting_bytes = 0
            self._task = None
