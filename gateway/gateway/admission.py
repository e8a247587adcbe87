"""Whom this replica still takes in. Those inside are served first: when answers begin to take long, newcomers come in
one after the other, and when there is as much to do as can be done, they are asked to come later; those who have a seat
already may come back until the very last descriptor.

What counts is measured here, in this process: its sockets, how late its event loop is, how long Kafka takes, memory.
"""

import asyncio
import math
import random
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import structlog
from prometheus_client import Counter, Gauge
from redis.exceptions import RedisError
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis import problems as documents
from chassis.health import CheckResult
from chassis.identifiers import code_hash
from chassis.metrics import Metrics
from chassis.outcomes import Rejected
from contracts import problems
from gateway.settings import Settings

MEASURE_EVERY_SECONDS: Final = 0.5
PROBE_SECONDS: Final = 0.05  # asked of the loop; how much later it comes is the delay
SMOOTHING: Final = 0.2  # of the newest delay: one garbage collection closes no door, a second of lateness does
REOPENED_BELOW: Final = 0.6  # of the limit: or the door would swing with every join
DESCRIPTORS_BESIDES: Final = 1_000  # requests, Kafka, MongoDB, Redis, services; measured at some 350 when busy
SOCKETS_WITHOUT_LIMIT: Final = 60_000  # where descriptors are unlimited: the ports of one address behind a proxy
NEWCOMERS_SHARE: Final = 0.9  # of the sockets; the rest is for people who come back
STAFF_SHARE: Final = 0.02  # on top: proctors are few, and whoever helps must not be locked out
PROMISED_SECONDS: Final = 20.0  # between joining and the socket lie a page's code and a person's glance
# Three for each connection to the services: they answer in tens of milliseconds, so the last of them waits a moment.
REQUESTS_MAX: Final = 600
PROBES: Final = ("/health", "/metrics")
MEMORY_SHARE: Final = 0.85  # of what the container allows: above it the kernel ends processes without asking
PACED_ABOVE: Final = 0.5  # of the limit that closes the door: from there on newcomers wait for their turn
SLOWER, FASTER = 0.95, 1.02  # every half second: quickly out of trouble, and slowly back to where it began
PACE_MIN: Final = 4.0  # newcomers a second; if even they are too many, the door closes
TURN_SECONDS_MAX: Final = 8.0  # a page shows that it joins; who would wait longer is told how long instead
RETRY_SECONDS: Final = (8, 20)  # spread, so that a hall does not come back in step
RETURN_SECONDS: Final = (1.0, 4.0)
_CGROUP_LIMIT: Final = Path("/sys/fs/cgroup/memory.max")
_STATM: Final = Path("/proc/self/statm")

log = structlog.get_logger(__name__)


class Reason(StrEnum):
    """What there is too much of."""

    SOCKETS = "sockets"
    LOOP = "event loop"
    KAFKA = "kafka"
    MEMORY = "memory"
    PACE = "pace"


@dataclass(frozen=True, slots=True)
class Load:
    """`answer_seconds`: how long the slowest answer of late took to Kafka and back, or has been on its way; `commands`:
    connects and disconnects that wait.
    """

    sockets: int
    answer_seconds: float
    commands: int


