"""How many recorded answers a second this machine sustains, end to end, and what limits it.

Everything runs here: the servers, gateway and monitoring-svc, and the candidates, in a process of their own. Each step
offers a rate for some seconds: answers leave on time whether or not earlier ones came back, spread over everybody. A
step holds when all answers are acknowledged and on the dashboard soon after, 99 of 100 acknowledgements within a
quarter second. The next step offers more; after the first that does not hold, the one before it is the answer.

The limit is named by what each process was given of its core during the last step: one at 90 % or more, or all
together at 90 % of the machine.
"""

import asyncio
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from measuring import Measured, pin, processor_seconds
from people import Rooms
from rig import Rig

NAME: Final = "sustained"
PEOPLE: Final = 2_000
SESSION: Final = 500  # people in one session
STEP_SECONDS: Final = 8.0
RATES: Final = (250, 500, 1_000, 1_500, 2_000, 2_500, 3_000, 4_000, 5_000, 6_000, 8_000)
ACKNOWLEDGED_P99_SECONDS: Final = 0.25
SHOWN_WITHIN_SECONDS: Final = 2.0
BUSY: Final = 0.9
PARTS: Final = ("gateway", "monitoring-svc", "kafka", "mongo", "redis")


@dataclass(frozen=True, slots=True)
class Step:
    """`busy`: process -> share of one core. `lag_seconds`: from the last answer sent to the last one shown."""

    offered_per_second: int
    sent: int
    p50_ms: float
    p99_ms: float
    lag_seconds: float
    held: bool
    limit: str
    busy: Mapping[str, float]


async def measure(rig: Rig) -> Measured:
    for name in ("gateway", "monitoring-svc"):  # a deployment leaves the choice of a core to the system
        pin(rig.pid(name), range(os.cpu_count() or 1))
    rooms = await Rooms.filled(rig, sessions=PEOPLE // SESSION, people_each=SESSION)
    steps: list[Step] = []
    for rate in RATES:
        steps.append(await _step(rig, rooms, rate))
        if not steps[-1].held:
            break
    rooms.leave()
    held = max((each.offered_per_second for each in steps if each.held), default=0)
    last = steps[-1]
    return Measured(
        ratios={},
        rows=(
            ("answers sustained", f"{held}/s", f"p99 {last.p99_ms:.0f} ms at {last.offered_per_second}/s", last.limit),
        ),
        figures={"sustained": {"answers_per_second": held, "limit": last.limit, "steps": steps}},
    )


async def _step(rig: Rig, rooms: Rooms, rate: int) -> Step:
    pids = {**{name: rig.pid(name) for name in PARTS}, "candidates": os.getpid()}
    before = {name: processor_seconds(pid) for name, pid in pids.items()}
    began = time.monotonic()
    crowd = rooms.crowd
    crowd.delays.clear()
    sent = await rooms.answer(rate, STEP_SECONDS)
    ended = time.monotonic()
    busy = {name: (processor_seconds(pid) - before[name]) / (ended - began) for name, pid in pids.items()}
    shown = True
    try:
        async with asyncio.timeout(SHOWN_WITHIN_SECONDS * 10):
            await rooms.until_shown()
    except TimeoutError:
        shown = False
    lag = time.monotonic() - ended
    delays = sorted(crowd.delays) or [0.0]
    p50, p99 = delays[len(delays) // 2], delays[len(delays) * 99 // 100]
    complete = shown and len(crowd.delays) == sent and not crowd.refusals
    held = complete and p99 <= ACKNOWLEDGED_P99_SECONDS and lag <= SHOWN_WITHIN_SECONDS
    shares = {name: round(share, 2) for name, share in busy.items()}
    return Step(rate, sent, p50 * 1000, p99 * 1000, round(lag, 2), held, _limit(busy), shares)


def _limit(busy: Mapping[str, float]) -> str:
    name, share = max(busy.items(), key=lambda each: each[1])
    cores = os.cpu_count() or 1
    if share >= BUSY and name != "kafka":  # the broker's JVM has many threads
        return f"{name}: {share:.0%} of a core"
    if sum(busy.values()) >= BUSY * cores:
        return f"all together: {sum(busy.values()):.1f} of {cores} cores, most of it {name}"
    return f"none of ours: {sum(busy.values()):.1f} of {cores} cores, load {os.getloadavg()[0]:.0f}"
