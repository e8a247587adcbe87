"""Proctors decide about those who wait to be admitted, one or many at a time."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final

from chassis.auth import Principal
from chassis.outcomes import Rejected
from contracts import problems
from contracts.resources.enrollment import AdmissionDecided, DecideAdmission, DenyAdmission, Refusal
from enrollment_svc.domain import participant as rules
from enrollment_svc.domain.participant import Change, Participant
from enrollment_svc.domain.session import Session, check_admitting
from enrollment_svc.service.desk import Desk

AT_A_TIME: Final = 20  # hides the database's latency without crowding out other requests from its connections

Decide = Callable[[Session, Participant], Change]


class Admission:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def approve(self, principal: Principal, session_id: str, request: DecideAdmission) -> AdmissionDecided:
        """Those whose identity the session wants confirmed, and is not, are refused one by one."""
        return await self._each(
            principal,
            session_id,
            request.participant_ids,
            lambda session, participant: rules.admit(
                participant, by=principal.subject, verified=session.verifies_identity
            ),
        )

    async def deny(self, principal: Principal, session_id: str, request: DenyAdmission) -> AdmissionDecided:
        return await self._each(
            principal,
            session_id,
            request.participant_ids,
            lambda _, participant: rules.deny(participant, by=principal.subject, reason=request.reason),
        )

    async def _each(
        self, principal: Principal, session_id: str, participant_ids: list[str], decide: Decide
    ) -> AdmissionDecided:
        """Each person named is decided or refused, once however often they are named. Repeating changes nothing."""
        session = await self._desk.session(principal, session_id)
        principal.check_assigned(session.proctor_ids)
        check_admitting(session)
        asked = list(dict.fromkeys(participant_ids))
        known = await self._desk.store.participants_named(asked)
        decided: list[str] = []
        refused: list[Refusal] = []
        for start in range(0, len(asked), AT_A_TIME):
            some = asked[start : start + AT_A_TIME]
            outcomes = await asyncio.gather(
                *(self._one(session, each, known.get(each), decide) for each in some), return_exceptions=True
            )
            for participant_id, outcome in zip(some, outcomes, strict=True):
                if outcome is None:
                    decided.append(participant_id)
                elif isinstance(outcome, Rejected):
                    refused.append(_refusal(participant_ids, participant_id, known.get(participant_id), outcome))
                else:
                    raise outcome
        return AdmissionDecided(decided=decided, refused=refused)

    async def _one(
        self, session: Session, participant_id: str, participant: Participant | None, decide: Decide
    ) -> None:
        if participant is None or participant.session_id != session.session_id:
            raise Rejected(problems.NOT_FOUND, "There is no such participant in this session.")
        await self._desk.change(session, participant_id, partial(decide, session))


def _refusal(asked: list[str], participant_id: str, participant: Participant | None, refusal: Rejected) -> Refusal:
    return Refusal(
        index=asked.index(participant_id),
        name=participant.name if participant else None,
        participant_id=participant_id,
        problem=refusal.problem.name,
        detail=refusal.detail or refusal.problem.title,
    )
