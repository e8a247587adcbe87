"""From submissions to results. Every fact is kept first; then whatever it made possible is settled.

Facts of different topics race: a submission may come before its session or its assessment. Each handler writes what it
heard and then looks for what waits, so that whichever comes last settles it; a sweep finds what a crash left behind.
"""

from datetime import datetime
from typing import Any, Final, Protocol

import structlog

from chassis.identifiers import derived_id, new_id
from chassis.outcomes import Transient
from contracts.attempt import AttemptCompleted
from contracts.envelope import Event
from contracts.items import AssessmentContent
from contracts.session import SessionSnapshot
from scoring_svc.domain import result as results
from scoring_svc.domain.review import Review, essays_to_review
from scoring_svc.domain.submission import SessionTerms, Submission, verify_digest
from scoring_svc.service.side_by_side import side_by_side
from scoring_svc.store import ScoringStore

SOURCE: Final = "scoring-svc"
TRIES_MAX: Final = 10  # each lost race means that somebody else got on; ten in a row on one person is a storm
SWEEP_MAX: Final = 200  # submissions in one sweep; the next one goes on with those longest untried

log = structlog.get_logger(__name__)


class Clock(Protocol):
    def now(self) -> datetime: ...


class Relay(Protocol):
    def wake(self) -> None: ...


class Scoring:
    def __init__(self, store: ScoringStore, clock: Clock, relay: Relay) -> None:
        self._store = store
        self._clock = clock
        self._relay = relay

    async def learn_assessment(self, org_id: str, assessment_id: str, version: int, content: AssessmentContent) -> None:
        await self._store.keep_assessment(org_id, assessment_id, version, content)
        sessions = await self._store.sessions_of(assessment_id, version)
        if sessions:
            await self._settle_due(sessions)

    async def learn_session(self, org_id: str, session: SessionSnapshot, version: int) -> None:
        terms = SessionTerms(
            session_id=session.session_id,
            org_id=org_id,
            assessment_id=session.settings.assessment_id,
            assessment_version=session.settings.assessment_version,
            release_mode=session.settings.release_mode,
            pass_mark_percent=session.pass_mark_percent,
            proctor_ids=tuple(session.settings.proctor_ids),
        )
        await self._store.keep_session(terms, version)
        await self._settle_due([session.session_id])

    async def learn_name(self, participant_id: str, name: str, version: int) -> None:
        await self._store.keep_name(participant_id, name, version)

    async def take_submission(self, event: Event[AttemptCompleted], session_id: str) -> None:
        """Raises DigestMismatch for a submission that is not what its receipt says: it is parked, not scored."""
        verify_digest(event.data)
        await self._settle(await self._store.keep_completion(event, session_id))

    async def reopen(self, participant_id: str, version: int) -> None:
        """The attempt goes on: its result stands until the next submission, but is not released meanwhile."""
        await self._store.keep_reset(participant_id, version)

    async def sweep(self) -> None:
        """Settle what should have been: after a crash, or when facts came in an unusual order."""
        waiting = [*await self._store.due(SWEEP_MAX), *await self._store.unapplied(SWEEP_MAX)]
        await side_by_side(dict.fromkeys(waiting), self.settle)

    async def _settle_due(self, session_ids: list[str]) -> None:
        await side_by_side(await self._store.due(SWEEP_MAX, session_ids), self.settle)

    async def settle(self, participant_id: str) -> None:
        """Bring the result up to the submission, the reviews and the release mode, one version and fact at a time.

        Safe to repeat and to run at once in several places: every step is guarded by the result's version.
        """
        submission = await self._store.submission(participant_id)
        if submission is not None:
            await self._settle(submission)

    async def _settle(self, submission: Submission) -> None:
        for _ in range(TRIES_MAX):
            if await self._try_to_settle(submission):
                return
            # Somebody else was at it: what they made of it may rest on a newer submission than this one.
            submission = await self._store.submission(submission.participant_id) or submission
        raise Transient(f"result of {submission.participant_id} changes too fast")

    async def _try_to_settle(self, submission: Submission) -> bool:
        """Take all steps there are. False when somebody else took one in between."""
        if not submission.to_be_scored:
            await self._store.settled(submission, [])
            return True
        terms = await self._store.session(submission.session_id)
        content = await self._store.content(terms.assessment_id, terms.assessment_version) if terms else None
        if terms is None or content is None:
            waits_for = "assessment" if terms else "session"
            log.info("submission waits", participant_id=submission.participant_id, waits_for=waits_for)
            await self._store.postpone(submission, self._clock.now())
            return True
        reviews = await self._reviews(submission, content)
        standing = await self._store.result(submission.participant_id)
        while step := results.next_step(standing, submission, terms, content, reviews, now=self._clock.now()):
            if not await self.take_step(step):
                return False
            standing = step.standing
        await self._store.settled(submission, reviews)
        return True

    async def take_step(self, step: results.Step) -> bool:
        """Save the result with its fact. False when somebody else was first: load again and look what is left."""
        standing = step.standing
        event: Event[Any] = Event(
            id=new_id(),
            source=SOURCE,
            time=self._clock.now(),
            subject=standing.result.participant_id,
            org_id=standing.org_id,
            session_id=standing.result.session_id,
            version=standing.version,
            data=step.fact,
        )
        saved = await self._store.save_result(standing, event)
        if saved:
            self._relay.wake()
        return saved

    async def _reviews(self, submission: Submission, content: AssessmentContent) -> list[Review]:
        """The reviews of this very submission, made or brought back where absent; others of the person are put aside.

        A review belongs to one response (its `seq`): after a reset, an essay that was not touched keeps its review.
        """
        known = {each.review_id: each for each in await self._store.reviews_of(submission.participant_id)}
        wanted = {}
        for item, response in essays_to_review(content, submission):
            review_id = derived_id("review", submission.participant_id, item.item_id, str(response.seq))
            wanted[review_id] = known.get(review_id) or Review(
                review_id=review_id,
                org_id=submission.org_id,
                session_id=submission.session_id,
                participant_id=submission.participant_id,
                version=1,
                item=item,
                response=response,
            )
        for review_id in wanted.keys() - known.keys():
            await self._store.add_review(wanted[review_id])
        for review_id, review in known.items():
            if review.superseded is (review_id in wanted):
                await self._store.supersede(review_id, superseded=not review.superseded)
        return list(wanted.values())
