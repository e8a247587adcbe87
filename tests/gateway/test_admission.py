"""Whom a gateway takes in when it has as much to do as it can: those inside, those who come back, then newcomers."""

import asyncio
import math
import statistics
import time
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, Final

import httpx
import pytest
from gateway_world import World, a_row, eventually, running_world
from prometheus_client import CollectorRegistry

from chassis.outcomes import Rejected
from contracts import problems
from gateway import admission
from gateway.admission import PACE_MIN, TURN_SECONDS_MAX, Admission, Load, Reason, RequestsAtOnce
from gateway.settings import Settings

pytestmark = pytest.mark.stack

SOCKETS_MAX: Final = 20
NEWCOMERS_MAX: Final = 18
STAFF_MAX: Final = 21
PEOPLE: Final = 60
QUIET: Final = Load(sockets=0, answer_seconds=0.0, commands=0)


class Metrics:
    """As much of the chassis' as admission uses."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()


class Memory:
    """Redis, as much as admission asks of it; `away` fails every call."""

    def __init__(self) -> None:
        self.kept: set[str] = set()
        self.away = False

    async def set(self, key: str, _value: int, *, ex: int) -> None:
        assert ex > 0
        self._reach()
        self.kept.add(key)

    async def exists(self, key: str) -> int:
        self._reach()
        return int(key in self.kept)

    def _reach(self) -> None:
        if self.away:
            raise ConnectionError("away")


def a_door(memory: Memory | None = None, **settings: Any) -> Admission:
    values = {"sockets_max": SOCKETS_MAX} | settings
    return Admission(memory or Memory(), Settings(**values), Metrics())  # type: ignore[arg-type]


async def refused(door: Admission, code: str) -> float:
    """For how long; fails when the door is open."""
    with pytest.raises(Rejected) as caught:
        await door.check_join(code)
    assert caught.value.problem == problems.OVERLOADED
    return float(caught.value.extensions["retry_after_s"])


async def test_the_mark_for_newcomers_counts_those_who_have_joined_and_not_come_yet():
    door = a_door()
    door.judge(Load(NEWCOMERS_MAX - 2, 0.0, 0), 0.0, 0)
    for number in range(2):
        await door.check_join("A-NEW-CODE")
        await door.joined(f"p{number}", f"CODE-{number}")
    assert await refused(door, "A-NEW-CODE") >= 8
    door.came("p0")
    await refused(door, "A-NEW-CODE")
    door.judge(Load(NEWCOMERS_MAX - 2, 0.0, 0), 0.0, 0)  # p0 has left again, p1 is still expected
    await door.check_join("A-NEW-CODE")


async def test_whoever_has_a_seat_joins_again_when_newcomers_must_wait():
    door = a_door()
    await door.joined("p1", "7KXD-02QM-7KXD")
    door.judge(Load(NEWCOMERS_MAX, 0.0, 0), 0.0, 0)
    await door.check_join(" 7kxd 02qm7KXD ")
    await refused(door, "7KXD-02QM-7KXE")


async def test_without_redis_everybody_is_a_newcomer_and_nobody_is_refused_while_there_is_room():
    memory = Memory()
    door = a_door(memory)
    memory.away = True
    await door.joined("p1", "7KXD-02QM")
    await door.check_join("7KXD-02QM")
    door.judge(Load(NEWCOMERS_MAX, 0.0, 0), 0.0, 0)
    await refused(door, "7KXD-02QM")


def test_people_with_a_seat_come_back_until_the_last_socket_and_staff_after_it():
    door = a_door()
    door.judge(Load(NEWCOMERS_MAX, 0.0, 0), 9.0, 0)
    door.check_socket(SOCKETS_MAX - 1, commands=0, staff=False)
    door.check_socket(SOCKETS_MAX, commands=0, staff=True)
    for sockets, staff in ((SOCKETS_MAX, False), (STAFF_MAX, True)):
        with pytest.raises(Rejected) as caught:
            door.check_socket(sockets, commands=0, staff=staff)
        assert 1 <= caught.value.extensions["retry_after_s"] <= 4


def test_one_slow_answer_closes_no_door_and_seconds_of_them_do():
    door = a_door()
    door.judge(Load(0, 1.0, 0), 0.0, 0)
    assert door.full is None
    for _ in range(10):
        door.judge(Load(0, 0.4, 0), 0.0, 0)
    assert door.full is Reason.KAFKA
    door.judge(QUIET, 0.0, 0)
    assert door.full is Reason.KAFKA, "one quiet moment does not open it again"
    for _ in range(10):
        door.judge(QUIET, 0.0, 0)
    assert door.full is None


def strained(door: Admission, times: int, answer_seconds: float = 0.15) -> None:
    """Answers take longer than half of what closes the door, and less than all of it."""
    for _ in range(times):
        door.judge(Load(0, answer_seconds, 0), 0.0, 0)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What `time.monotonic` tells admission; sleeping moves it, and `meanwhile` happens."""
    told = SimpleNamespace(now=1_000.0, meanwhile=lambda: None)

    async def sleep(seconds: float) -> None:
        told.now += seconds
        told.meanwhile()

    monkeypatch.setattr(admission, "time", SimpleNamespace(monotonic=lambda: told.now))
    monkeypatch.setattr(admission, "asyncio", SimpleNamespace(sleep=sleep))
    return told


