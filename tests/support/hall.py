"""An examination hall on a real stack, as an integrator sees it: staff over HTTP, candidates over HTTP and a socket.

Answers come back as they are, without retries, because tests look at refusals.
"""

import asyncio
import contextlib
import json
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from contracts.limits import BEAT_SECONDS
from contracts.problems import ProblemType
from contracts.statuses import Role
from examhall.addresses import Addresses
from examhall.operations import NewAccount, create_accounts

PASSWORD: Final = "correct horse battery"
WITHIN_SECONDS: Final = 30.0  # facts travel in milliseconds; a loaded machine and a rebalance fit in
LOOK_EVERY_SECONDS: Final = 0.2
REQUEST_SECONDS: Final = 20.0
FRAME_BYTES_MAX: Final = 4 * 1024 * 1024

Json = dict[str, Any]

CHOICE: Final = "choice"
TEXT: Final = "text"
ESSAY: Final = "essay"
RIGHT: Final = {"type": "single_choice", "choice_id": "a"}
WRONG: Final = {"type": "single_choice", "choice_id": "b"}


def a_paper(**changes: Any) -> Json:
    """A small assessment: one item that is scored by itself, and no other."""
    items = [
        {
            "type": "single_choice",
            "item_id": CHOICE,
            "title": "First",
            "prompt": "Which?",
            "points": "2",
            "choices": [{"choice_id": "a", "text": "This"}, {"choice_id": "b", "text": "That"}],
            "key": {"correct": "a"},
        },
        {
            "type": "short_text",
            "item_id": TEXT,
            "title": "Second",
            "prompt": "What?",
            "points": "1",
            "key": {"accepted": ["yes"]},
        },
    ]
    return {
        "title": "Basics",
        "pass_mark_percent": "50",
        "time_limit_seconds": 1800,
        "sections": [{"section_id": "s1", "title": "All", "items": items}],
    } | changes


def an_essay(item_id: str = ESSAY) -> Json:
    return {
        "type": "essay",
        "item_id": item_id,
        "title": "Third",
        "prompt": "Why?",
        "points": "5",
        "key": {"rubric": [{"criterion_id": "c1", "title": "Reason", "points": "5"}]},
    }


async def until(look: Callable[[], Awaitable[Any]], what: str, seconds: float = WITHIN_SECONDS) -> Any:
    """The first truthy thing seen; fails the test, naming `what` and the last thing seen, after `seconds`."""
    give_up_at = time.monotonic() + seconds
    while True:
        seen = await look()
        if seen:
            return seen
        assert time.monotonic() < give_up_at, f"{what}: {seen!r}"
        await asyncio.sleep(LOOK_EVERY_SECONDS)


def is_refused(answer: httpx.Response, problem: ProblemType) -> Json:
    """Assert the whole shape of a refusal; gives the document for a closer look."""
    where = f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text[:500]}"
    assert answer.status_code == problem.status, where
    assert answer.headers["content-type"] == "application/problem+json", where
    document: Json = answer.json()
    assert document["type"] == f"/problems/{problem.name}", where
    assert document["status"] == problem.status, where
    assert document["title"] == problem.title, where
    return document


@dataclass(frozen=True, slots=True)
class Person:
    """Anybody with a token. `call` gives the answer whatever it is, the others want it to be good."""

    http: httpx.AsyncClient
    token: str | None
    subject: str = ""
    email: str = ""
    """With which staff sign in; their password is `PASSWORD`."""

    async def call(
        self, method: str, path: str, body: Any = None, *, key: str | None = None, **query: Any
    ) -> httpx.Response:
        headers = {} if self.token is None else {"authorization": f"Bearer {self.token}"}
        if key is not None:
            headers["idempotency-key"] = key
        return await self.http.request(method, path, json=body, params=query or None, headers=headers)

    async def get(self, path: str, **query: Any) -> Any:
        return _good(await self.call("GET", path, **query))

    async def post(self, path: str, body: Any = None) -> Any:
        return _good(await self.call("POST", path, {} if body is None else body))


