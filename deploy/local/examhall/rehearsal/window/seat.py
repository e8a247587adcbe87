"""One simulated candidate: joins with a personal code, waits, answers at a person's pace, hands in, keeps the receipt.

One light socket, one coroutine while it has something to do, and the ledger of what was acknowledged.
"""

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import orjson

from contracts.statuses import Phase
from examhall.rehearsal.client import Refused, Unreachable, eventually, pause_seconds
from examhall.rehearsal.window import measures
from examhall.rehearsal.window.crowd import PATIENCE_SECONDS, Crowd
from examhall.rehearsal.window.ledger import Ledger
from examhall.rehearsal.window.paper import item_id, response
from examhall.rehearsal.window.present import Present

if TYPE_CHECKING:
    from examhall.rehearsal.window.room import Room

NOT_KNOWN_YET: Final = frozenset({"code-unknown", "session-not-open"})
NOT_NOW: Final = frozenset({"temporarily-unavailable", "too-many-requests", "internal-error"})
WELCOME_SECONDS: Final = 40.0
AWAY_SECONDS: Final = (3.0, 15.0)
SETTLE_SECONDS: Final = 60.0  # for what is not acknowledged yet, before handing in
RECEIPT_SECONDS: Final = 90.0
SUBMIT_AGAIN_SECONDS: Final = 15.0
TOKEN_MARGIN_SECONDS: Final = 60.0


