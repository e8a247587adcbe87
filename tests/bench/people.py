"""Simulated candidates and a dashboard on light sockets, of our gateway or of the bare one."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
import world
from rig import Rig

from chassis.identifiers import new_id
from contracts.limits import BEAT_SECONDS
from examhall.rehearsal import light_socket

WITHIN_SECONDS: Final = 120.0
OPENING_AT_ONCE: Final = 40
BEAT: Final = b'{"type":"beat"}'
TICK_SECONDS: Final = 0.01


class Candidate:
    """Answers one item after the other; knows which `seq` came back acknowledged."""

    __slots__ = ("crowd", "participant_id", "sent_at", "seq", "session_id", "socket", "waiting", "welcomed")

    def __init__(self, crowd: "Crowd", participant_id: str) -> None:
        self.crowd = crowd
        self.participant_id = participant_id
        self.session_id = ""
        self.seq = 0
        self.sent_at = time.monotonic()
        self.waiting: dict[int, float] = {}
        self.socket: light_socket.LightSocket | None = None
        self.welcomed: asyncio.Future[None] | None = None

    def answer(self) -> None:
        assert self.socket is not None
        self.seq += 1
        self.sent_at = self.waiting[self.seq] = time.monotonic()
        self.socket.send(
            b'{"type":"answer","seq":%d,"item_id":"item-%d","response":{"type":"short_text","text":"answer %d"}}'
            % (self.seq, self.seq % world.ITEMS, self.seq)
        )

    def beat(self) -> None:
        assert self.socket is not None
        self.sent_at = time.monotonic()
        self.socket.send(BEAT)

    def receive(self, text: bytes) -> None:
        if text.startswith(b'{"type":"ack"'):
            seqs = orjson.loads(text)["seqs"]
            self.crowd.acknowledged(len(seqs))
            for seq in seqs:
                if (sent_at := self.waiting.pop(seq, None)) is not None:
                    self.crowd.delays.append(time.monotonic() - sent_at)
        elif text.startswith(b'{"type":"answer"'):  # the bare gateway's echo
            self.waiting.clear()
            self.crowd.acknowledged(1)
        elif text.startswith(b'{"type":"welcome"'):
            self.seq = orjson.loads(text)["attempt"]["row"]["last_seq"]
            assert self.welcomed is not None
            self.welcomed.set_result(None)
        elif text.startswith((b'{"type":"refused"', b'{"type":"bye"')):
            self.crowd.refusals.append(text.decode())


class Crowd:
    """Many candidates. `answers` returns when all of theirs were acknowledged."""

    def __init__(self) -> None:
        self.people: list[Candidate] = []
        self.refusals: list[str] = []
        self.delays: list[float] = []
        self._waiting = 0
        self._done = asyncio.Event()
        self._beating: asyncio.Task[None] | None = None

    async def join(self, rig: Rig, session_id: str, participant_ids: Sequence[str]) -> None:
        """Through our gateway, each until their welcome."""
        self._beating = self._beating or asyncio.create_task(self._beat())
        turn = asyncio.Semaphore(OPENING_AT_ONCE)

        async def one(participant_id: str) -> None:
            async with turn, asyncio.timeout(WITHIN_SECONDS):
                candidate = Candidate(self, participant_id)
                candidate.welcomed = asyncio.get_running_loop().create_future()
                candidate.socket = await light_socket.connect(f"{rig.gateway_url}/ws/candidate", candidate.receive)
                hello = {"type": "hello", "token": rig.candidate_token(session_id, participant_id)}
                candidate.socket.send(json.dumps(hello).encode())
                await candidate.welcomed
                candidate.welcomed = None
                self.people.append(candidate)

        await asyncio.gather(*(one(each) for each in participant_ids))

    async def join_bare(self, url: str, participant_ids: Sequence[str]) -> None:
        turn = asyncio.Semaphore(OPENING_AT_ONCE)

        async def one(participant_id: str) -> None:
            async with turn, asyncio.timeout(WITHIN_SECONDS):
                candidate = Candidate(self, participant_id)
                candidate.socket = await light_socket.connect(f"{url}/ws/{participant_id}", candidate.receive)
                self.people.append(candidate)

        await asyncio.gather(*(one(each) for each in participant_ids))

    async def answers(self, people: Sequence[Candidate], each: int) -> None:
        """`each` answers of each of `people`, one round after the other, as fast as they are acknowledged."""
        for _ in range(each):
            self._waiting = len(people)
            self._done.clear()
            for person in people:
                person.answer()
            try:
                async with asyncio.timeout(WITHIN_SECONDS):
                    await self._done.wait()
            except TimeoutError as error:
                raise TimeoutError(f"{self._waiting} answers were not acknowledged: {self.refusals[:3]}") from error

    def acknowledged(self, number: int) -> None:
        self._waiting -= number
        if self._waiting <= 0:
            self._done.set()

    async def _beat(self) -> None:
        """As a page does: whoever said nothing for as long as a beat."""
        while True:
            await asyncio.sleep(1.0)
            silent_since = time.monotonic() - BEAT_SECONDS
            for person in self.people:
                if person.sent_at < silent_since:
                    person.beat()

    def leave(self) -> None:
        if self._beating is not None:
            self._beating.cancel()
        for person in self.people:
            if person.socket is not None:
                person.socket.close()
        self.people.clear()


class Dashboard:
    """What the rows on it say: participant -> newest `last_seq`."""

    def __init__(self) -> None:
        self.seqs: dict[str, int] = {}
        self.frames = 0
        self._ready = asyncio.Event()
        self._changed = asyncio.Event()
        self._socket: light_socket.LightSocket | None = None
        self._beating: asyncio.Task[None] | None = None

    async def watch(self, rig: Rig, session_id: str) -> None:
        self._socket = await light_socket.connect(f"{rig.gateway_url}/ws/staff", self._receive)
        self._socket.send(json.dumps({"type": "hello", "token": rig.proctor_token()}).encode())
        self._socket.send(json.dumps({"type": "watch", "session_id": session_id}).encode())
        self._beating = asyncio.create_task(self._beat())
        async with asyncio.timeout(WITHIN_SECONDS):
            await self._ready.wait()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            if self._socket is not None:
                self._socket.send(BEAT)

    async def watch_bare(self, url: str) -> None:
        self._socket = await light_socket.connect(f"{url}/ws/dashboard", self._receive_bare)

    async def until_shows(self, people: Sequence[Candidate]) -> None:
        """Every answer they sent is on it."""
        async with asyncio.timeout(WITHIN_SECONDS):
            while any(self.seqs.get(each.participant_id, 0) < each.seq for each in people):
                self._changed.clear()
                await self._changed.wait()

    def close(self) -> None:
        if self._beating is not None:
            self._beating.cancel()
        if self._socket is not None:
            self._socket.close()

    def _receive(self, text: bytes) -> None:
        if text.startswith(b'{"type":"watching"'):
            self._ready.set()
        elif text.startswith(b'{"type":"frame"'):
            frame = orjson.loads(text)["frame"]
            if frame["kind"] == "rows":
                self._rows(frame["rows"])

    def _receive_bare(self, text: bytes) -> None:
        self._rows(orjson.loads(text))

    def _rows(self, rows: list[dict[str, Any]]) -> None:
        self.frames += 1
        for row in rows:
            self.seqs[row["participant_id"]] = row["last_seq"]
        self._changed.set()


@dataclass(frozen=True, slots=True)
class Rooms:
    """Everybody of some sessions, and a dashboard that watches each of them."""

    crowd: Crowd
    watched: tuple[tuple[Dashboard, list[Candidate]], ...]

    @classmethod
    async def filled(cls, rig: Rig, *, sessions: int, people_each: int) -> "Rooms":
        crowd, watched = Crowd(), []
        for _ in range(sessions):
            session_id, people = new_id(), [new_id() for _ in range(people_each)]
            await rig.seat(session_id, people)
            await crowd.join(rig, session_id, people)
            dashboard = Dashboard()
            await dashboard.watch(rig, session_id)
            watched.append((dashboard, crowd.people[-people_each:]))
        return cls(crowd, tuple(watched))

    async def answer(self, per_second: int, seconds: float) -> int:
        """Answers leave on time, whether or not earlier ones came back, spread over everybody; how many that were."""
        people, sent, began = self.crowd.people, 0, time.monotonic()
        while (elapsed := time.monotonic() - began) < seconds:
            due = int(elapsed * per_second) - sent
            for number in range(due):
                people[(sent + number) % len(people)].answer()
            sent += due
            await asyncio.sleep(TICK_SECONDS)
        return sent

    async def until_shown(self) -> None:
        for dashboard, people in self.watched:
            await dashboard.until_shows(people)

    def leave(self) -> None:
        self.crowd.leave()
        for dashboard, _ in self.watched:
            dashboard.close()
