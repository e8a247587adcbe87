"""The three servers as containers, where a Docker-compatible socket answers."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any

import docker  # type: ignore[import-untyped]
from docker.errors import DockerException  # type: ignore[import-untyped]
from pymongo import MongoClient
from testcontainers.community.kafka import KafkaContainer
from testcontainers.core.container import DockerContainer

from examhall.addresses import ExternalServers, Infrastructure

KAFKA_IMAGE = "confluentinc/cp-kafka:8.1.0"
MONGO_IMAGE = "mongo:8.0"
VALKEY_IMAGE = "valkey/valkey:9.0"
READY_SECONDS = 120.0


def docker_answers() -> bool:
    try:
        client = docker.from_env(timeout=5)
    except DockerException:
        return False
    try:
        return bool(client.ping())
    except DockerException:
        return False
    finally:
        client.close()


@contextlib.asynccontextmanager
async def containers(given: ExternalServers) -> AsyncIterator[Infrastructure]:
    """Those servers that are not given already; stopped and removed afterwards."""
    with contextlib.ExitStack() as closing:
        yield await asyncio.to_thread(_start, given, closing)


def _start(given: ExternalServers, closing: contextlib.ExitStack) -> Infrastructure:
    kafka, broker = given.kafka, f"Kafka at {given.kafka}"
    if kafka is None:
        started = closing.enter_context(
            KafkaContainer(KAFKA_IMAGE).with_kraft().with_env("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false")
        )
        kafka, broker = started.get_bootstrap_server(), f"container {KAFKA_IMAGE}"
    mongo = given.mongo or _start_mongo(closing)
    redis = given.redis
    if redis is None:
        valkey = closing.enter_context(DockerContainer(VALKEY_IMAGE).with_exposed_ports(6379))
        redis = f"redis://{_address(valkey, 6379)}/0"
    return Infrastructure(kafka=kafka, mongo=mongo, redis=redis, broker=broker)


def _start_mongo(closing: contextlib.ExitStack) -> str:
    """testcontainers' own MongoDB has no replica set, which transactions need."""
    container = closing.enter_context(
        DockerContainer(MONGO_IMAGE).with_command("--replSet rs0 --bind_ip_all").with_exposed_ports(27017)
    )
    # Clients outside cannot reach the member under the name it has inside: they are told not to look for others.
    url = f"mongodb://{_address(container, 27017)}/?directConnection=true"
    milliseconds = int(READY_SECONDS * 1000)
    client: MongoClient[dict[str, Any]] = MongoClient(url, serverSelectionTimeoutMS=milliseconds)
    with client:
        client.admin.command("replSetInitiate", {"_id": "rs0", "members": [{"_id": 0, "host": "127.0.0.1:27017"}]})
        deadline = time.monotonic() + READY_SECONDS
        while not client.admin.command("hello")["isWritablePrimary"]:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{MONGO_IMAGE} did not become primary")
            time.sleep(0.1)
    return url


def _address(container: DockerContainer, port: int) -> str:
    return f"{container.get_container_host_ip()}:{container.get_exposed_port(port)}"
