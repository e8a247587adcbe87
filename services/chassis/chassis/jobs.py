"""Periodic work that belongs to a service: it never overlaps itself, and its last success is visible."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from chassis.health import CheckResult
from chassis.metrics import Metrics
from chassis.outages import as_transient
from chassis.telemetry import Telemetry

JITTER: Final = 0.1  # of the interval, so that replicas do not all ask the database in the same moment
MISSED_FAILS: Final = 5  # intervals without a success, but never less than the seconds below
MISSED_SECONDS_MIN: Final = 30.0
RUN_SECONDS: Final = 300.0  # a run that takes longer is stuck, not busy

log = structlog.get_logger(__name__)


class Job:
    def __init__(
        self,
        name: str,
        every_seconds: float,
        run: Callable[[], Awaitable[object]],
        metrics: Metrics,
        telemetry: Telemetry,
    ) -> None:
        self.name = name
        self._every = every_seconds
        self._run = run
        self._metrics = metrics
        self._telemetry = telemetry
        self._last_success = time.monotonic()
        self._last_error = ""
        self._failing = False

    async def run(self) -> None:
        """For ever; started and ended by the service."""
        while True:
            began = time.monotonic()
            await self._once()
            spent = time.monotonic() - began
            jitter = self._every * random.uniform(-JITTER, JITTER)  # noqa: S311 - spreading, not secrecy
            await asyncio.sleep(max(0.0, self._every + jitter - spent))

    async def _once(self) -> None:
        try:
            with self._telemetry.job_span(self.name):
                async with asyncio.timeout(RUN_SECONDS):
                    await self._run()
        except Exception as error:
            self._metrics.job_failures.labels(self.name).inc()
            self._last_error = f"{type(error).__name__}: {error}"
            if as_transient(error) is None:
                log.exception("job failed", job=self.name)
            elif not self._failing:
                log.warning("job waits", job=self.name, error=self._last_error)
            self._failing = True
            return
        self._failing = False
        self._last_success = time.monotonic()
        self._metrics.job_last_success.labels(self.name).set_to_current_time()

    async def check(self) -> CheckResult:
        age = time.monotonic() - self._last_success
        if age > max(MISSED_SECONDS_MIN, MISSED_FAILS * self._every):
            return CheckResult.failing(f"no success for {age:.0f} s. {self._last_error}".strip())
        if self._failing:
            return CheckResult.warning(self._last_error)
        return CheckResult.good()
