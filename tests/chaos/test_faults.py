"""Every kind of part dies while sixty people answer: nobody loses an answer, gets two results or is cheated of time."""

import asyncio
import io
import time
from collections.abc import Awaitable, Callable
from typing import Final

import pytest
from rich.console import Console

from examhall.demonstration import prepare
from examhall.part import Status
from examhall.rehearsal import Options, run
from examhall.stack import Stack

CANDIDATES: Final = 60
# Long enough for five faults, each with its recovery on a loaded machine, before the quick ones have submitted.
SESSION_SECONDS: Final = 120
SAMPLE_SECONDS: Final = 2_700  # the sample assessment's own time limit
BACK_WITHIN_SECONDS: Final = 90.0
# People answer again for a moment between two faults, so that each meets a session that works.
CALM_SECONDS: Final = 3.0
START_WITHIN_SECONDS: Final = 120.0

StartStack = Callable[..., Awaitable[Stack]]

pytestmark = [pytest.mark.stack, pytest.mark.chaos, pytest.mark.timeout(420)]


class Misfortune:
    """Breaks one part after the other while the session runs."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._started_at = time.monotonic()
        self.at_work = asyncio.Event()
        self.ending = asyncio.Event()
        self.log: list[str] = []

    def on_step(self, step: str) -> None:
        self.note(step)
        if step.endswith("are in session"):
            self.at_work.set()
        if "ends the session" in step:
            self.ending.set()

    def note(self, text: str) -> None:
        self.log.append(f"{time.monotonic() - self._started_at:6.1f} s  {text}")

    async def strike(self) -> None:
        async with asyncio.timeout(START_WITHIN_SECONDS):
            await self.at_work.wait()
        for name in ("monitoring-svc", "gateway", "kafka"):
            await asyncio.sleep(CALM_SECONDS)
            await self._kill(name)
        for name in ("mongo", "redis"):
            await asyncio.sleep(CALM_SECONDS)
            self.note(f"--- {name} is restarted")
            async with asyncio.timeout(BACK_WITHIN_SECONDS):
                await self._stack.restart_part(name)
            self.note(f"--- {name} is back")

    async def _kill(self, name: str) -> None:
        """SIGKILL; the stack's supervisor brings it back."""
        part = self._stack.parts[name]
        before = part.restarts
        self.note(f"--- {name} is killed")
        await self._stack.kill(name)
        async with asyncio.timeout(BACK_WITHIN_SECONDS):
            while part.restarts == before or part.status is not Status.READY:  # noqa: ASYNC110 - no event tells
                await asyncio.sleep(0.1)
        self.note(f"--- {name} is back")


async def test_a_session_survives_the_death_of_each_of_its_parts(start_stack: StartStack):
    stack = await start_stack(supervise=True)
    target = await prepare(stack.directory, stack.addresses)
    misfortune = Misfortune(stack)
    text = io.StringIO()
    options = Options(candidates=CANDIDATES, time_factor=SAMPLE_SECONDS / SESSION_SECONDS, on_step=misfortune.on_step)
    striking = asyncio.create_task(misfortune.strike())
    try:
        report = await run(target, options, Console(file=text, width=160))
    finally:
        over_in_time = striking.done()
        striking.cancel()
        await asyncio.gather(striking, return_exceptions=True)
        print(*misfortune.log, text.getvalue(), sep="\n")  # noqa: T201 - shown with a failing test
    assert over_in_time, "the session was over before all parts had died"
    assert striking.exception() is None
    back = [index for index, line in enumerate(misfortune.log) if line.endswith("is back") and "---" in line]
    end = next(index for index, line in enumerate(misfortune.log) if "ends the session" in line)
    assert len(back) == 5
    assert back[-1] < end, "the last fault came after the session"

    # What is promised whatever happens. How soon a click shows depends on how soon the machine starts Kafka again.
    assert report.answers_lost == 0, report.complaints
    assert report.answers_acknowledged == report.answers_recorded == report.answers_in_submissions
    assert report.answers_acknowledged > CANDIDATES * 10
    assert report.duplicate_results == 0, report.complaints
    assert report.ledger_mismatches == 0, report.complaints
    assert report.results_released == CANDIDATES, report.failures
