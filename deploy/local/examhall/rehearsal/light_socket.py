"""A WebSocket client as light as can be made, so that the simulator leaves the machine to what is measured.

RFC 6455, client side: masked with a key of zeros (valid, and free), whole text messages only, no extensions.
"""

import asyncio
import base64
import os
import ssl
from collections.abc import Callable
from typing import Final, cast
from urllib.parse import urlsplit

OnText = Callable[[bytes], None]

_CLOSE: Final = 0x8
# RFC 6455, 5.2: a length is in the second byte, or these say that two or eight bytes follow.
_HEAD: Final = 2
_TWO_BYTES: Final = 126
_EIGHT_BYTES: Final = 127
_TWO_BYTES_MAX: Final = 0xFFFF
FRAME_BYTES_MAX: Final = 16 * 1024 * 1024  # a frame of every row of a session of thousands


class NotOpened(ConnectionError):
    """The server answered and did not open a socket; `status` is its HTTP status."""

    def __init__(self, status: int, line: str) -> None:
        super().__init__(line)
        self.status = status


class LightSocket(asyncio.Protocol):
    """`on_text` is called for each message. `closed` is done with the closing code (1006: without one)."""

    __slots__ = ("_buffer", "_code", "_on_text", "_request", "_shaken", "_transport", "closed", "opened")

    def __init__(self, request: bytes, on_text: OnText) -> None:
        self._request = request
        self._on_text = on_text
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[None] = loop.create_future()
        self.closed: asyncio.Future[int] = loop.create_future()
        self._shaken = False
        self._code = 1006

    def send(self, text: bytes) -> None:
        assert self._transport is not None
        size = len(text)
        if size < _TWO_BYTES:
            head = bytes((0x81, 0x80 | size, 0, 0, 0, 0))
        elif size <= _TWO_BYTES_MAX:
            head = bytes((0x81, 0x80 | _TWO_BYTES)) + size.to_bytes(2, "big") + bytes(4)
        else:
            head = bytes((0x81, 0x80 | _EIGHT_BYTES)) + size.to_bytes(8, "big") + bytes(4)
        self._transport.write(head + text)

    def close(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(bytes((0x80 | _CLOSE, 0x80 | 2, 0, 0, 0, 0)) + (1000).to_bytes(2, "big"))
            self._transport.close()

    def abort(self) -> None:
        """As when the cable is pulled: no closing frame."""
        if self._transport is not None:
            self._transport.abort()

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are none by descent
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._shaken and not self._shake():
            return
        self._read_frames()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(error or ConnectionError("closed before it opened"))
        if not self.closed.done():
            self.closed.set_result(self._code)

    # Frames

    def _shake(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        status = bytes(self._buffer[:end].split(b"\r\n", 1)[0])
        del self._buffer[: end + 4]
        if b" 101 " not in status:
            words = status.split()
            number = int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
            self.opened.set_exception(NotOpened(number, status.decode(errors="replace")))
            self.abort()
            return False
        self._shaken = True
        if not self.opened.done():
            self.opened.set_result(None)
        return True

    def _read_frames(self) -> None:
        buffer, at = self._buffer, 0
        while len(buffer) - at >= _HEAD:
            first, size, head = buffer[at], buffer[at + 1], _HEAD
            if size >= _TWO_BYTES:
                head = 4 if size == _TWO_BYTES else 10
                if len(buffer) - at < head:
                    break
                size = int.from_bytes(buffer[at + 2 : at + head], "big")
                if size > FRAME_BYTES_MAX:
                    raise ValueError(f"a frame of {size} bytes")
            if len(buffer) - at < head + size:
                break
            payload = bytes(buffer[at + head : at + head + size])
            at += head + size
            self._frame(first, payload)
        del buffer[:at]

    def _frame(self, first: int, payload: bytes) -> None:
        match first:
            case 0x81:
                self._on_text(payload)
            case 0x88:
                self._code = int.from_bytes(payload[:2], "big") if payload else 1005
                self.close()
            case 0x89:
                assert self._transport is not None
                self._transport.write(bytes((0x8A, 0x80 | len(payload), 0, 0, 0, 0)) + payload)
            case _:
                raise ValueError(f"a frame of a kind this client does not read: {first:#x}")


async def connect(url: str, on_text: OnText, *, source: str | None = None, seconds: float = 10.0) -> LightSocket:
    """`url` is `http(s)://` or `ws(s)://`; `source` the local address to come from: each has some 28,000 ports.

    Raises:
        NotOpened: the server answered with something else than 101.
        OSError: it cannot be reached within `seconds`.

    """
    parts = urlsplit(url)
    secure = parts.scheme in {"https", "wss"}
    key = base64.b64encode(os.urandom(16)).decode()
    request = (
        f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).encode()
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(seconds):
        transport, socket = await loop.create_connection(
            lambda: LightSocket(request, on_text),
            parts.hostname or "",
            parts.port or (443 if secure else 80),
            local_addr=None if source is None else (source, 0),
            ssl=ssl.create_default_context() if secure else None,
        )
        try:
            await socket.opened
        except BaseException:
            transport.abort()
            raise
    return socket
