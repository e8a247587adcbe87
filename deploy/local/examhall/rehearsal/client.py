"""A thin client of the gateway's HTTP API: retries, token refresh, listings.

It behaves as a careful integrator would: a request that may have been lost is sent again with the same
`Idempotency-Key`, pauses grow and are jittered, and every wait has an end.
"""

import asyncio
import random
import time
import uuid
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import aiohttp
import orjson

# The longest a broker or a database restarts in a rehearsal with faults, and a margin.
PATIENCE_SECONDS: Final = 60.0
REQUEST_SECONDS: Final = 15.0
OPEN_SECONDS: Final = 8.0
CONNECTIONS_MAX: Final = 48
FIRST_PAUSE_SECONDS: Final = 0.2
LONGEST_PAUSE_SECONDS: Final = 3.0
# How long a fact may take from one service to the next.
NEWS_SECONDS: Final = 30.0
TRY_AGAIN_STATUSES: Final = frozenset({502, 503, 504, 429})
EXPIRED: Final = frozenset({"sign-in-expired", "not-signed-in"})
# Refreshed before it ends, so that no request is wasted on an old token.
REFRESH_MARGIN_SECONDS: Final = 30.0

Json = dict[str, Any]
AnswerT = TypeVar("AnswerT")


class Refused(Exception):
    """The gateway said no: `problem` is the problem type's name."""

    def __init__(self, status: int, problem: str, detail: str, where: str) -> None:
        super().__init__(f"{where}: {status} {problem}: {detail}")
        self.status = status
        self.problem = problem
        self.detail = detail


class Unreachable(Exception):
    """No answer within the patience."""


def new_key() -> str:
    """For one command, however often it has to be sent."""
    return uuid.uuid4().hex


def pause_seconds(attempt: int, chance: random.Random) -> float:
    """Exponential back-off with full jitter, so that a crowd does not come back in step."""
    return chance.uniform(0.05, min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0**attempt))


def problem_of(content: bytes) -> tuple[str, str]:
    """The problem type's name, and what it says, of the body of an answer that is no success."""
    try:
        body = orjson.loads(content)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        return "no-problem-body", content[:200].decode(errors="replace")
    detail = str(body.get("detail") or body.get("title") or "")
    errors = body.get("errors")
    return str(body.get("type", "")).rsplit("/", 1)[-1], f"{detail} {errors}" if errors else detail


@dataclass(slots=True)
class Tokens:
    """What signing in or joining gave, and how to renew it."""

    access: str
    refresh: str
    ends_at: float
    refresh_path: str
    subject: str = ""

    @classmethod
    def of(cls, body: Mapping[str, Any], refresh_path: str) -> "Tokens":
        ends_at = time.monotonic() + float(body["expires_in"])
        subject = str(body.get("principal", {}).get("subject", ""))
        return cls(body["access_token"], body["refresh_token"], ends_at, refresh_path, subject)

    @property
    def old(self) -> bool:
        return time.monotonic() > self.ends_at - REFRESH_MARGIN_SECONDS


class Gateway:
    """All replicas of the gateway; one connection pool for everybody the rehearsal plays.

    `first` is the replica that is tried first, `source` the local address to come from; `on_trouble` is told the
    status (0: none came), the problem type and the path of every try that failed.
    """

    def __init__(
        self,
        addresses: tuple[str, ...],
        chance: random.Random,
        *,
        first: int = 0,
        source: str | None = None,
        on_trouble: Callable[[int, str, str], None] | None = None,
    ) -> None:
        self._addresses = [address.rstrip("/") for address in addresses]
        self._first = first
        self._on_trouble = on_trouble
        self.chance = chance
        self.retries = 0
        self._source = source
        self._http: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()

    def address(self, turn: int) -> str:
        return self._addresses[turn % len(self._addresses)]

    async def call(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        query: Mapping[str, str | int] | None = None,
        token: str | None = None,
        key: str | None = None,
        patience: float = PATIENCE_SECONDS,
    ) -> Any:
        """The decoded answer; raises `Refused` or, after `patience` seconds of trying, `Unreachable`."""
        headers = {"accept": "application/json"}
        http = self._session()
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        if method != "GET":
            headers["idempotency-key"] = key or new_key()
        content = None
        if body is not None:
            headers["content-type"] = "application/json"
            content = orjson.dumps(body)
        deadline = time.monotonic() + patience
        attempt = 0
        while True:
            try:
                address = self.address(self._first + attempt) + path
                async with http.request(method, address, params=query, data=content, headers=headers) as answer:
                    received = await answer.read()
            except (aiohttp.ClientError, TimeoutError) as error:
                trouble, least = f"{type(error).__name__} {error}".strip(), 0.0
                self._tell(0, type(error).__name__, path)
            else:
                if answer.ok:
                    return orjson.loads(received) if received else None
                problem, detail = problem_of(received)
                self._tell(answer.status, problem, path)
                if answer.status not in TRY_AGAIN_STATUSES or problem == "outcome-unknown":
                    raise Refused(answer.status, problem, detail, f"{method} {path}")
                trouble, least = f"{answer.status} {problem}: {detail}", _asked_to_wait(answer)
            if time.monotonic() > deadline:
                raise Unreachable(f"{method} {path}: {trouble}")
            self.retries += 1
            await asyncio.sleep(least * self.chance.uniform(1, 1.5) + pause_seconds(attempt, self.chance))
            attempt += 1

    def _session(self) -> aiohttp.ClientSession:
        """Made at the first use, because it belongs to the running loop."""
        if self._http is None:
            local = None if self._source is None else (self._source, 0)
            self._http = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS_MAX, local_addr=local),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(
                    total=REQUEST_SECONDS + PATIENCE_SECONDS, sock_connect=OPEN_SECONDS, sock_read=REQUEST_SECONDS
                ),
            )
        return self._http

    def _tell(self, status: int, problem: str, path: str) -> None:
        if self._on_trouble is not None:
            self._on_trouble(status, problem, path)


