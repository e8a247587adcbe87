"""The last seats, wanted by ten times as many over two gateways that lead to two replicas of enrollment-svc."""

import asyncio
import contextlib
import logging
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from gateway_world import free_port, serving

from chassis.identifiers import new_id
from chassis.service import Service
from enrollment_svc.app import build
from enrollment_svc.settings import Settings
from gateway.app import build as build_gateway
from gateway.settings import Settings as GatewaySettings

pytestmark = [pytest.mark.stack, pytest.mark.timeout(240)]

PEOPLE = 500
SEATS_LEFT = 50
SEATS = 60
PATIENCE_SECONDS = 90.0  # on a machine that other programs keep busy a rush outlasts the gateway's patience of 15 s

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Edge:
    """Two ways in. Whoever asks takes one of them, and the other when asking again."""

    ways: list[httpx.AsyncClient]

    async def join(self, number: int, key: str, **words: Any) -> httpx.Response:
        """As a page asks: with the same key again when the answer got lost or nobody had time (503)."""
        headers = {"Idempotency-Key": key}
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            try:
                answer = await self.ways[number % 2].post("/api/v1/joins", json=words, headers=headers)
            except httpx.TransportError:
                continue
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                return answer
            await asyncio.sleep(random.uniform(0.2, 1))
        raise AssertionError("nobody answered")


@pytest.fixture(scope="module")
async def edge(settings_for: Any, service: Service) -> AsyncIterator[Edge]:
    """`service` is there already and hears what tests tell; two more replicas share its group and database."""
    async with contextlib.AsyncExitStack() as closing:
        ways = []
        for number in range(2):
            port, gateway_port = free_port(), free_port()
            replica = build(settings_for(Settings, instance=f"seats-{number}", http_port=port))
            await closing.enter_async_context(serving(replica.app, port, lifespan="on"))
            gateway = build_gateway(
                settings_for(
                    GatewaySettings,
                    instance=f"gw-{number}-{new_id()[-6:]}",
                    http_port=gateway_port,
                    enrollment_url=f"http://127.0.0.1:{port}",
                    log_level="WARNING",
                    # Both gateways, both replicas and everybody who comes share one loop here, which is late in any
                    # rush: that says nothing of a gateway, and its door is tested in tests/gateway/test_admission.py.
                    loop_delay_ms_max=60_000,
                )
            )
            await closing.enter_async_context(serving(gateway.app, gateway_port, lifespan="on"))
            await gateway.until_ready(60)
            await replica.until_ready(60)
            limits = httpx.Limits(max_connections=100)
            url = f"http://127.0.0.1:{gateway_port}"
            ways.append(await closing.enter_async_context(httpx.AsyncClient(base_url=url, timeout=60, limits=limits)))
        yield Edge(ways)


def problems(answers: list[httpx.Response]) -> Counter[str]:
    return Counter("in" if each.is_success else each.json()["type"] for each in answers)


async def test_five_hundred_want_the_last_fifty_seats_and_exactly_fifty_get_one(
    edge: Edge, service: Service, open_session: Any, scheduler: httpx.AsyncClient
) -> None:
    session = await open_session(maximum_participants=SEATS)
    body = {"participants": [{"name": f"Early {n}"} for n in range(SEATS - SEATS_LEFT)]}
    assert (await scheduler.post(f"/v1/sessions/{session.session_id}/participants", json=body)).is_success
    keys = [new_id() for _ in range(PEOPLE)]

    async def come(turn: int) -> list[httpx.Response]:
        """Everybody at once; with each turn by the other gateway."""
        return await asyncio.gather(
            *(
                edge.join(number + turn, key, code=session.code, name=f"Person {number}")
                for number, key in enumerate(keys)
            )
        )

    began = time.perf_counter()
    first = await come(0)
    took = time.perf_counter() - began
    log.warning("%s joins for %s seats answered in %.1f s", PEOPLE, SEATS_LEFT, took)
    assert problems(first) == {"in": SEATS_LEFT, "/problems/session-full": PEOPLE - SEATS_LEFT}
    seated = {n: answer.json()["joined"]["participant_id"] for n, answer in enumerate(first) if answer.is_success}
    assert len(set(seated.values())) == SEATS_LEFT
    stored = [each async for each in service.mongo["participants"].find({"session_id": session.session_id})]
    assert sorted(each["seat"] for each in stored) == list(range(1, SEATS + 1))
    assert {each["_id"] for each in stored} >= set(seated.values())

    again = await come(1)  # every answer was lost: whoever is in resumes, and nobody else gets in
    assert problems(again) == {"in": SEATS_LEFT, "/problems/session-full": PEOPLE - SEATS_LEFT}
    resumed = {n: answer.json()["joined"]["participant_id"] for n, answer in enumerate(again) if answer.is_success}
    assert resumed == seated
    one = next(answer.json()["joined"] for answer in first if answer.is_success)
    back = await edge.join(1, new_id(), code=one["personal_code"])
    assert back.json()["joined"]["participant_id"] == one["participant_id"], "with the personal code, from anywhere"


@pytest.mark.parametrize(
    ("late_entry_seconds", "seconds_ago", "outcome"),
    [
        (None, 0, "/problems/too-late-to-join"),
        (600, 590, "in"),
        (600, 601, "/problems/too-late-to-join"),
        (0, 1, "/problems/too-late-to-join"),
    ],
)
async def test_the_edges_of_late_entry(
    edge: Edge, open_session: Any, late_entry_seconds: int | None, seconds_ago: int, outcome: str
) -> None:
    session = await open_session(maximum_participants=5, late_entry_seconds=late_entry_seconds)
    early = await edge.join(0, new_id(), code=session.code, name="Early")
    assert early.is_success, early.text
    await session.start(seconds_ago=seconds_ago)
    late = await edge.join(1, new_id(), code=session.code, name="Late")
    assert problems([late]) == {outcome: 1}
    back = await edge.join(0, new_id(), code=early.json()["joined"]["personal_code"])
    assert back.is_success, "whoever joined before comes back however late it is"
