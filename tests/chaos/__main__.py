"""The chaos suite: one session, and everything that can break breaks once: `python tests/chaos`."""

import argparse
import json
import logging
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import structlog
from rich.console import Console

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
sys.path.insert(0, str(Path(__file__).parent))

from campaign import run
from faults import faults
from table import as_json, complaints, table

from examhall import daemon
from examhall.rehearsal.target import CANDIDATES_MAX

CANDIDATES: Final = 1_000
CANDIDATES_MIN: Final = 40  # in each of the faults one of them leaves, and enough must be left to answer
# A hundred answers a second, whatever the crowd: what is tried here is what breaks, not how much is carried.
ANSWERS_PER_SECOND: Final = 100
PACE_SECONDS_MIN: Final = 2.0
COMPLAINTS_SHOWN_MAX: Final = 40


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candidates", type=int, default=CANDIDATES)
    parser.add_argument("--only", action="append", default=[], help="faults whose name holds this; may be repeated")
    parser.add_argument("--short", action="store_true", help="the faults and stretches of `make test`")
    parser.add_argument("--json", type=Path, help="write the findings to this file")
    parser.add_argument("--directory", type=Path, help="keep the stack's logs and data here")
    parser.add_argument("--list", action="store_true", help="name the faults and end")
    options = parser.parse_args()
    if not CANDIDATES_MIN <= options.candidates <= CANDIDATES_MAX:
        parser.error(f"--candidates: from {CANDIDATES_MIN} to {CANDIDATES_MAX}")
    console = Console() if sys.stdout.isatty() else Console(width=160)
    chosen = [
        each
        for each in faults(quick=options.short)
        if not options.only or any(word in each.name for word in options.only)
    ]
    if options.list or not chosen:
        for each in chosen or faults(quick=options.short):
            console.print(f"{each.name:<24} {each.what}", highlight=False)
        return 0 if options.list else 2
    # Clients of parts that die remark on it; the services' own logs are in the stack's directory.
    for name in ("aiokafka", "kafka", "pymongo"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    began = time.monotonic()

    def say(text: str) -> None:
        console.print(f"{time.monotonic() - began:7.1f} s  {text}", highlight=False, markup=False)

    with tempfile.TemporaryDirectory(prefix="examhall-chaos-") as temporary:
        directory = options.directory or Path(temporary)
        pace = max(PACE_SECONDS_MIN, options.candidates / ANSWERS_PER_SECOND)

        async def work() -> int:
            findings = await run(directory, chosen, candidates=options.candidates, pace_seconds=pace, say=say)
            console.print(table(findings))
            for text in complaints(findings)[:COMPLAINTS_SHOWN_MAX]:
                console.print(text, style="red", markup=False, highlight=False)
            if options.json is not None:
                options.json.write_text(json.dumps(as_json(findings), indent=2) + "\n")
            return 0 if findings.held else 1

        return daemon.run_until_interrupted(work())


if __name__ == "__main__":
    raise SystemExit(main())
