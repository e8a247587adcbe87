"""The relay itself: a fault that does not happen proves nothing."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from relay import Relay

WITHIN_SECONDS = 10


@pytest.fixture
async def relay() -> AsyncIterator[Relay]:
    """In front of an echo."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server, Relay() as relay:
        relay.target = server.sockets[0].getsockname()[1]
        yield relay


async def connected(relay: Relay) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", relay.port)


async def said(reader: asyncio.StreamReader, number: int) -> bytes:
    async with asyncio.timeout(WITHIN_SECONDS):
        return await reader.readexactly(number)


async def test_everything_passes_in_order_whatever_its_size(relay: Relay):
    reader, writer = await connected(relay)
    whole = bytes(range(256)) * 20_000
    writer.write(whole)
    assert await said(reader, len(whole)) == whole
    writer.close()


async def test_a_slow_way_takes_that_much_longer_in_each_direction_and_keeps_the_order(relay: Relay):
    reader, writer = await connected(relay)
    relay.slow(0.2)
    began = time.monotonic()
    for number in range(10):
        writer.write(bytes([number]))
        await asyncio.sleep(0.01)
    assert await said(reader, 10) == bytes(range(10))
    assert time.monotonic() - began >= 0.4
    relay.mend()
    writer.write(b"x")
    assert await said(reader, 1) == b"x"
    writer.close()


async def test_a_cut_ends_connections_and_lets_none_in_until_it_is_mended(relay: Relay):
    reader, writer = await connected(relay)
    writer.write(b"x")
    await said(reader, 1)
    relay.cut()
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await said(reader, 1)
    reader, writer = await connected(relay)
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await said(reader, 1)
    relay.mend()
    reader, writer = await connected(relay)
    writer.write(b"y")
    assert await said(reader, 1) == b"y"
    writer.close()


async def test_a_silent_way_keeps_connections_and_says_nothing_of_an_end_until_it_is_mended(relay: Relay):
    reader, writer = await connected(relay)
    other_reader, other_writer = await connected(relay)
    other_writer.write(b"x")
    await said(other_reader, 1)
    relay.deaf()
    writer.write(b"late")
    other_writer.transport.abort()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await reader.readexactly(1)
    relay.mend()
    assert await said(reader, 4) == b"late"
    writer.close()
