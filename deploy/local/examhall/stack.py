"""The whole stack as child processes: three servers, then every service, in order, watched, stopped for certain.

Used by the `examhall` command and by the tests. Everything a stack keeps lies under one directory: ports, keys, logs,
the servers' data and the picture of itself that other shells read.
"""

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import httpx

from chassis.settings import Settings
from chassis.topics import create_topics
from examhall.addresses import SMTP_VARIABLE, Addresses, ExternalServers, Infrastructure
from examhall.balancer import Balancer, Front, find_nginx
from examhall.kafka import choose_broker
from examhall.keys import ensure_image_keys, ensure_key_pair
from examhall.mailbox import Mailbox
from examhall.mongo import Mongo, find_mongod
from examhall.part import Description, Part, PartFailed, Status
from examhall.ports import Ports
from examhall.process import Identity, ProcessFailed
from examhall.services import GATEWAY, Program, ServiceProcess, programs, replica_names
from examhall.state import PartState, StackState, sole_owner
from examhall.valkey import Valkey, find_valkey

# A part that keeps crashing is started again ever more slowly, but never given up: its cause may be a server's absence.
BACK_OFF_FIRST_SECONDS: Final = 0.5
BACK_OFF_MAX_SECONDS: Final = 15.0
# A part that ran this long was healthy; its next crash starts with the first back-off again.
HEALTHY_AFTER_SECONDS: Final = 30.0
LEFTOVER_STOP_SECONDS: Final = 20.0


