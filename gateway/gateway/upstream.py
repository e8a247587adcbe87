"""Asking the services: one pooled HTTP client, bounded in time, that passes their answers on byte for byte."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final, TypeVar

import httpx
import structlog
from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel

from chassis import telemetry
from chassis.outcomes import Rejected, Transient
from contracts.problems import HTTP_ERROR, problem_named
from gateway.settings import Settings

TIMEOUT: Final = httpx.Timeout(connect=2.0, read=15.0, write=5.0, pool=3.0)
LIMITS: Final = httpx.Limits(max_connections=200, max_keepalive_connections=100, keepalive_expiry=30.0)
CONNECT_TRIES: Final = 3  # a service's restart leaves its port closed for a moment
CONNECT_PAUSE_SECONDS: Final = 0.2
CLIENT_ERRORS: Final = range(400, 500)
SERVER_ERROR: Final = 500

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


class Upstream:
    """Names of services are those of `contracts.topics.SERVICES`."""

    def __init__(self, settings: Settings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._base = {
            "session-svc": settings.session_url,
            "enrollment-svc": settings.enrollment_url,
            "monitoring-svc": settings.monitoring_url,
            "scoring-svc": settings.scoring_url,
            "messaging-svc": settings.messaging_url,
            "reporting-svc": settings.reporting_url,
        }
        self._client = httpx.AsyncClient(timeout=TIMEOUT, limits=LIMITS, transport=transport, trust_env=False)

    async def close(self) -> None:
        await self._client.aclose()

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

        """
        names = (*FORWARDED, "content-length")
        headers = {name: value for name in names if (value := request.headers.get(name)) is not None}
        query = request.url.query
        url = self._base[service] + (f"{path}?{query}" if query else path)
        try:
            answer = await self._client.request(
                request.method, url, headers={**headers, **telemetry.trace_headers()}, content=request.stream()
            )
        except httpx.HTTPError as error:
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

    async def send(
        self, service: str, method: str, path: str, *, headers: Mapping[str, str], content: bytes
    ) -> httpx.Response:
        url = self._base[service] + path
        tries = CONNECT_TRIES if method == "GET" else 1
        all_headers = {**headers, **telemetry.trace_headers()}
        for attempt in range(1, tries + 1):
            try:
                return await self._client.request(method, url, headers=all_headers, content=content)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                if attempt == tries:
                    raise Transient(f"{service} is away: {error!r}") from error
                await asyncio.sleep(CONNECT_PAUSE_SECONDS * attempt)
            except httpx.HTTPError as error:
                raise Transient(f"{service} did not answer: {error!r}") from error
        raise AssertionError("unreachable: the loop returns or raises")


def passed_on(answer: httpx.Response) -> Response:
    headers = {name: answer.headers[name] for name in RETURNED if name in answer.headers}
    return Response(answer.content, status_code=answer.status_code, headers=headers)


def refusal_of(service: str, answer: httpx.Response) -> Exception:
    """The exception that leads to the same problem document again."""
    if answer.status_code >= SERVER_ERROR or answer.status_code not in CLIENT_ERRORS:
        return Transient(f"{service} answered {answer.status_code}")
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


def _document(answer: httpx.Response) -> dict[str, Any]:
    try:
        document = answer.json()
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
