"""A proctor steps in: pause, resume, extend, reset, terminate or end the attempts of one, some or all participants.

Each participant gets a command of their own on the attempts' topic, so that it has one order with their answers. What
became of it comes back over the live channel; when that is not heard in time, monitoring-svc is asked; what nobody
knows yet is said to be unknown, never guessed.
"""

import asyncio
import hashlib
from enum import StrEnum
from typing import Annotated, Any, Final, Self

import structlog
from pydantic import Field, model_validator

from chassis.auth import Principal
from chassis.clock import SharedClock
from chassis.identifiers import derived_id, new_id
from chassis.outcomes import Rejected, Transient
from chassis.publisher import Publisher
from contracts import limits, problems
from contracts.attempt import Actor, ExtendTime, ExtensionSeconds, PauseAttempt, ResetAttempt, ResumeAttempt
from contracts.attempt import TerminateAttempt as Terminate
from contracts.envelope import Event
from contracts.live import Outcome
from contracts.live import Row as LiveRow
from contracts.model import Id, Reason, Request, View
from contracts.resources.monitoring import AskedCommand, AskOutcomes, CommandOutcomes, LiveSnapshot
from contracts.resources.session import SessionView
from contracts.statuses import ActorKind, CompletionReason, Phase
from gateway.live import Hub
from gateway.store import GatewayStore, KeptRequest
from gateway.upstream import Upstream

OUTCOMES_WITHIN_SECONDS: Final = 5.0  # long enough for a consumer group that rebalances, short enough to wait for

log = structlog.get_logger(__name__)


class Kind(StrEnum):
    PAUSE = "pause"
    RESUME = "resume"
    EXTEND = "extend"
    RESET = "reset"
    TERMINATE = "terminate"
    END = "end"


_ONGOING: Final = frozenset({Phase.INVITED, Phase.WAITING, Phase.ACTIVE, Phase.PAUSED})
# Whom "everybody" means: those in a phase in which it makes sense. Somebody named is always tried.
_EVERYBODY: Final = {
    Kind.PAUSE: frozenset({Phase.ACTIVE}),
    Kind.RESUME: frozenset({Phase.PAUSED}),
    Kind.EXTEND: _ONGOING,
    Kind.TERMINATE: _ONGOING,
    Kind.END: frozenset({Phase.ACTIVE, Phase.PAUSED}),
}


class Intervene(Request):
    """`participant_ids` None: everybody it can apply to. `seconds`: for extend; for reset, time given on top."""

    kind: Kind
    participant_ids: Annotated[list[Id], Field(min_length=1, max_length=limits.BULK_MAX)] | None = None
    reason: Reason | None = None
    seconds: ExtensionSeconds | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.reason is None and self.kind is not Kind.RESUME:
            raise ValueError(f"{self.kind} needs a reason: it is kept in the audit trail")
        if self.kind is Kind.EXTEND and self.seconds is None:
            raise ValueError("extend needs seconds")
        if self.seconds is not None and self.kind not in {Kind.EXTEND, Kind.RESET}:
            raise ValueError(f"{self.kind} takes no seconds")
        if self.kind is Kind.RESET and self.participant_ids is None:
            raise ValueError("reset names its participants: nobody resets everybody by accident")
        return self


class Intervened(View):
    """One outcome for each participant, in the order asked for. `problem` None: it was applied."""

    outcomes: list[Outcome]


