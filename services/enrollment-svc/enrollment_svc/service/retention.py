"""Deleting pictures when their time is over, and proving it.

Each step may be done again, by whichever replica: the store is asked to delete and then whether it still has the
object; the proof is written with the participant, once; only then is the picture forgotten here.
"""

from collections import defaultdict
from datetime import timedelta
from functools import partial
from typing import Final

import structlog

from chassis.outcomes import Transient
from contracts.statuses import ImageDeletion
from enrollment_svc.domain.participant import Participant
from enrollment_svc.domain.verification import Keeping, Picture, due, next_look
from enrollment_svc.domain.verifying import note_deleted
from enrollment_svc.service.desk import Desk
from enrollment_svc.store.images import Images
from enrollment_svc.store.pictures import PictureStore

BATCH: Final = 100  # a second's work of a bucket
BATCHES_MAX: Final = 50  # of one run, which must not take all of a job's five minutes
TRY_AGAIN_AFTER: Final = timedelta(minutes=10)  # pictures are kept by the day

log = structlog.get_logger(__name__)


class Retention:
    def __init__(self, desk: Desk, pictures: PictureStore, images: Images) -> None:
        self._desk = desk
        self._pictures = pictures
        self._images = images

    async def sweep(self) -> None:
        """Look at every picture whose time to look has come.

        Raises:
            Transient: the store or MongoDB was away, or the store kept what it was told to delete. What was done stays
                done.

        """
        failure: Transient | None = None
        for _ in range(BATCHES_MAX):
            found = await self._pictures.to_look_at(self._desk.clock.now(), BATCH)
            by_person: dict[str, list[Picture]] = defaultdict(list)
            for each in found:
                by_person[each.participant_id].append(each)
            for participant_id, pictures in by_person.items():
                try:
                    await self._look(participant_id, pictures)
                except Transient as error:
                    failure = error
                    await self._postpone(pictures)
            if len(found) < BATCH:
                break
        if failure is not None:
            raise failure

    async def _postpone(self, pictures: list[Picture]) -> None:
        """What the store does not let go of must not keep the others waiting."""
        for each in pictures:
            await self._pictures.look_again(each.image_id, self._desk.clock.now() + TRY_AGAIN_AFTER)

    async def _look(self, participant_id: str, pictures: list[Picture]) -> None:
        now = self._desk.clock.now()
        participant = await self._desk.store.participant(participant_id)
        assert participant is not None  # participants are never deleted
        session = await self._desk.session_of(participant)
        keeping = Keeping(
            days=session.identity_images_days, session_over_at=session.over_at, removed_at=participant.removed_at
        )
        over: dict[ImageDeletion, list[Picture]] = defaultdict(list)
        for each in pictures:
            due_at, why = due(each, participant.identity, keeping)
            if due_at <= now:
                over[why].append(each)
            else:
                await self._pictures.look_again(each.image_id, next_look(due_at, keeping, now))
        for why, these in over.items():
            await self._delete(participant, these, why)

    async def _delete(self, participant: Participant, pictures: list[Picture], why: ImageDeletion) -> None:
        """Raises Transient while the store has one of them still: nothing is proved then, and all are tried again."""
        for each in pictures:
            if not await self._images.delete(each.path):
                raise Transient(f"the store still has {each.path}, which it was told to delete")
        session = await self._desk.session_of(participant)
        decide = partial(note_deleted, pictures=pictures, why=why, now=self._desk.clock.now())
        await self._desk.change(session, participant.participant_id, decide)
        await self._pictures.forget(each.image_id for each in pictures)
        log.info("pictures deleted", participant_id=participant.participant_id, count=len(pictures), why=why.value)
