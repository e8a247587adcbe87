"""One WebSocket to the gateway that beats, notices silence, and comes back after every loss."""

import asyncio
import json
import random
import time
from collections.abc import Callable
from typing import Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from examhall.rehearsal.client import EXPIRED, OPEN_SECONDS, Caller, Json, Refused, Unreachable, pause_seconds

SEND_SECONDS: Final = 10.0
# The gateway closes sockets that are silent for 25 s; a client is as patient with the gateway.
SILENCE_SECONDS: Final = 25.0
FRAME_BYTES_MAX: Final = 16 * 1024 * 1024  # a frame of every row of a session of thousands


class Line:
    """One WebSocket that is opened again until told to stop.

    `receive` gets every message of the gateway as a dictionary. A line counts as `up` after the gateway's welcome;
    `address` is the gateway it speaks to, or spoke to last.
    """

    def __init__(
        self,
        caller: Caller,
        path: str,
        receive: Callable[[Json], None],
        *,
        turn: int,
        chance: random.Random,
        beat_seconds: float,
    ) -> None:
        self._caller = caller
        self._path = path
        self._receive = receive
        self._turn = turn
        self._chance = chance
        self._beat_seconds = beat_seconds
        self._socket: ClientConnection | None = None
        self._heard_at = 0.0
        self._stopping = asyncio.Event()
        self._may_connect = asyncio.Event()
        self._may_connect.set()
        self.up = asyncio.Event()
        self.welcomes = 0
        self.address = ""
        self.trouble = ""

    async def keep(self) -> None:
        """Run until `stop`. Failures to connect are kept in `trouble`, never raised."""
        failures = 0
        while not self._stopping.is_set():
            await self._may_connect.wait()
            before = self.welcomes
            try:
                await self._once()
            except (OSError, WebSocketException, TimeoutError, Refused, Unreachable, ValueError) as error:
                self.trouble = f"{type(error).__name__}: {error}"
            finally:
                self.up.clear()
                self._socket = None
            if self._stopping.is_set():
                return
            failures = 0 if self.welcomes > before else failures + 1
            self._turn += 1
            await asyncio.sleep(pause_seconds(failures, self._chance))

    async def _once(self) -> None:
        token = await self._caller.token()
        address = self.address = self._caller.gateway.address(self._turn)
        url = "ws" + address.removeprefix("http") + self._path
        async with connect(
            url,
            compression=None,
            ping_interval=None,
            open_timeout=OPEN_SECONDS,
            close_timeout=1,
            max_size=FRAME_BYTES_MAX,
            proxy=None,
        ) as socket:
            self._socket = socket
            self._heard_at = time.monotonic()
            await socket.send(json.dumps({"type": "hello", "token": token}))
            beating = asyncio.create_task(self._beat(socket))
            try:
                async for text in socket:
                    self._heard_at = time.monotonic()
                    self._take(json.loads(text))
                self.trouble = f"closed by the gateway: {socket.close_code} {socket.close_reason}"
            finally:
                beating.cancel()
                await asyncio.gather(beating, return_exceptions=True)

    def _take(self, message: Json) -> None:
        kind = message.get("type")
        if kind == "welcome":
            self.welcomes += 1
            self._receive(message)
            self.up.set()
            return
        if kind == "replaced":
            self._stopping.set()
        if kind == "bye":
            self._take_bye(message)
        self._receive(message)

    def _take_bye(self, message: Json) -> None:
        problem = message["problem"]
        self.trouble = f"bye: {problem} {message.get('detail') or ''}"
        if problem in EXPIRED:
            self._caller.tokens = None
        elif message.get("retry_after_s") is None:
            self._stopping.set()

    async def _beat(self, socket: ClientConnection) -> None:
        """Beats so that the gateway knows we live, and gives up on a gateway that says nothing."""
        await asyncio.sleep(self._chance.uniform(0.2, 1) * self._beat_seconds)
        while True:
            if time.monotonic() - self._heard_at > SILENCE_SECONDS:
                socket.transport.abort()
                return
            await self.send({"type": "beat"})
            await self._stay_signed_in()
            await asyncio.sleep(self._beat_seconds)

    async def _stay_signed_in(self) -> None:
        tokens = self._caller.tokens
        if tokens is None or not tokens.old:
            return
        try:
            await self.send({"type": "hello", "token": await self._caller.token()})
        except (Refused, Unreachable) as error:
            self.trouble = str(error)

    async def send(self, message: Json) -> bool:
        """True when it was handed to a socket that is up; whether it arrived only an answer can tell."""
        socket = self._socket
        if socket is None or not self.up.is_set():
            return False
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await socket.send(json.dumps(message))
        except (OSError, WebSocketException, TimeoutError):
            return False
        return True

    def tear(self) -> None:
        """The cable is pulled: no close frame, and nothing connects until `mend`."""
        self._may_connect.clear()
        self.up.clear()
        if self._socket is not None:
            self._socket.transport.abort()

    def mend(self) -> None:
        self._may_connect.set()

    async def stop(self) -> None:
        """Leave as a closed page does."""
        self._stopping.set()
        self._may_connect.set()
        if self._socket is not None:
            try:
                async with asyncio.timeout(2):
                    await self._socket.close()
            except (OSError, WebSocketException, TimeoutError) as error:
                self.trouble = f"closing: {type(error).__name__}"
