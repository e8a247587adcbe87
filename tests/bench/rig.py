"""What measurements run on: the servers, our gateway and monitoring-svc, the bare programs, and people seated in them.

One rig is one namespace; several may share the servers. session-svc is stood in for (`bare/paper.py`): it is asked
once about a session and is not on the way of an answer.
"""

import asyncio
import logging
import os
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

import httpx
import world
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from measuring import pin
from msgspec.structs import replace

from chassis.auth import Principal, PrincipalKind, TokenSigner
from chassis.publisher import Message, Publisher
from chassis.settings import Settings
from contracts.attempt import ATTEMPT_COMMANDS
from contracts.statuses import Role
from contracts.topics import topic_named
from examhall.addresses import ExternalServers
from examhall.services import Program, replica_names
from examhall.stack import Stack

BARE: Final = Path(__file__).parent / "bare"
BARE_COMMANDS: Final = "bare.commands"
WITHIN_SECONDS: Final = 120.0  # the machine may be busy with other things
LOOK_EVERY_SECONDS: Final = 0.02

log = logging.getLogger("examhall.bench")


class CommandLog:
    """How far a consumer group has come on one topic, counted from when `count` was made."""

    def __init__(self, settings: Settings, topic: str, group: str) -> None:
        self._topic = settings.topic(topic)
        self._group = settings.topic(group)
        self._admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
        self._settings = settings

    async def start(self) -> None:
        await self._admin.start()

    async def close(self) -> None:
        await self._admin.close()

    async def until_handled(self) -> None:
        """Everything the topic holds by now was handled and its offsets committed."""
        end = await self._end()
        async with asyncio.timeout(WITHIN_SECONDS):
            while await self._committed() < end:  # noqa: ASYNC110 - the broker offers no event
                await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def _committed(self) -> int:
        offsets = await self._admin.list_consumer_group_offsets(self._group)
        return sum(each.offset for where, each in offsets.items() if where.topic == self._topic and each.offset > 0)

    async def _end(self) -> int:
        consumer = AIOKafkaConsumer(self._topic, bootstrap_servers=self._settings.kafka)
        await consumer.start()
        try:
            return int(sum((await consumer.end_offsets(list(consumer.assignment()))).values()))
        finally:
            await consumer.stop()


class Rig:
    """`monitors`: how many of monitoring-svc; `kafka_relay`: the port of a relay on our programs' way to Kafka."""

    def __init__(
        self,
        directory: Path,
        namespace: str,
        servers: ExternalServers | None = None,
        *,
        monitors: int = 1,
        kafka_relay: int | None = None,
    ) -> None:
        ours = [*replica_names("monitoring-svc", monitors), "gateway"]
        through = {} if kafka_relay is None else {"EXAMHALL_KAFKA": f"127.0.0.1:{kafka_relay}"}
        self.stack = Stack(
            directory,
            namespace=namespace,
            run=[
                Program("session-svc", (str(BARE / "paper.py"),)),
                Program.of("monitoring-svc", monitors),
                Program.of("gateway"),
            ],
            external=servers,
            supervise=False,
            own_settings=dict.fromkeys(ours, through),
            kafka_relay=kafka_relay,
            report=log.info,
        )
        self._directory = directory
        self._closing = AsyncExitStack()
        self._bare_port = 0

    async def __aenter__(self) -> Self:
        await self._closing.enter_async_context(self.stack)
        self.settings = self.stack.settings()
        self.publisher = Publisher(self.settings, "bench")
        await self.publisher.start()
        self._closing.push_async_callback(self.publisher.stop)
        private = self.stack.addresses.token_private_key_file
        assert private is not None
        self._signer = TokenSigner(private.read_bytes())
        self.log = CommandLog(self.settings, ATTEMPT_COMMANDS, "monitoring-svc")
        self.bare_log = CommandLog(self.settings, BARE_COMMANDS, "bare")
        for each in (self.log, self.bare_log):
            await each.start()
            self._closing.push_async_callback(each.close)
        pin(self.pid("gateway"))
        pin(self.pid("monitoring-svc"))
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._closing.aclose()

    @property
    def servers(self) -> ExternalServers:
        return ExternalServers.like(self.stack.infrastructure)

    @property
    def gateway_url(self) -> str:
        return self.stack.addresses.gateway.replace("http://", "ws://")

    def pid(self, name: str) -> int:
        child = self.stack.parts[name].child
        assert child is not None
        return child.identity.pid

    # People

    async def seat(self, session_id: str, people: Sequence[str]) -> None:
        """A running session, and these people at work in it."""
        await self.publisher.publish_all([world.session_started(session_id)])
        await asyncio.sleep(1.0)  # two topics have no order between them
        await self.send([self.publisher.message(each) for each in world.seated(people, session_id)])
        await self.log.until_handled()

    async def send(self, messages: Sequence[Message]) -> None:
        failures = [each for each in await self.publisher.deliver(messages) if each is not None]
        if failures:
            raise failures[0]

    def as_bare(self, messages: Sequence[Message]) -> list[Message]:
        topic = self.settings.topic(BARE_COMMANDS)
        return [replace(each, topic=topic) for each in messages]

    def candidate_token(self, session_id: str, participant_id: str) -> str:
        return self._token(
            Principal(
                subject=participant_id,
                kind=PrincipalKind.CANDIDATE,
                roles=frozenset({Role.CANDIDATE}),
                org_id=world.ORG,
                name="Bench Candidate",
                session_id=session_id,
                participant_id=participant_id,
            )
        )

    def proctor_token(self) -> str:
        roles = frozenset({Role.PROCTOR, Role.ADMIN})
        return self._token(Principal("proctor", PrincipalKind.STAFF, roles, world.ORG, "Proctor"))

    def _token(self, principal: Principal) -> str:
        return self._signer.sign(principal, 3600, datetime.now(UTC))

    # The other side

    @asynccontextmanager
    async def bare_consumer(self, *options: str) -> AsyncIterator[int]:
        """Its process id; it reads `BARE_COMMANDS`."""
        await self._bare_topics()
        async with self._program("bare_consumer.py", *options) as process:
            assert process.stdout is not None
            async with asyncio.timeout(WITHIN_SECONDS):
                await process.stdout.readuntil(b"ready\n")
            yield process.pid

    @asynccontextmanager
    async def bare_gateway(self) -> AsyncIterator[tuple[int, str]]:
        """Its process id and address."""
        await self._bare_topics()
        port = _free_port()
        async with self._program("bare_gateway.py", EXAMHALL_HTTP_PORT=str(port)) as process:
            async with httpx.AsyncClient(trust_env=False) as http, asyncio.timeout(WITHIN_SECONDS):
                while True:
                    try:
                        await http.get(f"http://127.0.0.1:{port}/")
                    except httpx.HTTPError:
                        await asyncio.sleep(0.1)
                    else:
                        break
            yield process.pid, f"ws://127.0.0.1:{port}"

    @asynccontextmanager
    async def _program(self, name: str, *options: str, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(BARE / name),
            *options,
            env={**os.environ, **self.stack.addresses.environment(), **environment},
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            pin(process.pid)
            yield process
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()

    async def _bare_topics(self) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.settings.kafka)
        await admin.start()
        try:
            known = await admin.list_topics()
            partitions = topic_named(ATTEMPT_COMMANDS).partitions
            wanted = [self.settings.topic(name) for name in (BARE_COMMANDS, "bare.facts")]
            await admin.create_topics([NewTopic(name, partitions, 1) for name in wanted if name not in known])
        finally:
            await admin.close()
        await asyncio.sleep(1.0)  # its leaders


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
