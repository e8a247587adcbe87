"""Ratios taken side by side in one run, against bare scripts on the same servers: `python tests/bench`."""

import argparse
import asyncio
import json
import logging
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from examhall.stack import Stack

sys.path.insert(0, str(Path(__file__).parent))

import consumer


async def run() -> dict[str, consumer.Figures]:
    with tempfile.TemporaryDirectory(prefix="examhall-bench-") as directory:
        async with Stack(Path(directory), namespace="bench", run=()) as stack:
            return {"consumer": await consumer.measure(stack.settings())}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    # A fresh broker elects leaders while the first topics are made; its clients remark on every retry.
    logging.getLogger("aiokafka").setLevel(logging.ERROR)
    figures = asyncio.run(run())
    table = Table("measured", "ours", "bare", "bare / ours", "answers")
    for name, each in figures.items():
        table.add_row(name, f"{each.ours_us:.0f} us", f"{each.bare_us:.0f} us", f"{each.ratio:.2f}", str(each.answers))
    Console().print(table)
    if options.json is not None:
        document = {"ratios": {name: round(each.ratio, 3) for name, each in figures.items()}}
        options.json.write_text(
            json.dumps(document | {"figures": {n: asdict(e) for n, e in figures.items()}}, indent=2)
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
