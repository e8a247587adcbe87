"""The sample assessment, settings of a session, and the running service with callers of every role."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from chassis.auth import Principal, PrincipalKind, TokenSigner
from chassis.service import Service
from contracts.envelope import Event, decode, header_map
from contracts.items import AssessmentContent
from contracts.statuses import Role
from contracts.topics import topic_named
from session_svc.app import build
from session_svc.settings import SessionSvcSettings

SAMPLE_FILE: Final = Path(__file__).parents[2] / "deploy/local/sample/assessment.json"
TOKEN_SECONDS: Final = 600
READ_SECONDS: Final = 20.0

Caller = Callable[..., httpx.AsyncClient]
ReadFacts = Callable[[str, str, int], Awaitable[list[Event[Any]]]]


@pytest.fixture(scope="session")
def sample_text() -> str:
    return SAMPLE_FILE.read_text()


@pytest.fixture(scope="session")
def sample(sample_text: str) -> AssessmentContent:
    return AssessmentContent.model_validate_json(sample_text, extra="forbid")


@pytest.fixture
def settings_body() -> Callable[..., dict[str, Any]]:
    """Settings of a session as a client sends them; three hours ahead unless told."""

    def body(assessment_id: str, *, in_seconds: float = 3 * 3600, **changes: Any) -> dict[str, Any]:
        scheduled_at = datetime.now(UTC) + timedelta(seconds=in_seconds)
        return {
            "name": "Spring sitting",
            "assessment_id": assessment_id,
            "assessment_version": 1,
            "scheduled_at": scheduled_at.isoformat(),
            "time_zone": "Europe/Lisbon",
            "duration_seconds": 3600,
            **changes,
        }

    return body


@pytest.fixture(scope="module")
async def service(settings_for: Any, topics: list[str]) -> AsyncIterator[Service]:
    async with build(settings_for(SessionSvcSettings)).running() as running:
        yield running


@pytest.fixture(scope="module")
async def caller(service: Service, token_keys: Any) -> AsyncIterator[Caller]:
    """`caller(Role.PROCTOR, subject="p1", org="acme")`: a client signed in as that."""
    signer = TokenSigner(token_keys.private_file.read_bytes())
    async with contextlib.AsyncExitStack() as closing:

        def sign_in(
            *roles: Role,
            subject: str | None = None,
            org: str = "acme",
            session_id: str | None = None,
            participant_id: str | None = None,
        ) -> httpx.AsyncClient:
            kind = PrincipalKind.STAFF
            if roles == (Role.CANDIDATE,):
                kind = PrincipalKind.CANDIDATE
            if roles == (Role.SERVICE,):
                kind = PrincipalKind.SERVICE
            principal = Principal(
                subject=subject or roles[0].value,
                kind=kind,
                roles=frozenset(roles),
                org_id=org,
                name=f"The {roles[0].value}",
                session_id=session_id,
                participant_id=participant_id,
            )
            token = signer.sign(principal, TOKEN_SECONDS, datetime.now(UTC))
            client = httpx.AsyncClient(
                transport=httpx.ASGITransport(service.app),
                base_url="http://session-svc",
                headers={"Authorization": f"Bearer {token}"},
            )
            closing.push_async_callback(client.aclose)
            return client

        yield sign_in


@pytest.fixture
def read_facts(service: Service) -> ReadFacts:
    """`read_facts(topic, key, count)`: that many facts of one aggregate, in order, once Kafka has them."""

    async def read(topic: str, key: str, count: int) -> list[Event[Any]]:
        name = service.settings.topic(topic)
        consumer = AIOKafkaConsumer(bootstrap_servers=service.settings.kafka, auto_offset_reset="earliest")
        await consumer.start()
        found: list[Event[Any]] = []
        try:
            consumer.assign([TopicPartition(name, number) for number in range(topic_named(topic).partitions)])
            async with asyncio.timeout(READ_SECONDS):
                while len(found) < count:
                    batches = await consumer.getmany(timeout_ms=200)
                    for messages in batches.values():
                        found.extend(
                            decode(header_map(message.headers), message.value)
                            for message in messages
                            if message.key == key.encode()
                        )
        finally:
            await consumer.stop()
        return found

    return read
