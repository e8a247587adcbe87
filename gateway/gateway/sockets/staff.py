"""A dashboard's socket, a person's or a program's: it watches sessions and gets their live frames."""

import asyncio
import time
from typing import Any, Final

import orjson
from pydantic import ValidationError

from chassis.access import judged
from chassis.auth import Principal, PrincipalKind
from chassis.identifiers import new_id
from chassis.outcomes import Rejected, Transient
from contracts import access, limits, problems
from contracts.model import iso_milliseconds
from contracts.resources.session import SessionView
from gateway import protocol
from gateway.commanding import staff_actor
from gateway.sockets.edge import Edge, Ending
from gateway.sockets.outlet import NOT_SIGNED_IN, POLICY, Outlet
from gateway.sockets.replies import beat_answer, refusal
from gateway.sockets.typing import APART_SECONDS

WATCHED_MAX: Final = 50  # sessions on one screen; an organisation's busiest day has fewer at once
RENEW_MARGIN_SECONDS: Final = 120  # a page renews its token some time before it ends; more than this is forgotten


class StaffSocket:
    __slots__ = (
        "_edge",
        "_renew_by",
        "_sessions",
        "_token",
        "_typed_at",
        "connection_id",
        "ending",
        "heard_at",
        "missing",
        "outlet",
        "principal",
        "task",
    )

    def __init__(self, edge: Edge, outlet: Outlet, principal: Principal, token: str) -> None:
        self._edge = edge
        self.outlet = outlet
        self.principal = principal
        self.connection_id = new_id()
        self.task: asyncio.Task[Any] | None = asyncio.current_task()
        self.heard_at = time.monotonic()
        self.ending: Ending | None = None
        self.missing = False
        self._token = token
        self._sessions: dict[str, bool] = {}  # watched -> whether its threads may be written in
        self._typed_at = -APART_SECONDS
        self._renew_by = self._next_renewal()

    async def open(self) -> None:
        judged(self.principal, access.LIVE_WATCH)
        welcome = {
            "type": "welcome",
            "connection_id": self.connection_id,
            "server_time": iso_milliseconds(self._edge.clock.now()),
            "beat_seconds": limits.BEAT_SECONDS,
        }
        self.outlet.text(orjson.dumps(welcome).decode())

    async def take(self, text: str) -> None:
        self.heard_at = time.monotonic()
        try:
            message = protocol.from_staff.validate_json(text)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            self.end(Ending(POLICY, problems.VALIDATION_FAILED, f"{first['loc']}: {first['msg']}"))
            return
        match message:
            case protocol.Watch():
                await self._watch(message.session_id)
            case protocol.Unwatch():
                self._sessions.pop(message.session_id, None)
                self._edge.hub.unwatch(message.session_id, self)
            case protocol.WritesTo():
                self._typing(message)
            case protocol.Hello():
                await self._renew(message.token)
            case protocol.Beat():
                self._beat(message)

    def take_text(self, text: str) -> None:
        self.outlet.text(text)

    async def settle(self) -> None:
        """Nothing is on its way from here."""

    def come_back(self, now: float) -> None:
        """A dashboard is not announced to anybody."""

    def left(self) -> None:
        for session_id in self._sessions:
            self._edge.hub.unwatch(session_id, self)

    def end(self, ending: Ending) -> None:
        if self.ending is not None:
            return
        self.ending = ending
        if self.task is not None and self.task is not asyncio.current_task():
            self.task.cancel()

    async def _watch(self, session_id: str) -> None:
        """session-svc knows who may see the session; its refusal is passed on."""
        if len(self._sessions) >= WATCHED_MAX and session_id not in self._sessions:
            detail = f"At most {WATCHED_MAX} sessions at once."
            self.outlet.text(refusal(problems.TOO_MANY_REQUESTS.name, detail, session_id=session_id))
            return
        try:
            session = await self._edge.upstream.ask(
                "session-svc", "GET", f"/v1/sessions/{session_id}", SessionView, token=self._bearer()
            )
        except Rejected as refused:
            self.outlet.text(refusal(refused.problem.name, refused.detail, session_id=session_id))
            return
        except Transient:
            self.outlet.text(
                refusal(problems.TEMPORARILY_UNAVAILABLE.name, "", session_id=session_id, retry_after_s=2.0)
            )
            return
        reach = self.principal.reach_of(access.MESSAGE_SEND)
        self._sessions[session.session_id] = self.principal.works_on(reach, session.settings.proctor_ids)
        await self._edge.hub.watch(session.session_id, self.principal.org_id, self)
        self.outlet.text(orjson.dumps({"type": "watching", "session_id": session.session_id}).decode())

    def _typing(self, message: protocol.WritesTo) -> None:
        if not self._sessions.get(message.session_id):
            detail = "Typing is for those who watch the session and may write in it."
            self.outlet.text(refusal(problems.NOT_ALLOWED.name, detail, session_id=message.session_id))
        elif self.heard_at - self._typed_at >= APART_SECONDS:
            self._typed_at = self.heard_at
            self._edge.typing.tell(message.session_id, message.participant_id, staff_actor(self.principal))

    def _beat(self, beat: protocol.Beat) -> None:
        if self.heard_at > self._renew_by:
            self.end(Ending(NOT_SIGNED_IN, problems.SIGN_IN_EXPIRED, "Send hello with a fresh token in time."))
            return
        self.outlet.text(beat_answer(self._edge.clock.now(), beat.id))

    async def _renew(self, token: str) -> None:
        try:
            token = await self._edge.exchange.signed(token)
            principal = self._edge.issuer.verify(token)
        except Rejected as refused:
            self.end(Ending(NOT_SIGNED_IN, refused.problem, refused.detail))
            return
        if principal.subject != self.principal.subject or not principal.may(access.LIVE_WATCH):
            self.end(Ending(NOT_SIGNED_IN, problems.NOT_ALLOWED))
            return
        self.principal, self._token = principal, token
        self._renew_by = self._next_renewal()

    def _bearer(self) -> str:
        """What services take for this watcher: a program's exchanged token lives a minute and is made anew."""
        program = self.principal.kind is PrincipalKind.PROGRAM
        return self._edge.issuer.on_behalf(self.principal) if program else self._token

    def _next_renewal(self) -> float:
        """A program need not renew: whether its API token still counts is looked up every two seconds."""
        if self.principal.kind is PrincipalKind.PROGRAM:
            return float("inf")
        return time.monotonic() + self._edge.staff_access_seconds + RENEW_MARGIN_SECONDS
