"""Ratios taken side by side in one run, against bare programs on the same servers: `python tests/bench`.

Each measurement is a module with a `NAME` and `async measure(rig) -> Measured`; to add one, add it to `MEASUREMENTS`.
What needs every service and a browser is in `pages.py`.
"""

import argparse
import asyncio
import json
import logging
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import asdict, is_dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import structlog
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
sys.path.insert(0, str(Path(__file__).parent))

import acknowledging
import consuming
import counts
import growth
import mails
import memory
import pages
import recording
import snapshots
import sustained
from measuring import Measured
from rig import Rig

from examhall.stack import Stack

MEASUREMENTS: Final = (recording, consuming, acknowledging, memory, growth, snapshots, sustained, mails)
WITH_RIGS_OF_THEIR_OWN: Final = (counts,)

log = logging.getLogger("examhall.bench")


async def run(names: list[str]) -> tuple[dict[str, Measured], list[str]]:
    """Of all, or of those named: what was measured, and which could not be; the others are measured all the same."""
    found: dict[str, Measured] = {}
    failed: list[str] = []
    for name, measure in _all().items():
        if names and name not in names:
            continue
        try:
            found[name] = await measure()
        except Exception:
            log.exception("not measured: %s", name)
            failed.append(name)
    return found, failed


def _all() -> dict[str, Callable[[], Awaitable[Measured]]]:
    """Each has servers or a rig of its own, so that none meets what another left behind."""
    return (
        {each.NAME: partial(_on_a_rig, each.measure) for each in MEASUREMENTS}
        | {each.NAME: each.measure for each in WITH_RIGS_OF_THEIR_OWN}
        | {name: partial(_on_a_stack, measure) for name, measure in pages.MEASUREMENTS.items()}
    )


async def _on_a_rig(measure: Callable[[Rig], Awaitable[Measured]]) -> Measured:
    with tempfile.TemporaryDirectory(prefix="examhall-bench-") as directory:
        async with Rig(Path(directory), "bench") as rig:
            return await measure(rig)


async def _on_a_stack(measure: Callable[[Stack], Awaitable[Measured]]) -> Measured:
    with tempfile.TemporaryDirectory(prefix="examhall-bench-") as directory:
        async with Stack(Path(directory), namespace="bench", report=logging.getLogger("examhall").info) as stack:
            return await measure(stack)


def plain(value: Any) -> Any:
    """For `json.dumps`."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"no JSON for {type(value).__name__}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--only", action="append", default=[], choices=_all(), help="this one; may be repeated")
    options = parser.parse_args()
    # A fresh broker elects leaders while the first topics are made; its clients remark on every retry.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    measured, failed = asyncio.run(run(options.only))
    table = Table("measured", "ours", "next to", "ratio")
    for each in measured.values():
        for line in each.rows:
            table.add_row(*line)
    Console().print(table)
    if options.json is not None:
        ratios = {name: round(ratio, 3) for each in measured.values() for name, ratio in each.ratios.items()}
        figures = {name: value for each in measured.values() for name, value in each.figures.items()}
        options.json.write_text(json.dumps({"ratios": ratios, "figures": figures}, indent=2, default=plain))
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
