"""The page a simulated candidate sits in front of: its socket, its outbox, what it shows, what it remembers.

It treats answers as the real page does: each has a `seq`, is kept until acknowledged, and is sent again with the same
`seq` after reconnecting.
"""

import asyncio
import random
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from contracts.limits import BEAT_SECONDS
from contracts.messaging import MessageKind
from contracts.statuses import Phase
from examhall.rehearsal.client import Caller, Gateway, Json, Refused, Tokens, Unreachable
from examhall.rehearsal.line import Line
from examhall.rehearsal.plan import Answer, Flag, Step, Visit
from examhall.rehearsal.witness import Running, Said, Witness

# An acknowledgement takes milliseconds; after this long the page assumes that it got lost and sends again.
RESEND_AFTER_SECONDS: Final = 6.0
TEND_EVERY_SECONDS: Final = 1.5
# A page that expected news this long ago asks over HTTP.
ASK_AFTER_SECONDS: Final = 8.0
ERRAND_AGAIN_AFTER_SECONDS: Final = 4.0
# Refusals that only mean "not now": the answer stays in the queue.
NOT_NOW: Final = frozenset({"temporarily-unavailable", "too-many-requests", "internal-error", "outcome-unknown"})


class Watcher(Protocol):
    """Whoever measures: told of every answer as it leaves and as it is acknowledged."""

    def sent(self, participant_id: str, seq: int) -> None: ...
    def acknowledged(self, participant_id: str, seq: int) -> None: ...
    def withdrawn(self, participant_id: str) -> None: ...