def _asked_to_wait(answer: aiohttp.ClientResponse) -> float:
    """Seconds that the answer's `Retry-After` asks for."""
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isdigit() else 0.0


@dataclass(slots=True)
class Caller:
    """One signed-in person. `renew` signs in or joins from the beginning when nothing else helps."""

    gateway: Gateway
    renew: Callable[[], Awaitable[Tokens]]
    tokens: Tokens | None = None
    _renewing: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def token(self) -> str:
        """A token that is good for a while yet."""
        async with self._renewing:
            if self.tokens is None:
                self.tokens = await self.renew()
            elif self.tokens.old:
                self.tokens = await self._refreshed(self.tokens)
            return self.tokens.access

    async def subject(self) -> str:
        """The signed-in account's id."""
        await self.token()
        return self.tokens.subject if self.tokens is not None else ""

    async def _refreshed(self, tokens: Tokens) -> Tokens:
        try:
            body = await self.gateway.call("POST", tokens.refresh_path, body={"refresh_token": tokens.refresh})
        except Refused:
            return await self.renew()
        renewed = Tokens.of(body, tokens.refresh_path)
        renewed.subject = renewed.subject or tokens.subject
        return renewed

    async def call(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        query: Mapping[str, str | int] | None = None,
        key: str | None = None,
    ) -> Any:
        """Like the gateway's `call`, as this person."""
        key = key or new_key()
        try:
            return await self.gateway.call(method, path, body=body, query=query, token=await self.token(), key=key)
        except Refused as refused:
            if refused.problem not in EXPIRED:
                raise
        self.tokens = None
        return await self.gateway.call(method, path, body=body, query=query, token=await self.token(), key=key)

    async def get(self, path: str, **query: str | int) -> Any:
        return await self.call("GET", path, query=query)

    async def post(self, path: str, body: object = None, key: str | None = None) -> Any:
        return await self.call("POST", path, body=body, key=key)

    async def pages(self, path: str, **query: str | int) -> list[Json]:
        """Every item of a listing."""
        items: list[Json] = []
        cursor: str | None = None
        while True:
            page = await self.get(path, limit=200, **query, **({"cursor": cursor} if cursor else {}))
            items.extend(page["items"])
            cursor = page.get("next_cursor")
            if not cursor:
                return items


async def eventually(ask: Callable[[], Awaitable[AnswerT]], not_yet: Collection[str]) -> AnswerT:
    """Ask until the answer is none of the refusals `not_yet`.

    Services hear of each other's news by facts, a moment late and seconds late on a busy machine: what one of them has
    just made, another may not know yet.
    """
    deadline = time.monotonic() + NEWS_SECONDS
    while True:
        try:
            return await ask()
        except Refused as refused:
            if refused.problem not in not_yet or time.monotonic() > deadline:
                raise
        await asyncio.sleep(FIRST_PAUSE_SECONDS)


async def together(jobs: Iterable[Awaitable[None]], at_once: int) -> None:
    """Do all, `at_once` at a time; the first failure cancels the rest and is raised as itself."""
    turn = asyncio.Semaphore(at_once)

    async def one(job: Awaitable[None]) -> None:
        async with turn:
            await job

    try:
        async with asyncio.TaskGroup() as tasks:
            for job in jobs:
                tasks.create_task(one(job))
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None


def staff(gateway: Gateway, email: str, password: str) -> Caller:
    """A member of staff, signed in on first use."""

    async def sign_in() -> Tokens:
        body = await gateway.call("POST", "/api/v1/auth/sign-in", body={"email": email, "password": password})
        return Tokens.of(body, "/api/v1/auth/refresh")

    return Caller(gateway, sign_in)
