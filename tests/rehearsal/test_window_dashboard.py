"""A simulated proctor has one dashboard for all their rooms, and it comes back."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

import pytest
from websockets.asyncio.server import ServerConnection, serve

from examhall.rehearsal.window import measures
from examhall.rehearsal.window.crowd import Crowd, Ground
from examhall.rehearsal.window.dashboard import DASHBOARD_DROPPED, Dashboard
from examhall.rehearsal.window.profile import PROFILES

WITHIN_SECONDS: Final = 20.0


class Gateway:
    """Welcomes, after a moment, and remembers who watches what. `drop` closes every socket."""

    def __init__(self) -> None:
        self.connections: list[ServerConnection] = []
        self.watched: list[str] = []

    async def __call__(self, connection: ServerConnection) -> None:
        self.connections.append(connection)
        async for text in connection:
            message = json.loads(text)
            if message["type"] == "hello":
                await asyncio.sleep(0.1)
                await connection.send('{"type":"welcome"}')
            elif message["type"] == "watch":
                self.watched.append(message["session_id"])

    async def frame(self, session_id: str, *rows: dict[str, Any]) -> None:
        frame = {"kind": "rows", "rows": list(rows)}
        await self.connections[-1].send(json.dumps({"type": "frame", "session_id": session_id, "frame": frame}))


class Seat:
    def __init__(self) -> None:
        self.unseen: list[tuple[int, float]] = []


class Room:
    def __init__(self, session_id: str) -> None:
        self.session_id = session_id
        self.seats: dict[str, Any] = {"p1": Seat()}
        self.forgotten = 0

    def forget_unseen(self) -> None:
        self.forgotten += 1


async def until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110 - the caller bounds it; nobody calls
        await asyncio.sleep(0.01)


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
async def crowd(gateway: Gateway) -> AsyncIterator[Crowd]:
    async with serve(gateway, "127.0.0.1", 0, compression=None) as server:
        crowd = Crowd(
            Ground(
                targets=(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}",),
                token="exh_a_b",
                profile=PROFILES["state-test"],
                run="7KXD02QMAB",
                items=5,
                assessment_id="a1",
                assessment_version=1,
                started_at=time.time(),
                seed=1,
                api_per_second=100,
                local=True,
            )
        )
        yield crowd
        await crowd.close()


async def test_rooms_that_ask_at_once_share_one_socket(crowd: Crowd, gateway: Gateway):
    dashboard = Dashboard(crowd, 0)
    rooms: Any = [Room(f"s{number}") for number in range(4)]
    async with asyncio.timeout(WITHIN_SECONDS):
        await asyncio.gather(*(dashboard.watch(room) for room in rooms[:3]))
        await dashboard.watch(rooms[3])
        await until(lambda: len(gateway.watched) == 4)
    assert len(gateway.connections) == 1
    assert sorted(gateway.watched) == ["s0", "s1", "s2", "s3"]
    dashboard.leave()


async def test_a_dropped_dashboard_comes_back_to_all_its_rooms_and_forgets_what_it_could_not_show(
    crowd: Crowd, gateway: Gateway
):
    dashboard = Dashboard(crowd, 0)
    rooms: Any = [Room("s0"), Room("s1")]
    async with asyncio.timeout(WITHIN_SECONDS):
        await asyncio.gather(*(dashboard.watch(room) for room in rooms))
        await gateway.connections[0].close(1012)
        await until(lambda: gateway.watched.count("s0") > 1 and gateway.watched.count("s1") > 1)
    assert crowd.measures.total(DASHBOARD_DROPPED) == 1
    assert [room.forgotten for room in rooms] == [1, 1]
    dashboard.leave()


async def test_the_lag_is_from_the_answer_to_the_row_that_shows_it(crowd: Crowd, gateway: Gateway):
    dashboard = Dashboard(crowd, 0)
    room: Any = Room("s0")
    seat = room.seats["p1"]
    async with asyncio.timeout(WITHIN_SECONDS):
        await dashboard.watch(room)
        now = time.monotonic()
        seat.unseen = [(1, now - 2.0), (2, now - 1.0), (3, now)]
        await gateway.frame("s0", {"participant_id": "p1", "status": "In Session", "last_seq": 2})
        await until(lambda: len(seat.unseen) == 1)
    lags = crowd.measures.over(measures.LAG)
    assert len(lags) == 2
    assert 1_900 < (lags.percentile(100) or 0) < 4_000
    assert seat.unseen == [(3, now)]
    dashboard.leave()
