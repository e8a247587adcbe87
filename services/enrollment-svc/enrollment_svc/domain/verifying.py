"""What happens to somebody's verification, with the facts each step makes."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from contracts.enrollment import (
    DeletedImage,
    IdentityConfirmed,
    IdentityImagesDeleted,
    IdentityRejected,
    IdentitySubmitted,
    ParticipantSnapshot,
)
from contracts.model import Fact
from contracts.statuses import EnrollmentState, ImageDeletion
from enrollment_svc.domain import verification
from enrollment_svc.domain.participant import (
    Change,
    Participant,
    admit_if_nothing_is_wanting,
    check_not_removed,
    check_still_in,
    step,
    wrong_state,
)
from enrollment_svc.domain.verification import Picture, Verification


def submit(participant: Participant, *, face: str, document: str, now: datetime) -> Change:
    """Send pictures to be compared. No facts when these were sent already.

    Raises:
        Rejected: participant-removed, admission-denied, participant-wrong-state, and what `verification.submit` raises.

    """
    check_still_in(participant)
    check_decidable(participant)
    identity = verification.submit(participant.identity, face=face, document=document, now=now)
    return _verified(
        participant,
        identity,
        lambda snapshot: IdentitySubmitted(participant=snapshot, submission=identity.submission),
    )


def confirm(
    participant: Participant, *, submission: int, by: str, by_name: str, now: datetime, then_admit: bool
) -> Change:
    """No facts when confirmed already. `then_admit`: nobody else approves, so it also admits whoever waits.

    Raises:
        Rejected: as `check_decidable` and `verification.confirm`.

    """
    check_decidable(participant)
    identity = verification.confirm(participant.identity, submission=submission, by_name=by_name, now=now)
    confirmed = _verified(
        participant,
        identity,
        lambda snapshot: IdentityConfirmed(participant=snapshot, submission=submission, by=by, by_name=by_name),
    )
    if not then_admit:
        return confirmed
    admitted = admit_if_nothing_is_wanting(confirmed.participant, verified=True)
    return Change(admitted.participant, (*confirmed.facts, *admitted.facts))


def reject(participant: Participant, *, submission: int, reason: str, by: str, by_name: str, now: datetime) -> Change:
    """No facts when rejected so already. Raises Rejected as `check_decidable` and `verification.reject`."""
    check_decidable(participant)
    identity = verification.reject(participant.identity, submission=submission, reason=reason, by_name=by_name, now=now)
    return _verified(
        participant,
        identity,
        lambda snapshot: IdentityRejected(
            participant=snapshot, submission=submission, reason=reason, by=by, by_name=by_name
        ),
    )


def note_deleted(participant: Participant, pictures: Sequence[Picture], why: ImageDeletion, now: datetime) -> Change:
    """The store has these pictures no longer. No facts for those noted before."""
    fresh = [each for each in pictures if each.image_id not in participant.identity.gone_ids]
    identity = verification.note_gone(participant.identity, [each.image_id for each in fresh], why, now)
    images = [DeletedImage(image_id=each.image_id, image=each.image, sha256=each.sha256) for each in fresh]
    return _verified(
        participant,
        identity,
        lambda snapshot: IdentityImagesDeleted(participant=snapshot, images=images, why=why, deleted_at=now),
    )


def check_decidable(participant: Participant) -> None:
    """Identities are verified between joining and admission; also of somebody denied, whose denial may be taken back.

    Raises:
        Rejected: participant-removed, or participant-wrong-state before and after.

    """
    check_not_removed(participant)
    if participant.state is EnrollmentState.ADMITTED:
        raise wrong_state(participant, "This person was admitted.")
    if participant.state is EnrollmentState.INVITED:
        raise wrong_state(participant, "This person has not come yet.")


def _verified(
    participant: Participant, identity: Verification, fact_of: Callable[[ParticipantSnapshot], Fact]
) -> Change:
    if identity == participant.identity:
        return Change(participant, ())
    changed, fact = step(replace(participant, identity=identity), fact_of)
    return Change(changed, (fact,))
