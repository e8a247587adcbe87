"""One address for several replicas, on a real nginx."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

from examhall.balancer import Balancer, Front, find_nginx
from examhall.part import Part
from examhall.ports import Ports

WITHIN_SECONDS = 20.0
MakeFront = Callable[..., Front]


@asynccontextmanager
async def a_replica(name: str) -> AsyncIterator[str]:
    """Answers every request with its name and the request's own head."""

    writers: list[asyncio.StreamWriter] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        while head := await reader.readuntil(b"\r\n\r\n"):
            body = name.encode() + b"\r\n" + head
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
            await writer.drain()

    async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve_one, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for writer in writers:
            writer.close()


@asynccontextmanager
async def a_front(directory: Path, *behind: str) -> AsyncIterator[Front]:
    front = Front("gateway", Ports(directory / "ports.json").port("gateway-front"), behind)
    part = Part(Balancer(directory / "balancer", [front], find_nginx()), directory / "balancer.log")
    await part.start()
    try:
        yield front
    finally:
        await part.stop()


async def asked(front: Front, times: int, **headers: str) -> list[str]:
    """The answers to so many requests, each over a connection of its own."""
    answers = []
    for _ in range(times):
        async with httpx.AsyncClient(trust_env=False, timeout=WITHIN_SECONDS) as http:
            answers.append((await http.get(front.url, headers=headers)).text)
    return answers


async def test_requests_are_spread_over_the_replicas_and_go_on_when_one_is_gone(tmp_path: Path):
    async with AsyncExitStack() as closing:
        one = await closing.enter_async_context(a_replica("one"))
        async with a_replica("two") as two, a_front(tmp_path, one, two) as front:
            names = Counter(answer.split("\r\n")[0] for answer in await asked(front, 24))
            assert set(names) == {"one", "two"}
            await closing.aclose()
            assert {answer.split("\r\n")[0] for answer in await asked(front, 24)} == {"two"}


async def test_the_replica_learns_who_asks_and_nobody_can_pretend(tmp_path: Path):
    async with a_replica("one") as one, a_front(tmp_path, one) as front:
        [answer] = await asked(front, 1, **{"x-forwarded-for": "203.0.113.9", "host": "exams.example"})
        head = answer.lower().split("\r\n")
        assert "x-forwarded-for: 127.0.0.1" in head
        assert "host: exams.example" in head
        assert "203.0.113.9" not in answer


async def test_sockets_pass_in_both_directions(tmp_path: Path):
    async def echo(connection: ServerConnection) -> None:
        async for message in connection:
            await connection.send(message)

    async with serve(echo, "127.0.0.1", 0) as server:
        behind = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with (
            asyncio.timeout(WITHIN_SECONDS),
            a_front(tmp_path, behind) as front,
            connect("ws" + front.url.removeprefix("http"), proxy=None) as socket,
        ):
            for text in ("a", "b" * 70_000):
                await socket.send(text)
                assert await socket.recv() == text
