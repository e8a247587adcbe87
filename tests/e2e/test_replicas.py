"""Two gateways and two monitoring-svc behind one address: one of each dies while people answer."""

import asyncio
import io
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from hall import hall_on
from rich.console import Console

from examhall.rehearsal.report import Report
from examhall.rehearsal.window import measures
from examhall.rehearsal.window.command import SCOPES, profile_of, wanted_of
from examhall.rehearsal.window.dashboard import DASHBOARD_DROPPED
from examhall.rehearsal.window.journal import Journal
from examhall.rehearsal.window.run import rehearse
from examhall.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.chaos, pytest.mark.timeout(560)]

StartStack = Callable[..., Awaitable[Stack]]

CANDIDATES: Final = 60
ANSWERS: Final = 12  # of 3 to 8 seconds each: a minute for two deaths
CALM_SECONDS: Final = 8.0
# Three seconds until a dead member's session ends, one rebalance, and a machine that does much else.
PAUSE_MS_MAX: Final = 20_000.0


class Deaths:
    """Kills a gateway and then a monitoring-svc as soon as everybody is at work."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self.working = asyncio.Event()
        self.happened: list[str] = []

    def on_step(self, text: str) -> None:
        if text.startswith("everybody is there"):
            self.working.set()

    async def strike(self) -> None:
        await self.working.wait()
        for name in ("gateway-2", "monitoring-svc-2"):
            await asyncio.sleep(CALM_SECONDS)
            await self._stack.kill(name)
            self.happened.append(name)


async def test_the_other_replicas_carry_on_and_nobody_loses_anything(start_stack: StartStack, tmp_path: Path):
    stack = await start_stack(scale={"monitoring-svc": 2, "gateway": 2})
    assert stack.addresses.gateway not in stack.addresses.gateways
    deaths = Deaths(stack)
    async with hall_on(stack.addresses) as hall:
        token = await hall.api_token(*SCOPES.split())
    wanted = wanted_of(
        targets=[stack.addresses.gateway],
        token=token,
        profile=profile_of("all-at-once", 8, ANSWERS),
        candidates=CANDIDATES,
        proctors=4,
        sessions=4,
        workers=1,
        share="1/1",
        api_rate=None,
        seed=1,
    )
    striking = asyncio.create_task(deaths.strike())
    text = io.StringIO()
    try:
        console = Console(file=text, width=160)
        report = await rehearse(replace(wanted, on_step=deaths.on_step), console, Journal(tmp_path / "journal"))
        report.print(console)
    finally:
        striking.cancel()
        await asyncio.gather(striking, return_exceptions=True)
        print(text.getvalue())  # noqa: T201 - shown with a failing test
    assert deaths.happened == ["gateway-2", "monitoring-svc-2"]
    _judge(report)


def _judge(report: Report) -> None:
    assert report.failures == []
    assert report.complaints == []
    assert report.answers_acknowledged == CANDIDATES * ANSWERS
    assert report.answers_acknowledged == report.answers_recorded == report.answers_in_submissions
    assert report.duplicate_results == report.ledger_mismatches == 0
    # Half of the people sat on the gateway that died, and all of them came back through the other.
    dropped = report.counts[measures.DROPPED]
    assert 0 < dropped < CANDIDATES
    assert report.counts.get(DASHBOARD_DROPPED, 0) < 4
    assert report.percentiles[measures.BACK]["max"] is not None
    # Every dashboard saw every answer, the latest after the dead replica's partitions had moved.
    assert (report.percentiles[measures.LAG]["max"] or 0) < PAUSE_MS_MAX
    assert report.counts[measures.SUBMITTED] == CANDIDATES
