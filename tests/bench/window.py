"""A testing window on this machine, and what each process of the stack spends on it: `python tests/bench/window.py`.

A stack of its own with two gateways and two of monitoring-svc, `examhall rehearse` beside it as a user would run it,
and every few seconds the processor time and the memory of every process. With enough answers it is the soak.
"""

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import psutil
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
sys.path.insert(0, str(Path(__file__).parent))

from asked import Asked, asking
from hall import hall_on
from measuring import processor_seconds, resident_bytes

from examhall.daemon import run_until_interrupted
from examhall.rehearsal.window.command import SCOPES, TOKEN_VARIABLE
from examhall.rehearsal.window.profile import PROFILES
from examhall.stack import Stack

SAMPLED_EVERY_SECONDS: Final = 10.0
WARM_SECONDS: Final = 120.0  # after the last arrival: caches and pools have their size
WORKED_SHARE: Final = 0.75  # of the mean time a person works: until then hardly anybody has handed in
STEADY_SECONDS_MIN: Final = 60.0
OPENED: Final = "people arrive within"
MEBI: Final = 2**20


@dataclass(frozen=True, slots=True)
class Sample:
    """One moment: seconds since the start, and by process its processor seconds so far and its resident bytes."""

    at: float
    spent: Mapping[str, float]
    resident: Mapping[str, int]
    commands: Mapping[str, int]


@dataclass
class Usage:
    """Sampled while the window goes on. `opened_at`: when people were let in, in the samples' seconds."""

    stack: Stack
    samples: list[Sample] = field(default_factory=list)
    opened_at: float | None = None

    async def watch(self, asked: Asked) -> None:
        """Until cancelled."""
        began = time.monotonic()
        while True:
            at = time.monotonic() - began
            processes = dict(self._processes())
            self.samples.append(
                Sample(
                    at,
                    {name: sum(map(processor_seconds, ids)) for name, ids in processes.items()},
                    {name: sum(map(resident_bytes, ids)) for name, ids in processes.items()},
                    dict(await asked.now()),
                )
            )
            await asyncio.sleep(max(0.0, SAMPLED_EVERY_SECONDS - (time.monotonic() - began - at)))

    def opened(self) -> None:
        self.opened_at = self.samples[-1].at if self.samples else 0.0

    def _processes(self) -> Sequence[tuple[str, list[int]]]:
        """Each part with its children, and the simulator."""
        found = []
        for name, part in self.stack.parts.items():
            if part.child is not None and part.child.running:
                found.append((name, _family(part.child.identity.pid)))
        return [*found, ("the simulator", _family(os.getpid(), without={each for _, ids in found for each in ids}))]

    def between(self, first: float, last: float) -> list[Sample]:
        return [each for each in self.samples if first <= each.at <= last]


def _family(process_id: int, without: frozenset[int] | set[int] = frozenset()) -> list[int]:
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(process_id)
        family = [process, *process.children(recursive=True)]
        return [each.pid for each in family if each.pid not in without and each.status() != psutil.STATUS_ZOMBIE]
    return []


def slope_mib_per_hour(samples: Sequence[Sample], name: str) -> float:
    """Of a straight line through a process's memory."""
    points = [(each.at / 3600, each.resident[name] / MEBI) for each in samples if name in each.resident]
    if len(points) < 2:
        return 0.0
    return statistics.linear_regression(*zip(*points, strict=True)).slope


def figures(usage: Usage, report: Mapping[str, Any], *, ramp: float, steady: float) -> dict[str, Any]:
    """`steady` seconds, from shortly after the last arrival on, give the rates; arriving has figures of its own."""
    opened = usage.opened_at or 0.0
    arriving = usage.between(opened, opened + ramp)
    working = usage.between(opened + ramp + WARM_SECONDS, opened + ramp + WARM_SECONDS + steady)
    found: dict[str, Any] = {"report": report, "samples": [asdict(each) for each in usage.samples]}
    for name, phase in (("arriving", arriving), ("working", working)):
        if len(phase) < 2:
            continue
        first, last = phase[0], phase[-1]
        seconds = last.at - first.at
        names = [each for each in last.spent if each in first.spent]
        found[name] = {
            "seconds": seconds,
            "cores": {each: (last.spent[each] - first.spent[each]) / seconds for each in names},
            "mib": {each: last.resident[each] / MEBI for each in names},
            "mib_per_hour": {each: slope_mib_per_hour(phase, each) for each in names},
            "commands_per_second": {
                each: (count - first.commands.get(each, 0)) / seconds
                for each, count in last.commands.items()
                if count > first.commands.get(each, 0)
            },
        }
    return found


