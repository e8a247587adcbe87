"""What reviewers do: look at the queue, claim, give back, score."""

from collections.abc import Callable, Sequence
from typing import Final

from chassis.outcomes import Rejected, Transient
from contracts import problems
from contracts.attempt import Actor
from contracts.scoring import CriterionScore
from contracts.statuses import ReviewState
from scoring_svc.domain import review as rules
from scoring_svc.domain.review import Review
from scoring_svc.service.scoring import Clock, Scoring
from scoring_svc.store import ScoringStore

TRIES_MAX: Final = 5  # each lost race means that somebody else succeeded; five in a row on one review is a storm


class Reviews:
    def __init__(self, store: ScoringStore, clock: Clock, scoring: Scoring) -> None:
        self._store = store
        self._clock = clock
        self._scoring = scoring

    async def queue(
        self, org_id: str, session_id: str | None, state: ReviewState | None, after: str | None, limit: int
    ) -> list[Review]:
        return await self._store.queue(org_id, session_id, state, after=after, limit=limit, now=self._clock.now())

    async def get(self, org_id: str, review_id: str) -> Review:
        review = await self._store.review(org_id, review_id)
        if review is None:
            raise Rejected(problems.NOT_FOUND, "There is no such review.")
        return review

    async def claim(self, org_id: str, review_id: str, reviewer: Actor) -> Review:
        return await self._change(org_id, review_id, lambda review: rules.claim(review, reviewer.id, self._clock.now()))

    async def give_back(self, org_id: str, review_id: str, reviewer: Actor) -> Review:
        return await self._change(
            org_id, review_id, lambda review: rules.give_back(review, reviewer.id, self._clock.now())
        )

    async def score(
        self, org_id: str, review_id: str, reviewer: Actor, scores: Sequence[CriterionScore], comment: str
    ) -> Review:
        """The judgement is kept on the review first; the result follows at once, or by the sweep after a crash."""
        scored = await self._change(
            org_id,
            review_id,
            lambda review: rules.judge(review, reviewer, scores, comment, self._clock.now()),
            unapplied=True,
        )
        await self._scoring.settle(scored.participant_id)
        return scored

    async def _change(
        self, org_id: str, review_id: str, change: Callable[[Review], Review], *, unapplied: bool = False
    ) -> Review:
        for _ in range(TRIES_MAX):
            review = await self.get(org_id, review_id)
            changed = change(review)
            if changed is review:
                return review
            if await self._store.save_review(changed, review.version, unapplied=unapplied):
                return changed
        raise Transient(f"review {review_id} changes too fast")
