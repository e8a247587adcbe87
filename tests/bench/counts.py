"""How often answers make the product speak to its servers, and what a second monitoring-svc costs.

People answer at a steady rate while a dashboard for each session watches. What the servers were asked meanwhile is
counted by themselves (MongoDB's `serverStatus`, Redis' `INFO commandstats`) and, for Kafka, on the way (`tap.py`);
what they are asked when nobody answers is taken off. The same once more with two monitoring-svc.
"""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from asked import Asked, asking
from measuring import Measured, processor_seconds
from people import Rooms
from rig import Rig
from tap import Tap

from examhall.kafka import BEHIND_RELAY
from examhall.services import replica_names

NAME: Final = "counts"
SESSIONS: Final = 2
SESSION: Final = 500
RATE: Final = 250  # answers a second: a window of 20,000
SECONDS: Final = 20.0
_NOT_FOR_ANSWERS: Final = ("hello", "ping", "serverStatus", "isMaster", "info", "replSet", "client", "config")


@dataclass(frozen=True, slots=True)
class Counted:
    """For a thousand answers: requests by server and kind, and microseconds of monitoring-svc for one."""

    per_thousand: Mapping[str, float]
    monitoring_us: float


async def measure() -> Measured:
    alone, two = await _with(1), await _with(2)
    servers = ("Kafka", "MongoDB", "Redis")
    sums = {
        server: [sum(v for k, v in each.per_thousand.items() if k.startswith(server)) for each in (alone, two)]
        for server in servers
    }
    return Measured(
        ratios={},
        rows=(
            *(
                (f"requests to {server} for 1,000 answers", f"{one:.0f}", f"{other:.0f} with two monitoring-svc", "")
                for server, (one, other) in sums.items()
            ),
            (
                "monitoring-svc, an answer",
                f"{alone.monitoring_us:.0f} us",
                f"{two.monitoring_us:.0f} us with two",
                f"{alone.monitoring_us / two.monitoring_us:.2f}",
            ),
        ),
        figures={"counts": {"one_monitoring": alone, "two_monitoring": two}},
    )


async def _with(monitors: int) -> Counted:
    with tempfile.TemporaryDirectory(prefix="examhall-bench-") as directory:
        async with Tap() as tap:
            rig = Rig(Path(directory), "counts", monitors=monitors, kafka_relay=tap.port)
            tap.target = rig.stack.port(BEHIND_RELAY)
            async with rig, asking(rig.stack.infrastructure) as asked:
                return await _count(rig, tap, asked, replica_names("monitoring-svc", monitors))


async def _count(rig: Rig, tap: Tap, asked: Asked, monitors: list[str]) -> Counted:
    async def requests() -> Counter[str]:
        return await asked.now() + tap.requests

    def spent() -> float:
        return sum(processor_seconds(rig.pid(name)) for name in monitors)

    rooms = await Rooms.filled(rig, sessions=SESSIONS, people_each=SESSION)
    idle_from = await requests()
    await asyncio.sleep(SECONDS)
    before, spent_before = await requests(), spent()
    sent = await rooms.answer(RATE, SECONDS)
    await rooms.until_shown()
    made = await requests() - before - (before - idle_from)
    microseconds = (spent() - spent_before) / sent * 1e6
    rooms.leave()
    per_thousand = {
        kind: number * 1000 / sent
        for kind, number in sorted(made.items())
        if not kind.partition(" ")[2].startswith(_NOT_FOR_ANSWERS)
    }
    return Counted(per_thousand, microseconds)
