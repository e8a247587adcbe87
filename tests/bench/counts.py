"""How often answers make the product speak to its servers, and what a second monitoring-svc costs.

People answer at a steady rate while a dashboard for each session watches. What the servers were asked meanwhile is
counted by themselves (MongoDB's `serverStatus`, Redis' `INFO commandstats`) and, for Kafka, on the way (`tap.py`);
what they are asked when nobody answers is taken off. The same once more with two monitoring-svc.
"""

import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from measuring import Measured, processor_seconds
from people import Crowd, Dashboard
from pymongo import AsyncMongoClient
from redis.asyncio import Redis
from rig import Rig
from tap import Tap

from chassis.identifiers import new_id
from examhall.kafka import BEHIND_RELAY
from examhall.services import replica_names

NAME: Final = "counts"
SESSIONS: Final = 2
SESSION: Final = 500
RATE: Final = 250  # answers a second: a window of 20,000
SECONDS: Final = 20.0
TICK_SECONDS: Final = 0.02
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
            return await _tapped(rig, tap, monitors)


async def _tapped(rig: Rig, tap: Tap, monitors: int) -> Counted:
    async with rig:
        servers = rig.stack.infrastructure
        mongo: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(servers.mongo)
        async with mongo, Redis.from_url(servers.redis) as redis:
            return await _count(rig, Ledger(tap, mongo, redis), replica_names("monitoring-svc", monitors))


class Ledger:
    """Requests so far, by server and kind."""

    def __init__(self, tap: Tap, mongo: AsyncMongoClient[dict[str, Any]], redis: Redis) -> None:
        self._tap, self._mongo, self._redis = tap, mongo, redis

    async def now(self) -> Counter[str]:
        status = await self._mongo.admin.command("serverStatus")
        found = Counter({f"Kafka {kind}": number for kind, number in self._tap.requests.items()})
        for name, each in status["metrics"]["commands"].items():
            if isinstance(each, dict) and not name.startswith(_NOT_FOR_ANSWERS):
                found[f"MongoDB {name}"] = int(each.get("total", 0))
        for name, each in (await self._redis.info("commandstats")).items():
            if not name.removeprefix("cmdstat_").startswith(_NOT_FOR_ANSWERS):
                found[f"Redis {name.removeprefix('cmdstat_')}"] = int(each["calls"])
        return found


async def _count(rig: Rig, counter: Ledger, monitors: list[str]) -> Counted:
    crowd, dashboards = Crowd(), []
    for _ in range(SESSIONS):
        session_id, people = new_id(), [new_id() for _ in range(SESSION)]
        await rig.seat(session_id, people)
        await crowd.join(rig, session_id, people)
        dashboard = Dashboard()
        await dashboard.watch(rig, session_id)
        dashboards.append((dashboard, crowd.people[-SESSION:]))
    idle_from = await counter.now()
    await asyncio.sleep(SECONDS)
    before = await counter.now()
    idle = before - idle_from
    spent = sum(processor_seconds(rig.pid(name)) for name in monitors)
    sent, began = 0, time.monotonic()
    while (elapsed := time.monotonic() - began) < SECONDS:
        due = int(elapsed * RATE) - sent
        for number in range(due):
            crowd.people[(sent + number) % len(crowd.people)].answer()
        sent += due
        await asyncio.sleep(TICK_SECONDS)
    for dashboard, seen in dashboards:
        await dashboard.until_shows(seen)
    asked = await counter.now() - before - idle
    spent = sum(processor_seconds(rig.pid(name)) for name in monitors) - spent
    crowd.leave()
    for dashboard, _ in dashboards:
        dashboard.close()
    per_thousand = {kind: number * 1000 / sent for kind, number in sorted(asked.items())}
    return Counted(per_thousand, spent / sent * 1e6)
