"""The one stack under test, and the order of the tests.

Where the servers come from: addresses in the environment (EXAMHALL_KAFKA, EXAMHALL_MONGO, EXAMHALL_REDIS); else
containers, where a Docker-compatible socket answers; else processes of `deploy/local`. Every module has a namespace of
its own (database, topic prefix, Redis keys), which is removed afterwards.

    settings_for(Settings)          settings of any service against the servers, in this module's namespace
    topics                          every topic of that namespace exists
    stack                           all services running, shared by the whole run
    start_stack(...)                a stack of one's own, servers included: for killing, pausing, restarting parts
    start_services(...)             services of one's own on the shared servers: quicker, when only those are broken
"""

import asyncio
import contextlib
import logging
import secrets
import shutil
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pytest
import redis.asyncio
from aiokafka.admin import AIOKafkaAdminClient
from containers import containers, docker_answers

from chassis import mongo
from chassis.settings import Settings
from chassis.topics import create_topics
from examhall.addresses import ExternalServers, Infrastructure
from examhall.keys import KeyPair, ensure_key_pair
from examhall.services import Program
from examhall.stack import Stack

SettingsType = TypeVar("SettingsType", bound=Settings)

log = logging.getLogger("examhall.stack")


class SettingsFor(Protocol):
    def __call__(self, kind: type[SettingsType], **overrides: Any) -> SettingsType: ...


class StartStack(Protocol):
    def __call__(
        self, *, supervise: bool = False, scale: Mapping[str, int] | None = None, run: Sequence[Program] | None = None
    ) -> Awaitable[Stack]: ...


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Quick feedback first: tests without a stack, then with one, then those that break it."""

    def phase(item: pytest.Item) -> int:
        if item.get_closest_marker("chaos"):
            return 2
        return 1 if item.get_closest_marker("stack") else 0

    items.sort(key=phase)


@pytest.fixture(scope="session")
async def infrastructure(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Infrastructure]:
    """Kafka, MongoDB and Redis."""
    given = ExternalServers.from_environment()
    if given.kafka and given.mongo and given.redis:
        yield Infrastructure(given.kafka, given.mongo, given.redis, broker=f"Kafka at {given.kafka}")
    elif await asyncio.to_thread(docker_answers):
        async with containers(given) as started:
            yield started
    else:
        directory = tmp_path_factory.mktemp("servers")
        async with Stack(directory, run=(), external=given, report=log.info) as servers:
            yield servers.infrastructure
        discard_data(directory)


@pytest.fixture(scope="session")
def token_keys(tmp_path_factory: pytest.TempPathFactory) -> KeyPair:
    """The key pair that signs and verifies tokens in this run."""
    return ensure_key_pair(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
async def namespace(infrastructure: Infrastructure) -> AsyncIterator[str]:
    """A name nobody else uses; everything under it is removed after the module."""
    name = new_namespace()
    yield name
    await remove_namespace(infrastructure, name)


@pytest.fixture(scope="module")
def settings_for(infrastructure: Infrastructure, namespace: str, token_keys: KeyPair) -> SettingsFor:
    """`settings_for(MonitoringSettings, instance="a")`: any service's settings for this module's namespace."""

    def build(kind: type[SettingsType], **overrides: Any) -> SettingsType:
        values: dict[str, Any] = {
            "kafka": infrastructure.kafka,
            "mongo": infrastructure.mongo,
            "redis": infrastructure.redis,
            "namespace": namespace,
            "token_public_key_file": token_keys.public_file,
        }
        if "token_private_key_file" in kind.model_fields:
            values["token_private_key_file"] = token_keys.private_file
        return kind(**(values | overrides))

    return build


@pytest.fixture(scope="module")
def settings(settings_for: SettingsFor) -> Settings:
    """The settings every service has."""
    return settings_for(Settings)


@pytest.fixture(scope="module")
async def topics(settings: Settings) -> list[str]:
    """Every topic of this module's namespace."""
    return await create_topics(settings)


@pytest.fixture(scope="session")
async def stack(infrastructure: Infrastructure, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Every service and the gateway, running for the whole session of tests. Nobody may break it."""
    name = new_namespace()
    directory = tmp_path_factory.mktemp("stack")
    servers = ExternalServers.like(infrastructure)
    async with Stack(directory, namespace=name, external=servers, report=log.info) as running:
        yield running
    await remove_namespace(infrastructure, name)


@pytest.fixture
async def start_stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[StartStack]:
    """Start a stack that the test may break, servers included (which are always processes here).

    A part stays down until it is started again, unless supervised. `run` replaces the product's services; `()` starts
    the servers alone.
    """
    async with contextlib.AsyncExitStack() as closing:

        async def start(
            *, supervise: bool = False, scale: Mapping[str, int] | None = None, run: Sequence[Program] | None = None
        ) -> Stack:
            directory = tmp_path_factory.mktemp("own-stack")
            closing.callback(discard_data, directory)
            own = Stack(
                directory, scale=scale, run=run, external=ExternalServers(), supervise=supervise, report=log.info
            )
            return await closing.enter_async_context(own)

        yield start


@pytest.fixture
async def start_services(
    infrastructure: Infrastructure, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[StartStack]:
    """Start services that the test may break, on the run's shared servers, in a namespace of their own."""
    async with contextlib.AsyncExitStack() as closing:

        async def start(
            *, supervise: bool = False, scale: Mapping[str, int] | None = None, run: Sequence[Program] | None = None
        ) -> Stack:
            name = new_namespace()
            closing.push_async_callback(remove_namespace, infrastructure, name)
            own = Stack(
                tmp_path_factory.mktemp("own-services"),
                namespace=name,
                scale=scale,
                run=run,
                external=ExternalServers.like(infrastructure),
                supervise=supervise,
                report=log.info,
            )
            return await closing.enter_async_context(own)

        yield start


def new_namespace() -> str:
    return f"t{secrets.token_hex(4)}"


def discard_data(directory: Path) -> None:
    """Keep the logs, which explain a failure; drop the servers' files, which are large."""
    for server in ("kafka", "mongo", "redis"):
        shutil.rmtree(directory / server, ignore_errors=True)


async def remove_namespace(infrastructure: Infrastructure, name: str) -> None:
    """Topics, databases and keys: a thousand leftover partitions would slow every later test down."""
    settings = Settings(
        kafka=infrastructure.kafka, mongo=infrastructure.mongo, redis=infrastructure.redis, namespace=name
    )
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    try:
        mine = [topic for topic in await admin.list_topics() if topic.startswith(settings.topic(""))]
        if mine:
            await admin.delete_topics(mine)
    finally:
        await admin.close()
    client = mongo.connect(settings)
    try:
        for database in await client.list_database_names():
            if database.startswith(f"{name}_"):
                await client.drop_database(database)
    finally:
        client.close()
    async with redis.asyncio.from_url(settings.redis) as cache:
        async for key in cache.scan_iter(match=f"{settings.key('')}*"):
            await cache.delete(key)