class Interventions:
    def __init__(
        self,
        *,
        hub: Hub,
        upstream: Upstream,
        store: GatewayStore,
        publisher: Publisher,
        clock: SharedClock,
        source: str,
    ) -> None:
        self._hub = hub
        self._upstream = upstream
        self._store = store
        self._publisher = publisher
        self._clock = clock
        self._source = source

    async def intervene(
        self, principal: Principal, token: str, session_id: str, request: Intervene, idempotency_key: str | None
    ) -> Intervened:
        """Raises:
        Rejected: `not-found` or `not-allowed` for the session, `idempotency-mismatch`.
        Transient: session-svc, monitoring-svc or Kafka is away; nothing or part was done, and repeating is safe
            with an Idempotency-Key.
        """
        await self._require_assigned(principal, token, session_id)
        rows = await self._rows(token, session_id)
        participant_ids = _targets(request, rows)
        key = None
        if idempotency_key is not None:
            key = f"{principal.org_id}:{principal.subject}:{session_id}:{idempotency_key}"
            participant_ids = await self._kept_targets(key, request, participant_ids)
        if key is not None and participant_ids:
            commands = {derived_id("intervention", key, each): each for each in participant_ids}
        else:
            commands = {new_id(): each for each in participant_ids}
        known = {row.participant_id for row in rows}
        sent = {command_id: each for command_id, each in commands.items() if each in known}
        found = await self._carry_out(principal, token, session_id, request, sent) if sent else {}
        return Intervened(
            outcomes=[
                found.get(command_id) or _not_found(command_id, each, known=each in known)
                for command_id, each in commands.items()
            ]
        )

    async def _require_assigned(self, principal: Principal, token: str, session_id: str) -> None:
        session = await self._upstream.ask("session-svc", "GET", f"/v1/sessions/{session_id}", SessionView, token=token)
        principal.check_assigned(session.settings.proctor_ids)

    async def _rows(self, token: str, session_id: str) -> list[LiveRow]:
        snapshot = await self._upstream.ask(
            "monitoring-svc", "GET", f"/v1/sessions/{session_id}/live", LiveSnapshot, token=token
        )
        return snapshot.rows

    async def _kept_targets(self, key: str, request: Intervene, participant_ids: list[str]) -> list[str]:
        """A repeated request reaches those whom the first one meant, whatever became of them since."""
        digest = hashlib.sha256(request.model_dump_json().encode()).hexdigest()
        kept = await self._store.keep_request(key, KeptRequest(digest, participant_ids), self._clock.now())
        if kept.digest != digest:
            raise Rejected(problems.IDEMPOTENCY_MISMATCH, "Use a new key for a new request.")
        return kept.participant_ids

    async def _carry_out(
        self, principal: Principal, token: str, session_id: str, request: Intervene, commands: dict[str, str]
    ) -> dict[str, Outcome]:
        now = self._clock.now()
        payload = payload_of(request, Actor(kind=ActorKind.STAFF, id=principal.subject, name=principal.name or "Staff"))
        events: list[Event[Any]] = [
            Event(
                id=command_id,
                source=self._source,
                time=now,
                subject=participant_id,
                org_id=principal.org_id,
                session_id=session_id,
                data=payload,
            )
            for command_id, participant_id in commands.items()
        ]
        async with self._hub.collecting(session_id, principal.org_id, commands) as collector:
            await self._publisher.publish_all(events)
            try:
                async with asyncio.timeout(OUTCOMES_WITHIN_SECONDS):
                    await collector.complete.wait()
            except TimeoutError:
                await self._ask_for(token, commands, collector.found)
        return collector.found

    async def _ask_for(self, token: str, commands: dict[str, str], found: dict[str, Outcome]) -> None:
        missing = [
            AskedCommand(command_id=each, participant_id=of) for each, of in commands.items() if each not in found
        ]
        try:
            answer = await self._upstream.ask(
                "monitoring-svc",
                "POST",
                "/v1/commands/outcomes",
                CommandOutcomes,
                token=token,
                body=AskOutcomes(commands=missing),
            )
        except (Transient, Rejected) as error:
            log.warning("outcomes not read", error=str(error))
            return
        found.update({each.command_id: each for each in answer.outcomes})


def _targets(request: Intervene, rows: list[LiveRow]) -> list[str]:
    if request.participant_ids is not None:
        return list(dict.fromkeys(request.participant_ids))
    phases = _EVERYBODY[request.kind]
    return [row.participant_id for row in rows if row.phase in phases]


def _not_found(command_id: str, participant_id: str, *, known: bool) -> Outcome:
    problem = problems.OUTCOME_UNKNOWN if known else problems.ATTEMPT_UNKNOWN
    return Outcome(command_id=command_id, participant_id=participant_id, problem=problem.name, detail=problem.title)


def payload_of(
    request: Intervene, actor: Actor
) -> PauseAttempt | ResumeAttempt | ExtendTime | ResetAttempt | Terminate:
    reason = request.reason or ""
    match request.kind:
        case Kind.PAUSE:
            return PauseAttempt(actor=actor, reason=reason)
        case Kind.RESUME:
            return ResumeAttempt(actor=actor, reason=request.reason)
        case Kind.EXTEND:
            assert request.seconds is not None
            return ExtendTime(actor=actor, reason=reason, seconds=request.seconds)
        case Kind.RESET:
            return ResetAttempt(actor=actor, reason=reason, extra_seconds=request.seconds or 0)
        case Kind.TERMINATE:
            return Terminate(actor=actor, reason=reason, because=CompletionReason.TERMINATED)
        case Kind.END:
            return Terminate(actor=actor, reason=reason, because=CompletionReason.ENDED_BY_PROCTOR)
