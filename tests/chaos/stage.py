"""Where the faults happen: a whole stack with two gateways and two monitoring replicas, and relays on three ways."""

import contextlib
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from pymongo import MongoClient
from relay import Relay

from chassis import dead_letters
from contracts.topics import SERVICES
from examhall.addresses import ExternalServers
from examhall.kafka import BEHIND_RELAY
from examhall.services import GATEWAY, replica_names
from examhall.stack import Stack
from examhall.system import MissingFromSystem, find_compiler

GATEWAYS: Final = tuple(replica_names(GATEWAY, 2))
MONITORS: Final = tuple(replica_names("monitoring-svc", 2))
PROCESSES: Final = (*(name for each in SERVICES for name in replica_names(each, 2 if each == "monitoring-svc" else 1)),)
"""Every process of a service, without the gateways."""
ADMIN_MS: Final = 5_000
COMPILE_SECONDS: Final = 60


class Stage:
    """`async with Stage(directory) as stage:`.

    The gateways reach Kafka through `to_kafka`, the services reach MongoDB through `to_mongo`, and a third of the
    candidates reach the first gateway through `to_gateway`. `doors`: the gateways' addresses as each candidate in turn
    knows them.
    """

    def __init__(self, directory: Path, report: Callable[[str], None]) -> None:
        self.to_kafka = Relay()
        self.to_mongo = Relay()
        self.to_gateway = Relay()
        self.own_settings: dict[str, dict[str, str]] = {}
        self.directory = directory
        self._report = report
        self._closing = contextlib.AsyncExitStack()
        self.stack: Stack

    async def __aenter__(self) -> Self:
        try:
            for relay in (self.to_kafka, self.to_mongo, self.to_gateway):
                await self._closing.enter_async_context(relay)
            for name in GATEWAYS:
                self.own_settings[name] = {"EXAMHALL_KAFKA": f"127.0.0.1:{self.to_kafka.port}"}
            for name in PROCESSES:
                # Direct: the replica set's own answer would name the address behind the relay.
                url = f"mongodb://127.0.0.1:{self.to_mongo.port}/?directConnection=true"
                self.own_settings[name] = {"EXAMHALL_MONGO": url}
            self.stack = Stack(
                self.directory,
                scale={"gateway": 2, "monitoring": 2},
                external=ExternalServers(),
                own_settings=self.own_settings,
                kafka_relay=self.to_kafka.port,
                report=self._report,
            )
            self.to_kafka.target = self.stack.port(BEHIND_RELAY)
            self.to_mongo.target = self.stack.port("mongo")
            self.to_gateway.target = self.stack.port(GATEWAY)
            await self._closing.enter_async_context(self.stack)
        except BaseException:
            await self._closing.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._closing.aclose()

    @property
    def ways(self) -> dict[str, Relay]:
        return {"to_kafka": self.to_kafka, "to_mongo": self.to_mongo, "to_gateway": self.to_gateway}

    @property
    def relayed_gateway(self) -> str:
        return f"http://127.0.0.1:{self.to_gateway.port}"

    @property
    def doors(self) -> list[tuple[str, ...]]:
        first, second = self.stack.addresses.gateways
        return [(first, second), (second, first), (self.relayed_gateway, second)]

    def addresses_of(self, gateway: str) -> set[str]:
        """Those under which candidates reach one gateway."""
        address = self.stack.addresses.gateways[GATEWAYS.index(gateway)]
        return {address, self.relayed_gateway} if gateway == GATEWAY else {address}

    def mongo(self) -> MongoClient[dict[str, Any]]:
        """As an administrator of the database has it, not through the relay. To be used in a thread, and closed."""
        return MongoClient(self.stack.infrastructure.mongo, serverSelectionTimeoutMS=ADMIN_MS, socketTimeoutMS=ADMIN_MS)

    async def parked(self) -> list[str]:
        """Every message that a service gave up on, in words."""
        settings = self.stack.settings()
        return [
            f"{service} parked {letter.type} of {letter.topic}: {letter.error}"
            for service in SERVICES
            for letter in await dead_letters.list_letters(settings, service)
        ]


def wrong_clock(directory: Path) -> Path:
    """The library that sets a process's wall clock wrong, made from `wrong_clock.c`. Raises `MissingFromSystem`."""
    made = directory / "wrong_clock.so"
    if made.exists():
        return made
    source = Path(__file__).with_name("wrong_clock.c")
    command = [str(find_compiler()), "-shared", "-fPIC", "-O1", "-o", str(made), str(source), "-ldl"]
    outcome = subprocess.run(command, capture_output=True, text=True, timeout=COMPILE_SECONDS, check=False)
    if outcome.returncode != 0:
        raise MissingFromSystem(f"{source.name} does not compile here: {outcome.stderr[-500:]}")
    return made