def _good(answer: httpx.Response) -> Any:
    assert answer.is_success, f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text[:800]}"
    return answer.json() if answer.content else None


@dataclass(slots=True)
class Seat:
    """One candidate: tokens from joining and, while it is open, a socket."""

    person: Person
    socket_url: str
    participant_id: str
    personal_code: str
    received: list[Json] = field(default_factory=list)
    _socket: ClientConnection | None = None
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)
    _seq: int = 0

    @contextlib.asynccontextmanager
    async def online(self) -> AsyncIterator["Seat"]:
        """Greeted and welcomed; everything the gateway sends is kept in `received`."""
        async with connect(self.socket_url, compression=None, max_size=FRAME_BYTES_MAX, proxy=None) as socket:
            self._socket = socket
            tasks = [asyncio.create_task(self._read(socket)), asyncio.create_task(self._beat())]
            try:
                await self.send({"type": "hello", "token": self.person.token})
                welcome = await self.hear(lambda message: message["type"] == "welcome", "welcome")
                self._seq = max(self._seq, welcome["attempt"]["row"]["last_seq"])
                yield self
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                self._socket = None

    async def _read(self, socket: ClientConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for text in socket:
                async with self._news:
                    self.received.append(json.loads(text))
                    self._news.notify_all()

    async def _beat(self) -> None:
        """Whoever is silent is taken for gone."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                await asyncio.sleep(BEAT_SECONDS)
                await self.send({"type": "beat"})

    async def send(self, message: Json) -> None:
        await self.send_text(json.dumps(message, ensure_ascii=False))  # as a page would

    async def send_text(self, text: str) -> None:
        assert self._socket is not None
        await self._socket.send(text)

    async def closed(self) -> int | None:
        """The code with which the gateway closes the socket."""
        assert self._socket is not None
        async with asyncio.timeout(WITHIN_SECONDS):
            await self._socket.wait_closed()
        return self._socket.close_code

    async def hear(self, wanted: Callable[[Json], bool], what: str, seconds: float = WITHIN_SECONDS) -> Json:
        """The first message received, ever, that is wanted."""

        def found() -> Json | None:
            return next((message for message in self.received if wanted(message)), None)

        try:
            async with asyncio.timeout(seconds), self._news:
                await self._news.wait_for(lambda: found() is not None)
        except TimeoutError:
            raise AssertionError(f"{what} was not heard, only {self.received[-5:]}") from None
        message = found()
        assert message is not None
        return message

    async def answer(self, item_id: str, response: Json | None, seq: int | None = None) -> Json:
        """Answer and wait for the reply: `ack` or `refused`."""
        if seq is None:
            self._seq += 1
            seq = self._seq
        return await self.ask({"type": "answer", "seq": seq, "item_id": item_id, "response": response})

    async def ask(self, message: Json) -> Json:
        """Send something with a `seq` or an `id`, and wait for its `ack` or its refusal."""
        seq, client_id = message.get("seq"), message.get("id")
        already = len(self.received)

        def reply(heard: Json) -> bool:
            if not any(heard is each for each in self.received[already:]):
                return False
            if heard["type"] == "ack":
                return seq in heard["seqs"] or client_id in heard["ids"]
            return heard["type"] == "refused" and (heard.get("seq") == seq and heard.get("id") == client_id)

        await self.send(message)
        return await self.hear(reply, f"a reply to {json.dumps(message)[:200]}")

    async def submit(self) -> Json:
        return await self.ask({"type": "submit", "id": uuid.uuid4().hex})

    async def phase(self, phase: str) -> Json:
        """Wait until the page shows this phase; gives the row."""

        def row_of(message: Json) -> Json:
            if message["type"] == "welcome":
                row: Json = message["attempt"]["row"]
            else:
                row = message.get("row") or {}
            return row

        return row_of(await self.hear(lambda message: row_of(message).get("phase") == phase, f"phase {phase}"))


@dataclass(slots=True)
class Hall:
    """One organisation with a member of staff in each role, through the first gateway of a stack."""

    addresses: Addresses
    http: httpx.AsyncClient
    org_id: str
    admin: Person
    scheduler: Person
    proctor: Person
    reviewer: Person
    auditor: Person
    stranger: Person
    """An administrator of another organisation."""
    other_proctor: Person
    """Of this organisation, and assigned to none of its sessions."""

    @property
    def nobody(self) -> Person:
        return Person(self.http, None)

    async def api_token(self, *scopes: str) -> str:
        """What a program with these scopes sends."""
        body = {"name": "A program", "scopes": list(scopes), "days": 1}
        return str((await self.admin.post("/api/v1/api-tokens", body))["token"])

    async def publish(self, content: Json | None = None) -> tuple[str, int]:
        """A new assessment: its id and its published version."""
        draft = await self.scheduler.post("/api/v1/assessments", {"content": content or a_paper()})
        return await self.publish_again(draft)

    async def publish_again(self, draft: Json) -> tuple[str, int]:
        path = f"/api/v1/assessments/{draft['assessment_id']}/publish"
        published = await self.scheduler.post(path, {"version": draft["version"]})
        return published["assessment_id"], published["published_version"]

    def settings(self, assessment: tuple[str, int], **changes: Any) -> Json:
        return {
            "name": "Spring exam",
            "assessment_id": assessment[0],
            "assessment_version": assessment[1],
            "proctor_ids": [self.proctor.subject],
            # Further off than a session opens by itself.
            "scheduled_at": (datetime.now(UTC) + timedelta(days=30)).isoformat(),
            "time_zone": "Europe/Lisbon",
            "duration_seconds": 3600,
            "enrollment_mode": "hybrid",
            "admission_mode": "automatic",
            "grace_seconds": 0,
            "late_entry_seconds": 1800,
        } | changes

    async def schedule(self, assessment: tuple[str, int], **changes: Any) -> Json:
        session: Json = await self.scheduler.post(
            "/api/v1/sessions", {"settings": self.settings(assessment, **changes)}
        )
        return session

    async def take(self, session: Json, *steps: str) -> Json:
        """One step after the other: open, start, pause, resume, end, cancel."""
        for step in steps:
            reason = {"reason": "Fire alarm"} if step in {"pause", "cancel"} else {}
            session = await self.proctor.post(f"/api/v1/sessions/{session['session_id']}/{step}", reason)
        return session

    async def join(self, **words: Any) -> httpx.Response:
        return await self.nobody.call("POST", "/api/v1/joins", words)

    async def until_open(self, session: Json) -> None:
        """Enrolment has heard that the session is open (joining without a name changes nothing)."""

        async def known() -> bool:
            answer = await self.join(code=session["code"])
            return bool(answer.json()["type"] == "/problems/validation-failed")

        await until(known, "the session is open")

    async def seat(self, **words: Any) -> Seat:
        """Somebody who joins; waits until the session that was just opened is known to be open."""

        async def joined() -> Json | None:
            answer = await self.join(**words)
            if answer.is_success:
                body: Json = answer.json()
                return body
            assert answer.json()["type"] in {"/problems/session-not-open", "/problems/code-unknown"}, answer.text
            return None

        body = await until(joined, f"joining with {words}")
        who = body["joined"]
        url = "ws" + str(self.http.base_url).removeprefix("http").rstrip("/") + "/ws/candidate"
        person = Person(self.http, body["access_token"], who["participant_id"])
        return Seat(person, url, who["participant_id"], who["personal_code"])

    async def add(self, session: Json, **person: Any) -> Json:
        """Enrol somebody by hand, once enrolment knows the session."""
        path = f"/api/v1/sessions/{session['session_id']}/participants"

        async def added() -> httpx.Response | None:
            answer = await self.scheduler.call("POST", path, {"participants": [{"name": "Ada Lovelace"} | person]})
            return answer if answer.status_code != httpx.codes.NOT_FOUND else None

        body = _good(await until(added, "enrolment knows the session"))
        assert not body["refused"], body
        who: Json = body["added"][0]
        return who

    async def participants(self, session: Json) -> list[Json]:
        """Everybody with a place in the session, as enrolment has them."""
        page = await self.scheduler.get(f"/api/v1/sessions/{session['session_id']}/participants", limit=200)
        people: list[Json] = page["items"]
        return people

    async def attempt(self, participant_id: str) -> Json:
        """The attempt as it is written, without the moment of reading."""
        attempt: Json = await self.proctor.get(f"/api/v1/attempts/{participant_id}")
        return {name: value for name, value in attempt.items() if name != "server_time"}

    async def intervene(self, session: Json, kind: str, *participant_ids: str, **words: Any) -> list[Json]:
        body = {"kind": kind, "participant_ids": list(participant_ids), "reason": "Because"} | words
        answer = await self.proctor.post(f"/api/v1/sessions/{session['session_id']}/interventions", body)
        outcomes: list[Json] = answer["outcomes"]
        return outcomes

    async def live(self, session: Json) -> Json:
        snapshot: Json = await self.proctor.get(f"/api/v1/sessions/{session['session_id']}/live")
        return snapshot

    async def sitting(self, assessment: tuple[str, int], **changes: Any) -> tuple[Json, Seat]:
        """A session that runs and one candidate in it, at work (connect to see it)."""
        session = await self.take(await self.schedule(assessment, **changes), "open")
        seat = await self.seat(code=session["code"], name="Ada Lovelace")

        async def waiting() -> bool:
            answer = await self.proctor.call("GET", f"/api/v1/attempts/{seat.participant_id}")
            return answer.is_success and answer.json()["row"]["phase"] == "waiting"

        await until(waiting, "the candidate waits")
        session = await self.take(session, "start")

        async def active() -> bool:
            return bool((await self.attempt(seat.participant_id))["row"]["phase"] == "active")

        await until(active, "the candidate is at work")
        return session, seat


@contextlib.asynccontextmanager
async def hall_on(addresses: Addresses) -> AsyncIterator[Hall]:
    """A new organisation on a running stack."""
    mark = uuid.uuid4().hex[:8]
    org_id, other_org = f"org-{mark}", f"other-{mark}"
    # The limits on guessing are per address. Each hall has one of its own, as behind a proxy.
    address = f"10.{int(mark[:2], 16)}.{int(mark[2:4], 16)}.{int(mark[4:6], 16)}"
    async with httpx.AsyncClient(
        base_url=addresses.gateways[0],
        timeout=REQUEST_SECONDS,
        trust_env=False,
        headers={"x-forwarded-for": address},
    ) as http:
        posts = {
            "admin": (org_id, Role.ADMIN),
            "scheduler": (org_id, Role.SCHEDULER),
            "proctor": (org_id, Role.PROCTOR),
            "reviewer": (org_id, Role.REVIEWER),
            "auditor": (org_id, Role.AUDITOR),
            "other_proctor": (org_id, Role.PROCTOR),
            "stranger": (other_org, Role.ADMIN),
        }
        accounts = [
            NewAccount(org, f"{name.replace('_', '-')}@{mark}.example", name, frozenset({role}), PASSWORD)
            for name, (org, role) in posts.items()
        ]
        await create_accounts(addresses, accounts)
        people: dict[str, Person] = {}
        for name, account in zip(posts, accounts, strict=True):
            answer = await http.post("/api/v1/auth/sign-in", json={"email": account.email, "password": PASSWORD})
            body = _good(answer)
            people[name] = Person(http, body["access_token"], body["principal"]["subject"], account.email)
        yield Hall(addresses=addresses, http=http, org_id=org_id, **people)
