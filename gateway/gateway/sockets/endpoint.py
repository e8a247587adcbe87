"""The life of a WebSocket, whichever kind: origin, hello, welcome, reading, goodbye.

Written against ASGI itself rather than a framework's socket class: tens of thousands of idle sockets each pay for
every layer, and a faster server can be put underneath.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import structlog
from pydantic import ValidationError
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.access import judged
from chassis.auth import Principal, PrincipalKind
from chassis.outcomes import Rejected, Transient
from contracts import problems
from contracts.problems import ProblemType
from gateway import protocol
from gateway.sockets.candidate import CandidateSocket
from gateway.sockets.edge import RETRY_SECONDS_MIN, Edge, Ending, Socket
from gateway.sockets.outlet import NORMAL, NOT_ALLOWED, NOT_SIGNED_IN, POLICY, RESTART, SILENT, TRY_LATER, Outlet
from gateway.sockets.staff import StaffSocket

HELLO_SECONDS: Final = 5.0
# Open and without a hello at once: ten times what arrives in a round trip when a whole window reconnects.
OPENING_MAX: Final = 2_000

log = structlog.get_logger(__name__)

Maker = Callable[[Edge, Outlet, Principal, str, str | None], Socket]


def candidate_socket(edge: Edge, outlet: Outlet, principal: Principal, _token: str, address: str | None) -> Socket:
    if principal.kind is not PrincipalKind.CANDIDATE:
        raise Rejected(problems.NOT_ALLOWED, "This socket is for candidates.")
    for action in protocol.CANDIDATE_ACTIONS.values():  # once for all their messages: a candidate stays what they are
        judged(principal, action)
    return CandidateSocket(edge, outlet, principal, address)


def staff_socket(edge: Edge, outlet: Outlet, principal: Principal, token: str, _address: str | None) -> Socket:
    if principal.kind not in {PrincipalKind.STAFF, PrincipalKind.PROGRAM}:
        raise Rejected(problems.NOT_ALLOWED, "This socket is for staff and their programs.")
    return StaffSocket(edge, outlet, principal, token)


class SocketsFirst:
    """Takes sockets before anything that surrounds requests: each layer would stay in memory as long as the socket
    lives, and be passed by every message.
    """

    def __init__(self, app: ASGIApp, endpoints: Mapping[str, "SocketEndpoint"]) -> None:
        self.app = app
        self._endpoints = endpoints

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        endpoint = self._endpoints.get(scope["path"]) if scope["type"] == "websocket" else None
        await (self.app if endpoint is None else endpoint)(scope, receive, send)


class SocketEndpoint:
    """An ASGI application for one kind of socket. Its task is the socket's only one."""

    def __init__(self, edge: Edge, maker: Maker, allowed_origins: list[str]) -> None:
        self._edge = edge
        self._maker = maker
        self._allowed_origins = frozenset(allowed_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # the connect message
        if not self._origin_allowed(scope):
            await send({"type": "websocket.close", "code": NOT_ALLOWED})  # before accepting: HTTP 403
            return
        if self._edge.opening >= OPENING_MAX:
            await _not_now(scope, send)
            return
        await send({"type": "websocket.accept"})
        self._edge.opening += 1
        try:
            socket = await self._enter(scope, receive, send)
        finally:
            self._edge.opening -= 1
        if socket is not None:
            await self._serve(socket, receive)

    async def _enter(self, scope: Scope, receive: Receive, send: Send) -> Socket | None:
        """Greeted and let in; None when they were sent away, or went."""
        task = asyncio.current_task()
        assert task is not None
        outlet = Outlet(send, task.cancel)
        if self._edge.draining:
            await _goodbye(outlet, Ending(RESTART, problems.TEMPORARILY_UNAVAILABLE, "", RETRY_SECONDS_MIN))
            return None
        try:
            async with asyncio.timeout(HELLO_SECONDS):
                return await self._greet(scope, receive, outlet)
        except TimeoutError:
            ending = Ending(SILENT, problems.NOT_SIGNED_IN, "Say hello first.")
        except Rejected as refused:
            ending = _ending_of(refused)
        except Transient:
            ending = Ending(TRY_LATER, problems.TEMPORARILY_UNAVAILABLE, "", RETRY_SECONDS_MIN * 2)
        await _goodbye(outlet, ending)
        return None

    async def _greet(self, scope: Scope, receive: Receive, outlet: Outlet) -> Socket | None:
        """Verify who it is; None when they are gone again.

        Raises:
            Rejected: no hello, or a token that is not good or not for this socket.
            Transient: whether an API token is good cannot be told just now.

        """
        text = await _next_text(receive)
        if text is None:
            outlet.abandon()
            return None
        try:
            hello = protocol.hello.validate_json(text)
        except ValidationError as error:
            raise Rejected(problems.NOT_SIGNED_IN, "The first message is hello with a token.") from error
        token = await self._edge.exchange.signed(hello.token)
        principal = self._edge.issuer.verify(token)
        staff = principal.kind is not PrincipalKind.CANDIDATE
        self._edge.admission.check_socket(len(self._edge), commands=len(self._edge.commands), staff=staff)
        client = scope.get("client")
        return self._maker(self._edge, outlet, principal, token, client[0] if client else None)

    async def _serve(self, socket: Socket, receive: Receive) -> None:
        self._edge.add(socket)
        gone = False
        try:
            await socket.open()
            while socket.ending is None:
                text = await _next_text(receive)
                if text is None:
                    gone = True
                    break
                await socket.take(text)
        except asyncio.CancelledError:
            if socket.ending is None and not socket.outlet.closed:
                raise  # the server itself stops this task
        except Rejected as refused:
            socket.end(_ending_of(refused))
        except Transient:
            socket.end(Ending(TRY_LATER, problems.TEMPORARILY_UNAVAILABLE, "", RETRY_SECONDS_MIN * 2))
        except Exception:
            log.exception("socket failed")
            socket.end(Ending(TRY_LATER, problems.INTERNAL_ERROR, "", RETRY_SECONDS_MIN * 5))
        finally:
            await self._part(socket, gone=gone)

    async def _part(self, socket: Socket, *, gone: bool) -> None:
        try:
            if not gone and not socket.outlet.closed and socket.ending is not None:
                await socket.settle()
                await _goodbye(socket.outlet, socket.ending)
        finally:
            socket.outlet.abandon()
            self._edge.remove(socket)
            socket.left()

    def _origin_allowed(self, scope: Scope) -> bool:
        """Browsers name the page's origin: it must be this host or a configured one. Programs send none."""
        headers = {name: value for name, value in scope["headers"] if name in {b"origin", b"host"}}
        origin: str = headers.get(b"origin", b"").decode("latin-1")
        if not origin or origin in self._allowed_origins:
            return True
        host: str = headers.get(b"host", b"").decode("latin-1")
        return urlsplit(origin).netloc == host


async def _next_text(receive: Receive) -> str | None:
    """The next message, None when the client is gone.

    Raises:
        Rejected: it was not text.

    """
    message: Any = await receive()
    if message["type"] == "websocket.disconnect":
        return None
    text = message.get("text")
    if text is None:
        raise Rejected(problems.MALFORMED_BODY, "Messages are JSON text.")
    return str(text)


async def _not_now(scope: Scope, send: Send) -> None:
    """Refuse before there is a socket: as an HTTP answer where the server can, else as a closed handshake."""
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": TRY_LATER})
        return
    headers = [(b"retry-after", str(round(RETRY_SECONDS_MIN * 2)).encode()), (b"content-length", b"0")]
    await send({"type": "websocket.http.response.start", "status": problems.OVERLOADED.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": b""})


async def _goodbye(outlet: Outlet, ending: Ending) -> None:
    if ending.problem is not None:
        bye = protocol.Bye(
            problem=ending.problem.name,
            detail=ending.detail or ending.problem.title,
            retry_after_s=ending.retry_after_s,
        )
        outlet.text(bye.model_dump_json())
    await outlet.close(ending.code, ending.problem.name if ending.problem else "")


_CODES: Final[dict[ProblemType, int]] = {
    problems.NOT_SIGNED_IN: NOT_SIGNED_IN,
    problems.SIGN_IN_EXPIRED: NOT_SIGNED_IN,
    problems.NOT_ALLOWED: NOT_ALLOWED,
    problems.PARTICIPANT_REMOVED: NOT_ALLOWED,
    problems.ATTEMPT_UNKNOWN: TRY_LATER,
    problems.TOO_MANY_REQUESTS: TRY_LATER,
    problems.OVERLOADED: TRY_LATER,
    problems.MALFORMED_BODY: POLICY,
}


def _ending_of(refused: Rejected) -> Ending:
    code = _CODES.get(refused.problem, NORMAL)
    retry = refused.extensions.get("retry_after_s", RETRY_SECONDS_MIN * 2) if code == TRY_LATER else None
    return Ending(code, refused.problem, refused.detail, retry)
