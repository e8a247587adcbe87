"""A proctor steps in: pause, resume, extend, reset, terminate or end the attempts of one, some or all participants.

Each of them gets a command of their own.
"""

import hashlib
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from chassis.auth import Principal
from chassis.clock import SharedClock
from chassis.identifiers import derived_id, new_id
from chassis.outcomes import Rejected
from contracts import limits, problems
from contracts.attempt import Actor, ExtendTime, ExtensionSeconds, PauseAttempt, ResetAttempt, ResumeAttempt
from contracts.attempt import TerminateAttempt as Terminate
from contracts.live import Outcome
from contracts.live import Row as LiveRow
from contracts.model import Id, Reason, Request, View
from contracts.resources.monitoring import LiveSnapshot
from contracts.statuses import CompletionReason, Phase
from gateway.commanding import Commanding, Given, staff_actor, unanswered
from gateway.store import GatewayStore, KeptRequest
from gateway.upstream import Upstream


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
    def __init__(self, commanding: Commanding, *, upstream: Upstream, store: GatewayStore, clock: SharedClock) -> None:
        self._commanding = commanding
        self._upstream = upstream
        self._store = store
        self._clock = clock

    async def intervene(
        self, principal: Principal, token: str, session_id: str, request: Intervene, idempotency_key: str | None
    ) -> Intervened:
        """Raises:
        Rejected: `not-found` or `not-allowed` for the session, `idempotency-mismatch`.
        Transient: session-svc, monitoring-svc or Kafka is away; nothing or part was done, and repeating is safe
            with an Idempotency-Key.
        """
        await self._commanding.require_assigned(principal, token, session_id)
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
        payload = payload_of(request, staff_actor(principal))
        sent = {command_id: Given(each, payload) for command_id, each in commands.items() if each in known}
        found = await self._commanding.give(principal, token, session_id, sent) if sent else {}
        return Intervened(
            outcomes=[
                found.get(command_id) or unanswered(command_id, each, problems.ATTEMPT_UNKNOWN)
                for command_id, each in commands.items()
            ]
        )

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


def _targets(request: Intervene, rows: list[LiveRow]) -> list[str]:
    if request.participant_ids is not None:
        return list(dict.fromkeys(request.participant_ids))
    phases = _EVERYBODY[request.kind]
    return [row.participant_id for row in rows if row.phase in phases]


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
