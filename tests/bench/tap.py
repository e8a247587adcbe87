"""A relay in front of Kafka that counts the requests which pass it, by kind."""

import asyncio
import struct
from collections import Counter
from typing import Final, Self

# Kafka's protocol guide; what is not named here is counted by its number.
KINDS: Final = {0: "produce", 1: "fetch", 2: "offsets", 3: "metadata", 8: "commit", 9: "committed", 12: "heartbeat"}
READ_BYTES: Final = 256 * 1024
_FRAME: Final = struct.Struct(">ih")  # length, then the request's kind


class Tap:
    """`async with Tap() as tap:` listens on `tap.port`; connections go to `target` (a port)."""

    def __init__(self) -> None:
        self.target = 0
        self.requests: Counter[str] = Counter()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=READ_BYTES)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            answers, server = await asyncio.open_connection("127.0.0.1", self.target, limit=READ_BYTES)
        except OSError:
            writer.close()
            return
        for work in (self._pass_on(reader, server, Frames(self.requests)), self._pass_on(answers, writer, None)):
            task = asyncio.create_task(work)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, frames: "Frames | None"
    ) -> None:
        try:
            while data := await reader.read(READ_BYTES):
                if frames is not None:
                    frames.take(data)
                writer.write(data)
                await writer.drain()
        except OSError:
            pass  # one side is gone, and so is the other in a moment
        finally:
            writer.close()


class Frames:
    """Finds the beginning of each request in a stream of them."""

    def __init__(self, requests: Counter[str]) -> None:
        self._requests = requests
        self._head = b""
        self._left = 0

    def take(self, data: bytes) -> None:
        at = 0
        while at < len(data):
            if self._left:
                passed = min(self._left, len(data) - at)
                self._left -= passed
                at += passed
                continue
            missing = _FRAME.size - len(self._head)
            self._head += data[at : at + missing]
            at += missing
            if len(self._head) == _FRAME.size:
                length, kind = _FRAME.unpack(self._head)
                self._requests[KINDS.get(kind, f"kind {kind}")] += 1
                self._left = length - 2  # the kind is the first part of what the length counts
                self._head = b""
