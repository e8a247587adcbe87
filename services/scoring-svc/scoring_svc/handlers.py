"""Kafka in: each fact to the use case it concerns. Translation only."""

from collections.abc import Sequence
from typing import Any

from chassis.consumer import BatchHandler, FactRouter
from chassis.outages import as_transient
from contracts.attempt import AttemptAdmitted, AttemptCompleted, AttemptCreated, AttemptReset
from contracts.envelope import Event, Malformed
from contracts.session import SESSION_FACTS, AssessmentPublished
from scoring_svc.service.scoring import Scoring
from scoring_svc.service.side_by_side import side_by_side


def facts(scoring: Scoring) -> FactRouter:
    """Assessments and sessions: few."""
    router = FactRouter()

    @router.on(AssessmentPublished)
    async def on_assessment_published(event: Event[AssessmentPublished]) -> None:
        fact = event.data
        await scoring.learn_assessment(event.org_id, fact.assessment_id, fact.assessment_version, fact.content)

    async def on_session_fact(event: Event[Any]) -> None:
        await scoring.learn_session(event.org_id, event.data.session, event.version)

    for session_fact in SESSION_FACTS:  # each of them carries the session whole
        router.on(session_fact)(on_session_fact)

    return router


def attempts(scoring: Scoring) -> BatchHandler:
    """Attempts: a thousand people submit in the same minute, so a batch is handled for all of them at once.

    The facts about one person keep their order.
    """

    async def on_attempt_facts(events: Sequence[Event[Any]]) -> Sequence[tuple[Event[Any], Exception]]:
        poisoned: list[tuple[Event[Any], Exception]] = []
        of_each: dict[str, list[Event[Any]]] = {}
        for event in events:
            of_each.setdefault(event.subject, []).append(event)

        async def follow(person: str) -> None:
            for event in of_each[person]:
                try:
                    await _on_attempt_fact(scoring, event)
                except Exception as error:
                    transient = as_transient(error)
                    if transient is not None:
                        raise transient from error
                    poisoned.append((event, error))

        await side_by_side(of_each, follow)
        return poisoned

    return on_attempt_facts


async def _on_attempt_fact(scoring: Scoring, event: Event[Any]) -> None:
    fact = event.data
    match fact:
        case AttemptCreated() | AttemptAdmitted():
            await scoring.learn_name(fact.participant_id, fact.terms.name, event.version)
        case AttemptCompleted():
            if event.session_id is None:
                raise Malformed("ce_sessionid is missing")
            await scoring.take_submission(event, event.session_id)
        case AttemptReset():
            await scoring.reopen(fact.participant_id, event.version)
        case _:
            return  # how an attempt goes on is of no concern before it ends
