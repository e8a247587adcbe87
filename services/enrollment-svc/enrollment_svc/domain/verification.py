"""Who somebody is, shown by a face and a document: how far it is verified, and when the pictures must go.

A picture that was stored counts once it is named in a submission. Where the session asks for verification, nobody is
admitted before somebody confirmed it (`domain/participant.py` asks `check_confirmed`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chassis.outcomes import Rejected
from contracts import limits, problems
from contracts.statuses import IdentityImage, IdentityState, ImageDeletion

UNUSED_AFTER: Final = timedelta(
    hours=1
)  # between storing a picture and submitting it lie seconds, over a bad line minutes
USABLE_FOR: Final = timedelta(minutes=50)  # well before that, so that none is named while it is being deleted
LIVE_LOOK: Final = timedelta(hours=1)  # how late the end of a session may be noticed, against days of keeping


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """A picture that was deleted: what of it is kept."""

    image_id: str
    at: datetime
    why: ImageDeletion


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """`face` and `document` are the image ids of the last submission, of which `submission` is the number, from 1."""

    state: IdentityState = IdentityState.MISSING
    submission: int = 0
    face: str | None = None
    document: str | None = None
    submitted_at: datetime | None = None
    decided_at: datetime | None = None
    decided_by_name: str | None = None
    reason: str | None = None
    gone: tuple[Gone, ...] = ()

    @property
    def image_ids(self) -> frozenset[str]:
        return frozenset(each for each in (self.face, self.document) if each is not None)

    @property
    def gone_ids(self) -> frozenset[str]:
        return frozenset(each.image_id for each in self.gone)

    @property
    def tries_left(self) -> int:
        return 0 if self.state is IdentityState.CONFIRMED else limits.IDENTITY_TRIES_MAX - self.submission

    def image_id(self, image: IdentityImage) -> str | None:
        """The picture that can be looked at, None when none was sent or it is gone."""
        found = self.face if image is IdentityImage.FACE else self.document
        return None if found in self.gone_ids else found

    def last_gone(self) -> Gone | None:
        """What became of the last submission's pictures, None while they are kept."""
        return next((each for each in self.gone if each.image_id in self.image_ids), None)


NOT_VERIFIED: Final = Verification()


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture as it lies in the store. Written down before the store has it, so that nothing there is ever unknown.

    `sha256` is of the object as stored, in hexadecimal; `size` in bytes; `look_at` when next to ask whether it must go.
    """

    image_id: str
    org_id: str
    session_id: str
    participant_id: str
    image: IdentityImage
    path: str
    sha256: str
    size: int
    added_at: datetime
    look_at: datetime


def path_of(org_id: str, session_id: str, participant_id: str, image_id: str) -> str:
    """Where a picture lies: by organisation, session and person, so that an operator can find and account for them."""
    return f"{org_id}/{session_id}/{participant_id}/{image_id}"


def check_may_send(verification: Verification) -> None:
    """Raises Rejected: identity-wrong-state while one waits or once confirmed, identity-tries-spent."""
    match verification.state:
        case IdentityState.SUBMITTED:
            raise _wrong_state(verification, "Your pictures are being looked at.")
        case IdentityState.CONFIRMED:
            raise _wrong_state(verification, "Your identity is confirmed.")
        case _ if verification.tries_left <= 0:
            raise Rejected(problems.IDENTITY_TRIES_SPENT, "Ask a proctor to verify you in another way.")


def submit(verification: Verification, *, face: str, document: str, now: datetime) -> Verification:
    """The next submission. The same two pictures again change nothing.

    Raises:
        Rejected: what `check_may_send` raises.

    """
    if verification.image_ids == {face, document} and verification.state is not IdentityState.REJECTED:
        return verification
    check_may_send(verification)
    return replace(
        verification,
        state=IdentityState.SUBMITTED,
        submission=verification.submission + 1,
        face=face,
        document=document,
        submitted_at=now,
        decided_at=None,
        decided_by_name=None,
        reason=None,
    )


def confirm(verification: Verification, *, submission: int, by_name: str, now: datetime) -> Verification:
    """Also what was rejected by mistake, and (submission 0) somebody who was seen in person. Again changes nothing.

    Raises:
        Rejected: stale-version when another submission came meanwhile.

    """
    _check_looked_at(verification, submission)
    if verification.state is IdentityState.CONFIRMED:
        return verification
    return replace(verification, state=IdentityState.CONFIRMED, decided_at=now, decided_by_name=by_name, reason=None)


def reject(verification: Verification, *, submission: int, reason: str, by_name: str, now: datetime) -> Verification:
    """Also what was confirmed by mistake. Again with the same reason changes nothing.

    Raises:
        Rejected: stale-version when another submission came meanwhile; identity-wrong-state when there is none.

    """
    _check_looked_at(verification, submission)
    if verification.state is IdentityState.REJECTED and verification.reason == reason:
        return verification
    if verification.submission == 0:
        raise _wrong_state(verification, "No pictures were sent.")
    return replace(verification, state=IdentityState.REJECTED, decided_at=now, decided_by_name=by_name, reason=reason)


def check_confirmed(verification: Verification) -> None:
    """Raises Rejected (identity-not-confirmed)."""
    if verification.state is not IdentityState.CONFIRMED:
        raise Rejected(
            problems.IDENTITY_NOT_CONFIRMED,
            "Compare the pictures and confirm the identity first.",
            identity=verification.state,
        )


def note_gone(verification: Verification, image_ids: Iterable[str], why: ImageDeletion, now: datetime) -> Verification:
    """Once each: what is noted already stays as it is."""
    fresh = [each for each in image_ids if each not in verification.gone_ids]
    noted = tuple(Gone(image_id=each, at=now, why=why) for each in fresh)
    return replace(verification, gone=(*verification.gone, *noted)) if noted else verification


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """What decides how long a picture is kept. `session_over_at` None: it has not ended; `removed_at` None: is in."""

    days: int
    session_over_at: datetime | None
    removed_at: datetime | None


def due(picture: Picture, verification: Verification, keeping: Keeping) -> tuple[datetime, ImageDeletion]:
    """When the picture must go, as far as is known now, and why then."""
    if picture.image_id not in verification.image_ids:
        return picture.added_at + UNUSED_AFTER, ImageDeletion.UNUSED
    days = timedelta(days=keeping.days)
    over = keeping.session_over_at or picture.added_at + timedelta(days=limits.IDENTITY_NEVER_ENDED_DAYS)
    if keeping.removed_at is not None and keeping.removed_at < over:
        return keeping.removed_at + days, ImageDeletion.REMOVED
    return over + days, ImageDeletion.EXPIRED


def next_look(due_at: datetime, keeping: Keeping, now: datetime) -> datetime:
    """When to ask again about a picture that is not due. While its session lives, the day may still change."""
    return due_at if keeping.session_over_at is not None else min(due_at, now + LIVE_LOOK)


def _check_looked_at(verification: Verification, submission: int) -> None:
    if verification.submission != submission:
        raise Rejected(
            problems.STALE_VERSION,
            "Other pictures were sent meanwhile: look at those.",
            submission=verification.submission,
        )


def _wrong_state(verification: Verification, detail: str) -> Rejected:
    return Rejected(problems.IDENTITY_WRONG_STATE, detail, identity=verification.state)
