"""What all sockets of this replica share, and the one task that looks after all of them."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

import structlog
from prometheus_client import Gauge

from chassis.auth import Principal, PrincipalKind
from chassis.clock import SharedClock
from chassis.metrics import Metrics
from chassis.publisher import Publisher
from contracts import limits, problems
from contracts.problems import ProblemType
from gateway.admission import Admission
from gateway.bearer import Exchange
from gateway.live import Hub
from gateway.presence import CommandQueue
from gateway.sockets.answers import AnswerPipe
from gateway.sockets.outlet import NOT_SIGNED_IN, RESTART, SILENT, Outlet
from gateway.sockets.pace import Pace
from gateway.sockets.typing import TypingNotices
from gateway.tokens import TokenIssuer
from gateway.upstream import Upstream

DRAIN_SECONDS: Final = 4.0
RECONNECTS_PER_SECOND: Final = 200  # a welcome costs the other replicas a few requests; spread a restart's rush so
RETRY_SECONDS_MIN: Final = 1.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a socket closes: the closing code, and the problem told in `bye` (None: it was told already)."""

    code: int
    problem: ProblemType | None
    detail: str = ""
    retry_after_s: float | None = None


class Socket(Protocol):
    """Either kind of socket, as the sweeper and the endpoint see it."""

    outlet: Outlet
    principal: Principal
    heard_at: float
    missing: bool
    ending: Ending | None
    task: asyncio.Task[Any] | None

    async def open(self) -> None: ...
    async def take(self, text: str) -> None: ...
    async def settle(self) -> None: ...
    def come_back(self, now: float) -> None: ...
    def end(self, ending: Ending) -> None: ...
    def left(self) -> None: ...


class SignallingEnd(Protocol):
    """A candidate's socket with signals that wait for their turn."""

    def tell_signals(self, now: float) -> None: ...


class Edge:
    """Given to every socket. `draining`: this replica goes away and takes nobody new. `opening`: no hello yet."""

    def __init__(
        self,
        *,
        admission: Admission,
        hub: Hub,
        upstream: Upstream,
        issuer: TokenIssuer,
        exchange: Exchange,
        clock: SharedClock,
        publisher: Publisher,
        commands: CommandQueue,
        typing: TypingNotices,
        metrics: Metrics,
        gateway_id: str,
        staff_access_seconds: int,
    ) -> None:
        self.admission = admission
        self.hub = hub
        self.upstream = upstream
        self.issuer = issuer
        self.exchange = exchange
        self.clock = clock
        self.publisher = publisher
        self.commands = commands
        self.typing = typing
        self.gateway_id = gateway_id
        self.source = f"gateway/{gateway_id}"
        self.staff_access_seconds = staff_access_seconds
        self.pipe = AnswerPipe(publisher, metrics)
        self.pace = Pace()
        self.signal_pace = Pace(limits.SIGNALS_PER_SECOND, limits.SIGNALS_BURST)
        self.signalling: set[SignallingEnd] = set()
        self.draining = False
        self.opening = 0
        self._sockets: set[Socket] = set()
        self._staff: set[Socket] = set()  # of these, whoever is no candidate
        self._gauge = Gauge("examhall_gateway_sockets", "Open WebSockets", registry=metrics.registry)
        self._gauge.set_function(lambda: len(self._sockets))

    def add(self, socket: Socket) -> None:
        self._sockets.add(socket)
        if socket.principal.kind is not PrincipalKind.CANDIDATE:
            self._staff.add(socket)

    def remove(self, socket: Socket) -> None:
        self._sockets.discard(socket)
        self._staff.discard(socket)

    def __len__(self) -> int:
        return len(self._sockets)

    async def sweep(self) -> None:
        """Each second: close silent sockets, give up what Kafka does not take, let go of what nobody uses."""
        now = time.monotonic()
        oldest = now - limits.SILENT_AFTER_SECONDS
        for socket in [each for each in self._sockets if each.heard_at < oldest or each.missing]:
            if socket.heard_at < oldest:
                socket.end(Ending(SILENT, problems.TEMPORARILY_UNAVAILABLE, "Nothing was heard.", RETRY_SECONDS_MIN))
            else:
                socket.come_back(now)
        self.pipe.sweep(now)
        self.pace.sweep(now)
        for end in list(self.signalling):
            end.tell_signals(now)
        self.signal_pace.sweep(now)
        await self.hub.sweep()

    def programs(self) -> set[str]:
        """Ids of the API tokens by which sockets are open here."""
        return {each.principal.subject for each in self._staff if each.principal.kind is PrincipalKind.PROGRAM}

    def end_voided(self, voided: Callable[[Principal], bool]) -> None:
        """Close the sockets of those whose sign-in was ended; a page with a renewed token comes back at once.

        Candidates have no sign-in that could be: among ten thousand of them nobody needs to be looked at.
        """
        for socket in [each for each in self._staff if voided(each.principal)]:
            socket.end(Ending(NOT_SIGNED_IN, problems.SIGN_IN_EXPIRED, "This sign-in was ended."))

    async def drain(self) -> None:
        """Say goodbye to everybody and see that monitoring-svc learns of it; bounded in time."""
        self.draining = True
        sockets = list(self._sockets)
        spread = max(RETRY_SECONDS_MIN, len(sockets) / RECONNECTS_PER_SECOND)
        for socket in sockets:
            retry = RETRY_SECONDS_MIN + random.uniform(0, spread)  # noqa: S311 - spreading, not secrecy
            socket.end(Ending(RESTART, problems.TEMPORARILY_UNAVAILABLE, "This server restarts.", round(retry, 2)))
        tasks = [each.task for each in sockets if each.task is not None]
        if tasks:
            _, left = await asyncio.wait(tasks, timeout=DRAIN_SECONDS)
            if left:
                log.warning("sockets did not close in time", sockets=len(left))
        await self.typing.stop()
        await self.commands.flush(1.0)
