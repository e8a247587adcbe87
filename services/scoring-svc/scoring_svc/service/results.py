"""Looking at results and releasing them."""

from collections.abc import Sequence
from typing import Final

from chassis.outcomes import Rejected, Transient
from contracts import problems
from contracts.attempt import Actor
from contracts.statuses import ResultState
from scoring_svc.domain import result as rules
from scoring_svc.domain.result import Standing
from scoring_svc.domain.submission import Submission
from scoring_svc.service.scoring import Clock, Scoring
from scoring_svc.service.side_by_side import side_by_side
from scoring_svc.store import ScoringStore

TRIES_MAX: Final = 5
NAMED_MAX: Final = 20  # participants named in a refusal: enough to go and look


class Results:
    def __init__(self, store: ScoringStore, clock: Clock, scoring: Scoring) -> None:
        self._store = store
        self._clock = clock
        self._scoring = scoring

    async def proctors_of(self, org_id: str, session_id: str) -> tuple[str, ...]:
        """Raises Rejected: `not-found`, also for another organisation's."""
        terms = await self._store.session(session_id)
        if terms is None or terms.org_id != org_id:
            raise Rejected(problems.NOT_FOUND, "There is no such session.")
        return terms.proctor_ids

    async def of_session(self, org_id: str, session_id: str) -> list[Standing]:
        await self.proctors_of(org_id, session_id)
        return await self._store.results_of(org_id, session_id)

    async def of_participant(self, org_id: str, participant_id: str) -> Standing:
        standing = await self._store.result(participant_id)
        if standing is None or standing.org_id != org_id:
            raise Rejected(problems.NOT_FOUND, "There is no result for this participant yet.")
        return standing

    async def for_candidate(self, org_id: str, participant_id: str) -> Standing:
        """Nothing is told before the release, not even whether anything was scored; nor while the attempt goes on."""
        standing = await self._store.result(participant_id)
        submission = await self._store.submission(participant_id)
        if standing is None or standing.org_id != org_id or standing.result.state is not ResultState.RELEASED:
            raise Rejected(problems.RESULT_NOT_RELEASED, "You will see it here once it is released.")
        if submission is not None and submission.reopened:
            raise Rejected(problems.RESULT_NOT_RELEASED, "Your attempt was reopened; its result follows.")
        return standing

    async def release(
        self, org_id: str, session_id: str, participant_ids: Sequence[str] | None, by: Actor
    ) -> list[str]:
        """Make results visible. All of those asked for, or none: refused while any of them is not final.

        Returns the participants whose result is released now, those who had it before included, so that asking again
        gives the same answer.
        """
        standings = {each.result.participant_id: each for each in await self.of_session(org_id, session_id)}
        submissions = {
            each.participant_id: each for each in await self._store.submissions(session_id) if each.to_be_scored
        }
        asked = sorted({*standings, *submissions}) if participant_ids is None else sorted(set(participant_ids))
        unknown = [each for each in asked if each not in standings and each not in submissions]
        if unknown:
            raise Rejected(problems.NOT_FOUND, f"No result in this session: {', '.join(unknown[:NAMED_MAX])}.")
        waiting = [each for each in asked if not self._may_be_released(standings.get(each), submissions.get(each))]
        if waiting:
            raise Rejected(
                problems.RESULTS_NOT_FINAL,
                f"{len(waiting)} of {len(asked)} results are not final. Finish their reviews first.",
                not_final=len(waiting),
                participant_ids=waiting[:NAMED_MAX],
            )
        await side_by_side(asked, lambda participant_id: self._release(participant_id, by))
        return asked

    @staticmethod
    def _may_be_released(standing: Standing | None, submission: Submission | None) -> bool:
        if standing is None or submission is None or submission.reopened:
            return False
        if standing.submission_version != submission.version:
            return False
        return standing.result.state in {ResultState.FINAL, ResultState.RELEASED}

    async def _release(self, participant_id: str, by: Actor) -> None:
        for _ in range(TRIES_MAX):
            standing = await self._store.result(participant_id)
            if standing is None or standing.result.state is not ResultState.FINAL:
                return  # released meanwhile, or a new submission came: then it is not the result that was looked at
            if await self._scoring.take_step(rules.released(standing, by, self._clock.now())):
                return
        raise Transient(f"result of {participant_id} changes too fast")
