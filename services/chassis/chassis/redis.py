"""Redis (or Valkey): the shared clock, leases, and the live frames that pages see."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, Final

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.client import PubSub
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from chassis.health import CheckResult
from chassis.identifiers import new_id
from chassis.outcomes import Transient
from chassis.settings import Settings

SOCKET_SECONDS: Final = 5.0
CONNECT_SECONDS: Final = 2.0
CONNECTIONS_MAX: Final = 100  # of one process; when all are in use, whoever comes waits for the next one
CANARY_SECONDS: Final = 2.0  # how often a message is sent to ourselves
DEADLINE_SECONDS: Final = 6.0  # three canaries missed: the connection is dead, whatever it says
BACK_OFF_MAX_SECONDS: Final = 3.0

log = structlog.get_logger(__name__)

Frame = bytes
OnFrame = Callable[[str, Frame], None]
OnGap = Callable[[str], Awaitable[None]]


def connect(settings: Settings) -> "Redis":
    """A client of bytes that connects when used, and again after every outage.

    The pool makes a rush wait. The library's own default refuses at a hundred, and that would read as "Redis is away".
    """
    pool = BlockingConnectionPool.from_url(
        settings.redis,
        max_connections=CONNECTIONS_MAX,
        timeout=SOCKET_SECONDS,
        socket_timeout=SOCKET_SECONDS,
        socket_connect_timeout=CONNECT_SECONDS,
        health_check_interval=15,
        retry=Retry(ExponentialWithJitterBackoff(cap=0.5, base=0.05), 2),
        client_name="examhall",
    )
    return Redis.from_pool(pool)


async def check(redis: "Redis") -> CheckResult:
    await redis.ping()
    return CheckResult.good()


def live_channel(settings: Settings, session_id: str) -> str:
    return settings.key(f"live:{session_id}")


class LivePublisher:
    """Frames for the pages that watch a session. A lost frame heals with the next: rows are complete and versioned."""

    def __init__(self, redis: "Redis", settings: Settings) -> None:
        self._redis = redis
        self._settings = settings

    async def publish(self, session_id: str, frame: Frame) -> None:
        """Raises as `publish_all` does."""
        await self.publish_all([(session_id, frame)])

    async def publish_all(self, frames: Sequence[tuple[str, Frame]]) -> None:
        """Frames of any sessions in one round trip, in order: (session's id, frame) each.

        Raises:
            Transient: Redis is away; some may have gone out.

        """
        pipeline = self._redis.pipeline(transaction=False)
        for session_id, frame in frames:
            pipeline.publish(live_channel(self._settings, session_id), frame)
        try:
            await pipeline.execute()
        except (RedisError, OSError) as error:
            raise Transient(f"Redis: {error!r}") from error


class Subscription:
    """Receives live frames of the sessions asked for, over any number of lost connections.

    `on_frame(session_id, frame)` is called for each frame and must not block. `on_gap(session_id)` is awaited whenever
    frames may have been missed (after each new subscription, the first included): fetch a snapshot then.

    A connection that lost its server may return silence for ever, so it sends itself a canary and has a deadline.
    """

    def __init__(self, redis: "Redis", settings: Settings, on_frame: OnFrame, on_gap: OnGap) -> None:
        self._redis = redis
        self._settings = settings
        self._on_frame = on_frame
        self._on_gap = on_gap
        self._channels: dict[bytes, str] = {}
        self._canary = settings.key(f"canary:{new_id()}").encode()
        self._pubsub: PubSub | None = None
        self._heard = time.monotonic()
        self._connected = False
        self._gaps: set[asyncio.Task[None]] = set()

    @property
    def connected(self) -> bool:
        """Whether frames arrive just now; noticed at most `DEADLINE_SECONDS` late."""
        return self._connected

    async def add(self, session_id: str) -> None:
        """Watch a session. Frames flow once `on_gap` was called for it; while Redis is away, that is later."""
        channel = live_channel(self._settings, session_id).encode()
        if channel in self._channels:
            return
        self._channels[channel] = session_id
        await self._tell(channel, wanted=True)

    async def remove(self, session_id: str) -> None:
        channel = live_channel(self._settings, session_id).encode()
        if self._channels.pop(channel, None) is not None:
            await self._tell(channel, wanted=False)

    async def _tell(self, channel: bytes, *, wanted: bool) -> None:
        pubsub = self._pubsub
        if pubsub is None or not self._connected:
            return  # the next connection subscribes to all that is wanted
        try:
            async with asyncio.timeout(SOCKET_SECONDS):
                await (pubsub.subscribe(channel) if wanted else pubsub.unsubscribe(channel))
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("live subscription broke", error=repr(error))
            self._connected = False

    async def run(self) -> None:
        """For ever; started and ended by its owner."""
        failures = 0
        try:
            while True:
                started = time.monotonic()
                try:
                    await self._session()
                except (RedisError, OSError, TimeoutError, Transient) as error:
                    log.warning("live connection lost", error=repr(error))
                finally:
                    self._connected = False
                    await self._close()
                failures = 1 if time.monotonic() - started > DEADLINE_SECONDS else min(failures + 1, 6)
                await asyncio.sleep(min(0.1 * 2**failures, BACK_OFF_MAX_SECONDS))
        finally:
            for task in self._gaps:
                task.cancel()

    async def _session(self) -> None:
        pubsub = self._pubsub = self._redis.pubsub()
        async with asyncio.timeout(SOCKET_SECONDS):
            await pubsub.subscribe(self._canary)
            self._connected = True  # from here on `add` subscribes by itself
            if waiting := list(self._channels):
                await pubsub.subscribe(*waiting)
        self._heard = time.monotonic()
        canary = asyncio.create_task(self._sing())
        try:
            await self._listen(pubsub)
        finally:
            canary.cancel()

    async def _sing(self) -> None:
        while True:
            with suppress(RedisError, OSError):  # the listener's deadline decides
                await self._redis.publish(self._canary.decode(), b"")
            await asyncio.sleep(CANARY_SECONDS)

    async def _listen(self, pubsub: PubSub) -> None:
        while self._connected:
            left = self._heard + DEADLINE_SECONDS - time.monotonic()
            if left <= 0:
                raise Transient(f"silent for {DEADLINE_SECONDS:.0f} s")
            message = await pubsub.get_message(timeout=min(left, 1.0))
            if message is not None:
                self._heard = time.monotonic()
                self._take(message)
        raise Transient("the connection broke while subscribing")

    def _take(self, message: dict[str, Any]) -> None:
        session_id = self._channels.get(message["channel"])
        if session_id is None:
            return
        match message["type"]:
            case "message":
                self._on_frame(session_id, message["data"])
            case "subscribe":
                task = asyncio.create_task(self._heal(session_id))
                self._gaps.add(task)
                task.add_done_callback(self._gaps.discard)

    async def _heal(self, session_id: str) -> None:
        try:
            await self._on_gap(session_id)
        except Exception:
            log.exception("could not close a gap in the live view", session_id=session_id)

    async def _close(self) -> None:
        pubsub, self._pubsub = self._pubsub, None
        if pubsub is not None:
            with suppress(RedisError, OSError, TimeoutError):
                async with asyncio.timeout(2):
                    await pubsub.aclose()  # type: ignore[no-untyped-call]

    async def check(self) -> CheckResult:
        if not self._connected:
            return CheckResult.failing("live subscription is not connected")
        return CheckResult.good(f"{len(self._channels)} sessions")
