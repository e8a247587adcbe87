"""A running service: its parts, the order in which they start and stop, and its HTTP server."""

import asyncio
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import structlog
import uvicorn
from fastapi import APIRouter, FastAPI

from chassis import access, dead_letters, garbage, mongo, problems
from chassis import redis as redis_client
from chassis.auth import TokenVerifier
from chassis.clock import SharedClock
from chassis.consumer import AllTogether, BatchHandler, Desk, FactRouter, OneByOne
from chassis.garbage import BY_BATCHES, Rhythm
from chassis.health import CheckResult, Health
from chassis.http import AccessLog, BodyLimit
from chassis.intake import AssignmentCallback, Intake
from chassis.jobs import Job
from chassis.metrics import Metrics
from chassis.mongo import Collection
from chassis.outages import as_transient
from chassis.outbox import CollectionOutbox, OutboxRelay
from chassis.pace import AT_ONCE, SOON, Pace
from chassis.progress import Processor, Record
from chassis.publisher import Publisher
from chassis.settings import Settings
from chassis.telemetry import Telemetry, TracingMiddleware, configure_logging
from contracts import limits
from contracts.topics import Topic

START_BACK_OFF_MAX_SECONDS: Final = 5.0
REQUESTS_END_SECONDS: Final = 5  # the way down is bounded to 20 s: requests, then the rest
STOP_SECONDS: Final = 15.0
KEEP_ALIVE_SECONDS: Final = 65  # longer than the usual 60 s of the proxies in front, so that they close first
START_FAILED: Final = 3  # the exit code uvicorn itself uses when it cannot serve, such as for a port in use

Step = Callable[[], Awaitable[object]]


