"""What a person sees while a window runs: a table that changes on a terminal, a line every ten seconds elsewhere."""

import asyncio
import time
from typing import Final, Self

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from examhall.rehearsal.window import measures
from examhall.rehearsal.window.measures import Measures

REDRAWS_PER_SECOND: Final = 2
LINE_EVERY_SECONDS: Final = 10.0
STEPS_SHOWN: Final = 6
WINDOW_SECONDS: Final = 10


class Progress:
    """`measured` is what has been measured so far, filled by somebody else; `second` the newest second in it."""

    def __init__(self, console: Console, measured: Measures, candidates: int) -> None:
        self._console = console
        self._measured = measured
        self._candidates = candidates
        self._began_at = time.monotonic()
        self._steps: list[str] = []
        self._live = Live(console=console, auto_refresh=False, transient=True) if console.is_terminal else None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        self._task = asyncio.create_task(self._show())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._live is not None:
            self._live.stop()

    def step(self, text: str) -> None:
        line = f"{time.monotonic() - self._began_at:7.1f} s  {text}"
        self._steps.append(line)
        if self._live is None:
            self._console.print(line, highlight=False, markup=False)

    async def _show(self) -> None:
        while True:
            if self._live is not None:
                steps = [Text(line, style="dim") for line in self._steps[-STEPS_SHOWN:]]
                self._live.update(Group(*steps, self._table()), refresh=True)
                await asyncio.sleep(1 / REDRAWS_PER_SECOND)
            else:
                await asyncio.sleep(LINE_EVERY_SECONDS)
                self.step(", ".join(f"{name} {value}" for name, value in self._figures()))

    def _table(self) -> Table:
        table = Table()
        figures = self._figures()
        for name, _ in figures:
            table.add_column(name, justify="right")
        table.add_row(*(value for _, value in figures))
        return table

    def _figures(self) -> list[tuple[str, str]]:
        since = int(time.monotonic() - self._began_at) - WINDOW_SECONDS
        measured = self._measured
        saved = measured.total(measures.SAVED, since) / WINDOW_SECONDS
        return [
            ("joined", f"{measured.total(measures.JOINED)}/{self._candidates}"),
            ("saved", f"{measured.total(measures.SAVED)}"),
            ("saved/s", f"{saved:.0f}"),
            ("saved p99", _ms(measured.over(measures.ACK, since).percentile(99))),
            ("dashboard p99", _ms(measured.over(measures.LAG, since).percentile(99))),
            ("dropped", f"{measured.total(measures.DROPPED)}"),
            ("handed in", f"{measured.total(measures.SUBMITTED)}"),
        ]


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f} ms"
