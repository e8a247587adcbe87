"""A WebSocket client as light as can be made, so that the simulator leaves the machine to what is measured.

RFC 6455, client side: masked with a key of zeros (valid, and free), whole text messages only, no extensions.
"""

import asyncio
import base64
import os
from collections.abc import Callable
from urllib.parse import urlsplit

OnText = Callable[[bytes], None]

_CLOSE = 0x8


class LightSocket(asyncio.Protocol):
    """`on_text` is called for each message. `closed` is done with the closing code (1006: without one)."""

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
        if size < 126:
            head = bytes((0x81, 0x80 | size, 0, 0, 0, 0))
        else:
            head = bytes((0x81, 0x80 | 126)) + size.to_bytes(2, "big") + bytes(4)
        self._transport.write(head + text)

    def close(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(bytes((0x80 | _CLOSE, 0x80 | 2, 0, 0, 0, 0)) + (1000).to_bytes(2, "big"))
            self._transport.close()

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._request)

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
            self.opened.set_exception(ConnectionError(status.decode()))
            self.close()
            return False
        self._shaken = True
        if not self.opened.done():
            self.opened.set_result(None)
        return True

    def _read_frames(self) -> None:
        buffer, at = self._buffer, 0
        while len(buffer) - at >= 2:
            first, size, head = buffer[at], buffer[at + 1], 2
            if size >= 126:
                head = 4 if size == 126 else 10
                if len(buffer) - at < head:
                    break
                size = int.from_bytes(buffer[at + 2 : at + head], "big")
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


async def connect(url: str, on_text: OnText, *, source: str = "127.0.0.1") -> LightSocket:
    """Raises OSError when it is refused. `source`: the address to come from; each has some 28,000 ports."""
    parts = urlsplit(url)
    key = base64.b64encode(os.urandom(16)).decode()
    request = (
        f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).encode()
    loop = asyncio.get_running_loop()
    _, socket = await loop.create_connection(
        lambda: LightSocket(request, on_text), parts.hostname, parts.port, local_addr=(source, 0)
    )
    await socket.opened
    return socket
