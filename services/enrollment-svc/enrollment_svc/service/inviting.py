"""Having invitations sent to people who have a place already, or sent again."""

from chassis.auth import Principal
from chassis.identifiers import derived_id, new_id
from chassis.outcomes import Rejected
from contracts import limits, problems
from contracts.resources.enrollment import InvitedParticipants, InviteParticipants
from enrollment_svc.domain import participant as rules
from enrollment_svc.domain.participant import Change, Participant
from enrollment_svc.domain.session import check_not_over
from enrollment_svc.service.desk import Desk
from enrollment_svc.service.many import each_of


class Inviting:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def invite(
        self, principal: Principal, session_id: str, request: InviteParticipants, key: str | None
    ) -> InvitedParticipants:
        """Each person named is invited or refused; with the same `key` again nobody gets a second mail.

        Raises:
            Rejected: not-found, not-allowed, session-wrong-state once it is over; validation-failed, everybody again.

        """
        session = await self._desk.session(principal, session_id)
        principal.check_assigned(session.proctor_ids)
        check_not_over(session)
        ids = request.participant_ids
        if ids is None:
            if request.again:
                raise Rejected(problems.VALIDATION_FAILED, "Name the people who are to get another mail.")
            ids = await self._desk.store.not_invited(session_id, limits.BULK_MAX)
        cause = derived_id("invitation", session_id, key) if key else new_id()
        now = self._desk.clock.now()

        def decide(participant: Participant) -> Change:
            return rules.invite(participant, cause, now, again=request.again)

        invited, refused = await each_of(self._desk, session, ids, decide)
        remaining, without_email = await self._desk.store.count_not_invited(session_id)
        return InvitedParticipants(invited=invited, refused=refused, remaining=remaining, without_email=without_email)