class Stack:
    """`async with Stack(directory) as stack:` runs everything; `stack.addresses` says where.

    `programs` defaults to every service of the product that is installed; pass `()` for the servers alone.
    With `supervise=False` a killed part stays down until `start_part`, which is what tests of faults want.
    `own_settings` are further settings of single parts by name, read at each start of the part; `kafka_relay` is the
    port of a relay in front of Kafka (`kafka.Behind`).
    """

    def __init__(
        self,
        directory: Path,
        *,
        namespace: str = "",
        scale: Mapping[str, int] | None = None,
        run: Sequence[Program] | None = None,
        external: ExternalServers | None = None,
        supervise: bool = True,
        own_settings: Mapping[str, Mapping[str, str]] | None = None,
        kafka_relay: int | None = None,
        report: Callable[[str], None] = print,
    ) -> None:
        self.directory = directory.resolve()
        self.namespace = namespace
        self.parts: dict[str, Part] = {}
        self._programs = programs(scale) if run is None else list(run)
        self._external = ExternalServers.from_environment() if external is None else external
        self._supervise = supervise
        self._own_settings = {} if own_settings is None else own_settings
        self._kafka_relay = kafka_relay
        self._report = report
        self._ports = Ports(self.directory / "ports.json")
        self._addresses: Addresses | None = None
        self._ready = False
        self._watchers: dict[str, asyncio.Task[None]] = {}
        self._closing = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def addresses(self) -> Addresses:
        if self._addresses is None:
            raise RuntimeError("the stack has not been started")
        return self._addresses

    @property
    def infrastructure(self) -> Infrastructure:
        return self.addresses.infrastructure

    async def start(self) -> None:
        """Start everything in order; raises `PartFailed`, `MissingFromSystem` or `AlreadyRunning`."""
        self._closing.enter_context(sole_owner(self.directory))
        await self._sweep()
        http = await self._closing.enter_async_context(httpx.AsyncClient(trust_env=False))
        keys = ensure_key_pair(self.directory / "keys")
        servers, infrastructure = await asyncio.to_thread(self._choose_servers)
        processes = self._choose_services(http)
        mailbox = self._choose_mailbox(processes)
        fronts = self._choose_fronts(processes)
        helpers: list[Description] = [*servers, *([mailbox] if mailbox else [])]
        if fronts:
            helpers.append(Balancer(self.directory / "balancer", fronts, find_nginx()))
        urls = _urls_by_service(processes)
        self._addresses = Addresses(
            infrastructure=infrastructure,
            namespace=self.namespace,
            services={service: found for service, found in urls.items() if service != GATEWAY},
            gateways=urls.get(GATEWAY, ()),
            token_public_key_file=keys.public_file,
            token_private_key_file=keys.private_file,
            smtp=mailbox.address if mailbox else None,
            images_directory=self.directory / "images",
            images_key_file=ensure_image_keys(self.directory / "keys"),
            fronts={front.service: front.url for front in fronts},
        )
        for description in (*helpers, *processes):
            log_file = self.directory / "logs" / f"{description.name}.log"
            self.parts[description.name] = Part(description, log_file)
        await self._start_together(helpers)
        if processes:
            await create_topics(self.settings())
            await self._start_together(processes)
        self._ready = True
        self._save()

    async def stop(self) -> None:
        """Services first, so that they finish their work against living servers. Safe to call at any time."""
        for part in self.parts.values():
            part.expected_to_end = True
        await asyncio.gather(*(self._unwatch(name) for name in list(self._watchers)))
        services = [part for part in self.parts.values() if isinstance(part.description, ServiceProcess)]
        servers = [part for part in self.parts.values() if part not in services]
        for group in (services, servers):
            await asyncio.gather(*(part.stop() for part in group))
        if self.parts:
            StackState.forget(self.directory)
        self.parts.clear()
        self._ready = False
        await self._closing.aclose()

    def settings(self) -> Settings:
        """The stack's own settings, for tools that speak to its servers."""
        infrastructure = self.addresses.infrastructure
        return Settings(
            kafka=infrastructure.kafka,
            mongo=infrastructure.mongo,
            redis=infrastructure.redis,
            namespace=self.namespace,
            token_public_key_file=self.addresses.token_public_key_file,
        )

    # Faults and repairs, one part at a time, by name ("kafka", "mongo", "redis", "monitoring-svc", "gateway-2").

    async def kill(self, name: str) -> None:
        """SIGKILL. A supervised part comes back by itself, an unsupervised one with `start_part`."""
        await self.parts[name].kill()
        self._save()

    def pause(self, name: str) -> None:
        """SIGSTOP."""
        self.parts[name].pause()
        self._save()

    def resume(self, name: str) -> None:
        """SIGCONT."""
        self.parts[name].resume()
        self._save()

    async def stop_part(self, name: str) -> None:
        """SIGTERM, and wait for the end."""
        await self._unwatch(name)
        await self.parts[name].stop()
        self._save()

    async def start_part(self, name: str) -> None:
        """Start a stopped or killed part again, on the same port with the same data; returns when it works."""
        part = self.parts[name]
        await self._unwatch(name)
        try:
            await part.start()
        finally:
            self._save()
        self._watch(part)

    async def restart_part(self, name: str) -> None:
        await self.stop_part(name)
        await self.start_part(name)

    def port(self, name: str) -> int:
        """A port of this stack by name; that of a part, or one that a part has besides (`kafka.BEHIND_RELAY`)."""
        return self._ports.port(name)

    async def until_ready(self, name: str, seconds: float | None = None) -> None:
        """Wait until a part works (again); raises `PartFailed` when the time is over."""
        await self.parts[name].ready(seconds)
        self._save()

    def _choose_servers(self) -> tuple[list[Description], Infrastructure]:
        """The servers we start ourselves, and the addresses of all three. May download; runs in a thread."""
        servers: list[Description] = []
        external = self._external
        if external.kafka is not None:
            kafka, broker = external.kafka, f"Kafka at {external.kafka}"
        else:
            description = choose_broker(self.directory / "kafka", self._ports.port, self._report, self._kafka_relay)
            servers.append(description)
            kafka, broker = f"127.0.0.1:{description.port}", description.broker
        mongo, redis = external.mongo, external.redis
        if mongo is None:
            own_mongo = Mongo(self.directory / "mongo", self._ports.port("mongo"), find_mongod())
            servers.append(own_mongo)
            mongo = own_mongo.url
        if redis is None:
            own_redis = Valkey(self.directory / "redis", self._ports.port("redis"), find_valkey())
            servers.append(own_redis)
            redis = own_redis.url
        return servers, Infrastructure(kafka=kafka, mongo=mongo, redis=redis, broker=broker)

    def _choose_services(self, http: httpx.AsyncClient) -> list[ServiceProcess]:
        missing = [program.service for program in self._programs if not program.present]
        if missing:
            raise PartFailed(f"not installed in this environment: {', '.join(missing)}")
        own = self._external.kafka is None
        return [
            ServiceProcess(
                program, name, self._ports.port(name), partial(self._environment, name), http, own_broker=own
            )
            for program in self._programs
            for name in replica_names(program.service, program.replicas)
        ]

    def _choose_fronts(self, processes: Sequence[ServiceProcess]) -> list[Front]:
        """One address for whatever runs more than once."""
        replicas: dict[str, list[ServiceProcess]] = {}
        for process in processes:
            replicas.setdefault(process.service, []).append(process)
        return [
            Front(service, self._ports.port(f"{service}-front"), tuple(f"127.0.0.1:{each.port}" for each in several))
            for service, several in replicas.items()
            if len(several) > 1
        ]

    def _choose_mailbox(self, processes: Sequence[ServiceProcess]) -> Mailbox | None:
        """Where the stack's mail ends up, unless nobody sends any or the environment names a mail server."""
        if os.environ.get(SMTP_VARIABLE) or all(each.service != "messaging-svc" for each in processes):
            return None
        return Mailbox(self.directory / "mail", self._ports.port(Mailbox.name))

    async def _start_together(self, descriptions: Sequence[Description]) -> None:
        """Start parts side by side; the first failure cancels the rest and is raised."""
        parts = [self.parts[description.name] for description in descriptions]
        try:
            async with asyncio.TaskGroup() as group:
                for part in parts:
                    group.create_task(self._start_one(part))
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None

    async def _start_one(self, part: Part) -> None:
        await part.start()
        self._save()
        self._watch(part)
        seconds = time.monotonic() - part.started_at
        self._report(f"{part.name:<16} 127.0.0.1:{part.description.port}  ready after {seconds:.1f} s")

    async def _sweep(self) -> None:
        """Stop what a supervisor that was killed left running here."""
        left = StackState.load(self.directory)
        if left is None:
            return
        stopped = await asyncio.to_thread(left.stop_leftovers, LEFTOVER_STOP_SECONDS)
        if stopped:
            self._report(f"stopped what an earlier run left behind: {', '.join(stopped)}")
        StackState.forget(self.directory)

    def _watch(self, part: Part) -> None:
        if self._supervise:
            self._watchers[part.name] = asyncio.create_task(self._keep_alive(part), name=f"watch {part.name}")

    async def _unwatch(self, name: str) -> None:
        watcher = self._watchers.pop(name, None)
        if watcher is not None:
            watcher.cancel()
            await asyncio.gather(watcher, return_exceptions=True)

    async def _keep_alive(self, part: Part) -> None:
        """Start the part again whenever it ends by itself, until it is stopped on purpose."""
        back_off = BACK_OFF_FIRST_SECONDS
        while part.child is not None:
            code = await part.child.wait()
            if part.expected_to_end:
                return
            part.status = Status.CRASHED
            self._save()
            if time.monotonic() - part.started_at > HEALTHY_AFTER_SECONDS:
                back_off = BACK_OFF_FIRST_SECONDS
            self._report(f"{part.name} ended with {_in_words(code)}; starting it again in {back_off:g} s")
            await asyncio.sleep(back_off)
            back_off = min(back_off * 2, BACK_OFF_MAX_SECONDS)
            part.restarts += 1
            try:
                await part.start()
            except (PartFailed, ProcessFailed) as failure:
                self._report(str(failure))
            else:
                self._report(f"{part.name} is back")
            self._save()

    def _environment(self, name: str) -> Mapping[str, str]:
        return {**self.addresses.environment(), **self._own_settings.get(name, {})}

    def _save(self) -> None:
        StackState(
            supervisor=Identity.of(os.getpid()),
            ready=self._ready,
            addresses=self._addresses,
            parts=tuple(
                PartState(
                    name=part.name,
                    port=part.description.port,
                    status=part.status,
                    restarts=part.restarts,
                    identity=part.child.identity if part.child is not None and part.child.running else None,
                )
                for part in self.parts.values()
            ),
        ).save(self.directory)


def _urls_by_service(processes: Sequence[ServiceProcess]) -> dict[str, tuple[str, ...]]:
    urls: dict[str, tuple[str, ...]] = {}
    for process in processes:
        urls[process.service] = (*urls.get(process.service, ()), process.url)
    return urls


def _in_words(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
