"""A candidate's socket: what they send becomes commands, what concerns them comes back.

Refusals here are early ones, by a row that may be a moment old; monitoring-svc has the last word on everything.
"""

import asyncio
import time
from datetime import datetime
from typing import Any, Final

import orjson
import structlog
from pydantic import ValidationError

from chassis.auth import Principal
from chassis.identifiers import derived_id, new_id
from chassis.outcomes import Rejected, Transient
from contracts import limits, problems
from contracts.attempt import (
    Actor,
    ConnectParticipant,
    DisconnectCause,
    DisconnectParticipant,
    FlagItem,
    RecordResponse,
    SubmitAttempt,
    VisitItem,
)
from contracts.envelope import Event
from contracts.items import Response
from contracts.messaging import Message
from contracts.model import iso_milliseconds, trusted
from contracts.resources.messaging import SendMessage
from contracts.statuses import ActorKind, CompletionReason, Phase
from gateway import protocol
from gateway.live import Row, Watched, without_alerts
from gateway.sockets.edge import Edge, Ending
from gateway.sockets.outlet import NOT_ALLOWED, POLICY, REPLACED, SILENT, Outlet
from gateway.sockets.replies import SIZE_DETAIL, beat_answer, refusal, too_large
from gateway.sockets.signals import Reports, Told
from gateway.sockets.standing import Standing
from gateway.sockets.typing import APART_SECONDS

IN_FLIGHT_MAX: Final = limits.ANSWERS_BURST + 56  # a whole burst may be on its way; what comes on top waits its turn
COMMANDS_REMEMBERED_MAX: Final = 16  # submissions whose refusal may still come; a person submits once or twice
SETTLE_SECONDS: Final = 2.0  # acknowledgements take milliseconds; what is not there by then is sent again elsewhere
ERRANDS_MAX: Final = 4  # of one candidate at a time: a message, a raised hand, a submission, and one sent again
ANNOUNCE_AGAIN_SECONDS: Final = 5.0
ATTEMPT_WITHIN_SECONDS: Final = 15.0  # enrolment travels over two topics; normally under a second
ATTEMPT_PAUSES: Final = (0.1, 0.2, 0.4, 0.8, 1.0)
REMOVED: Final = CompletionReason.REMOVED.value
_ONGOING: Final = frozenset({Phase.INVITED.value, Phase.WAITING.value, Phase.ACTIVE.value, Phase.PAUSED.value})

log = structlog.get_logger(__name__)


