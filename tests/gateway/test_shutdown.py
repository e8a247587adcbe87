"""A gateway that is told to stop says goodbye; one that is killed is missed."""

import asyncio
import os
import signal
import subprocess
import sys
import time

import httpx
import pytest
import websockets
from gateway_world import Client, World, free_port

from contracts.attempt import DisconnectCause, DisconnectParticipant

pytestmark = pytest.mark.stack

STARTED_WITHIN_SECONDS = 40.0


async def a_process(world: World, instance: str) -> tuple[subprocess.Popen[bytes], int]:
    """A second replica, as a process of its own."""
    port = free_port()
    values = world.settings.model_dump(mode="json", exclude_none=True) | {"instance": instance, "http_port": port}
    given = {f"EXAMHALL_{name.upper()}": str(value) for name, value in values.items() if name != "allowed_origins"}
    process = subprocess.Popen([sys.executable, "-m", "gateway.app"], env=os.environ | given)  # noqa: ASYNC220 - instant
    deadline = time.monotonic() + STARTED_WITHIN_SECONDS
    async with httpx.AsyncClient() as http:
        while time.monotonic() < deadline:
            try:
                if (await http.get(f"http://127.0.0.1:{port}/health/ready")).status_code == 200:
                    return process, port
            except httpx.HTTPError:
                assert process.poll() is None, "the gateway ended"
            await asyncio.sleep(0.2)
    process.kill()
    raise TimeoutError("the gateway is not ready")


async def a_candidate(world: World, port: int) -> tuple[Client, str, str]:
    session_id, participant_id = world.seat()
    client = Client(await websockets.connect(f"ws://127.0.0.1:{port}/ws/candidate", compression=None))
    await client.send(type="hello", token=world.candidate_token(session_id, participant_id))
    welcome = await client.until("welcome")
    return client, participant_id, welcome["connection_id"]


async def leases(world: World, instance: str) -> list[bytes]:
    pattern = world.settings.key(f"gateway-lease:{instance}*")
    return [key async for key in world.service.redis.scan_iter(match=pattern)]


async def test_a_gateway_told_to_stop_says_goodbye_and_reports_who_left(world: World):
    process, port = await a_process(world, "gw-stopping")
    try:
        client, participant_id, connection_id = await a_candidate(world, port)
        process.send_signal(signal.SIGTERM)

        assert await client.closed() == 1012
        bye = client.seen[-1]
        assert (bye["type"], bye["problem"]) == ("bye", "temporarily-unavailable")
        assert bye["retry_after_s"] >= 1
        gone = await world.commands(participant_id, DisconnectParticipant)
        assert (gone[0].data.connection_id, gone[0].data.cause) == (connection_id, DisconnectCause.CLOSED)
        assert await asyncio.to_thread(process.wait, 20) in {0, -signal.SIGTERM}
        assert await leases(world, "gw-stopping") == []
    finally:
        process.kill()
        await asyncio.to_thread(process.wait)


async def test_a_killed_gateway_leaves_its_lease_to_end(world: World):
    process, port = await a_process(world, "gw-killed")
    try:
        client, _, _ = await a_candidate(world, port)
        process.kill()
        await client.closed()
        lease = (await leases(world, "gw-killed"))[0]
        assert 0 < await world.service.redis.ttl(lease) <= 15
    finally:
        process.kill()
        await asyncio.to_thread(process.wait)
