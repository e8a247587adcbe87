"""The same change to many participants of a session, with an outcome for each."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from chassis.outcomes import Rejected
from contracts import problems
from contracts.resources.enrollment import Refusal
from enrollment_svc.domain.participant import Change, Participant
from enrollment_svc.domain.session import Session
from enrollment_svc.service.desk import Desk

AT_A_TIME: Final = 20  # hides the database's latency without crowding out other requests from its connections

Decide = Callable[[Participant], Change]


async def each_of(
    desk: Desk, session: Session, participant_ids: Sequence[str], decide: Decide
) -> tuple[list[str], list[Refusal]]:
    """Those who were changed (or were so already), and those refused; each once however often they are named."""
    asked = list(dict.fromkeys(participant_ids))
    known = await desk.store.participants_named(asked)
    done: list[str] = []
    refused: list[Refusal] = []
    for start in range(0, len(asked), AT_A_TIME):
        some = asked[start : start + AT_A_TIME]
        outcomes = await asyncio.gather(
            *(_one(desk, session, each, known.get(each), decide) for each in some), return_exceptions=True
        )
        for participant_id, outcome in zip(some, outcomes, strict=True):
            if outcome is None:
                done.append(participant_id)
            elif isinstance(outcome, Rejected):
                index = participant_ids.index(participant_id)
                refused.append(_refusal(index, participant_id, known.get(participant_id), outcome))
            else:
                raise outcome
    return done, refused


async def _one(
    desk: Desk, session: Session, participant_id: str, participant: Participant | None, decide: Decide
) -> None:
    if participant is None or participant.session_id != session.session_id:
        raise Rejected(problems.NOT_FOUND, "There is no such participant in this session.")
    await desk.change(session, participant_id, decide)


def _refusal(index: int, participant_id: str, participant: Participant | None, refusal: Rejected) -> Refusal:
    return Refusal(
        index=index,
        name=participant.name if participant else None,
        participant_id=participant_id,
        problem=refusal.problem.name,
        detail=refusal.detail or refusal.problem.title,
    )
