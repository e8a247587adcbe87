"""Sending without tasks and queues, until a client does not keep up."""

import asyncio
from typing import Any

import pytest

from gateway.sockets import outlet as module
from gateway.sockets.outlet import Outlet


class Server:
    """An ASGI `send` whose client reads, or does not."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.reading = asyncio.Event()
        self.reading.set()
        self.gone = False

    async def send(self, message: Any) -> None:
        await self.reading.wait()
        if self.gone:
            raise OSError("gone")
        self.sent.append(message.get("text", message["type"]))


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def lost() -> list[bool]:
    return []


@pytest.fixture
def outlet(server: Server, lost: list[bool]) -> Outlet:
    return Outlet(server.send, lambda: lost.append(True))


async def test_a_reading_client_has_it_before_the_call_returns(server: Server, outlet: Outlet):
    tasks = len(asyncio.all_tasks())
    outlet.text("a")
    outlet.text("b")
    assert server.sent == ["a", "b"]
    assert len(asyncio.all_tasks()) == tasks


async def test_what_waits_is_sent_in_order_when_the_client_reads_again(server: Server, outlet: Outlet):
    server.reading.clear()
    for text in "abc":
        outlet.text(text)
    assert server.sent == []
    server.reading.set()
    await asyncio.sleep(0.01)
    outlet.text("d")
    assert server.sent == ["a", "b", "c", "d"]


async def test_a_client_too_far_behind_is_lost(server: Server, outlet: Outlet, lost: list[bool], monkeypatch: Any):
    monkeypatch.setattr(module, "WAITING_BYTES_MAX", 10)
    server.reading.clear()
    for _ in range(4):
        outlet.text("12345")
    assert lost == [True]
    assert outlet.closed
    server.reading.set()
    await asyncio.sleep(0.01)
    assert server.sent == []


async def test_a_client_that_reads_nothing_for_long_is_lost(
    server: Server, outlet: Outlet, lost: list[bool], monkeypatch: Any
):
    monkeypatch.setattr(module, "STALLED_SECONDS", 0.02)
    server.reading.clear()
    outlet.text("a")
    await asyncio.sleep(0.1)
    assert lost == [True]


async def test_a_client_that_is_gone_is_lost_once(server: Server, outlet: Outlet, lost: list[bool]):
    server.gone = True
    outlet.text("a")
    outlet.text("b")
    assert lost == [True]


async def test_closing_sends_what_waits_first(server: Server, outlet: Outlet):
    server.reading.clear()
    outlet.text("a")
    outlet.text("b")
    asyncio.get_running_loop().call_later(0.02, server.reading.set)
    await outlet.close(1000)
    assert server.sent == ["a", "b", "websocket.close"]
    outlet.text("c")
    assert server.sent[-1] == "websocket.close"
