"""Commands that staff give to live attempts, and what became of them.

Each goes to the attempts' topic, so that it has one order with the candidate's answers. What became of it comes back
over the live channel; when that is not heard in time, monitoring-svc is asked; what nobody knows yet is said to be
unknown, never guessed.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog

from chassis.auth import Principal
from chassis.clock import SharedClock
from chassis.outcomes import Rejected, Transient
from chassis.publisher import Publisher
from contracts import problems
from contracts.attempt import Actor
from contracts.envelope import Event
from contracts.live import Outcome
from contracts.model import Command, Id
from contracts.resources.monitoring import AskedCommand, AskOutcomes, CommandOutcomes
from contracts.resources.session import SessionView
from contracts.statuses import ActorKind
from gateway.live import Hub
from gateway.upstream import Upstream

OUTCOMES_WITHIN_SECONDS: Final = 5.0  # long enough for a consumer group that rebalances, short enough to wait for

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Given:
    participant_id: Id
    payload: Command


class Commanding:
    def __init__(self, *, hub: Hub, upstream: Upstream, publisher: Publisher, clock: SharedClock, source: str) -> None:
        self._hub = hub
        self._upstream = upstream
        self._publisher = publisher
        self._clock = clock
        self._source = source

    async def require_assigned(self, principal: Principal, token: str, session_id: str) -> None:
        """Raises Rejected: `not-found` or `not-allowed` for the session."""
        session = await self._upstream.ask("session-svc", "GET", f"/v1/sessions/{session_id}", SessionView, token=token)
        principal.check_assigned(session.settings.proctor_ids)

    async def give(
        self, principal: Principal, token: str, session_id: str, commands: Mapping[str, Given]
    ) -> dict[str, Outcome]:
        """Send `commands`, by their ids, and wait for what becomes of them; an outcome for each.

        Raises:
            Transient: Kafka is away; some may have been sent, and giving the same ids again is safe.

        """
        now = self._clock.now()
        events: list[Event[Any]] = [
            Event(
                id=command_id,
                source=self._source,
                time=now,
                subject=each.participant_id,
                org_id=principal.org_id,
                session_id=session_id,
                data=each.payload,
            )
            for command_id, each in commands.items()
        ]
        async with self._hub.collecting(session_id, principal.org_id, commands) as collector:
            await self._publisher.publish_all(events)
            try:
                async with asyncio.timeout(OUTCOMES_WITHIN_SECONDS):
                    await collector.complete.wait()
            except TimeoutError:
                await self._ask_for(token, commands, collector.found)
        return {
            command_id: collector.found.get(command_id) or unanswered(command_id, each.participant_id)
            for command_id, each in commands.items()
        }

    async def _ask_for(self, token: str, commands: Mapping[str, Given], found: dict[str, Outcome]) -> None:
        missing = [
            AskedCommand(command_id=each, participant_id=of.participant_id)
            for each, of in commands.items()
            if each not in found
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


def staff_actor(principal: Principal) -> Actor:
    return Actor(kind=ActorKind.STAFF, id=principal.subject, name=principal.name or "Staff")


def unanswered(
    command_id: str, participant_id: str, problem: problems.ProblemType = problems.OUTCOME_UNKNOWN
) -> Outcome:
    return Outcome(command_id=command_id, participant_id=participant_id, problem=problem.name, detail=problem.title)