class Seat(Present):
    """`sit` is the whole sitting. `number` counts through the whole window."""

    __slots__ = (
        "_access",
        "_again_at",
        "_back_since",
        "_begun",
        "_code",
        "_complete",
        "_ends_at",
        "_joining_since",
        "_refresh",
        "_retry_after",
        "_room",
        "_seq",
        "_submitted_at",
        "_torn",
        "_welcomed_at",
        "ledger",
        "participant_id",
        "phase",
        "receipt",
        "trouble",
        "unseen",
    )

    def __init__(self, crowd: Crowd, room: "Room", number: int, code: str) -> None:
        super().__init__(crowd, number)
        loop = asyncio.get_running_loop()
        self._room = room
        self._code = code
        self.ledger = Ledger(crowd.ground.items)
        self.participant_id = ""
        self.phase = Phase.INVITED.value
        self.receipt: str | None = None
        self.trouble = ""
        self.unseen: list[tuple[int, float]] = []
        self._access = self._refresh = ""
        self._ends_at = 0.0
        self._welcomed_at = 0.0
        self._begun: asyncio.Future[None] = loop.create_future()
        self._complete: asyncio.Future[None] = loop.create_future()
        self._joining_since: float | None = None
        self._back_since: float | None = None
        self._submitted_at: float | None = None
        self._retry_after: float | None = None
        self._again_at = 0.0
        self._seq = 0
        self._torn = False

    @property
    def joined(self) -> bool:
        return self._welcomed_at > 0

    async def sit(self, arrives_at: float) -> None:
        """`arrives_at` in monotonic seconds."""
        await self._sleep_until(arrives_at)
        try:
            await self._join()
            await self._come()
            await self._read("session", "messages")
            await self._room.until_begun(self._begun)
            await self._read("form")
            await self._work()
            await self._hand_in()
        except (Refused, Unreachable, TimeoutError) as error:
            self.trouble = f"{type(error).__name__} {error}".strip()
            self._crowd.count(f"gave up: {type(error).__name__}")
        finally:
            self.leave()

    # Coming and going

    async def _join(self) -> None:
        self._joining_since = time.monotonic()
        gateway = self._crowd.hall(self.number)
        join = partial(gateway.call, "POST", "/api/v1/joins", body={"code": self._code}, patience=PATIENCE_SECONDS)
        self._keep_tokens(answer := await eventually(join, NOT_KNOWN_YET))
        self.participant_id = answer["joined"]["participant_id"]
        self._room.seats[self.participant_id] = self
        self._crowd.count(measures.JOINED)

    def _keep_tokens(self, answer: dict[str, Any]) -> None:
        self._access, self._refresh = answer["access_token"], answer["refresh_token"]
        self._ends_at = time.monotonic() + float(answer["expires_in"])

    async def _token(self) -> str:
        if time.monotonic() > self._ends_at - TOKEN_MARGIN_SECONDS:
            body = {"refresh_token": self._refresh}
            gateway = self._crowd.hall(self.number)
            self._keep_tokens(await gateway.call("POST", "/api/v1/candidate/refresh", body=body))
        return self._access

    async def _come(self) -> None:
        """Until welcomed, however often it takes; a wait that the gateway asks for is kept."""
        failures = 0
        while self._socket is None and not (self._leaving or self._complete.done()):
            try:
                await self._open()
            except (OSError, TimeoutError, Refused, Unreachable) as error:
                self._crowd.count(f"could not connect: {type(error).__name__}")
                self.trouble = f"{type(error).__name__} {error}"
                asked, self._retry_after = self._retry_after or 0.0, None
                await asyncio.sleep(asked * self._crowd.chance.uniform(1, 1.3) + self._pause(failures))
                failures += 1
            else:
                return

    def _pause(self, failures: int) -> float:
        return pause_seconds(failures, self._crowd.chance)

    async def _open(self) -> None:
        turn = self._crowd.chance.randrange(len(self._crowd.ground.targets)) if self._welcomed_at else self.number
        await self._connect("/ws/candidate", turn, await self._token(), WELCOME_SECONDS)

    def _dropped(self, code: int) -> None:
        if self._torn:
            return
        self._crowd.count(measures.DROPPED)
        self._crowd.count(f"closed by the system with {code}")
        self._back_since = time.monotonic()
        self.unseen.clear()
        self._crowd.own(self._come_back())

    async def _come_back(self) -> None:
        asked, self._retry_after = self._retry_after or 0.0, None
        await asyncio.sleep(asked + self._pause(0))
        if not self._torn:  # else the way back from there is this one's too
            await self._come()

    async def _lose_network(self) -> None:
        self._torn = True
        self._crowd.count(measures.TORN)
        self.unseen.clear()
        self.ledger.without_network()
        if self._socket is not None:
            self._socket.abort()
        await asyncio.sleep(self._crowd.chance.uniform(*AWAY_SECONDS))
        self._torn = False
        self._back_since = time.monotonic()
        await self._come()

    async def _read(self, *what: str) -> None:
        """What the page reads over HTTP; it works on without when that fails."""
        gateway = self._crowd.hall(self.number)
        for each in what:
            try:
                await gateway.call("GET", f"/api/v1/candidate/{each}", token=await self._token())
            except (Refused, Unreachable) as error:
                self.trouble = str(error)

    # Working

    async def _work(self) -> None:
        profile, chance = self._crowd.ground.profile, self._crowd.chance
        loses_at = chance.randrange(profile.answers) if chance.random() < profile.away_share else -1
        for number in range(profile.answers):
            await self._sleep_until(time.monotonic() + chance.uniform(*profile.think_seconds))
            if self._complete.done() or self._crowd.stopping.is_set():
                return
            self._answer(number % self._crowd.ground.items)
            if number == loses_at:
                await self._lose_network()

    def _answer(self, item: int) -> None:
        """Without a socket it waits, as it does in the page."""
        self._seq += 1
        now = time.monotonic()
        self.ledger.sent(self._seq, item, 0.0 if self._torn else now)
        self._crowd.count(measures.SENT)
        if self._socket is not None:
            self.unseen.append((self._seq, now))
            self._send_answer(self._seq, item)

    def _send_answer(self, seq: int, item: int) -> None:
        message = {"type": "answer", "seq": seq, "item_id": item_id(item), "response": response(item, seq)}
        self._send(orjson.dumps(message))

    async def _hand_in(self) -> None:
        await self._sleep_until(self._room.hands_in_at())
        give_up_at = time.monotonic() + SETTLE_SECONDS
        while self.ledger.waiting and time.monotonic() < give_up_at and not self._complete.done():  # noqa: ASYNC110 - rare
            await asyncio.sleep(0.2)
        give_up_at = time.monotonic() + RECEIPT_SECONDS
        self._submitted_at = time.monotonic()
        while not self._complete.done() and time.monotonic() < give_up_at and not self._crowd.stopping.is_set():
            self._submit()
            await asyncio.wait([self._complete], timeout=SUBMIT_AGAIN_SECONDS)
        if not self._complete.done():
            raise TimeoutError("no receipt")

    def _submit(self) -> None:
        self._send(b'{"type":"submit","id":"submit-1"}')

    async def _sleep_until(self, due: float) -> None:
        """Or until the rehearsal is stopped."""
        left = due - time.monotonic()
        if left > 0 and not self._crowd.stopping.is_set():
            await asyncio.sleep(left)

    # From the gateway

    def _receive(self, text: bytes) -> None:
        self.heard_at = now = time.monotonic()
        if text.startswith(b'{"type":"beat"'):
            return
        message = orjson.loads(text)
        match message["type"]:
            case "ack":
                for seq in message["seqs"]:
                    self._acknowledged(seq, now)
            case "row":
                self._take_row(message["row"])
            case "welcome":
                self._welcomed(message["attempt"]["row"], now)
            case "refused":
                self._refused(message)
            case "bye":
                self._retry_after = message.get("retry_after_s")
                self._crowd.count(f"bye: {message['problem']}")
            case _:
                return

    def _acknowledged(self, seq: int, now: float) -> None:
        at = self.ledger.acknowledged(seq)
        if at is None:
            return
        self._crowd.count(measures.SAVED)
        if at:
            self._crowd.delay(measures.ACK, (now - at) * 1000)

    def _welcomed(self, row: dict[str, Any], now: float) -> None:
        self._seq = max(self._seq, row["last_seq"])
        if self._welcomed_at == 0.0:
            self._room.one_more()
            if self._joining_since is not None:
                self._crowd.delay(measures.JOIN, (now - self._joining_since) * 1000)
        elif self._back_since is not None:
            self._crowd.delay(measures.BACK, (now - self._back_since) * 1000)
        self._welcomed_at, self._back_since = now, None
        self.send_again(now)
        self._is_welcome()
        self._take_row(row)

    def _take_row(self, row: dict[str, Any]) -> None:
        self.phase = row["phase"]
        if self.phase == Phase.ACTIVE.value and not self._begun.done():
            since = max(self._room.started_at or 0.0, self._welcomed_at)
            self._crowd.delay(measures.START, (time.monotonic() - since) * 1000)
            self._begun.set_result(None)
        if self.phase == Phase.COMPLETE.value and not self._complete.done():
            self.receipt = row.get("responses_digest")
            if not self._begun.done():
                self._begun.set_result(None)
            self._complete.set_result(None)
            if self._submitted_at is not None:
                self._crowd.delay(measures.SUBMIT, (time.monotonic() - self._submitted_at) * 1000)
            self._crowd.count(measures.SUBMITTED)

    def _refused(self, message: dict[str, Any]) -> None:
        problem, seq = message["problem"], message.get("seq")
        self._crowd.count(f"socket: {problem}")
        wait = message.get("retry_after_s")
        if problem in NOT_NOW:
            loop = asyncio.get_running_loop()
            loop.call_later((wait or 1.0) * self._crowd.chance.uniform(1, 1.5), self._again, seq)
        elif seq is not None and self.ledger.refused(seq):
            self._crowd.count(measures.REFUSED)

    def _again(self, seq: int | None) -> None:
        if seq is None:
            self._submit()
        elif seq in self.ledger.waiting:
            self._crowd.count(measures.AGAIN)
            self._send_answer(seq, self.ledger.waiting[seq][0])

    # What the crowd asks for

    def send_again(self, before: float) -> int:
        oldest = next(iter(self.ledger.waiting.values()), None)
        if oldest is None or self._socket is None or max(oldest[1], self._again_at) > before:
            return 0
        self._again_at = time.monotonic()
        for seq, (item, _) in self.ledger.waiting.items():
            self._send_answer(seq, item)
        return len(self.ledger.waiting)
