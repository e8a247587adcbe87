"""What a stack is made of: the description of one server or service, and the living thing."""

import asyncio
import signal
import time
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from examhall.priority import niceness_of, yield_to_others
from examhall.process import Child

PROBE_EVERY_SECONDS = 0.1
# One probe never takes longer than this: a paused server accepts a connection and then says nothing.
PROBE_SECONDS = 5.0


class NotReady(Exception):
    """Not yet; the message says what is missing."""


class PartFailed(RuntimeError):
    """A part ended or did not become ready in time; the message holds the end of its log."""


class Description(Protocol):
    """How to run one part and how to tell that it works."""

    @property
    def name(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def ready_seconds(self) -> float: ...
    @property
    def stop_seconds(self) -> float: ...

    async def prepare(self) -> None:
        """Whatever must be on disk before the process starts. May run many times."""

    def command(self) -> list[str]: ...

    def environment(self) -> Mapping[str, str]: ...

    async def probe(self) -> None:
        """Return when the part works, raise `NotReady` (or OSError) otherwise."""

    def stopped(self) -> None:
        """Called after a clean stop."""


class Status(StrEnum):
    STOPPED = "stopped"
    STARTING = "starting"
    READY = "ready"
    PAUSED = "paused"
    CRASHED = "crashed"


class Part:
    """One part of a running stack. Starting, stopping and killing are owned by one caller at a time."""

    def __init__(self, description: Description, log_file: Path) -> None:
        self.description = description
        self.log_file = log_file
        self.status = Status.STOPPED
        self.restarts = 0
        self.child: Child | None = None
        self.started_at = 0.0
        # While set, an ending of the process is what somebody asked for, not a crash.
        self.expected_to_end = True

    @property
    def name(self) -> str:
        return self.description.name

    async def start(self) -> None:
        """Start the process and wait until it works; raises `PartFailed`."""
        if self.child is not None and self.child.running:
            raise PartFailed(f"{self.name} is already running")
        self.status = Status.STARTING
        self.started_at = time.monotonic()
        await self.description.prepare()
        self.child = await Child.start(self.description.command(), self.description.environment(), self.log_file)
        yield_to_others(self.child.identity.pid, niceness_of(self.name))
        self.expected_to_end = False
        await self.ready()

    async def ready(self, seconds: float | None = None) -> None:
        """Wait until the part works; raises `PartFailed` when it ends or the time is over."""
        limit = self.description.ready_seconds if seconds is None else seconds
        deadline = time.monotonic() + limit
        reason = "no answer"
        while time.monotonic() < deadline:
            if self.child is None or not self.child.running:
                self.status = Status.CRASHED
                raise PartFailed(f"{self.name} ended {self._ending()}")
            try:
                await asyncio.wait_for(self.description.probe(), PROBE_SECONDS)
            except (NotReady, OSError) as error:  # TimeoutError is an OSError
                reason = str(error) or type(error).__name__
                await asyncio.sleep(PROBE_EVERY_SECONDS)
                continue
            self.status = Status.READY
            return
        raise PartFailed(f"{self.name} is not ready after {limit:.0f} s ({reason}){self._tail()}")

    async def stop(self) -> None:
        self.expected_to_end = True
        if self.child is not None and self.child.running and await self.child.stop(self.description.stop_seconds):
            self.description.stopped()
        self.status = Status.STOPPED

    async def kill(self) -> None:
        """SIGKILL. `expected_to_end` stays as it is: a supervisor takes it for the crash it stands for."""
        if self.child is not None:
            await self.child.kill()
        self.status = Status.CRASHED

    def pause(self) -> None:
        """SIGSTOP: alive but silent, the way a machine that swaps or a long garbage collection looks."""
        if self.child is not None:
            self.child.signal(signal.SIGSTOP)
            self.status = Status.PAUSED

    def resume(self) -> None:
        if self.child is not None:
            self.child.signal(signal.SIGCONT)
            self.status = Status.READY

    def _ending(self) -> str:
        code = self.child.exit_code if self.child is not None else None
        return f"with exit code {code} before it was ready{self._tail()}"

    def _tail(self) -> str:
        tail = self.child.log_tail() if self.child is not None else ""
        return f"; the end of {self.log_file}:\n{tail}" if tail else f"; {self.log_file} is empty"
