"""One child process: started in its own session, logged to a file, stopped for certain.

Its own session means the terminal's Ctrl-C reaches only us, and we decide the order in which children stop.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Self

import psutil

# A log larger than this is set aside as `<name>.log.1` at the next start, so that a forgotten stack fills no disk.
LOG_BYTES_MAX = 50 * 1024 * 1024
TAIL_LINES = 15
KILLED_WITHIN_SECONDS = 5.0


class ProcessFailed(RuntimeError):
    """A command ended with an error; the message holds the end of its output."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A process id together with its start time: a recycled id is another process."""

    pid: int
    created: float

    @classmethod
    def of(cls, pid: int) -> Self:
        return cls(pid, psutil.Process(pid).create_time())

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Self:
        return cls(int(saved["pid"]), float(saved["created"]))

    def process(self) -> psutil.Process | None:
        """The living process, or None when it has ended (a zombie has ended too)."""
        try:
            process = psutil.Process(self.pid)
            # Saved through JSON and read back exactly; half a clock tick absorbs any platform's rounding.
            if abs(process.create_time() - self.created) > 0.005 or process.status() == psutil.STATUS_ZOMBIE:  # noqa: PLR2004
                return None
        except psutil.NoSuchProcess:
            return None
        return process

    def stop(self, seconds: float) -> None:
        """SIGTERM, then SIGKILL after `seconds`, to a process that is not our child."""
        process = self.process()
        if process is None:
            return
        with contextlib.suppress(psutil.NoSuchProcess):
            process.resume()
            process.terminate()
            if not self._ends_within(seconds):
                process.kill()
                self._ends_within(KILLED_WITHIN_SECONDS)

    def _ends_within(self, seconds: float) -> bool:
        """Whoever the parent is may never reap it: a zombie counts as ended."""
        deadline = time.monotonic() + seconds
        while self.process() is not None:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True


class Child:
    """A started process."""

    def __init__(self, process: asyncio.subprocess.Process, identity: Identity, log_file: Path) -> None:
        self._process = process
        self.identity = identity
        self.log_file = log_file

    @classmethod
    async def start(cls, command: Sequence[str], environment: Mapping[str, str], log_file: Path) -> Self:
        with _open_log(log_file) as log:
            process = await asyncio.create_subprocess_exec(
                *dies_with_parent(),
                *command,
                env=environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return cls(process, Identity.of(process.pid), log_file)

    @property
    def running(self) -> bool:
        return self._process.returncode is None

    @property
    def exit_code(self) -> int | None:
        return self._process.returncode

    async def wait(self) -> int:
        return await self._process.wait()

    def signal(self, number: signal.Signals) -> None:
        """To the whole group, so that nothing the part itself started is left behind."""
        if self.running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    async def stop(self, seconds: float) -> bool:
        """Ask politely, wait `seconds`, then kill. True when asking was enough."""
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self.wait(), seconds)
        except TimeoutError:
            await self.kill()
            return False
        return True

    async def kill(self) -> None:
        self.signal(signal.SIGKILL)
        await self.wait()

    def log_tail(self) -> str:
        if not self.log_file.exists():
            return ""
        return "\n".join(self.log_file.read_text(errors="replace").splitlines()[-TAIL_LINES:])


def _open_log(file: Path) -> BinaryIO:
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.exists() and file.stat().st_size > LOG_BYTES_MAX:
        file.replace(file.with_suffix(".log.1"))
    return file.open("ab")


def dies_with_parent() -> list[str]:
    """On Linux the kernel stops the child when we die without a word (kill -9, a test runner's timeout)."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []


async def run(command: Sequence[str], *, seconds: float, environment: Mapping[str, str] | None = None) -> str:
    """Run a short command to its end and return its output; raises `ProcessFailed`."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), seconds)
    except TimeoutError:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        raise ProcessFailed(f"{command[0]} took longer than {seconds:.0f} s") from None
    text = output.decode(errors="replace")
    if process.returncode != 0:
        tail = "\n".join(text.splitlines()[-TAIL_LINES:])
        raise ProcessFailed(f"{command[0]} ended with exit code {process.returncode}:\n{tail}")
    return text
