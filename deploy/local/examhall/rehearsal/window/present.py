"""Somebody on a light socket, candidate or proctor: opening it, being welcomed, its end, and the heartbeat."""

import asyncio
import json
import time
from abc import ABC, abstractmethod
from functools import partial
from typing import TYPE_CHECKING, Final

from examhall.rehearsal import light_socket
from examhall.rehearsal.light_socket import LightSocket

if TYPE_CHECKING:
    from examhall.rehearsal.window.crowd import Crowd

BEAT: Final = b'{"type":"beat"}'


class Present(ABC):
    """`number` counts through all of a kind in the whole window. Times are monotonic seconds."""

    __slots__ = ("_crowd", "_leaving", "_socket", "_welcome", "heard_at", "number", "sent_at")

    def __init__(self, crowd: "Crowd", number: int) -> None:
        self.number = number
        self.sent_at = self.heard_at = 0.0
        self._crowd = crowd
        self._socket: LightSocket | None = None
        self._welcome: asyncio.Future[None] | None = None
        self._leaving = False

    @abstractmethod
    def _receive(self, text: bytes) -> None:
        """One message of the gateway's; calls `_is_welcome` for that one."""

    @abstractmethod
    def _dropped(self, code: int) -> None:
        """The gateway closed a socket that was welcomed, with this code."""

    async def _connect(self, path: str, turn: int, token: str, seconds: float) -> None:
        """Returns when welcomed by the gateway whose `turn` it is.

        Raises:
            OSError, TimeoutError: nobody answered, the socket was closed, or the welcome took longer than `seconds`.

        """
        targets = self._crowd.ground.targets
        url = targets[turn % len(targets)] + path
        socket = await light_socket.connect(url, self._receive, source=self._crowd.source(self.number))
        self._socket = socket
        self._welcome = asyncio.get_running_loop().create_future()
        socket.closed.add_done_callback(partial(self._closed, socket))
        self.heard_at = time.monotonic()
        self._send(json.dumps({"type": "hello", "token": token}).encode())
        try:
            async with asyncio.timeout(seconds):
                await self._welcome
        except BaseException:
            socket.abort()
            raise
        self._crowd.people.add(self)

    def _is_welcome(self) -> None:
        if self._welcome is not None and not self._welcome.done():
            self._welcome.set_result(None)

    def _closed(self, socket: LightSocket, closed: "asyncio.Future[int]") -> None:
        if socket is not self._socket:
            return
        self._socket = None
        self._crowd.people.discard(self)
        if self._welcome is not None and not self._welcome.done():
            self._welcome.set_exception(ConnectionError(f"closed with {closed.result()}"))
        elif not self._leaving:
            self._dropped(closed.result())

    def _send(self, text: bytes) -> None:
        if self._socket is not None:
            self._socket.send(text)
            self.sent_at = time.monotonic()

    def leave(self) -> None:
        self._leaving = True
        self._crowd.people.discard(self)
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    # What the crowd asks for

    def beat(self) -> None:
        self._send(BEAT)

    def give_up(self) -> None:
        """The gateway has said nothing for too long."""
        if self._socket is not None:
            self._socket.abort()

    def send_again(self, before: float) -> int:  # noqa: ARG002 - who only watches sends nothing that counts
        """Send again what was sent before that moment and not acknowledged; the number."""
        return 0
