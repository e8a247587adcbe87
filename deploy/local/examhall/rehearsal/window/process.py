"""A simulating process as the one who leads it sees it; what they say to each other is in `worker.py`."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Final

import orjson

from examhall.rehearsal.window.room import RoomVerdict
from examhall.rehearsal.window.worker import LINE_BYTES_MAX

STOP_SECONDS: Final = 150.0  # a worker puts its sessions away within two minutes


class WorkerFailed(RuntimeError):
    """A simulating process ended by itself; the message holds what it said last."""


class Worker:
    """A simulating process as its parent sees it."""

    def __init__(self, errors: Path, take: Callable[[dict[str, Any]], None]) -> None:
        self._errors = errors
        self._take = take
        self._process: asyncio.subprocess.Process | None = None
        self._listening: asyncio.Task[None] | None = None
        self.prepared = asyncio.Event()
        self.gathered = asyncio.Event()
        self.done = asyncio.Event()
        self.ended = asyncio.Event()
        self.verdict = RoomVerdict()
        self.failures: list[str] = []
        self.left: list[str] = []

    async def start(self, assignment: dict[str, Any]) -> None:
        """The token goes over the pipe: arguments and environments can be read by others."""
        with self._errors.open("wb") as errors:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "examhall.rehearsal.window.worker",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                limit=LINE_BYTES_MAX,
                start_new_session=True,
            )
        self._listening = asyncio.create_task(self._listen(self._process))
        await self._write(orjson.dumps(assignment))

    async def order(self, order: str) -> None:
        await self._write(orjson.dumps({"order": order}))

    async def stop(self) -> None:
        """Wait for its end, which it was told to come to; a process that does not is ended."""
        if self._process is None or self._listening is None:
            return
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._listening
        except TimeoutError:
            self._process.kill()
            self.failures.append("a simulating process had to be killed")
        await self._process.wait()

    def last_words(self) -> str:
        text = self._errors.read_text(errors="replace")[-2_000:] if self._errors.exists() else ""
        return f"a simulating process ended: {'; '.join(self.failures)} {text}".strip()

    async def _write(self, line: bytes) -> None:
        if self._process is None or self._process.stdin is None:
            return
        with contextlib.suppress(ConnectionError):  # it has ended, which is noticed elsewhere
            self._process.stdin.write(line + b"\n")
            await self._process.stdin.drain()

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        try:
            async for line in _lines(process.stdout):
                self._hear(orjson.loads(line))
        finally:
            self.ended.set()

    def _hear(self, message: dict[str, Any]) -> None:
        match message["kind"]:
            case "measures":
                self._take(message["measures"])
            case "prepared":
                self.prepared.set()
            case "gathered":
                self.gathered.set()
            case "verdict":
                self.verdict = RoomVerdict(**message["verdict"])
                self.failures.extend(message["failures"])
                self.left = message["left"]
                self.done.set()


async def _lines(stream: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while line := await stream.readline():
        yield line
