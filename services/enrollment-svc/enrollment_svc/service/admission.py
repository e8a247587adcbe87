"""Proctors decide about those who wait to be admitted, one or many at a time."""

from chassis.auth import Principal
from contracts.resources.enrollment import AdmissionDecided, DecideAdmission, DenyAdmission
from enrollment_svc.domain import participant as rules
from enrollment_svc.domain.session import Session, check_admitting
from enrollment_svc.service.desk import Desk
from enrollment_svc.service.many import Decide, each_of


class Admission:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def approve(self, principal: Principal, session_id: str, request: DecideAdmission) -> AdmissionDecided:
        """Those whose identity the session wants confirmed, and is not, are refused one by one."""
        session = await self._admitting(principal, session_id)
        return await self._each(
            session,
            request.participant_ids,
            lambda participant: rules.admit(participant, by=principal.subject, verified=session.verifies_identity),
        )

    async def deny(self, principal: Principal, session_id: str, request: DenyAdmission) -> AdmissionDecided:
        return await self._each(
            await self._admitting(principal, session_id),
            request.participant_ids,
            lambda participant: rules.deny(participant, by=principal.subject, reason=request.reason),
        )

    async def _admitting(self, principal: Principal, session_id: str) -> Session:
        """Raises Rejected for a session that is not the caller's to decide about, or admits nobody now."""
        session = await self._desk.session(principal, session_id)
        principal.check_assigned(session.proctor_ids)
        check_admitting(session)
        return session

    async def _each(self, session: Session, participant_ids: list[str], decide: Decide) -> AdmissionDecided:
        """Each person named is decided or refused, once however often they are named. Repeating changes nothing."""
        decided, refused = await each_of(self._desk, session, participant_ids, decide)
        return AdmissionDecided(decided=decided, refused=refused)
