"""Asking the services: one pooled HTTP client, bounded in time, that passes their answers on byte for byte."""

import asyncio
import json
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import aiohttp
import structlog
from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel
from yarl import URL

from chassis import telemetry
from chassis.outcomes import Rejected, Transient
from contracts.problems import HTTP_ERROR, problem_named
from gateway.settings import Settings

CONNECT_SECONDS: Final = 2.0
QUEUE_SECONDS: Final = 5.0  # for one of the connections below, connecting included
ANSWER_SECONDS: Final = 15.0  # between two pieces of an answer, the first one included
REQUEST_SECONDS: Final = 30.0
STREAM_SECONDS: Final = 600.0  # a picture over a poor line
CONNECTIONS_MAX: Final = 200
KEPT_SECONDS: Final = 30.0  # half as long as the services keep theirs, so that none is used while it closes
CONNECT_TRIES: Final = 3  # a service's restart leaves its port closed for a moment
CONNECT_PAUSE_SECONDS: Final = 0.2
SUCCESSES: Final = range(200, 300)
CLIENT_ERRORS: Final = range(400, 500)
SERVER_ERROR: Final = 500
# Left to itself aiohttp would say who it is, ask for compression and give every body a type.
ADDED_BY_AIOHTTP: Final = ("user-agent", "accept", "accept-encoding", "content-type")

# Everything else about a request is between the caller and the gateway.
FORWARDED: Final = ("authorization", "idempotency-key", "content-type", "accept-language", "if-none-match")
RETURNED: Final = (
    "content-type",
    "location",
    "retry-after",
    "www-authenticate",
    "etag",
    "content-disposition",
    "cache-control",
)

ModelT = TypeVar("ModelT", bound=BaseModel)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` are found by their names in any case."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def is_success(self) -> bool:
        return self.status in SUCCESSES


class Upstream:
    """Names of services are those of `contracts.topics.SERVICES`."""

    def __init__(self, settings: Settings) -> None:
        self._base = {
            "session-svc": settings.session_url,
            "enrollment-svc": settings.enrollment_url,
            "monitoring-svc": settings.monitoring_url,
            "scoring-svc": settings.scoring_url,
            "messaging-svc": settings.messaging_url,
            "reporting-svc": settings.reporting_url,
        }
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def forward(self, request: Request, service: str, path: str) -> Response:
        """Pass a request on as it is, and the answer back as it is.

        Raises:
            Transient: the service is away, or answered nothing in time.

        """
        headers = {name: value for name in FORWARDED if (value := request.headers.get(name)) is not None}
        query = request.url.query
        answer = await self.send(
            service,
            request.method,
            f"{path}?{query}" if query else path,
            headers=headers,
            content=await request.body(),
        )
        return passed_on(answer)

    async def stream(self, request: Request, service: str, path: str) -> Response:
        """Pass a request with a large body on piece by piece, and the answer back as it is.

        Raises:
            Transient: the service is away, or answered nothing in time.
            Exception: what went wrong with reading the body; `body-too-large` above all.

        """
        names = (*FORWARDED, "content-length")
        headers = {name: value for name in names if (value := request.headers.get(name)) is not None}
        query = request.url.query
        broken: list[Exception] = []

        async def pieces() -> AsyncIterator[bytes]:
            try:
                async for piece in request.stream():
                    yield piece
            except Exception as error:
                broken.append(error)
                raise

        try:
            answer = await self._request(
                service,
                request.method,
                f"{path}?{query}" if query else path,
                headers=headers,
                content=pieces(),
                seconds=STREAM_SECONDS,
            )
        except (aiohttp.ClientError, TimeoutError) as error:
            if broken:  # it is the body that ended, and why is what its sender should hear
                raise broken[0] from error
            raise Transient(f"{service} did not answer: {error!r}") from error
        return passed_on(answer)

    async def ask(
        self,
        service: str,
        method: str,
        path: str,
        answer_model: type[ModelT],
        *,
        token: str,
        body: BaseModel | None = None,
        idempotency_key: str | None = None,
    ) -> ModelT:
        """Ask on behalf of whoever `token` stands for.

        Raises:
            Rejected: what the service refused with.
            Transient: the service is away or failed.

        """
        answer = await self.send_json(service, method, path, token=token, body=body, idempotency_key=idempotency_key)
        return answer_model.model_validate_json(answer)

    async def send_json(
        self,
        service: str,
        method: str,
        path: str,
        *,
        token: str,
        body: BaseModel | None = None,
        idempotency_key: str | None = None,
    ) -> bytes:
        """Like `ask`, giving the answer's bytes."""
        headers = {"authorization": f"Bearer {token}"}
        if idempotency_key is not None:
            headers["idempotency-key"] = idempotency_key
        content = b""
        if body is not None:
            headers["content-type"] = "application/json"
            content = body.model_dump_json().encode()
        answer = await self.send(service, method, path, headers=headers, content=content)
        if answer.is_success:
            return answer.content
        raise refusal_of(service, answer)

    async def send(self, service: str, method: str, path: str, *, headers: Mapping[str, str], content: bytes) -> Answer:
        tries = CONNECT_TRIES if method == "GET" else 1
        for attempt in range(1, tries + 1):
            try:
                return await self._request(service, method, path, headers=headers, content=content)
            except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
                if attempt == tries:
                    raise Transient(f"{service} is away: {error!r}") from error
                await asyncio.sleep(CONNECT_PAUSE_SECONDS * attempt)
            except (aiohttp.ClientError, TimeoutError) as error:
                raise Transient(f"{service} did not answer: {error!r}") from error
        raise AssertionError("unreachable: the loop returns or raises")

    async def _request(
        self,
        service: str,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        content: bytes | AsyncIterable[bytes],
        seconds: float = REQUEST_SECONDS,
    ) -> Answer:
        async with self._client().request(
            method,
            URL(self._base[service] + path, encoded=True),
            headers={**headers, **telemetry.trace_headers()},
            data=content or None,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(
                total=seconds, connect=QUEUE_SECONDS, sock_connect=CONNECT_SECONDS, sock_read=ANSWER_SECONDS
            ),
        ) as answer:
            return Answer(answer.status, answer.headers, await answer.read())

    def _client(self) -> aiohttp.ClientSession:
        """Made at the first use, because it belongs to the running loop."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS_MAX, keepalive_timeout=KEPT_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=ADDED_BY_AIOHTTP,
                auto_decompress=False,
            )
        return self._session


def passed_on(answer: Answer) -> Response:
    headers = {name: answer.headers[name] for name in RETURNED if name in answer.headers}
    return Response(answer.content, status_code=answer.status, headers=headers)


def refusal_of(service: str, answer: Answer) -> Exception:
    """The exception that leads to the same problem document again."""
    if answer.status >= SERVER_ERROR or answer.status not in CLIENT_ERRORS:
        return Transient(f"{service} answered {answer.status}")
    document = _document(answer)
    name = str(document.pop("type", "")).rpartition("/")[2]
    problem = problem_named(name)
    if problem is None:
        log.warning("a service refused with an unknown problem type", service=service, type=name)
        problem = HTTP_ERROR
    detail = str(document.pop("detail", ""))
    for member in ("title", "status", "instance"):
        document.pop(member, None)
    return Rejected(problem, detail, **document)


def _document(answer: Answer) -> dict[str, Any]:
    try:
        document = json.loads(answer.content)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