async def half_a_second(door: Admission, clock: SimpleNamespace, newcomers: int, answer_seconds: float) -> None:
    for _ in range(newcomers):
        await door.check_join("A-NEW-CODE")
    clock.now += 0.5
    door.judge(Load(0, answer_seconds, 0), 0.0, 0)


async def slowed(door: Admission, clock: SimpleNamespace) -> None:
    """Until newcomers come as slowly as they are ever made to."""
    for _ in range(100):
        if door.pace == PACE_MIN:
            return
        await half_a_second(door, clock, 5, 0.2)
    raise AssertionError(f"{door.pace} newcomers a second")


async def test_when_answers_take_long_newcomers_come_in_more_slowly_and_freely_again_after_it(clock: SimpleNamespace):
    door = a_door(sockets_max=10_000)
    for _ in range(40):
        await half_a_second(door, clock, 5, 0.01)
    assert math.isinf(door.pace), "ten a second, and nothing takes long"
    for _ in range(10):
        await half_a_second(door, clock, 5, 0.2)
    assert PACE_MIN < door.pace < 10
    await slowed(door, clock)
    assert door.pace == PACE_MIN, "slower every half second, but never less than that"
    assert door.full is None
    assert "one after the other" in (await door.check()).detail
    for _ in range(20):
        await half_a_second(door, clock, 0, 0.01)
    assert math.isinf(door.pace), "nobody waits"


async def test_what_takes_long_while_nobody_comes_slows_nobody_who_comes_then(clock: SimpleNamespace):
    door = a_door(sockets_max=10_000)
    strained(door, 20)
    began = clock.now
    for _ in range(200):
        await door.check_join("A-NEW-CODE")
    assert clock.now == began
    strained(door, 1)
    assert PACE_MIN < door.pace < math.inf, "now they come, and go on coming more slowly"


async def test_newcomers_have_turns_in_the_order_of_coming_and_who_would_wait_too_long_is_told(clock: SimpleNamespace):
    door = a_door(sockets_max=10_000)
    await slowed(door, clock)
    await door.joined("p1", "7KXD-02QM")
    began = clock.now
    turns: list[float] = []
    for _ in range(round(PACE_MIN * TURN_SECONDS_MAX) + 1):
        clock.now = began  # all come at the same moment
        await door.check_join("A-NEW-CODE")
        turns.append(clock.now - began)
    assert turns == pytest.approx([number / PACE_MIN for number in range(len(turns))])
    clock.now = began
    assert await refused(door, "A-NEW-CODE") >= 8
    await door.check_join("7KXD-02QM")
    assert clock.now == began, "who has a seat waits for nobody"


async def test_a_door_that_closes_meanwhile_refuses_whoever_waited_for_a_turn(clock: SimpleNamespace):
    door = a_door(sockets_max=10_000)
    await slowed(door, clock)
    clock.meanwhile = lambda: strained(door, 20, answer_seconds=2.0)
    await refused(door, "A-NEW-CODE")
    assert door.full is Reason.KAFKA


@pytest.mark.parametrize(
    ("load", "late", "resident", "reason"),
    [
        (QUIET, 0.0, 0, None),
        (Load(NEWCOMERS_MAX, 0.0, 0), 0.0, 0, Reason.SOCKETS),
        (QUIET, 2.0, 0, Reason.LOOP),
        (Load(0, 2.5, 0), 0.0, 0, Reason.KAFKA),
        (Load(0, 0.0, 20_001), 0.0, 0, Reason.KAFKA),
        (QUIET, 0.0, 101 * 1024 * 1024, Reason.MEMORY),
    ],
)
def test_each_shortage_closes_the_door_by_its_own_name(load: Load, late: float, resident: int, reason: Reason | None):
    door = a_door(memory_mb_max=100)
    for _ in range(3):
        door.judge(load, late, resident)
    assert door.full == reason


def test_one_late_moment_closes_no_door_and_an_open_one_does_not_swing():
    door = a_door()
    door.judge(QUIET, 0.9, 0)
    assert door.full is None
    for _ in range(10):
        door.judge(QUIET, 0.9, 0)
    assert door.full is Reason.LOOP
    while door.full is Reason.LOOP:
        door.judge(QUIET, 0.0, 0)
    for _ in range(5):  # between the two marks: as it was
        door.judge(QUIET, 0.2, 0)
    assert door.full is None


