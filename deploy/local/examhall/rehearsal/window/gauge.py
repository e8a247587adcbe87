"""Looks at the gateways' own `/metrics` where a deployment lets us: how much of a core each of them uses."""

import asyncio
import re
import time
from typing import Final

import httpx

LOOK_EVERY_SECONDS: Final = 3.0
REQUEST_SECONDS: Final = 2.0
_CPU: Final = re.compile(r"^process_cpu_seconds_total ([0-9.e+]+)", re.MULTILINE)
# Which process it is: behind one address answers now this replica, now that.
_STARTED: Final = re.compile(r"^process_start_time_seconds ([0-9.e+]+)", re.MULTILINE)


class Gauge:
    """`shares`: second since the rehearsal began -> the share of a core that the busiest gateway used until then."""

    def __init__(self, targets: tuple[str, ...], began_at: float) -> None:
        """`began_at` in monotonic seconds."""
        self.shares: dict[int, float] = {}
        self._targets = targets
        self._began_at = began_at
        self._seen: dict[str, tuple[float, float]] = {}

    async def watch(self) -> None:
        """Until cancelled. A deployment that keeps its metrics to itself is no failure: then nothing is known."""
        async with httpx.AsyncClient(timeout=REQUEST_SECONDS, trust_env=False) as http:
            while True:
                await asyncio.gather(*(self._look(http, target) for target in self._targets))
                await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def _look(self, http: httpx.AsyncClient, target: str) -> None:
        try:
            answer = await http.get(f"{target}/metrics")
        except httpx.HTTPError:
            return
        used, started = _CPU.search(answer.text), _STARTED.search(answer.text)
        if used is None or started is None or not answer.is_success:
            return
        self._take(f"{target} {started[1]}", time.monotonic() - self._began_at, float(used[1]))

    def _take(self, replica: str, at: float, used: float) -> None:
        before = self._seen.get(replica)
        self._seen[replica] = (at, used)
        if before is None or at - before[0] < LOOK_EVERY_SECONDS / 2:
            return
        share = (used - before[1]) / (at - before[0])
        for second in range(int(before[0]) + 1, int(at) + 1):
            self.shares[second] = max(self.shares.get(second, 0.0), share)
