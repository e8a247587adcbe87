"""Verifying identities: pictures come in, somebody compares them, and whoever is confirmed may be admitted."""

import asyncio
from datetime import datetime
from functools import partial
from typing import Final

from chassis.auth import Principal
from chassis.identifiers import new_id
from chassis.outcomes import Rejected
from contracts import limits, problems
from contracts.resources.identity import (
    ConfirmIdentity,
    IdentityQueue,
    IdentityView,
    OwnIdentity,
    RejectIdentity,
    StoredImage,
    SubmitIdentity,
)
from contracts.statuses import IdentityImage, IdentityState
from enrollment_svc.domain import verifying
from enrollment_svc.domain.participant import Change, Participant, check_still_in
from enrollment_svc.domain.pictures import drawn_anew
from enrollment_svc.domain.session import Session, check_verifying
from enrollment_svc.domain.verification import UNUSED_AFTER, USABLE_FOR, Picture, check_may_send, path_of
from enrollment_svc.service.desk import Desk
from enrollment_svc.service.joining import Joining
from enrollment_svc.store.images import Images, digest_of
from enrollment_svc.store.pictures import PictureStore

DRAWN_AT_ONCE: Final = 2  # each takes a core and up to 100 MB while it lasts; the others wait their turn


class Verification:
    def __init__(self, desk: Desk, joining: Joining, pictures: PictureStore, images: Images) -> None:
        self._desk = desk
        self._joining = joining
        self._pictures = pictures
        self._images = images
        self._drawing = asyncio.Semaphore(DRAWN_AT_ONCE)

    # The candidate

    async def own(self, principal: Principal) -> OwnIdentity:
        participant, session = await self._myself(principal)
        return _own(participant, session)

    async def store(self, principal: Principal, image: IdentityImage, content: bytes) -> StoredImage:
        """Take a picture in. It is written down first and put into the store then, so that whatever lies there is known
        to the sweep, wherever this is cut off.

        Raises:
            Rejected: what the picture's content, the session or the state of the verification has against it.
            Transient: the store is away, or was never set up.

        """
        participant, session = await self._myself(principal)
        check_verifying(session)
        check_still_in(participant)
        verifying.check_decidable(participant)
        check_may_send(participant.identity)
        sent = await self._pictures.count_of(participant.participant_id) + len(participant.identity.gone)
        if sent >= limits.IDENTITY_UPLOADS_MAX:
            raise Rejected(problems.IDENTITY_TRIES_SPENT, "Too many pictures were sent. Ask a proctor.")
        async with self._drawing:
            drawn = await asyncio.to_thread(drawn_anew, content)
        image_id, now = new_id(), self._desk.clock.now()
        path = path_of(participant.org_id, participant.session_id, participant.participant_id, image_id)
        sealed = self._images.sealed(drawn.content, path)
        await self._pictures.note(
            Picture(
                image_id=image_id,
                org_id=participant.org_id,
                session_id=participant.session_id,
                participant_id=participant.participant_id,
                image=image,
                path=path,
                sha256=digest_of(sealed),
                size=len(sealed),
                added_at=now,
                look_at=now + UNUSED_AFTER,
            )
        )
        await self._images.put(path, sealed)
        return StoredImage(image_id=image_id, image=image, width=drawn.width, height=drawn.height)

    async def submit(self, principal: Principal, request: SubmitIdentity) -> OwnIdentity:
        participant, session = await self._myself(principal)
        check_verifying(session)
        now = self._desk.clock.now()
        await self._check_stored(participant, request, now)

        def decide(current: Participant) -> Change:
            return verifying.submit(current, face=request.face, document=request.document, now=now)

        return _own(await self._desk.change(session, participant.participant_id, decide), session)

    async def _check_stored(self, participant: Participant, request: SubmitIdentity, now: datetime) -> None:
        """Both are this person's own pictures, of what they are said to be, and will still be there."""
        asked = {IdentityImage.FACE: request.face, IdentityImage.DOCUMENT: request.document}
        found = await self._pictures.named(asked.values())
        for image, image_id in asked.items():
            picture = found.get(image_id)
            good = (
                picture is not None
                and picture.participant_id == participant.participant_id
                and picture.image is image
                and (now < picture.added_at + USABLE_FOR or image_id in participant.identity.image_ids)
            )
            if not good or image_id in participant.identity.gone_ids:
                raise Rejected(problems.IMAGE_NOT_KEPT, f"Send the picture of the {image.value} again.", image=image)

    async def _myself(self, principal: Principal) -> tuple[Participant, Session]:
        participant = await self._desk.participant(principal, principal.participant_id or "")
        return participant, await self._desk.session_of(participant)

    # Staff

    async def queue(
        self, principal: Principal, session_id: str, state: IdentityState | None, limit: int
    ) -> IdentityQueue:
        session = await self._desk.session(principal, session_id)
        principal.check_assigned(session.proctor_ids)
        found, waiting = await asyncio.gather(
            self._desk.store.verifications(session_id, state, limit),
            self._desk.store.count_verifications(session_id),
        )
        return IdentityQueue(items=[_view(each) for each in found], waiting=waiting)

    async def one(self, principal: Principal, participant_id: str) -> IdentityView:
        participant, _ = await self._looked_after(principal, participant_id)
        return _view(participant)

    async def picture(self, principal: Principal, participant_id: str, image: IdentityImage) -> bytes:
        """Raises Rejected: image-not-kept when none was sent or it was deleted."""
        participant, _ = await self._looked_after(principal, participant_id)
        image_id = participant.identity.image_id(image)
        if image_id is None:
            raise _not_kept(participant)
        content = await self._images.get(path_of(participant.org_id, participant.session_id, participant_id, image_id))
        if content is None:  # deleted, and about to be noted
            raise _not_kept(participant)
        return content

    async def confirm(self, principal: Principal, participant_id: str, request: ConfirmIdentity) -> IdentityView:
        """Where nobody else approves, the person is admitted in the same write."""
        participant, session = await self._looked_after(principal, participant_id)
        check_verifying(session)
        decide = partial(
            verifying.confirm,
            submission=request.submission,
            by=principal.subject,
            by_name=principal.name or principal.subject,
            now=self._desk.clock.now(),
            then_admit=session.admits_by_itself,
        )
        confirmed = await self._desk.change(session, participant.participant_id, decide)
        return _view(await self._joining.settled(confirmed))

    async def reject(self, principal: Principal, participant_id: str, request: RejectIdentity) -> IdentityView:
        participant, session = await self._looked_after(principal, participant_id)
        check_verifying(session)
        decide = partial(
            verifying.reject,
            submission=request.submission,
            reason=request.reason,
            by=principal.subject,
            by_name=principal.name or principal.subject,
            now=self._desk.clock.now(),
        )
        return _view(await self._desk.change(session, participant.participant_id, decide))

    async def _looked_after(self, principal: Principal, participant_id: str) -> tuple[Participant, Session]:
        participant = await self._desk.participant(principal, participant_id)
        session = await self._desk.session_of(participant)
        principal.check_assigned(session.proctor_ids)
        return participant, session


def _own(participant: Participant, session: Session) -> OwnIdentity:
    identity = participant.identity
    return OwnIdentity(
        state=identity.state,
        submission=identity.submission,
        tries_left=identity.tries_left,
        reason=identity.reason,
        images_days=session.identity_images_days,
    )


def _view(participant: Participant) -> IdentityView:
    identity, gone = participant.identity, participant.identity.last_gone()
    return IdentityView(
        participant_id=participant.participant_id,
        session_id=participant.session_id,
        name=participant.name,
        external_id=participant.external_id,
        state=identity.state,
        submission=identity.submission,
        images=[image for image in IdentityImage if identity.image_id(image) is not None],
        submitted_at=identity.submitted_at,
        decided_at=identity.decided_at,
        decided_by_name=identity.decided_by_name,
        reason=identity.reason,
        images_deleted_at=gone.at if gone else None,
        images_deletion=gone.why if gone else None,
    )


def _not_kept(participant: Participant) -> Rejected:
    gone = participant.identity.last_gone()
    if gone is None:
        return Rejected(problems.IMAGE_NOT_KEPT, "No picture was sent.")
    return Rejected(problems.IMAGE_NOT_KEPT, "It was deleted, as the session's rules say.", deleted_at=gone.at)
