"""The cable between a computer and the gateway, to be pulled out and plugged in again."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final
from urllib.parse import urlsplit

CHUNK_BYTES: Final = 65_536


class Cable:
    """Passes bytes on. `cut` ends every connection and takes no new one until `mend`; the address stays the same."""

    def __init__(self, to: str) -> None:
        parts = urlsplit(to)
        assert parts.hostname is not None
        assert parts.port is not None
        self._to = (parts.hostname, parts.port)
        self._server: asyncio.Server | None = None
        self._port = 0
        self._joined: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def lead_to(self, to: str) -> None:
        """Another gateway from the next connection on, as behind a load balancer."""
        parts = urlsplit(to)
        assert parts.hostname is not None
        assert parts.port is not None
        self._to = (parts.hostname, parts.port)

    async def mend(self) -> None:
        self._server = await asyncio.start_server(self._join, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._joined):
            writer.transport.abort()

    async def _join(self, near_in: asyncio.StreamReader, near_out: asyncio.StreamWriter) -> None:
        try:
            far_in, far_out = await asyncio.open_connection(*self._to)
        except OSError:
            near_out.transport.abort()
            return
        self._joined |= {near_out, far_out}
        try:
            await asyncio.gather(_pass(near_in, far_out), _pass(far_in, near_out))
        finally:
            self._joined -= {near_out, far_out}
            for writer in (near_out, far_out):
                writer.transport.abort()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await reader.read(CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()
    with contextlib.suppress(OSError):
        writer.write_eof()


@contextlib.asynccontextmanager
async def cable(to: str) -> AsyncIterator[Cable]:
    between = Cable(to)
    await between.mend()
    try:
        yield between
    finally:
        await between.cut()
