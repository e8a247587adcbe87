"""A stack that outlives the shell: started in the background, found and stopped from any other shell."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, Final

from examhall.addresses import Addresses
from examhall.part import PartFailed
from examhall.state import StackState

# The longest a first start may take: Maven's download, an installation of packages, every part's own patience.
START_SECONDS: Final = 900.0
# Every part's own patience when stopping, services first and servers after them.
STOP_SECONDS: Final = 70.0
SUPERVISOR_LOG: Final = "examhall.log"
INTERRUPTED: Final = 130  # the shell's exit code for a command ended by Ctrl-C


class NotRunning(RuntimeError):
    """No stack runs in this directory."""


def running_addresses(directory: Path) -> Addresses:
    """Where the running stack is; raises `NotRunning` when there is none (or not yet)."""
    state = StackState.load(directory)
    if state is None or not state.running or not state.ready or state.addresses is None:
        raise NotRunning(f"no stack is running in {directory}; start one with: examhall up")
    return state.addresses


def start_in_background(directory: Path, arguments: Sequence[str], report: Callable[[str], None]) -> Addresses:
    """Start `examhall up --foreground` detached and follow its log until every part works; raises `PartFailed`."""
    log_file = directory / "logs" / SUPERVISOR_LOG
    log_file.parent.mkdir(parents=True, exist_ok=True)
    with log_file.open("wb") as log:
        supervisor = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "examhall",
                "--directory",
                str(directory),
                "up",
                "--foreground",
                "--detached",
                *arguments,
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    deadline = time.monotonic() + START_SECONDS
    with log_file.open(errors="replace") as lines:
        while time.monotonic() < deadline:
            for line in lines:
                report(line.rstrip())
            if supervisor.poll() is not None:
                raise PartFailed(f"the stack did not start; see {log_file}")
            state = StackState.load(directory)
            if state is not None and state.supervisor.pid == supervisor.pid and state.ready and state.addresses:
                return state.addresses
            time.sleep(0.1)
    supervisor.terminate()
    raise PartFailed(f"the stack did not start within {START_SECONDS:.0f} s; see {log_file}")


def stop_from_outside(directory: Path, report: Callable[[str], None]) -> bool:
    """Stop whatever runs in `directory`, checking that each process is really ours. False when nothing ran."""
    state = StackState.load(directory)
    if state is None:
        return False
    supervisor = state.supervisor.process()
    if supervisor is not None:
        state.supervisor.stop(STOP_SECONDS)
    left = StackState.load(directory)
    if left is not None and not left.running:
        # The supervisor died without a word (now or earlier): its children are ours to stop.
        stopped = left.stop_leftovers(STOP_SECONDS / 2)
        if stopped:
            report(f"stopped what was left running: {', '.join(stopped)}")
        StackState.forget(directory)
        return supervisor is not None or bool(stopped)
    return supervisor is not None


def run_until_interrupted(work: Coroutine[Any, Any, int]) -> int:
    """Run `work` to its end; the first Ctrl-C or SIGTERM cancels it, so that its own clean-up stops everything.

    A second one ends the process at once: on Linux the kernel then stops the children, elsewhere the next start does.
    """
    return asyncio.run(_interruptible(work))


async def _interruptible(work: Coroutine[Any, Any, int]) -> int:
    task = asyncio.ensure_future(work)
    interrupted = False

    def interrupt() -> None:
        nonlocal interrupted
        if interrupted:
            os._exit(INTERRUPTED)
        interrupted = True
        task.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupt)
    try:
        return await task
    except asyncio.CancelledError:
        if not interrupted:
            raise
        return INTERRUPTED