class Admission:
    def __init__(self, redis: Any, settings: Settings, metrics: Metrics) -> None:
        self._redis = redis
        self._settings = settings
        self.sockets_max = settings.sockets_max or _sockets_possible()
        self.newcomers_max = max(1, int(self.sockets_max * NEWCOMERS_SHARE))
        self.staff_max = self.sockets_max + max(1, int(self.sockets_max * STAFF_SHARE))
        self._memory_max = _memory_max(settings)
        self._promised: dict[str, float] = {}
        self._sockets = 0
        self._loop_delay = 0.0
        self._answer_delay = 0.0
        self.full: Reason | None = None
        self.pace = math.inf  # newcomers a second
        self._next_turn = 0.0
        self._let_in = 0
        self._coming = 0.0  # newcomers a second of late
        self._judged_at = time.monotonic()
        self._redis_away = False
        self._refused = Counter(
            "examhall_gateway_refused_newcomers_total",
            "Joins and sockets that were asked to come later, by what there was too much of",
            ["reason"],
            registry=metrics.registry,
        )
        delay = Gauge("examhall_gateway_loop_delay_seconds", "How late the event loop is", registry=metrics.registry)
        delay.set_function(lambda: self._loop_delay)
        slowest = Gauge(
            "examhall_gateway_answer_delay_seconds", "How long the slowest answers take", registry=metrics.registry
        )
        slowest.set_function(lambda: self._answer_delay)
        pace = Gauge(
            "examhall_gateway_newcomers_per_second_max",
            "How many newcomers a second are let in; +Inf: whoever comes",
            registry=metrics.registry,
        )
        pace.set_function(lambda: self.pace)

    # Measuring

    async def measure(self, load: Callable[[], Load]) -> None:
        """Each `MEASURE_EVERY_SECONDS`: look at everything and open or close the door for newcomers."""
        asked_at = time.monotonic()
        await asyncio.sleep(PROBE_SECONDS)
        late = max(0.0, time.monotonic() - asked_at - PROBE_SECONDS)
        # Read now: sockets that opened while we slept would be forgotten.
        self.judge(load(), late, _resident_bytes() if self._memory_max else 0)

    def judge(self, load: Load, late_seconds: float, resident_bytes: int) -> None:
        now = time.monotonic()
        for participant_id in [each for each, until in self._promised.items() if until < now]:
            del self._promised[participant_id]
        self._sockets = load.sockets
        self._loop_delay += (late_seconds - self._loop_delay) * SMOOTHING
        self._answer_delay += (load.answer_seconds - self._answer_delay) * SMOOTHING
        self._judge_pace(now)
        before, self.full = self.full, self._too_much(load, resident_bytes)
        if self.full is not before:
            log.warning("newcomers", door="open" if self.full is None else f"closed: {self.full.value}", **_words(load))

    def _too_much(self, load: Load, resident_bytes: int) -> Reason | None:
        if self._no_room:
            return Reason.SOCKETS

        def late(reason: Reason) -> bool:
            return self._late(reason, REOPENED_BELOW if self.full is reason else 1.0)

        if late(Reason.LOOP):
            return Reason.LOOP
        if load.commands > self._settings.commands_waiting_max or late(Reason.KAFKA):
            return Reason.KAFKA
        if self._memory_max and resident_bytes > self._memory_max:
            return Reason.MEMORY
        return None

    def _late(self, reason: Reason, share: float) -> bool:
        """Whether the loop, or Kafka, is later than this share of what closes the door."""
        if reason is Reason.LOOP:
            return self._loop_delay * 1000 > self._settings.loop_delay_ms_max * share
        return self._answer_delay * 1000 > self._settings.answer_delay_ms_max * share

    def _judge_pace(self, now: float) -> None:
        """Slower than they come while answers take long, faster again once they do not, and no pace at all when nobody
        waits for a turn any more. While hardly anybody comes, what takes long is not their doing: nothing changes, or
        whoever came then would meet the slowest pace there is.
        """
        seconds, self._judged_at = max(now - self._judged_at, PROBE_SECONDS), now
        self._coming += (self._let_in / seconds - self._coming) * SMOOTHING
        self._let_in = 0
        if self._late(Reason.LOOP, PACED_ABOVE) or self._late(Reason.KAFKA, PACED_ABOVE):
            if self._coming < PACE_MIN:
                return
            if not self._paced:
                log.warning("newcomers come in one after the other", coming_per_second=round(self._coming, 1))
            self.pace = max(PACE_MIN, min(self.pace, self._coming) * SLOWER)
        elif self._paced:
            self.pace *= FASTER
            if self._next_turn < now and self.pace > self._coming / SLOWER:
                self.pace = math.inf
                log.warning("newcomers come in as they like")

    @property
    def _no_room(self) -> bool:
        """Whoever has just joined and not come yet is counted, or a rush would pass the mark before it shows."""
        return self._sockets + len(self._promised) >= self.newcomers_max

    async def check(self) -> CheckResult:
        """A warning at most: those inside are served."""
        if self.full is not None:
            return CheckResult.warning(f"newcomers wait: too much of {self.full.value}, {self._sockets} sockets")
        if self._paced:
            return CheckResult.warning(f"newcomers come in one after the other, {self.pace:.0f} a second")
        return CheckResult.good(f"{self._sockets} of {self.sockets_max} sockets")

    # Judging

    async def check_join(self, code: str) -> None:
        """Raises Rejected `overloaded` for a newcomer while there is no room; who has a seat may take it again.

        Returns when it is this one's turn, `TURN_SECONDS_MAX` later at most.
        """
        if self._paced or self._shortage is not None:
            if await self._is_known(code):
                return
            if self._shortage is None:
                await self._turn()
            if (reason := self._shortage) is not None:
                self._refuse(reason, _retry_seconds())
        self._let_in += 1

    async def _turn(self) -> None:
        """In the order of coming: each is given the next moment that is free, at once and for good."""
        now = time.monotonic()
        turn = max(now, self._next_turn)
        if turn - now > TURN_SECONDS_MAX:
            self._refuse(Reason.PACE, _retry_seconds())
        self._next_turn = turn + 1 / self.pace
        await asyncio.sleep(turn - now)

    @property
    def _paced(self) -> bool:
        return math.isfinite(self.pace)

    @property
    def _shortage(self) -> Reason | None:
        return self.full or (Reason.SOCKETS if self._no_room else None)

    async def joined(self, participant_id: str, personal_code: str) -> None:
        """A seat is taken: a socket will follow, and its owner may come back at any time."""
        self._promised[participant_id] = time.monotonic() + PROMISED_SECONDS
        try:
            await self._redis.set(self._key(personal_code), 1, ex=self._settings.candidate_refresh_seconds)
        except (RedisError, OSError) as error:
            self._note_away(error)

    def check_socket(self, sockets: int, *, commands: int, staff: bool) -> None:
        """Raises Rejected `overloaded` when not even this one more can be held. `sockets`: how many there are now."""
        retry = round(random.uniform(*RETURN_SECONDS), 1)  # noqa: S311 - spreading, not secrecy
        if sockets >= (self.staff_max if staff else self.sockets_max):
            self._refuse(Reason.SOCKETS, retry)
        if not staff and commands > self._settings.commands_waiting_max:
            self._refuse(Reason.KAFKA, retry)

    def came(self, participant_id: str) -> None:
        """The socket of somebody who joined here is open."""
        if self._promised.pop(participant_id, None) is not None:
            self._sockets += 1

    def _refuse(self, reason: Reason, retry_after_s: float) -> None:
        self._refused.labels(reason.value).inc()
        detail = f"Try again in {retry_after_s:g} seconds; your code stays good."
        raise Rejected(problems.OVERLOADED, detail, retry_after_s=retry_after_s)

    async def _is_known(self, code: str) -> bool:
        """Whether this personal code's owner has joined before, through any replica."""
        try:
            known = await self._redis.exists(self._key(code))
        except (RedisError, OSError) as error:
            self._note_away(error)
            return False
        self._redis_away = False
        return bool(known)

    def _key(self, code: str) -> str:
        return self._settings.key(f"seated:{code_hash(code)}")

    def _note_away(self, error: Exception) -> None:
        if not self._redis_away:
            log.warning("Redis is away: who has joined before is not known", error=repr(error))
        self._redis_away = True


