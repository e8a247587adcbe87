"""What all simulated people of one process share: addresses, connections, measures, the heartbeat."""

import asyncio
import random
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from contracts.limits import BEAT_SECONDS, SILENT_AFTER_SECONDS
from examhall.rehearsal.client import Gateway, new_key
from examhall.rehearsal.window.measures import AGAIN, CPU, TICK, Measures
from examhall.rehearsal.window.profile import Profile

if TYPE_CHECKING:
    from examhall.rehearsal.window.present import Present

# As many people as come from one address: a hall behind one router. The gateway limits joins per address, and one
# address has some 28,000 ports.
HALL_PEOPLE: Final = 200
# The page sends again what was not acknowledged for so long.
AGAIN_AFTER_SECONDS: Final = 6.0
TICK_SECONDS: Final = 0.1
# Waiting for a rate limit's window to pass, twice.
PATIENCE_SECONDS: Final = 150.0


@dataclass(frozen=True, slots=True)
class Ground:
    """Where and as whom. `started_at` (Unix time) is when the rehearsal began: measures are counted from there.

    `local`: the deployment is on this machine, and people come from addresses 127.x.y.z, a hall each.
    """

    targets: tuple[str, ...]
    token: str
    profile: Profile
    run: str
    items: int
    assessment_id: str
    assessment_version: int
    started_at: float
    seed: int
    api_per_second: float
    local: bool


class Api:
    """The staff's side, with an API token, at a pace that keeps below the token's limit."""

    def __init__(self, gateway: Gateway, token: str, per_second: float) -> None:
        self._gateway = gateway
        self._token = token
        self._interval = 1 / per_second
        self._next_at = 0.0

    async def get(self, path: str, **query: str | int) -> Any:
        return await self._call("GET", path, None, query)

    async def post(self, path: str, body: object = None) -> Any:
        return await self._call("POST", path, {} if body is None else body, None)

    async def post_now(self, path: str) -> Any:
        """Without waiting for a turn: whoever calls has waited for it."""
        return await self._gateway.call(
            "POST", path, body={}, token=self._token, key=new_key(), patience=PATIENCE_SECONDS
        )

    async def turn(self) -> None:
        """Wait until the next request may be sent."""
        now = time.monotonic()
        turn = self._next_at = max(now, self._next_at + self._interval)
        await asyncio.sleep(turn - now)

    async def _call(self, method: str, path: str, body: object, query: dict[str, str | int] | None) -> Any:
        await self.turn()
        return await self._gateway.call(
            method, path, body=body, query=query, token=self._token, key=new_key(), patience=PATIENCE_SECONDS
        )


class Crowd:
    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.measures = Measures()
        self.chance = random.Random(f"{ground.seed}:{ground.run}")  # noqa: S311 - a play, not a secret
        self.people: set[Present] = set()
        self.stopping = asyncio.Event()
        self.may_begin = asyncio.Event()
        self._offset = time.time() - time.monotonic() - ground.started_at
        self._halls: dict[int, Gateway] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._failures: list[str] = []
        self.api = Api(self.hall(0), ground.token, ground.api_per_second)

    # Time and measures

    def second(self) -> int:
        """The current second of the window."""
        return int(time.monotonic() + self._offset)

    def delay(self, name: str, milliseconds: float) -> None:
        self.measures.delay(name, self.second(), milliseconds)

    def count(self, name: str, number: int = 1) -> None:
        self.measures.count(name, self.second(), number)

    def trouble(self, status: int, problem: str, path: str) -> None:
        """A request that failed: what kind, and where."""
        place = "joins" if path.endswith("/joins") else "candidates" if "/candidate/" in path else "staff"
        self.count(f"{status} {problem} ({place})")

    def taken(self) -> Measures:
        """What was measured since the last time."""
        taken, self.measures = self.measures, Measures()
        return taken

    # Connections

    def source(self, number: int) -> str | None:
        """The address from which person `number` of the whole window comes: 127.(1..).x.y, all of them this machine."""
        if not self.ground.local:
            return None
        hall = number // HALL_PEOPLE + 1
        return f"127.{1 + hall // 62_500}.{hall // 250 % 250}.{1 + hall % 250}"

    def hall(self, number: int) -> Gateway:
        """The HTTP connections of the people of one hall."""
        hall = number // HALL_PEOPLE
        gateway = self._halls.get(hall)
        if gateway is None:
            gateway = self._halls[hall] = Gateway(
                self.ground.targets, self.chance, first=hall, source=self.source(number), on_trouble=self.trouble
            )
        return gateway

    # Tasks

    def own(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failures.append(f"{type(error).__name__}: {error}")
            self.count(f"simulator's own failure: {type(error).__name__}")

    @property
    def failures(self) -> list[str]:
        return self._failures

    async def tend(self) -> None:
        """Beats, sends again, gives up on silent gateways, and notices when this process itself is late."""
        due = time.monotonic()
        cpu = time.process_time()
        rounds = 0
        while True:
            due = max(due + TICK_SECONDS, time.monotonic())
            await asyncio.sleep(due - time.monotonic())
            now = time.monotonic()
            self.delay(TICK, (now - due) * 1000)
            rounds += 1
            if rounds % round(1 / TICK_SECONDS):
                continue
            used = time.process_time()
            self.count(CPU, round((used - cpu) * 1000))
            cpu = used
            for person in list(self.people):
                if now - person.heard_at > SILENT_AFTER_SECONDS:
                    person.give_up()
                    continue
                if now - person.sent_at > BEAT_SECONDS:
                    person.beat()
                if again := person.send_again(now - AGAIN_AFTER_SECONDS):
                    self.count(AGAIN, again)

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for gateway in self._halls.values():
            await gateway.close()
