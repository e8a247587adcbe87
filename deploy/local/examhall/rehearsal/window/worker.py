"""One process of simulated people: `python -m examhall.rehearsal.window.worker`.

It is spoken to in lines of JSON: first the assignment, then `open`, `begin` and `stop`. It answers in lines of JSON:
`prepared`, each second `measures`, `gathered`, at the end `verdict`. When its input ends, so does it, and puts away
what it made.
"""

import asyncio
import contextlib
import signal
import sys
from dataclasses import asdict
from typing import Any, Final

import orjson
import uvloop

from chassis import garbage
from examhall.rehearsal.client import Refused, Unreachable, together
from examhall.rehearsal.window.crowd import Crowd, Ground
from examhall.rehearsal.window.dashboard import Dashboard
from examhall.rehearsal.window.profile import Crew, Profile
from examhall.rehearsal.window.room import Room, RoomVerdict

PREPARED_AT_ONCE: Final = 6
TELL_EVERY_SECONDS: Final = 1.0
PUT_AWAY_SECONDS: Final = 120.0
LINE_BYTES_MAX: Final = 16 * 1024 * 1024


def tell(kind: str, **members: Any) -> None:
    sys.stdout.buffer.write(orjson.dumps({"kind": kind, **members}) + b"\n")
    sys.stdout.buffer.flush()


class Worker:
    def __init__(self, ground: Ground, crews: list[Crew], *, sessions: int, size_max: int) -> None:
        """`sessions` of the whole window, none of more than `size_max` people."""
        self._crowd = Crowd(ground)
        self._dashboards = [Dashboard(self._crowd, crew.proctor) for crew in crews]
        self._rooms = [
            (number / sessions, Room(self._crowd, dashboard, number, size, first=number * size_max))
            for crew, dashboard in zip(crews, self._dashboards, strict=True)
            for number, size in crew.sessions
        ]
        self._opened = asyncio.Event()
        self._opens_at = 0.0
        self._verdict = RoomVerdict()

    async def run(self, orders: asyncio.StreamReader) -> None:
        work = asyncio.create_task(self._work())
        listening = asyncio.create_task(self._obey(orders))
        telling = asyncio.create_task(self._tell())
        tending = asyncio.create_task(self._crowd.tend())
        await asyncio.wait({work, listening}, return_when=asyncio.FIRST_COMPLETED)
        self._crowd.stopping.set()
        work.cancel()
        outcomes = await asyncio.gather(work, return_exceptions=True)
        failures = [repr(each) for each in outcomes if isinstance(each, Exception)]
        left = await self._put_away()
        for task in (listening, telling, tending):
            task.cancel()
        await asyncio.gather(listening, telling, tending, return_exceptions=True)
        for dashboard in self._dashboards:
            dashboard.leave()
        tell("measures", measures=self._crowd.taken().as_json())
        tell("verdict", verdict=asdict(self._verdict), failures=failures + self._crowd.failures, left=left)
        await self._crowd.close()

    async def _work(self) -> None:
        await together((room.prepare() for _, room in self._rooms), PREPARED_AT_ONCE)
        tell("prepared")
        await self._opened.wait()
        gathering = asyncio.create_task(self._tell_gathered())
        try:
            await asyncio.gather(*(self._hold(place, room) for place, room in self._rooms))
        finally:
            gathering.cancel()

    async def _hold(self, place: float, room: Room) -> None:
        """A room that fails is a complaint and stops no other."""
        try:
            verdict = await room.hold(self._opens_at, place)
        except (Refused, Unreachable) as error:
            verdict = RoomVerdict(complaints=[f"{room.name}: {error}"])
        self._verdict.add(verdict)

    async def _tell_gathered(self) -> None:
        while not all(room.gathered for _, room in self._rooms):  # noqa: ASYNC110 - thousands count, nobody calls
            await asyncio.sleep(TELL_EVERY_SECONDS / 4)
        tell("gathered")

    async def _obey(self, orders: asyncio.StreamReader) -> None:
        """Returns when told to stop, or when nobody is there to tell."""
        while line := await orders.readline():
            order = orjson.loads(line)
            match order["order"]:
                case "open":
                    self._opens_at = asyncio.get_running_loop().time()
                    self._opened.set()
                case "begin":
                    self._crowd.may_begin.set()
                case _:
                    return

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(TELL_EVERY_SECONDS)
            tell("measures", measures=self._crowd.taken().as_json())

    async def _put_away(self) -> list[str]:
        """Ids of sessions that are neither ended nor cancelled afterwards."""
        rooms = [room for _, room in self._rooms]

        async def one(room: Room) -> None:
            with contextlib.suppress(Refused, Unreachable):
                await room.end()

        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PUT_AWAY_SECONDS):
                await together((one(room) for room in rooms), PREPARED_AT_ONCE)
        return [room.session_id for room in rooms if room.session_id and not room.ended]


async def main() -> None:
    loop = asyncio.get_running_loop()
    # Ctrl-C reaches the whole terminal; the one who gives orders decides what it means.
    loop.add_signal_handler(signal.SIGINT, lambda: None)
    orders = asyncio.StreamReader(limit=LINE_BYTES_MAX)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    line = await orders.readline()
    if not line:
        return
    assignment = orjson.loads(line)
    ground = assignment["ground"]
    ground["targets"] = tuple(ground["targets"])
    ground["profile"] = Profile.of_json(ground["profile"])
    crews = [
        Crew(each["proctor"], tuple((number, size) for number, size in each["sessions"]))
        for each in assignment["crews"]
    ]
    worker = Worker(Ground(**ground), crews, sessions=assignment["sessions"], size_max=assignment["size_max"])
    garbage.settle(garbage.BY_BATCHES)
    await worker.run(orders)


if __name__ == "__main__":
    uvloop.run(main())
