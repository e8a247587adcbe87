"""Resources of enrollment-svc: verifying who somebody is."""

from typing import Annotated

from pydantic import Field

from contracts import limits
from contracts.model import Id, Instant, Name, Reason, Request, View
from contracts.statuses import IdentityImage, IdentityState, ImageDeletion


class StoredImage(View):
    """A picture that was taken in. It counts once it is named in a submission; until then it is kept for an hour."""

    image_id: Id
    image: IdentityImage
    width: int
    height: int


class SubmitIdentity(Request):
    """Both pictures, as `image_id` of what was stored."""

    face: Id
    document: Id


class OwnIdentity(View):
    """What a candidate is told of their own verification."""

    state: IdentityState
    submission: int
    tries_left: int
    reason: str | None = Field(description="Why the last pictures were rejected")
    images_days: int = Field(description="How many days after the session the pictures are kept")


class IdentityView(View):
    """One person's verification as staff see it. `images`: the pictures that can be looked at.

    `images_deleted_at` is set once the pictures of the last submission are gone from the store, and `images_deletion`
    says why.
    """

    participant_id: Id
    session_id: Id
    name: Name
    external_id: Name | None
    state: IdentityState
    submission: int
    images: list[IdentityImage]
    submitted_at: Instant | None
    decided_at: Instant | None
    decided_by_name: str | None
    reason: str | None
    images_deleted_at: Instant | None
    images_deletion: ImageDeletion | None


class IdentityQueue(View):
    """People who have joined and are not admitted yet, the longest waiting first; how many there are in each state."""

    items: list[IdentityView]
    waiting: dict[IdentityState, int]


class ConfirmIdentity(Request):
    """`submission` is the one that was looked at; 0 when nothing was sent and the person was seen instead."""

    submission: Annotated[int, Field(ge=0, le=limits.IDENTITY_TRIES_MAX)]


class RejectIdentity(Request):
    """`reason` is shown to the candidate."""

    submission: Annotated[int, Field(ge=1, le=limits.IDENTITY_TRIES_MAX)]
    reason: Reason
