"""How long 20,000 people take from upload to places in a session: `python tests/bench/imports.py`.

Through the gateway, on servers and services of its own. Prints seconds; they are of this machine and its load.
"""

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent.parent / "support"))

import roster_files as files
from hall import Hall, hall_on, until

from contracts.limits import IMPORT_ROWS_MAX
from examhall.services import GATEWAY, Program
from examhall.stack import Stack
from examhall.state import StackState

SECONDS = 300.0  # far beyond the promise of 60: to see by how much it was missed


async def run_import(hall: Hall, data: bytes, session_id: str | None) -> tuple[float, float, dict[str, Any]]:
    """Seconds until the review, seconds from confirming to the end, and the import."""
    headers = {"Authorization": f"Bearer {hall.scheduler.token}", "Content-Type": "application/octet-stream"}
    query = {"session_id": session_id} if session_id else {}
    began = time.perf_counter()
    answer = await hall.http.post("/api/v1/imports", content=data, params=query, headers=headers)
    import_id = answer.raise_for_status().json()["import_id"]

    async def reached(state: str) -> dict[str, Any]:
        async def look() -> dict[str, Any] | None:
            found: dict[str, Any] = await hall.scheduler.get(f"/api/v1/imports/{import_id}")
            return found if found["state"] == state else None

        found: dict[str, Any] = await until(look, f"import is {state}", seconds=SECONDS)
        return found

    await reached("review")
    reviewed = time.perf_counter()
    await hall.scheduler.post(f"/api/v1/imports/{import_id}/confirm", {"mode": "all"})
    done = await reached("done")
    return reviewed - began, time.perf_counter() - reviewed, done


async def measure(count: int) -> Table:
    table = Table("import of", "rows", "review s", "carried out s", "together s", "CPU s", "added", "enrolled")
    run = [Program.of(each) for each in ("session-svc", "enrollment-svc", GATEWAY)]
    with tempfile.TemporaryDirectory(prefix="examhall-bench-") as directory:
        async with Stack(Path(directory), namespace="bench", run=run, report=lambda _: None) as stack:
            people = files.people(count)
            plans = {
                "CSV into the directory": (files.text_file(people), False),
                "XLSX into the directory and a session": (files.workbook(people), True),
                "the same XLSX again": (files.workbook(people), False),
            }
            async with hall_on(stack.addresses) as hall, hall_on(stack.addresses) as other:
                session = await other.schedule(await other.publish(), maximum_participants=count)

                async def known(session_id: str = session["session_id"]) -> bool:
                    path = f"/api/v1/sessions/{session_id}/participants"
                    return (await other.scheduler.call("GET", path)).is_success

                await until(known, "enrolment knows the session")
                for name, (data, seated) in plans.items():
                    before = busy(Path(directory))
                    at = hall if name.startswith("CSV") else other
                    review, carried, done = await run_import(at, data, session["session_id"] if seated else None)
                    outcome = done["outcome"]
                    table.add_row(
                        name,
                        str(done["rows"]),
                        f"{review:.1f}",
                        f"{carried:.1f}",
                        f"{review + carried:.1f}",
                        f"{busy(Path(directory)) - before:.1f}",
                        str(outcome["added"]),
                        str(outcome["enrolled"]),
                    )
            resident = psutil.Process(pid_of(Path(directory), "enrollment-svc")).memory_info().rss / 2**20
            table.caption = f"enrollment-svc holds {resident:.0f} MiB afterwards"
    return table


def pid_of(directory: Path, name: str) -> int:
    state = StackState.load(directory)
    assert state is not None
    identity = next(each.identity for each in state.parts if each.name == name)
    assert identity is not None
    return identity.pid


def busy(directory: Path) -> float:
    """Processor seconds that the service and the database have used: these do not depend on the machine's load."""
    times = [psutil.Process(pid_of(directory, name)).cpu_times() for name in ("enrollment-svc", "mongo")]
    return sum(each.user + each.system for each in times)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=IMPORT_ROWS_MAX)
    options = parser.parse_args()
    logging.getLogger("aiokafka").setLevel(logging.ERROR)
    Console().print(asyncio.run(measure(options.people)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