class Service:
    """Declare everything first (`consume`, `relay`, `job`, `api`, `on_start`), then `run()`.

    `name` is the service's name in `contracts.topics`: its consumer group, and the stem of its database's name.
    `rhythm`: how often the garbage collector looks, which follows from what the service keeps.
    """

    def __init__(
        self,
        name: str,
        settings: Settings,
        *,
        redis: bool = True,
        docs_url: str | None = "/docs",
        rhythm: Rhythm = BY_BATCHES,
    ) -> None:
        self.name = name
        self._rhythm = rhythm
        self._docs_url = docs_url
        self.settings = settings
        configure_logging(name, settings)
        self.log: structlog.stdlib.BoundLogger = structlog.get_logger(name)
        self.metrics = Metrics(name)
        self.telemetry = Telemetry(name, settings)
        self.health = Health()
        self._mongo_client = mongo.connect(settings)
        self.mongo = mongo.database(self._mongo_client, settings.database(name))
        self.redis = redis_client.connect(settings)
        self._uses_redis = redis
        self.clock = SharedClock(self.redis if redis else None)
        self.publisher = Publisher(settings, name, self.metrics)
        self._large_bodies: dict[str, int] = {}
        self._start_steps: list[Step] = []
        self._drain_steps: list[Step] = []
        self._stop_steps: list[Step] = []
        self._intakes: list[Intake] = []
        self._relays: list[OutboxRelay] = []
        self._jobs: list[Job] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._starting: asyncio.Task[None] | None = None
        self._started = asyncio.Event()
        self._starting_problem = "starting"
        self.owns_process = False  # one that tests run in theirs leaves its garbage collector alone
        self.app = self._application()
        self._register_checks()

    def _application(self) -> FastAPI:
        app = FastAPI(title=self.name, lifespan=self._lifespan, docs_url=self._docs_url, redoc_url=None)
        if self.settings.token_public_key_file is not None:
            app.state.verifier = TokenVerifier(self.settings.token_public_key_file.read_bytes(), self.clock.now)
        problems.install(app)
        access.install(app)
        # The last one added is outermost.
        app.add_middleware(BodyLimit, larger=self._large_bodies)
        app.add_middleware(AccessLog, metrics=self.metrics)
        app.add_middleware(TracingMiddleware, telemetry=self.telemetry)
        app.include_router(self.health.router())
        app.include_router(self.metrics.router())
        return app

    def _register_checks(self) -> None:
        self.health.register("started", self._check_started)
        self.health.register("kafka-producer", self.publisher.check)
        self.health.register("mongo", self._check_mongo)
        if self._uses_redis:
            self.health.register("redis", self._check_redis)
            self.health.register("clock", self.clock.check)
        self.metrics.clock_offset.set_function(lambda: self.clock.offset_ms)

    # Declaring

    def on_start(self, step: Step) -> None:
        """Run once before anything is consumed, repeated while what it needs is away; so it must be repeatable."""
        self._start_steps.append(step)

    def on_drain(self, step: Step) -> None:
        """Run first on the way down, while connections are still open: to say goodbye on them."""
        self._drain_steps.append(step)

    def on_stop(self, step: Step) -> None:
        """Run on the way down, after consumers, relays and jobs have ended; last declared first."""
        self._stop_steps.append(step)

    def large_body(self, path: str, limit: int) -> None:
        """Let this path take a body of so many bytes; every other takes `limits.REQUEST_BODY_BYTES`."""
        self._large_bodies[path] = limit

    def api(self, router: APIRouter) -> None:
        """Each of its routes declares an action of `contracts.access`, or the service does not start."""
        self.app.include_router(router)

    def consume(
        self, facts: FactRouter, topics: Sequence[Topic], *, on_assigned: AssignmentCallback | None = None
    ) -> Intake:
        """Handle facts one by one."""
        return self._intake(topics, OneByOne(facts, self._desk()), on_assigned, SOON)

    def consume_batches(
        self,
        topics: Topic | Sequence[Topic],
        handler: BatchHandler,
        *,
        on_assigned: AssignmentCallback | None = None,
        pace: Pace = AT_ONCE,
    ) -> Intake:
        """Handle messages batch by batch. The handler returns the poisoned ones with their errors.

        A batch of several topics holds messages of any of them, in order only within each partition.
        """
        several = [topics] if isinstance(topics, Topic) else topics
        return self._intake(several, AllTogether(handler, self._desk()), on_assigned, pace)

    def _intake(
        self, topics: Sequence[Topic], processor: Processor, on_assigned: AssignmentCallback | None, pace: Pace
    ) -> Intake:
        number = len(self._intakes)
        name = self.name if number == 0 else f"{self.name}-{number + 1}"
        intake = Intake(
            self.settings,
            name=name,
            group=self.settings.topic(self.name),
            topics=[self.settings.topic(topic.name) for topic in topics],
            processor=processor,
            metrics=self.metrics,
            on_assigned=on_assigned,
            pace=pace,
        )
        self._intakes.append(intake)
        self.health.register("consumer" if number == 0 else f"consumer-{number + 1}", intake.check)
        return intake

    def _desk(self) -> Desk:
        async def park(record: Record, error: BaseException) -> None:
            await dead_letters.park(self.publisher, self.settings, self.name, record, error)

        return Desk(park, self.metrics, self.telemetry)

    def relay(self, *collections: Collection) -> OutboxRelay:
        """Publish the facts waiting in these collections' outboxes."""
        outboxes = [CollectionOutbox(collection, self.settings.topic) for collection in collections]
        relay = OutboxRelay(outboxes, self.publisher, metrics=self.metrics)
        for outbox in outboxes:
            self.on_start(outbox.ensure_index)
        number = len(self._relays)
        self._relays.append(relay)
        self.health.register("outbox" if number == 0 else f"outbox-{number + 1}", relay.check)
        return relay

    def job(self, name: str, every_seconds: float, run: Step) -> None:
        job = Job(name, every_seconds, run, self.metrics, self.telemetry)
        self._jobs.append(job)
        self.health.register(f"job-{name}", job.check)

    async def rewind(self, topics: Sequence[Topic]) -> None:
        """Read topics again from the beginning: the partitions of this replica, so run it with one replica only."""
        names = [self.settings.topic(topic.name) for topic in topics]
        for intake in self._intakes:
            if set(names) & set(intake.topics):
                await intake.rewind(names)

    # Running

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT, then stop in order within 20 seconds."""
        self.owns_process = True
        config = uvicorn.Config(
            self.app,
            host=self.settings.http_host,
            port=self.settings.http_port,
            loop="uvloop",
            http="httptools",
            ws="websockets-sansio",
            ws_max_size=limits.SOCKET_MESSAGE_BYTES,
            ws_per_message_deflate=False,  # 50 KiB a socket
            ws_ping_interval=None,  # clients beat by themselves; pings cost 5 % of a core at 19,000 sockets
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=True,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=REQUESTS_END_SECONDS,
        )
        server = _Server(config, self._drain)
        with suppress(KeyboardInterrupt):
            server.run()
        if not server.started:
            sys.exit(START_FAILED)

    async def _drain(self) -> None:
        for step in self._drain_steps:
            await self._politely(step)

    @asynccontextmanager
    async def running(self, ready_within_seconds: float = 30.0) -> AsyncIterator["Service"]:
        """Everything but the HTTP server, for tests: started and ready inside, stopped after.

        Raises:
            TimeoutError: not ready in time; the failing checks are its message.

        """
        async with self._lifespan(self.app):
            await self.until_ready(ready_within_seconds)
            yield self

    async def until_ready(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                while not await self.health.ready():  # noqa: ASYNC110 - the parts are elsewhere: there is no event
                    await asyncio.sleep(0.05)
        except TimeoutError as error:
            results = await self.health.results()
            raise TimeoutError(
                {name: each.detail for name, each in results.items() if each.level == "failing"}
            ) from error

    @asynccontextmanager
    async def _lifespan(self, _app: FastAPI) -> AsyncIterator[None]:
        """HTTP serves at once: probes see a replica that is alive but not ready while it waits for its parts."""
        access.declared(self.app)
        self._starting = asyncio.create_task(self._start(), name=f"{self.name}-start")
        try:
            yield
        finally:
            await self._stop()

    async def _start(self) -> None:
        if self._uses_redis:
            self._own(self.clock.run(), "clock")
            await self._patiently("clock", self.clock.measure, tries=3)  # it serves without: the system's time will do
        for step in self._start_steps:
            await self._patiently(getattr(step, "__qualname__", repr(step)), step)
        await self._patiently("publisher", self.publisher.start)
        for intake in self._intakes:
            self._own(intake.run(), f"consumer {intake.name}")
        for relay in self._relays:
            self._own(relay.run(), "outbox relay")
        for job in self._jobs:
            self._own(job.run(), f"job {job.name}")
        self._started.set()
        if self.owns_process:
            garbage.settle(self._rhythm)
            garbage.watch(self.metrics)
        self.log.info("started", kafka=self.settings.kafka, namespace=self.settings.namespace)

    async def _patiently(self, what: str, step: Step, tries: int | None = None) -> None:
        """Repeat a step while what it needs is away; a defect is retried too, loudly, as a restart would be."""
        failures = 0
        while tries is None or failures < tries:
            try:
                await step()
            except Exception as error:
                failures += 1
                self._starting_problem = f"{what}: {error!r}"
                if as_transient(error) is None:
                    self.log.exception("start step failed", step=what)
                else:
                    self.log.warning("start waits", step=what, error=str(error))
                await asyncio.sleep(min(0.2 * 2**failures, START_BACK_OFF_MAX_SECONDS))
            else:
                return

    def _own(self, loop: Any, name: str) -> None:
        """Start a loop that lives as long as the service. It handles its own errors; should it end, health says so."""
        task: asyncio.Task[None] = asyncio.create_task(loop, name=f"{self.name} {name}")
        self._tasks.append(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            self.log.error("background task ended", task=task.get_name(), exc_info=task.exception())

    async def _stop(self) -> None:
        began = time.monotonic()
        self.log.info("stopping")
        try:
            async with asyncio.timeout(STOP_SECONDS):
                if self._starting is not None:
                    await _cancel(self._starting)
                # Consumers first: they finish the batch in hand and commit it, which still needs all the rest.
                await asyncio.gather(*(_cancel(task) for task in self._tasks if "consumer" in task.get_name()))
                await asyncio.gather(*(_cancel(task) for task in self._tasks))
                for relay in self._relays if self._started.is_set() else []:
                    await self._last_round(relay)
                for step in reversed(self._stop_steps):
                    await self._politely(step)
        except TimeoutError:
            self.log.error("did not stop in time; what is left is safe to read again", seconds=STOP_SECONDS)  # noqa: TRY400
        self._tasks.clear()
        self._started.clear()
        await self._politely(self.publisher.stop)
        await self._politely(self.redis.aclose)
        self._mongo_client.close()
        await asyncio.to_thread(self.telemetry.close)
        self.log.info("stopped", seconds=round(time.monotonic() - began, 1))

    async def _last_round(self, relay: OutboxRelay) -> None:
        try:
            async with asyncio.timeout(REQUESTS_END_SECONDS):
                await relay.drain()
        except Exception as error:  # noqa: BLE001 - the facts stay on their documents for the next start
            self.log.warning("facts stay in the outbox until the next start", error=repr(error))

    async def _politely(self, step: Step) -> None:
        try:
            async with asyncio.timeout(REQUESTS_END_SECONDS):
                await step()
        except Exception:
            self.log.exception("stop step failed")

    # Checks

    async def _check_started(self) -> CheckResult:
        dead = [task.get_name() for task in self._tasks if task.done()]
        if dead:
            return CheckResult.failing(f"ended: {', '.join(dead)}")
        return CheckResult.good() if self._started.is_set() else CheckResult.failing(self._starting_problem)

    async def _check_mongo(self) -> CheckResult:
        await mongo.ping(self._mongo_client)
        return CheckResult.good()

    async def _check_redis(self) -> CheckResult:
        return await redis_client.check(self.redis)


class _Server(uvicorn.Server):
    """uvicorn closes every connection at the beginning of its shutdown; `drain` comes before that."""

    def __init__(self, config: uvicorn.Config, drain: Step) -> None:
        super().__init__(config)
        self._drain = drain

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._drain()
        await super().shutdown(sockets)


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})