class CandidateSocket:
    __slots__ = (
        "_actor",
        "_announced_at",
        "_bucket",
        "_commands",
        "_current",
        "_edge",
        "_errands",
        "_kept_row",
        "_reports",
        "_sent",
        "_standing",
        "_submits",
        "_typed_at",
        "_watched",
        "_welcomed",
        "acknowledged",
        "address",
        "connection_id",
        "ending",
        "heard_at",
        "in_flight",
        "missing",
        "org_id",
        "outlet",
        "participant_id",
        "principal",
        "session_id",
        "task",
    )

    def __init__(self, edge: Edge, outlet: Outlet, principal: Principal, address: str | None) -> None:
        assert principal.participant_id is not None
        assert principal.session_id is not None
        self._edge = edge
        self.outlet = outlet
        self.principal = principal
        self.participant_id = principal.participant_id
        self.session_id = principal.session_id
        self.org_id = principal.org_id
        self.address = address
        self.connection_id = new_id()
        self.task: asyncio.Task[Any] | None = asyncio.current_task()
        self.heard_at = time.monotonic()
        self.ending: Ending | None = None
        self.in_flight: dict[int, float] = {}
        self.acknowledged: list[int] = []
        self._actor = Actor(kind=ActorKind.CANDIDATE, id=principal.participant_id, name=principal.name or "Candidate")
        self._bucket = edge.pace.bucket(principal.participant_id, self.heard_at)
        self._watched: Watched | None = None
        self._welcomed = False
        self._kept_row: Row | None = None
        self._standing = Standing()
        self._sent = 0
        self._reports: Reports | None = None
        self._current = False
        self._announced_at = 0.0
        self._typed_at = -APART_SECONDS
        self._commands: dict[str, str] = {}
        self._submits: list[str] = []
        self._errands: set[asyncio.Task[None]] | None = None
        self.missing = False

    # Coming and going

    async def open(self) -> None:
        """Subscribe, read the attempt, welcome, announce: in this order nothing falls into a gap.

        Raises:
            Rejected: `attempt-unknown`, `participant-removed`.
            Transient: monitoring-svc is away.

        """
        self._watched = await self._edge.hub.enter(self.session_id, self.org_id, self)
        attempt = await self._attempt()
        row = without_alerts(attempt["row"])
        if self._kept_row is not None and self._kept_row["version"] > row["version"]:
            attempt["row"] = row = self._kept_row
        if row.get("completion_reason") == REMOVED:
            raise Rejected(problems.PARTICIPANT_REMOVED)
        self._standing.adopt(row)
        welcome = {
            "type": "welcome",
            "connection_id": self.connection_id,
            "attempt": attempt,
            "server_time": iso_milliseconds(self._edge.clock.now()),
            "beat_seconds": limits.BEAT_SECONDS,
        }
        self.outlet.text(orjson.dumps(welcome).decode())
        self._welcomed = True
        self._edge.admission.came(self.participant_id)
        self._kept_row = None
        for older in self._edge.hub.others(self.session_id, self):
            if isinstance(older, CandidateSocket) and older.connection_id < self.connection_id:
                older.replaced()
        self._announce()
        self._judge_connection(row)

    def left(self) -> None:
        """The socket is closed: tell monitoring-svc, unless it knows of a newer connection."""
        if self._watched is not None:
            self._edge.hub.leave(self.session_id, self)
        if self._reports is not None:
            self._reports.end()
        for errand in self._errands or ():
            errand.cancel()
        if not self._announced_at or (self.ending is not None and self.ending.code == REPLACED):
            return
        silent = self.ending is not None and self.ending.code == SILENT
        command = DisconnectParticipant(
            actor=self._actor,
            connection_id=self.connection_id,
            cause=DisconnectCause.SILENT if silent else DisconnectCause.CLOSED,
        )
        self._edge.commands.put(self._event(command))

    def end(self, ending: Ending) -> None:
        """Stop reading; the endpoint says goodbye and closes. The first reason counts."""
        if self.ending is not None:
            return
        self.ending = ending
        if self.task is not None and self.task is not asyncio.current_task():
            self.task.cancel()

    async def settle(self) -> None:
        """Let what is on its way to Kafka be acknowledged before goodbye; bounded in time."""
        give_up_at = time.monotonic() + SETTLE_SECONDS
        while self.in_flight and time.monotonic() < give_up_at:  # noqa: ASYNC110 - rare, short, and without a wake-up
            await asyncio.sleep(0.02)

    def replaced(self) -> None:
        if self.ending is None:
            self.outlet.text('{"type":"replaced"}')
            self.end(Ending(REPLACED, None))

    async def _attempt(self) -> dict[str, Any]:
        """The attempt; it may take a moment until monitoring-svc has heard of somebody who just joined."""
        deadline = time.monotonic() + ATTEMPT_WITHIN_SECONDS
        number = 0
        while True:
            try:
                content = await self._edge.upstream.send_json(
                    "monitoring-svc",
                    "GET",
                    f"/v1/attempts/{self.participant_id}",
                    token=self._edge.issuer.on_behalf(self.principal),
                )
            except Rejected as refusal:
                if refusal.problem.status != problems.ATTEMPT_UNKNOWN.status:
                    raise
                if time.monotonic() > deadline:
                    raise Rejected(problems.ATTEMPT_UNKNOWN, "Try again in a moment.") from refusal
            else:
                attempt: dict[str, Any] = orjson.loads(content)
                return attempt
            await asyncio.sleep(ATTEMPT_PAUSES[min(number, len(ATTEMPT_PAUSES) - 1)])
            number += 1

    def _announce(self) -> None:
        self._announced_at = time.monotonic()
        command = ConnectParticipant(
            actor=self._actor,
            connection_id=self.connection_id,
            gateway_id=self._edge.gateway_id,
            address=self.address[:64] if self.address else None,
        )
        self._edge.commands.put(self._event(command))

    # From monitoring-svc

    def take_row(self, row: Row) -> None:
        """A row of this candidate; older ones change nothing, and their own progress is not told back."""
        if row["version"] <= self._standing.version:
            return
        without_alerts(row)
        if not self._welcomed:
            if self._kept_row is None or row["version"] > self._kept_row["version"]:
                self._kept_row = row
            return
        if not self._standing.adopt(row):
            return
        now = iso_milliseconds(self._edge.clock.now())
        self.outlet.text(f'{{"type":"row","row":{orjson.dumps(row).decode()},"server_time":"{now}"}}')
        if row.get("completion_reason") == REMOVED:
            self.end(Ending(NOT_ALLOWED, problems.PARTICIPANT_REMOVED))
            return
        self._judge_connection(row)

    def take_text(self, text: str) -> None:
        """Before the welcome nothing is passed on: the page reads messages after it."""
        if self._welcomed:
            self.outlet.text(text)

    def take_outcome(self, outcome: dict[str, Any]) -> None:
        problem = outcome.get("problem")
        client_id = self._commands.pop(outcome["command_id"], None)
        if problem is None:
            return
        seq = outcome.get("seq")
        if seq is None and client_id is None:
            return
        self._refused(problem, outcome.get("detail") or "", seq=seq, client_id=client_id)

    def _judge_connection(self, row: Row) -> None:
        """Newest wins. Connection ids grow with time, so a higher one is newer even when ours was never seen."""
        connection_id = row.get("connection_id")
        if connection_id == self.connection_id:
            self._current = True
        elif connection_id is not None and (self._current or connection_id > self.connection_id):
            self.replaced()
            return
        self.missing = self._current and not row["connected"] and row["phase"] in _ONGOING

    def come_back(self, now: float) -> None:
        """They think we are gone (this replica's lease ended for a moment), yet here we are: say so again."""
        if now - self._announced_at > ANNOUNCE_AGAIN_SECONDS:
            self._announce()

    # From the candidate

    async def take(self, text: str) -> None:
        self.heard_at = time.monotonic()
        try:
            message = protocol.from_candidate.validate_json(text)
        except ValidationError as error:
            self._not_understood(text, error)
            return
        match message:
            case protocol.Answer():
                await self._answer(message)
            case protocol.Flag():
                command = trusted(
                    FlagItem, actor=self._actor, seq=message.seq, item_id=message.item_id, flagged=message.flagged
                )
                await self._progress(message.seq, message.item_id, None, command)
            case protocol.Visit():
                visit = trusted(VisitItem, actor=self._actor, seq=message.seq, item_id=message.item_id)
                await self._progress(message.seq, message.item_id, None, visit)
            case protocol.Submit():
                self._submit(message.id)
            case protocol.Chat():
                self._run_errand(message.id, self._chat(message))
            case protocol.Hand():
                self._run_errand(message.id, self._raise_hand(message))
            case protocol.Typing():
                self._typing()
            case protocol.PageSignal():
                self._take_signal(message)
            case protocol.Beat():
                self.outlet.text(beat_answer(self._edge.clock.now(), message.id))
            case protocol.Hello():
                return

    async def _answer(self, answer: protocol.Answer) -> None:
        response = answer.response
        if response is not None and too_large(response):
            self._refused(problems.RESPONSE_TOO_LARGE.name, SIZE_DETAIL, seq=answer.seq)
            return
        command = trusted(RecordResponse, actor=self._actor, seq=answer.seq, item_id=answer.item_id, response=response)
        await self._progress(answer.seq, answer.item_id, response, command)

    async def _progress(self, seq: int, item_id: str, response: Response | None, command: Any) -> None:
        now = self._edge.clock.now()
        assert self._watched is not None
        refusal = self._standing.refusal(now, self._watched.paper, item_id, response, current=self._edge.hub.connected)
        if refusal is not None:
            self._refused(refusal.name, "", seq=seq)
            return
        if not self._bucket.take(self.heard_at) or len(self.in_flight) >= IN_FLIGHT_MAX:
            wait = 1 / limits.ANSWERS_PER_SECOND
            self._refused(problems.TOO_MANY_REQUESTS.name, "", seq=seq, retry_after_s=wait)
            return
        self._sent += 1  # an answer sent again is a new command: the first may have been refused
        await self._edge.pipe.send(self, seq, self._event(command, now, f"{self.connection_id}-{self._sent}"))

    def _take_signal(self, message: protocol.PageSignal) -> None:
        """A page that floods is refused as one that floods with answers; short of that, signals are folded."""
        if not self._bucket.take(self.heard_at):
            self._refused(problems.TOO_MANY_REQUESTS.name, "", retry_after_s=1 / limits.ANSWERS_PER_SECOND)
            return
        if self._reports is None:
            self._reports = Reports(self._edge, self._actor, self.connection_id, self._event)
        self._reports.take(Told(message.signal, message.count, message.seconds), self.heard_at)

    def send_acknowledgements(self) -> None:
        seqs, self.acknowledged = self.acknowledged, []
        self.outlet.text(f'{{"type":"ack","seqs":{orjson.dumps(seqs).decode()},"ids":[]}}')
        if self._submits and not self.in_flight:
            self._submit_now()

    def not_taken(self, seq: int) -> None:
        self._refused(problems.TEMPORARILY_UNAVAILABLE.name, "", seq=seq, retry_after_s=1.0)
        for client_id in self._submits:
            self._refused(
                problems.TEMPORARILY_UNAVAILABLE.name,
                "An answer before it is not saved yet.",
                client_id=client_id,
                retry_after_s=1.0,
            )
        self._submits.clear()

    def _submit(self, client_id: str) -> None:
        if client_id not in self._submits:
            self._submits.append(client_id)
        if len(self._submits) > COMMANDS_REMEMBERED_MAX:
            self.end(Ending(POLICY, problems.TOO_MANY_REQUESTS))
        elif not self.in_flight:
            self._submit_now()

    def _submit_now(self) -> None:
        """Every answer before it is in Kafka, and this follows them there: the topic keeps their order."""
        client_ids, self._submits = self._submits, []
        for client_id in client_ids:
            command_id = derived_id("submit", self.participant_id, client_id)
            self._commands[command_id] = client_id
            while len(self._commands) > COMMANDS_REMEMBERED_MAX:
                self._commands.pop(next(iter(self._commands)))
            event = self._event(SubmitAttempt(actor=self._actor), command_id=command_id)
            self._run_errand(client_id, self._send_submission(client_id, event))

    async def _send_submission(self, client_id: str, event: Event[Any]) -> None:
        await self._edge.publisher.publish(event)
        self._done(client_id)

    async def _chat(self, chat: protocol.Chat) -> None:
        await self._ask_messaging("messages", chat.id, SendMessage(text=chat.text))

    def _typing(self) -> None:
        if self.heard_at - self._typed_at >= APART_SECONDS:
            self._typed_at = self.heard_at
            self._edge.typing.tell(self.session_id, self.participant_id, self._actor)

    async def _raise_hand(self, hand: protocol.Hand) -> None:
        await self._ask_messaging("hand", hand.id, None)

    async def _ask_messaging(self, what: str, client_id: str, body: SendMessage | None) -> None:
        await self._edge.upstream.ask(
            "messaging-svc",
            "POST",
            f"/v1/sessions/{self.session_id}/threads/{self.participant_id}/{what}",
            Message,
            token=self._edge.issuer.on_behalf(self.principal),
            body=body,
            idempotency_key=derived_id(what, self.participant_id, client_id),
        )
        self._done(client_id)

    def _run_errand(self, client_id: str, errand: Any) -> None:
        """What takes a while is done beside the reading of answers, a few things at a time."""
        if self._errands is None:
            self._errands = set()
        if len(self._errands) >= ERRANDS_MAX:
            errand.close()
            self._refused(problems.TOO_MANY_REQUESTS.name, "", client_id=client_id, retry_after_s=1.0)
            return
        task = asyncio.create_task(self._errand_reported(client_id, errand))
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    async def _errand_reported(self, client_id: str, errand: Any) -> None:
        try:
            await errand
        except Rejected as refusal:
            self._refused(refusal.problem.name, refusal.detail, client_id=client_id)
        except Transient:
            self._refused(problems.TEMPORARILY_UNAVAILABLE.name, "", client_id=client_id, retry_after_s=2.0)
        except Exception:
            log.exception("errand failed", participant_id=self.participant_id)
            self._refused(problems.INTERNAL_ERROR.name, "", client_id=client_id)

    # Answers to the candidate

    def _done(self, client_id: str) -> None:
        self.outlet.text(orjson.dumps({"type": "ack", "seqs": [], "ids": [client_id]}).decode())

    def _refused(
        self,
        problem: str,
        detail: str,
        *,
        seq: int | None = None,
        client_id: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        self.outlet.text(refusal(problem, detail, seq=seq, client_id=client_id, retry_after_s=retry_after_s))

    def _not_understood(self, text: str, error: ValidationError) -> None:
        """Name what was refused, when at least its number can be read; what cannot be read at all ends the socket."""
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"][1:]) or "message"
        detail = f"{where}: {first['msg']}"
        try:
            content = orjson.loads(text)
        except ValueError:
            content = None
        if not isinstance(content, dict):
            self.end(Ending(POLICY, problems.MALFORMED_BODY, detail))
            return
        seq, client_id = content.get("seq"), content.get("id")
        problem = problems.VALIDATION_FAILED
        if content.get("type") == "answer" and "response" in first["loc"]:
            large = len(text) > limits.RESPONSE_BYTES
            problem = problems.RESPONSE_TOO_LARGE if large else problems.RESPONSE_INVALID
        self._refused(
            problem.name,
            detail,
            seq=seq if isinstance(seq, int) else None,
            client_id=client_id if isinstance(client_id, str) else None,
        )

    def _event(self, command: Any, at: datetime | None = None, command_id: str | None = None) -> Event[Any]:
        return Event(
            id=command_id or new_id(),
            source=self._edge.source,
            time=at or self._edge.clock.now(),
            subject=self.participant_id,
            org_id=self.org_id,
            session_id=self.session_id,
            data=command,
        )