def table(found: Mapping[str, Any]) -> Table:
    made = Table(title="What each process took: cores while people arrive and while they work, memory, its slope")
    made.add_column("process")
    for name in ("arriving", "working", "MiB", "MiB/h"):
        made.add_column(name, justify="right")
    working, arriving = found.get("working"), found.get("arriving", {"cores": {}})
    if working is None:
        return made
    cores: Mapping[str, float] = working["cores"]
    for name in sorted(cores, key=lambda each: -cores[each]):
        made.add_row(
            name,
            f"{arriving['cores'].get(name, 0):.2f}",
            f"{cores[name]:.2f}",
            f"{working['mib'][name]:.0f}",
            f"{working['mib_per_hour'][name]:+.1f}",
        )
    made.add_row("together", f"{sum(arriving['cores'].values()):.2f}", f"{sum(cores.values()):.2f}")
    return made


@contextlib.asynccontextmanager
async def watching(usage: Usage) -> AsyncIterator[None]:
    async with asking(usage.stack.infrastructure) as asked:
        task = asyncio.create_task(usage.watch(asked))
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def run(options: argparse.Namespace, directory: Path, console: Console) -> int:
    profile = PROFILES[options.profile]
    ramp = options.ramp or profile.ramp_seconds
    answers = options.answers or profile.answers
    report_file = directory / "report.json"
    async with Stack(directory / "stack", scale={"gateway": 2, "monitoring": 2}, report=console.print) as stack:
        usage = Usage(stack)
        command = [
            sys.executable,
            *("-m", "examhall", "rehearse", "--target", stack.addresses.gateway, "--profile", profile.name),
            *("--candidates", str(options.candidates), "--proctors", str(options.proctors)),
            *("--workers", str(options.workers), "--ramp", str(ramp), "--answers", str(answers)),
            *("--json", str(report_file)),
            *(("--html", str(options.html)) if options.html else ()),
        ]
        async with hall_on(stack.addresses) as hall:
            environment = os.environ | {TOKEN_VARIABLE: await hall.api_token(*SCOPES.split())}
        async with watching(usage):
            simulator = await asyncio.create_subprocess_exec(
                *command, env=environment, stdout=asyncio.subprocess.PIPE, limit=MEBI
            )
            try:
                assert simulator.stdout is not None
                async for line in simulator.stdout:
                    text = line.decode().rstrip()
                    console.print(text, markup=False, highlight=False)
                    if OPENED in text:
                        usage.opened()
                code = await simulator.wait()
            finally:
                if simulator.returncode is None:
                    simulator.terminate()
                    await simulator.wait()
    if not report_file.exists():
        return code or 1
    mean = sum(profile.think_seconds) / 2
    steady = max(STEADY_SECONDS_MIN, WORKED_SHARE * answers * mean - WARM_SECONDS - ramp)
    found = figures(usage, json.loads(report_file.read_text()), ramp=ramp, steady=steady)
    console.print(table(found))
    if options.json is not None:
        options.json.write_text(json.dumps(found, indent=2) + "\n")
    return code


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candidates", type=int, default=20_000)
    parser.add_argument("--proctors", type=int, default=1_000)
    parser.add_argument("--profile", choices=PROFILES, default="state-test")
    parser.add_argument("--ramp", type=float, help="seconds; the profile's own if left out")
    parser.add_argument("--answers", type=int, help="of each person; the profile's own if left out")
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--json", type=Path, help="everything measured, the samples and the report included")
    parser.add_argument("--html", type=Path, help="the readiness report as a page")
    parser.add_argument("--directory", type=Path, help="keep the stack's logs and data here")
    options = parser.parse_args()
    console = Console() if sys.stdout.isatty() else Console(width=160)
    with tempfile.TemporaryDirectory(prefix="examhall-window-") as temporary:
        return run_until_interrupted(run(options, options.directory or Path(temporary), console))


if __name__ == "__main__":
    raise SystemExit(main())
