"""One clock for all replicas: Redis' time, carried between measurements by this machine's monotonic clock."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog

from chassis.health import CheckResult

MEASURE_EVERY_SECONDS: Final = 10  # a crystal drifts up to 100 ppm: 1 ms between two measurements
SAMPLES: Final = 5  # the fastest round trip of five is the least disturbed one
STALE_AFTER_SECONDS: Final = 60  # six measurements missed: 6 ms of drift, still good, but somebody should know
SKEW_WARNING_MS: Final = 1_000.0  # a machine off by a second has a broken time service
SLEW_MAX: Final = timedelta(seconds=5)  # a larger step back is followed at once: standing still would stop the exams
TIMEOUT_SECONDS: Final = 2.0
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

log = structlog.get_logger(__name__)


class SharedClock:
    """`now()` costs no I/O. Until the first measurement it is the system's time.

    Within the process it never runs backwards: after a small step back of the measured time it stands still until that
    is caught up.
    """

    def __init__(
        self,
        redis: Any | None,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        system: Callable[[], float] = time.time,
    ) -> None:
        self._redis = redis
        self._monotonic = monotonic
        self._system = system
        self._base = system() - monotonic()
        self._measured_at: float | None = None
        self._floor = datetime.min.replace(tzinfo=UTC)

    @property
    def offset_ms(self) -> float:
        """Shared time minus this machine's time."""
        return (self._base + self._monotonic() - self._system()) * 1000

    def now(self) -> datetime:
        """UTC, to the millisecond."""
        moment = _EPOCH + timedelta(milliseconds=int((self._base + self._monotonic()) * 1000))
        if moment < self._floor:
            return self._floor
        self._floor = moment
        return moment

    async def measure(self) -> None:
        """Measure the offset now. Raises what the Redis client raises; the last offset stays in force then."""
        if self._redis is None:
            return
        best: tuple[float, float] | None = None
        for _ in range(SAMPLES):
            sent = self._monotonic()
            seconds, microseconds = await asyncio.wait_for(self._redis.time(), TIMEOUT_SECONDS)
            received = self._monotonic()
            trip = received - sent
            if best is None or trip < best[0]:
                best = (trip, seconds + microseconds / 1e6 - (sent + received) / 2)
        assert best is not None
        self._adopt(best[1])

    def _adopt(self, base: float) -> None:
        self._base = base
        self._measured_at = self._monotonic()
        moment = datetime.fromtimestamp(base + self._monotonic(), UTC)
        if self._floor - moment > SLEW_MAX:
            log.error("clock stepped back", was=self._floor.isoformat(), now=moment.isoformat())
            self._floor = datetime.min.replace(tzinfo=UTC)

    async def run(self) -> None:
        """Measure for ever; started and ended by the service."""
        away = False
        while True:
            try:
                await self.measure()
                away = False
            except Exception as error:  # noqa: BLE001 - any failure leaves the last offset in force and is reported
                if not away:
                    log.warning("clock not measured", error=repr(error))
                away = True
            await asyncio.sleep(MEASURE_EVERY_SECONDS)

    async def check(self) -> CheckResult:
        if self._redis is None:
            return CheckResult.good("system time")
        if self._measured_at is None:
            return CheckResult.warning("not measured yet: using this machine's time")
        age = self._monotonic() - self._measured_at
        if age > STALE_AFTER_SECONDS:
            return CheckResult.warning(f"last measured {age:.0f} s ago")
        if abs(self.offset_ms) > SKEW_WARNING_MS:
            return CheckResult.warning(f"this machine's clock is off by {-self.offset_ms:.0f} ms")
        return CheckResult.good(f"offset {self.offset_ms:.1f} ms")