async def test_only_so_many_requests_are_in_hand_and_probes_always_pass():
    release = asyncio.Event()

    async def slow(_scope: Any, _receive: Any, send: Any) -> None:
        await release.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    transport = httpx.ASGITransport(app=RequestsAtOnce(slow, most=3))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as http:
        in_hand = [asyncio.create_task(http.get("/api/v1/sessions")) for _ in range(3)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        probe = asyncio.create_task(http.get("/health/ready"))
        refused_one = await http.get("/api/v1/sessions")
        assert refused_one.status_code == 503
        assert refused_one.json()["type"] == "/problems/overloaded"
        assert int(refused_one.headers["retry-after"]) >= 8
        release.set()
        assert {(await task).status_code for task in (*in_hand, probe)} == {200}
        assert (await http.get("/api/v1/sessions")).status_code == 200


# A running gateway with very little room


@pytest.fixture
async def narrow(settings_for: Any, topics: list[str]) -> AsyncIterator[World]:
    async with running_world(settings_for, sockets_max=SOCKETS_MAX) as world:
        yield world


def known(world: World, session_id: str, participant_id: str, code: str) -> None:
    world.services.codes[code] = {
        "participant_id": participant_id,
        "session_id": session_id,
        "org_id": "acme",
        "name": "Ada",
        "state": "admitted",
        "admission_mode": "automatic",
        "personal_code": code,
        "session_name": "Spring exam",
        "session_state": "running",
    }


async def test_a_rush_leaves_those_inside_unharmed_and_lets_others_in_as_they_leave(narrow: World):
    session_id, first = narrow.seat()
    people = [first, *(f"{first[:-4]}{number:04}" for number in range(1, PEOPLE))]
    for number, participant_id in enumerate(people):
        narrow.services.row(session_id, a_row(participant_id))
        known(narrow, session_id, participant_id, f"CODE{number:04}")

    async def join(number: int) -> Any:
        return await narrow.http.post("/api/v1/joins", json={"code": f"CODE{number:04}"})

    inside = []
    for number in range(NEWCOMERS_MAX):
        assert (await join(number)).status_code == 200
        inside.append((await narrow.candidate(session_id, people[number]))[0])

    async def answer_all(seq: int) -> list[float]:
        """Everybody inside answers; how long each acknowledgement took."""
        since = time.monotonic()
        for client in inside:
            response = {"type": "true_false", "value": True}
            await client.send(type="answer", seq=seq, item_id="q1", response=response)

        async def acknowledged(client: Any) -> float:
            while seq not in (await client.until("ack"))["seqs"]:
                pass
            return time.monotonic() - since

        return list(await asyncio.gather(*(acknowledged(client) for client in inside)))

    calm = statistics.median(await answer_all(1))
    rush = asyncio.gather(*(join(number) for number in range(NEWCOMERS_MAX, PEOPLE) for _ in range(5)))
    busy = statistics.median([*await answer_all(2), *await answer_all(3)])
    answers = await rush
    assert {answer.status_code for answer in answers} == {503}
    assert {answer.json()["type"] for answer in answers} == {"/problems/overloaded"}
    waits = {int(answer.headers["retry-after"]) for answer in answers}
    assert min(waits) >= 8
    assert max(waits) <= 20
    assert len(waits) > 3, "spread"
    assert busy < calm + 1.0

    # Who is inside may join again from another computer, and the newest socket takes the place of the older.
    assert (await join(0)).status_code == 200
    again, _ = await narrow.candidate(session_id, people[0])
    await again.send(type="beat", id="1")
    await again.until("beat")

    for client in (again, *inside[1:6]):
        await client.connection.close()

    async def let_in() -> bool:
        return bool((await join(PEOPLE - 1)).status_code == 200)

    await eventually(let_in)
    newcomer, _ = await narrow.candidate(session_id, people[PEOPLE - 1])
    await newcomer.send(type="beat", id="1")
    await newcomer.until("beat")


async def test_a_socket_too_many_is_told_when_to_come_back(narrow: World):
    session_id, participant_id = narrow.seat()
    for _ in range(SOCKETS_MAX):
        other = f"{participant_id[:-12]}{time.monotonic_ns() % 10**12:012}"
        narrow.services.row(session_id, a_row(other))
        await narrow.candidate(session_id, other)
    refused_one = await narrow.connect("/ws/candidate")
    await refused_one.send(type="hello", token=narrow.candidate_token(session_id, participant_id))
    assert await refused_one.closed() == 1013
    assert refused_one.seen[-1]["problem"] == "overloaded"
    assert refused_one.seen[-1]["retry_after_s"] >= 1
    dashboard = await narrow.staff()
    await dashboard.send(type="beat")
    await dashboard.until("beat")
