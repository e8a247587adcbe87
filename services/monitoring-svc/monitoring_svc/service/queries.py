"""Questions about attempts, answered from what is written."""

from collections.abc import Mapping

from chassis.auth import Principal
from chassis.clock import SharedClock
from chassis.outcomes import Rejected
from contracts import problems
from contracts.live import Outcome
from contracts.resources.monitoring import AttemptView, CommandOutcomes, LiveSnapshot, Timeline
from monitoring_svc.domain.attempt import Attempt
from monitoring_svc.domain.row import row_of
from monitoring_svc.store import Store
from monitoring_svc.store.sessions import Session


class Queries:
    def __init__(self, store: Store, clock: SharedClock) -> None:
        self._store = store
        self._clock = clock

    async def session(self, principal: Principal, session_id: str) -> Session:
        """Raises Rejected: `not-found`, also for another organisation's."""
        session = await self._store.sessions.session(session_id)
        if session is None or not principal.sees(session.org_id):
            raise Rejected(problems.NOT_FOUND, "There is no such session.")
        return session

    async def live(self, principal: Principal, session_id: str) -> LiveSnapshot:
        session = await self.session(principal, session_id)
        taken_at = self._clock.now()
        attempts = await self._store.attempts.of_session(session_id)
        rows = sorted((row_of(each) for each in attempts), key=lambda row: (row.name.casefold(), row.participant_id))
        return LiveSnapshot(
            session=session.snapshot,
            session_version=session.version,
            rows=rows,
            activities=await self._store.activities.of_session(session_id),
            taken_at=taken_at,
        )

    async def attempt(self, principal: Principal, participant_id: str) -> AttemptView:
        """A candidate is not told how many alerts were raised about them: that is for proctors."""
        attempt = await self._attempt(principal, participant_id)
        row = row_of(attempt)
        return AttemptView(
            org_id=attempt.org_id,
            session_id=attempt.session_id,
            row=row.model_copy(update={"alerts": 0, "open_alerts": []}) if principal.only_own else row,
            responses=attempt.saved_responses(),
            flagged_items=sorted(item_id for item_id, flag in attempt.flags.items() if flag.flagged),
            ledger=list(attempt.ledger),
            server_time=self._clock.now(),
        )

    async def timeline(self, principal: Principal, participant_id: str) -> Timeline:
        attempt = await self._attempt(principal, participant_id)
        return Timeline(
            participant_id=attempt.participant_id,
            activities=await self._store.activities.of_participant(participant_id),
        )

    async def outcomes(self, principal: Principal, asked: Mapping[str, str]) -> CommandOutcomes:
        """What became of the commands in `asked` (command id -> participant id), as far as it is known."""
        for participant_id in set(asked.values()):
            _refuse_others(principal, participant_id)
        org_id = principal.within
        applied = await self._store.attempts.applied_among(dict(asked), org_id)
        decided = await self._store.decisions.among([each for each in asked if each not in applied])
        outcomes = {
            command_id: Outcome(command_id=command_id, participant_id=asked[command_id]) for command_id in applied
        }
        for command_id, each in decided.items():
            if org_id in {None, each.org_id} and each.participant_id == asked[command_id]:
                outcomes[command_id] = each.outcome()
        return CommandOutcomes(outcomes=[outcomes[each] for each in asked if each in outcomes])

    async def _attempt(self, principal: Principal, participant_id: str) -> Attempt:
        _refuse_others(principal, participant_id)
        attempt = await self._store.attempts.one(participant_id)
        if attempt is None or not principal.sees(attempt.org_id):
            raise Rejected(problems.ATTEMPT_UNKNOWN, "There is no such attempt.")
        return attempt


def _refuse_others(principal: Principal, participant_id: str) -> None:
    """A candidate sees their own attempt only; that another exists is not told."""
    if principal.only_own and principal.participant_id != participant_id:
        raise Rejected(problems.ATTEMPT_UNKNOWN, "There is no such attempt.")
