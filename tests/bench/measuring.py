"""Processor time per operation, ours next to bare, on a machine that does other things too.

Both sides stay alive on one pinned core and take turns, a slice of about a second each. What is compared is the time
the scheduler gave their processes (`/proc/PID/task/*/schedstat`), and what is reported is the median over the pairs:
neither the clock on the wall nor another program's load counts.
"""

import os
import statistics
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

PAIRS: Final = 9  # at least eight, and a middle one
PINNED_CORE: Final = max(os.sched_getaffinity(0))

Work = Callable[[int], Awaitable[None]]
"""Does slice number n and returns when all of it is done, whatever "done" means for that measurement."""


@dataclass(frozen=True, slots=True)
class Side:
    """`processes`: name -> process id of everything whose time counts."""

    processes: Mapping[str, int]
    work: Work


@dataclass(frozen=True, slots=True)
class Figures:
    """Microseconds of processor time per operation: medians over the pairs; `ratio` the median of bare / ours by pair.

    `by_process`: "ours gateway" -> its share.
    """

    ours_us: float
    bare_us: float
    ratio: float
    operations: int
    pairs: int
    by_process: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Measured:
    """What one measurement found. `ratios` are gated; `rows` are for people: what, ours, next to, ratio."""

    ratios: Mapping[str, float]
    rows: tuple[tuple[str, str, str, str], ...]
    figures: Mapping[str, object] = field(default_factory=dict)


def processor_seconds(process_id: int) -> float:
    """Since the process began, all its threads together."""
    nanoseconds = 0
    for thread in Path(f"/proc/{process_id}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread that just ended
            nanoseconds += int((thread / "schedstat").read_text().split()[0])
    return nanoseconds / 1e9


def resident_bytes(process_id: int) -> int:
    return int(Path(f"/proc/{process_id}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def pin(process_id: int, cores: Collection[int] = (PINNED_CORE,)) -> None:
    """Every thread the process has; those it makes later inherit it."""
    for thread in Path(f"/proc/{process_id}/task").iterdir():
        with suppress(ProcessLookupError):
            os.sched_setaffinity(int(thread.name), cores)


async def in_turns(ours: Side, bare: Side, *, operations: int, pairs: int = PAIRS) -> Figures:
    """`operations` in each slice. The first pair warms both sides up and does not count."""
    spent: dict[str, list[float]] = {"ours": [], "bare": []}
    each: dict[str, list[float]] = {}
    for number in range(pairs + 1):
        for name, side in (("ours", ours), ("bare", bare)) if number % 2 else (("bare", bare), ("ours", ours)):
            before = {process: processor_seconds(pid) for process, pid in side.processes.items()}
            await side.work(number)
            shares = {
                process: (processor_seconds(pid) - before[process]) / operations * 1e6
                for process, pid in side.processes.items()
            }
            if number:
                spent[name].append(sum(shares.values()))
                for process, share in shares.items():
                    each.setdefault(f"{name} {process}", []).append(share)
    return Figures(
        ours_us=statistics.median(spent["ours"]),
        bare_us=statistics.median(spent["bare"]),
        ratio=statistics.median(b / o for o, b in zip(spent["ours"], spent["bare"], strict=True)),
        operations=operations,
        pairs=pairs,
        by_process={name: round(statistics.median(shares), 1) for name, shares in each.items()},
    )


def row(what: str, figures: Figures, next_to: str) -> tuple[str, str, str, str]:
    return (what, f"{figures.ours_us:.0f} us", f"{figures.bare_us:.0f} us ({next_to})", f"{figures.ratio:.2f}")