class Page:
    """`join`, then `live` as a task; `do`, `submit` and `ask_for_help` are clicks.

    `running`: questions are shown. `ending`: the page says that the session is over. `complete`: there is a receipt.
    """

    def __init__(
        self, gateway: Gateway, witness: Witness, *, turn: int, watcher: Watcher, chance: random.Random
    ) -> None:
        self.witness = witness
        self._gateway = gateway
        self._watcher = watcher
        self._chance = chance
        self._code = ""
        self._caller = Caller(gateway, self._come_back)
        self.line = Line(
            self._caller, "/ws/candidate", self._receive, turn=turn, chance=chance, beat_seconds=BEAT_SECONDS
        )
        self.row: Json = {}
        self.asked = 0
        self.messages: list[Json] = []
        self.result: Json | None = None
        self.trouble: list[str] = []
        self.running = asyncio.Event()
        self.ending = asyncio.Event()
        self.complete = asyncio.Event()
        self._seq = 0
        self._outbox: dict[int, Json] = {}
        self._sent_at: dict[int, float] = {}
        self._errands: list[Json] = []
        self._errand_sent_at = 0.0
        self._offset = timedelta()
        self._news_due_at: float | None = None
        self._tend_now = asyncio.Event()
        self._messages_missed = False

    # Joining

    async def join(self, words: Json) -> None:
        """`words` are what was typed: a code and, with a session's code, a name."""
        self._caller.tokens = await self._join(words)

    async def _join(self, words: Json) -> Tokens:
        body = await self._gateway.call("POST", "/api/v1/joins", body=words)
        joined = body["joined"]
        self.witness.participant_id = joined["participant_id"]
        self._code = joined["personal_code"]
        return Tokens.of(body, "/api/v1/candidate/refresh")

    async def _come_back(self) -> Tokens:
        """On another device, or with tokens that are too old: the personal code opens the door again."""
        return await self._join({"code": self._code})

    @property
    def participant_id(self) -> str:
        return self.witness.participant_id

    # The socket

    async def live(self) -> None:
        """Keep the socket and what is unacknowledged alive until `leave`."""
        async with asyncio.TaskGroup() as tasks:
            tending = tasks.create_task(self._tend())
            await self.line.keep()
            tending.cancel()

    async def leave(self) -> None:
        await self.line.stop()

    def now(self) -> datetime:
        """The server's time as this page reckons it."""
        return datetime.now(UTC) + self._offset

    def _receive(self, message: Json) -> None:
        match message.get("type"):
            case "welcome":
                self._offset = datetime.fromisoformat(message["server_time"]) - datetime.now(UTC)
                self._take_attempt(message["attempt"])
                self._sent_at.clear()
                self._messages_missed = self.line.welcomes > 1
                self._tend_now.set()
            case "ack":
                for seq in message["seqs"]:
                    self._acknowledge(seq)
                self._errand_done(message["ids"])
            case "refused":
                self._refuse(message)
            case "row":
                self._take_row(message["row"], live=True)
            case "message":
                self.messages.append(message["message"])
            case "resync":
                self._messages_missed = True
            case "bye" | "replaced":
                self.trouble.append(f"{message['type']}: {message.get('problem')}")
            case _:
                pass

    def _take_attempt(self, attempt: Json) -> None:
        self._take_row(attempt["row"], live=False)
        self._seq = max(self._seq, int(attempt["row"]["last_seq"]))

    def _acknowledge(self, seq: int) -> None:
        self._outbox.pop(seq, None)
        self._sent_at.pop(seq, None)
        said = self.witness.said.get(seq)
        if said is not None and not said.acknowledged:
            said.acknowledged = True
            self._watcher.acknowledged(self.participant_id, seq)

    def _refuse(self, message: Json) -> None:
        problem = str(message.get("problem"))
        seq = message.get("seq")
        if seq is None:
            if problem not in NOT_NOW:
                self.trouble.append(f"refused: {problem} {message.get('detail') or ''}")
                self._errand_done([str(message.get("id"))])
            return
        if problem in NOT_NOW:
            return
        self._outbox.pop(seq, None)
        self._sent_at.pop(seq, None)
        said = self.witness.said.get(seq)
        if said is not None:
            said.refused = problem
        self._watcher.withdrawn(self.participant_id)

    def _take_row(self, row: Json, *, live: bool) -> None:
        """`live`: it came by itself, so it is news; otherwise it says what happened at some unknown moment before."""
        if self.row and row["version"] < self.row["version"]:
            return
        stood_at = self.row.get("deadline_at")
        self.row = row
        self._news_due_at = None
        ticking = row["phase"] == Phase.ACTIVE and row.get("deadline_at") is not None
        self._see_clock(ticking, datetime.fromisoformat(stood_at) if stood_at else None, sure=live)
        if row["phase"] == Phase.ACTIVE:
            self.running.set()
        else:
            self.running.clear()
        if row["phase"] == Phase.COMPLETE:
            self.witness.receipt = row.get("responses_digest")
            self.complete.set()
            self.running.set()
            self.ending.set()
        else:
            self.complete.clear()
            if row.get("completes_at") is not None:
                self.ending.set()

    def _see_clock(self, ticking: bool, deadline: datetime | None, *, sure: bool) -> None:
        clock = self.witness.clock
        running = bool(clock) and clock[-1].until is None
        if ticking and not running:
            clock.append(Running(self.now(), sure=sure))
        if running and not ticking:
            # Nobody's clock runs past the deadline, whenever the page hears that it stood still.
            clock[-1].until = min(self.now(), deadline or self.now())
            clock[-1].sure = clock[-1].sure and sure

    # What the page does by itself

    async def _tend(self) -> None:
        """Send again what got no answer; ask over HTTP when news is overdue."""
        while True:
            try:
                async with asyncio.timeout(TEND_EVERY_SECONDS):
                    await self._tend_now.wait()
            except TimeoutError:
                pass
            self._tend_now.clear()
            if self._news_due_at is not None and time.monotonic() > self._news_due_at:
                await self._ask()
            if self._messages_missed:
                self._messages_missed = False
                await self.read_messages()
            if not self.line.up.is_set():
                continue
            overdue = time.monotonic() - RESEND_AFTER_SECONDS
            for seq in sorted(seq for seq in self._outbox if self._sent_at.get(seq, 0.0) < overdue):
                if seq in self._outbox and await self.line.send(self._outbox[seq]):
                    self._sent_at[seq] = time.monotonic()
            await self._run_errand()

    async def _ask(self) -> None:
        """The page was told nothing for too long: read the attempt."""
        self._news_due_at = time.monotonic() + ASK_AFTER_SECONDS
        self.asked += 1
        try:
            self._take_attempt(await self._caller.get("/api/v1/candidate/attempt"))
        except (Refused, Unreachable) as error:
            self.trouble.append(str(error))

    def expect_news(self) -> None:
        """Something should change now; if no row says so, the page asks. Nothing changes after the end."""
        if self.complete.is_set():
            return
        self._news_due_at = time.monotonic() + ASK_AFTER_SECONDS * self._chance.uniform(1.0, 1.5)

    # What is clicked

    async def do(self, step: Step) -> None:
        self._seq += 1
        match step:
            case Visit():
                await self.line.send({"type": "visit", "seq": self._seq, "item_id": step.item_id})
            case Flag():
                await self._keep({"type": "flag", "seq": self._seq, "item_id": step.item_id, "flagged": step.flagged})
            case Answer():
                seq = self._seq
                response = None if step.response is None else step.response.model_dump(mode="json")
                self.witness.said[seq] = Said(seq, step.item_id, step.response, self.now())
                message = {"type": "answer", "seq": seq, "item_id": step.item_id, "response": response}
                if await self._keep(message):
                    self._watcher.sent(self.participant_id, seq)

    async def _keep(self, message: Json) -> bool:
        """Into the outbox first, then on the wire: a lost connection loses nothing. True when it was sent at once."""
        seq = message["seq"]
        self._outbox[seq] = message
        self._sent_at[seq] = time.monotonic()
        if await self.line.send(message):
            return True
        self._sent_at.pop(seq, None)
        return False

    def submit(self) -> None:
        """Submit once everything is saved, and again until somebody has it."""
        self._errand({"type": "submit"})
        self.expect_news()

    def ask_for_help(self, text: str) -> None:
        self._errand({"type": "hand"})
        self._errand({"type": "chat", "text": text})

    async def look_away(self) -> None:
        """To another window and back; told at once or not at all."""
        await self.line.send({"type": "signal", "signal": "focus_lost"})
        await self.line.send({"type": "signal", "signal": "focus_regained"})

    def _errand(self, message: Json) -> None:
        """Things with an id of their own go one after the other, each until it is acknowledged."""
        self._errands.append({**message, "id": uuid.uuid4().hex})
        self._tend_now.set()

    async def _run_errand(self) -> None:
        if not self._errands or time.monotonic() - self._errand_sent_at < ERRAND_AGAIN_AFTER_SECONDS:
            return
        errand = self._errands[0]
        if errand["type"] == "submit" and any(message["type"] == "answer" for message in self._outbox.values()):
            return
        if await self.line.send(errand):
            self._errand_sent_at = time.monotonic()

    def _errand_done(self, ids: list[str]) -> None:
        if self._errands and self._errands[0]["id"] in ids:
            self._errands.pop(0)
            self._errand_sent_at = 0.0
            self._tend_now.set()

    def tear(self) -> None:
        """The network is gone, without a goodbye."""
        self._watcher.withdrawn(self.participant_id)
        self.line.tear()

    # What is read

    def time_left(self) -> float:
        """Seconds to the deadline as the page shows it; endless while no clock runs."""
        deadline = self.row.get("deadline_at")
        if deadline is None:
            return 0.0 if self.complete.is_set() else float("inf")
        return (datetime.fromisoformat(deadline) - self.now()).total_seconds()

    async def read_form(self) -> Json:
        form: Json = await self._caller.get("/api/v1/candidate/form")
        return form

    async def read_result(self) -> None:
        """What the candidate sees of the result; stays None while it is not released."""
        try:
            self.result = await self._caller.get("/api/v1/candidate/result")
        except (Refused, Unreachable) as error:
            self.trouble.append(str(error))

    async def read_messages(self) -> None:
        """What was said while the page was away."""
        try:
            answer = await self._caller.get("/api/v1/candidate/messages")
        except (Refused, Unreachable) as error:
            self.trouble.append(str(error))
            return
        heard = {each["message_id"] for each in self.messages}
        self.messages.extend(each for each in answer["messages"] if each["message_id"] not in heard)

    def heard(self, kind: MessageKind) -> int:
        """How many different messages of one kind from somebody else arrived."""
        return len(
            {
                each["message_id"]
                for each in self.messages
                if each["kind"] == kind and each["sender"]["id"] != self.participant_id
            }
        )

    @property
    def unsaved(self) -> int:
        return len(self._outbox)
