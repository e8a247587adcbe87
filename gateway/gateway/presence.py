"""Telling monitoring-svc who is here: connect and disconnect commands that reach Kafka whatever happens, and the
lease by which monitoring-svc notices that this replica died without saying goodbye.
"""

import asyncio
import time
from collections import deque
from typing import Any, Final

import structlog

from chassis.health import CheckResult
from chassis.identifiers import new_id
from chassis.publisher import Publisher
from chassis.settings import Settings
from contracts.envelope import Event
from contracts.limits import GATEWAY_LEASE_SECONDS
from contracts.live import GATEWAY_LEASE_KEY, GATEWAYS_KEY

BATCH_MAX: Final = 500  # one request's worth; a restart of a gateway brings thousands at once
BACK_OFF_SECONDS: Final = 0.5
LATE_SECONDS: Final = 10.0  # a dashboard that learns of a disconnection this late is wrong in a way people notice

log = structlog.get_logger(__name__)


class CommandQueue:
    """Commands that must reach Kafka but that nobody waits for; sent in order, kept until acknowledged."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._waiting: deque[tuple[float, Event[Any]]] = deque()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="command queue")

    async def stop(self) -> None:
        """What is not sent by now is covered by the lease's end."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            self._task = None

    def put(self, command: Event[Any]) -> None:
        self._waiting.append((time.monotonic(), command))
        self._idle.clear()
        self._wake.set()

    def __len__(self) -> int:
        """How many wait for Kafka."""
        return len(self._waiting)

    async def flush(self, seconds: float) -> None:
        """Wait until everything is acknowledged, but no longer than `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            log.warning("commands still wait for Kafka", waiting=len(self._waiting))

    async def check(self) -> CheckResult:
        if self._task is not None and self._task.done():
            return CheckResult.failing(f"ended: {self._task}")
        age = time.monotonic() - self._waiting[0][0] if self._waiting else 0.0
        if age > LATE_SECONDS:
            return CheckResult.warning(f"{len(self._waiting)} wait, the oldest for {age:.0f} s")
        return CheckResult.good()

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                if not await self._send_some():
                    await asyncio.sleep(BACK_OFF_SECONDS)
            self._idle.set()

    async def _send_some(self) -> bool:
        """One batch; whether Kafka took all of it. What it did not take stays in front, in order."""
        batch = [self._waiting.popleft() for _ in range(min(BATCH_MAX, len(self._waiting)))]
        try:
            outcomes = await self._publisher.deliver([self._publisher.message(event) for _, event in batch])
        except asyncio.CancelledError:
            self._waiting.extendleft(reversed(batch))
            raise
        except Exception as unexpected:
            log.exception("commands not sent", commands=len(batch))
            outcomes = [unexpected] * len(batch)
        again: list[tuple[float, Event[Any]]] = []
        for entry, error in zip(batch, outcomes, strict=True):
            if isinstance(error, ValueError):
                log.error("a command was dropped", type=entry[1].type, error=str(error))
            elif error is not None:
                again.append(entry)
        self._waiting.extendleft(reversed(again))
        return not again


class Lease:
    """The sign of life of this process in Redis: when it ends, monitoring-svc disconnects its people.

    The id is new at each start: a replica that died and is back at once does not vouch for the sockets it lost.
    """

    def __init__(self, redis: Any, settings: Settings) -> None:
        self._redis = redis
        self.gateway_id = f"{settings.instance[:40]}.{new_id()[-12:]}"
        self._key = settings.key(GATEWAY_LEASE_KEY.format(gateway_id=self.gateway_id))
        self._gateways = settings.key(GATEWAYS_KEY)

    async def renew(self) -> None:
        """Raises what the Redis client raises; the job that calls this reports it."""
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.set(self._key, self.gateway_id, ex=GATEWAY_LEASE_SECONDS)
        pipeline.sadd(self._gateways, self.gateway_id)
        await pipeline.execute()

    async def give_up(self) -> None:
        """After everybody was disconnected in good order."""
        try:
            pipeline = self._redis.pipeline(transaction=False)
            pipeline.delete(self._key)
            pipeline.srem(self._gateways, self.gateway_id)
            await pipeline.execute()
        except Exception as error:  # noqa: BLE001 - it ends by itself
            log.warning("lease not given up", error=repr(error))
