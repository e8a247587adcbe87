"""Deleting pictures when their time is over, and proving it.

Each step may be done again, by whichever replica: the store is asked to delete and then whether it still has the
object; the proof is written with the participant, once; only then is the picture forgotten here.
"""

from collections import defaultdict
from functools import partial
from typing import Final

import structlog

from contracts.statuses import ImageDeletion
from enrollment_svc.domain.participant import Participant
from enrollment_svc.domain.verification import Keeping, Picture, due, next_look
from enrollment_svc.domain.verifying import note_deleted
from enrollment_svc.service.desk import Desk
from enrollment_svc.store.images import Images
from enrollment_svc.store.pictures import PictureStore

BATCH: Final = 100  # a second's work of a bucket
BATCHES_MAX: Final = 50  # of one run, which must not take all of a job's five minutes

log = structlog.get_logger(__name__)


class Retention:
    def __init__(self, desk: Desk, pictures: PictureStore, images: Images) -> None:
        self._desk = desk
        self._pictures = pictures
        self._images = images

    async def sweep(self) -> None:
        """Look at every picture whose time to look has come.

        Raises:
            Transient: the store or MongoDB is away; what was done stays done.

        """
        for _ in range(BATCHES_MAX):
            found = await self._pictures.to_look_at(self._desk.clock.now(), BATCH)
            by_person: dict[str, list[Picture]] = defaultdict(list)
            for each in found:
                by_person[each.participant_id].append(each)
            for participant_id, pictures in by_person.items():
                await self._look(participant_id, pictures)
            if len(found) < BATCH:
                return

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
        gone = [each for each in pictures if await self._images.delete(each.path)]
        if len(gone) < len(pictures):
            # Looked at again in the next run, and each time until the store obeys; health shows the failing job.
            kept = [each.path for each in pictures if each not in gone]
            log.error("the store still has pictures that it deleted", paths=kept)
        if not gone:
            return
        session = await self._desk.session_of(participant)
        decide = partial(note_deleted, pictures=gone, why=why, now=self._desk.clock.now())
        await self._desk.change(session, participant.participant_id, decide)
        await self._pictures.forget(each.image_id for each in gone)
        log.info("pictures deleted", participant_id=participant.participant_id, count=len(gone), why=why.value)
