"""Facts of enrollment-svc: who has a place in which session."""

from decimal import Decimal
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from contracts import limits
from contracts.model import Email, Fact, Id, Instant, Name, Part, Reason
from contracts.registry import message
from contracts.session import Code, TimeLimitSeconds
from contracts.statuses import EnrollmentState, IdentityImage, ImageDeletion

ENROLLMENT_EVENTS: Final = "enrollment.events.v1"
INVITATION_EVENTS: Final = "invitation.events.v1"

Multiplier = Annotated[
    Decimal, Field(ge=Decimal(limits.MULTIPLIER_MIN), le=Decimal(limits.MULTIPLIER_MAX), decimal_places=2)
]


class Accommodation(Part):
    """Individual time set before the start: a limit of one's own, or a multiple of everybody's. Never both."""

    time_limit_seconds: TimeLimitSeconds | None = None
    time_multiplier: Multiplier | None = None


class ParticipantSnapshot(Part):
    """A participant as other services need it, without the personal code."""

    participant_id: Id
    session_id: Id
    name: Name
    email: Email | None = None
    external_id: Name | None = None
    accommodation: Accommodation = Accommodation()
    state: EnrollmentState


class _ParticipantFact(Fact):
    participant: ParticipantSnapshot


@message("examhall.participant.enrolled.v1", topic=ENROLLMENT_EVENTS)
class ParticipantEnrolled(_ParticipantFact):
    """Added by hand (invited) or by joining with the session's code."""


@message("examhall.participant.changed.v1", topic=ENROLLMENT_EVENTS)
class ParticipantChanged(_ParticipantFact):
    """Name or accommodation was edited before the start."""


@message("examhall.participant.joined.v1", topic=ENROLLMENT_EVENTS)
class ParticipantJoined(_ParticipantFact):
    """Came with a code and waits for admission."""


@message("examhall.participant.admitted.v1", topic=ENROLLMENT_EVENTS)
class ParticipantAdmitted(_ParticipantFact):
    """May wait and begin."""

    by: Id | None = Field(default=None, description="The proctor who approved; None when automatic")


@message("examhall.participant.denied.v1", topic=ENROLLMENT_EVENTS)
class ParticipantDenied(_ParticipantFact):
    reason: Reason
    by: Id


@message("examhall.participant.removed.v1", topic=ENROLLMENT_EVENTS)
class ParticipantRemoved(_ParticipantFact):
    reason: Reason
    by: Id
    by_name: Name


@message("examhall.participant.identity-submitted.v1", topic=ENROLLMENT_EVENTS)
class IdentitySubmitted(_ParticipantFact):
    """Sent pictures of face and document, which wait for somebody to compare them. `submission` counts from 1."""

    submission: int


@message("examhall.participant.identity-confirmed.v1", topic=ENROLLMENT_EVENTS)
class IdentityConfirmed(_ParticipantFact):
    """Somebody compared face, document and name, and they agree. `submission` 0: in person, without pictures."""

    submission: int
    by: Id
    by_name: Name


@message("examhall.participant.identity-rejected.v1", topic=ENROLLMENT_EVENTS)
class IdentityRejected(_ParticipantFact):
    submission: int
    reason: Reason
    by: Id
    by_name: Name


class DeletedImage(Part):
    """A picture that is gone from the store. `sha256` is the digest of the object as it was stored, in hexadecimal."""

    image_id: Id
    image: IdentityImage
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


@message("examhall.participant.identity-images-deleted.v1", topic=ENROLLMENT_EVENTS)
class IdentityImagesDeleted(_ParticipantFact):
    """The proof of deletion: written once the store was asked and no longer had the objects."""

    images: Annotated[list[DeletedImage], Field(max_length=limits.IDENTITY_UPLOADS_MAX)]
    why: ImageDeletion
    deleted_at: Instant


@message("examhall.participant.invited.v1", topic=INVITATION_EVENTS)
class ParticipantInvited(_ParticipantFact):
    """Somebody decided that this person gets mail about the session, from now on. Only messaging-svc may read this
    topic: it is the one place where a personal code leaves enrollment-svc.
    """

    email: Email
    personal_code: Code = Field(repr=False)


ENROLLMENT_FACTS: Final = (
    ParticipantEnrolled,
    ParticipantChanged,
    ParticipantJoined,
    ParticipantAdmitted,
    ParticipantDenied,
    ParticipantRemoved,
    IdentitySubmitted,
    IdentityConfirmed,
    IdentityRejected,
    IdentityImagesDeleted,
)