class RequestsAtOnce:
    """Pure ASGI, around everything but sockets: at most so many HTTP requests in hand, or each would wait for all the
    others. Probes always pass: an instance that is busy is not dead.
    """

    def __init__(self, app: ASGIApp, most: int = REQUESTS_MAX) -> None:
        self.app = app
        self._most = most
        self._in_hand = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(PROBES):
            await self.app(scope, receive, send)
            return
        if self._in_hand >= self._most:
            retry = _retry_seconds()
            answer = documents.response(problems.OVERLOADED, f"Try again in {retry} seconds.", retry_after_s=retry)
            await answer(scope, receive, send)
            return
        self._in_hand += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self._in_hand -= 1


def _retry_seconds() -> int:
    return random.randint(*RETRY_SECONDS)  # noqa: S311 - spreading, not secrecy


def _words(load: Load) -> dict[str, float]:
    return {"sockets": load.sockets, "answer_seconds": round(load.answer_seconds, 2), "commands": load.commands}


def _sockets_possible() -> int:
    """What this process may open, less what else it needs. The soft limit is raised as far as it may be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        soft = SOCKETS_WITHOUT_LIMIT if hard == resource.RLIM_INFINITY else hard
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    possible = SOCKETS_WITHOUT_LIMIT if soft == resource.RLIM_INFINITY else soft
    return max(1, min(possible, SOCKETS_WITHOUT_LIMIT) - DESCRIPTORS_BESIDES)


def _memory_max(settings: Settings) -> int:
    """Bytes; 0 where nobody sets a limit."""
    if settings.memory_mb_max is not None:
        return settings.memory_mb_max * 1024 * 1024
    try:
        text = _CGROUP_LIMIT.read_text().strip()
    except OSError:
        return 0
    return int(int(text) * MEMORY_SHARE) if text.isdigit() else 0


def _resident_bytes() -> int:
    try:
        return int(_STATM.read_text().split()[1]) * resource.getpagesize()
    except OSError:
        return 0
