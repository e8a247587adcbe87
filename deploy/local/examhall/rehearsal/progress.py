"""What a person sees while the rehearsal runs: a table that changes on a terminal, one line a step elsewhere."""

import asyncio
import time
from collections.abc import Callable
from typing import Final, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from contracts.statuses import ParticipantStatus
from examhall.rehearsal.proctor import Dashboard
from examhall.rehearsal.report import percentile

REDRAWS_PER_SECOND: Final = 4
STEPS_SHOWN: Final = 8
# The last seconds' acknowledgements make the rate shown.
RATE_WINDOW_SECONDS: Final = 5.0
_SHOWN: Final = (
    ParticipantStatus.INVITED,
    ParticipantStatus.WAITING,
    ParticipantStatus.IN_SESSION,
    ParticipantStatus.PAUSED,
    ParticipantStatus.DISCONNECTED,
    ParticipantStatus.COMPLETE,
)


class Progress:
    """Use as a context; `step` announces what happens now, `dashboard` is shown once there is one."""

    def __init__(self, console: Console, on_step: Callable[[str], None] | None) -> None:
        self._console = console
        self._on_step = on_step
        self._started_at = time.monotonic()
        self._steps: list[str] = []
        self._rates: list[tuple[float, int]] = []
        self._redrawing: asyncio.Task[None] | None = None
        self._live = Live(console=console, auto_refresh=False, transient=True) if console.is_terminal else None
        self.dashboard: Dashboard | None = None

    async def __aenter__(self) -> Self:
        if self._live is not None:
            self._live.start()
            self._redrawing = asyncio.create_task(self._redraw(self._live))
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._redrawing is not None:
            self._redrawing.cancel()
            await asyncio.gather(self._redrawing, return_exceptions=True)
        if self._live is not None:
            self._live.stop()

    def step(self, text: str) -> None:
        line = f"{time.monotonic() - self._started_at:6.1f} s  {text}"
        self._steps.append(line)
        if self._live is None:
            self._console.print(line, highlight=False, markup=False)
        if self._on_step is not None:
            self._on_step(text)

    def say(self, text: str) -> None:
        """Something to keep, such as an address: it stays on the terminal and is never broken into lines."""
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)

    async def _redraw(self, live: Live) -> None:
        while True:
            live.update(self._picture(), refresh=True)
            await asyncio.sleep(1 / REDRAWS_PER_SECOND)

    def _picture(self) -> RenderableType:
        steps = [Text(line, style="dim") for line in self._steps[-STEPS_SHOWN:-1]]
        steps.extend(Text(line, style="bold") for line in self._steps[-1:])
        if self.dashboard is None:
            return Group(*steps)
        return Group(*steps, self._counts(self.dashboard))

    def _counts(self, dashboard: Dashboard) -> Table:
        counts = dashboard.counts()
        table = Table()
        for status in _SHOWN:
            table.add_column(status, justify="right")
        table.add_column("saved", justify="right")
        table.add_column("saved/s", justify="right")
        table.add_column("lag p50", justify="right")
        lag = percentile(dashboard.lags[-500:], 50)
        table.add_row(
            *(str(counts.get(status, 0)) for status in _SHOWN),
            str(dashboard.acknowledged_answers),
            f"{self._rate(dashboard.acknowledged_answers):.0f}",
            "-" if lag is None else f"{lag:.0f} ms",
        )
        return table

    def _rate(self, acknowledged: int) -> float:
        now = time.monotonic()
        self._rates = [(at, count) for at, count in self._rates if at > now - RATE_WINDOW_SECONDS]
        self._rates.append((now, acknowledged))
        since, before = self._rates[0]
        return (acknowledged - before) / (now - since) if now > since else 0.0
