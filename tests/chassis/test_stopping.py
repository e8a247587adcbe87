"""The process as an operator sees it: it serves, and a SIGTERM ends it in order and in time."""

import asyncio
import os
import signal
import socket
import sys
import time
from pathlib import Path

import httpx
import pytest

from chassis.settings import Settings
from chassis.topics import create_topics

pytestmark = [pytest.mark.stack, pytest.mark.timeout(90)]

PROGRAM = """
import asyncio
import contextlib
from fastapi import WebSocket, WebSocketDisconnect
from chassis.service import Service
from chassis.settings import Settings
from chassis.consumer import FactRouter
from contracts.topics import topics_read_by

service = Service("reporting-svc", Settings())
service.consume(FactRouter(), topics_read_by("reporting-svc"))
service.relay(service.mongo["things"])

async def tick(): ...
service.job("tick", every_seconds=1, run=tick)

@service.app.get("/slow", include_in_schema=False)
async def slow() -> str:
    await asyncio.sleep(1)
    return "answered"

@service.app.websocket("/socket")
async def socket(websocket: WebSocket) -> None:
    await websocket.accept()
    with contextlib.suppress(WebSocketDisconnect):
        while True:
            await websocket.receive_text()

service.run()
"""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


async def test_a_term_signal_ends_requests_sockets_and_consumers_in_order(settings: Settings, tmp_path: Path):
    from websockets.asyncio.client import connect  # noqa: PLC0415 - only this test speaks the protocol

    await create_topics(settings)
    port = free_port()
    environment = {
        "EXAMHALL_KAFKA": settings.kafka,
        "EXAMHALL_MONGO": settings.mongo,
        "EXAMHALL_REDIS": settings.redis,
        "EXAMHALL_NAMESPACE": settings.namespace,
        "EXAMHALL_HTTP_PORT": str(port),
    }
    with (tmp_path / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROGRAM, env=os.environ | environment, stdout=log, stderr=log
        )
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10, trust_env=False) as client:
            await until_ready(client)
            async with connect(f"ws://127.0.0.1:{port}/socket", compression="deflate", proxy=None) as held:
                assert held.protocol.extensions == []  # offered, and refused: it costs 50 KiB a socket
                request = asyncio.create_task(client.get("/slow"))
                await asyncio.sleep(0.2)
                began = time.monotonic()
                process.send_signal(signal.SIGTERM)
                assert (await request).json() == "answered"
                async with asyncio.timeout(20):
                    await process.wait()
                assert time.monotonic() - began < 10
                await held.wait_closed()
                assert held.close_code == 1012
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    text = (tmp_path / "log").read_text()
    assert '"event": "stopped"' in text
    assert "Traceback" not in text, text


async def until_ready(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(40):
        while True:
            try:
                if (await client.get("/health/ready")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)
