"""The light socket speaks with a real server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Response

from examhall.rehearsal import light_socket

Handler = Callable[[ServerConnection], Awaitable[None]]


@asynccontextmanager
async def a_server(handler: Handler, status: int | None = None) -> AsyncIterator[str]:
    def refuse(_connection: object, _request: object) -> Response | None:
        return None if status is None else Response(status, "Refused", Headers())

    async with serve(handler, "127.0.0.1", 0, process_request=refuse, compression=None, max_size=None) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/ws"


async def echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 300_000])
async def test_messages_of_every_length_arrive_and_come_back(size: int):
    received: asyncio.Queue[bytes] = asyncio.Queue()
    async with a_server(echo) as url, asyncio.timeout(10):
        socket = await light_socket.connect(url, received.put_nowait, source="127.0.0.7")
        socket.send(b"x" * size)
        assert await received.get() == b"x" * size
        socket.close()
        assert await socket.closed in {1000, 1006}


async def test_the_servers_closing_code_is_heard():
    async def leave(connection: ServerConnection) -> None:
        await connection.close(4401, "bye")

    async with a_server(leave) as url, asyncio.timeout(10):
        socket = await light_socket.connect(url, lambda _: None)
        assert await socket.closed == 4401


async def test_pings_are_answered():
    answered = asyncio.Event()

    async def ping(connection: ServerConnection) -> None:
        await (await connection.ping())
        answered.set()

    async with a_server(ping) as url, asyncio.timeout(10):
        socket = await light_socket.connect(url, lambda _: None)
        await answered.wait()
        socket.abort()


async def test_a_refusal_is_an_error_with_its_status():
    async with a_server(echo, status=503) as url, asyncio.timeout(10):
        with pytest.raises(light_socket.NotOpened) as refused:
            await light_socket.connect(url, lambda _: None)
        assert refused.value.status == 503


async def test_a_server_that_says_nothing_is_given_up():
    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(5)
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/ws"
    async with asyncio.timeout(4):
        with pytest.raises(TimeoutError):
            await light_socket.connect(url, lambda _: None, seconds=0.3)
    server.close()
