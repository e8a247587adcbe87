"""How far somebody is verified, who is admitted without, and when pictures must go."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.outcomes import Rejected
from contracts import limits
from contracts.enrollment import (
    Accommodation,
    IdentityConfirmed,
    IdentityImagesDeleted,
    IdentityRejected,
    IdentitySubmitted,
    ParticipantAdmitted,
)
from contracts.statuses import EnrollmentState, IdentityImage, IdentityState, ImageDeletion
from enrollment_svc.domain import verifying
from enrollment_svc.domain.participant import (
    Change,
    Participant,
    admit,
    admit_if_nothing_is_wanting,
    deny,
)
from enrollment_svc.domain.verification import (
    UNUSED_AFTER,
    Keeping,
    Picture,
    Verification,
    due,
    next_look,
)

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SOMEBODY = Participant(
    participant_id="p",
    org_id="acme",
    session_id="s",
    version=2,
    name="Ada",
    email=None,
    external_id=None,
    accommodation=Accommodation(),
    state=EnrollmentState.JOINED,
    personal_code="AAAA-BBBB-CCCC",
    seat=4,
    added_at=NOON,
    joined_at=NOON,
)
BY = {"by": "p1", "by_name": "Noor"}


def refused(problem: str) -> "pytest.RaisesExc[Rejected]":
    return pytest.RaisesExc(Rejected, check=lambda error: error.problem.name == problem)


def submitted(participant: Participant = SOMEBODY, mark: str = "1") -> Participant:
    return verifying.submit(participant, face=f"f{mark}", document=f"d{mark}", now=NOON).participant


def confirm(participant: Participant, submission: int = 1, *, then_admit: bool = False) -> Change:
    return verifying.confirm(participant, submission=submission, now=NOON, then_admit=then_admit, **BY)


def reject(participant: Participant, submission: int = 1, reason: str = "Blurred") -> Change:
    return verifying.reject(participant, submission=submission, reason=reason, now=NOON, **BY)


def test_pictures_are_sent_looked_at_and_confirmed_with_a_fact_each() -> None:
    sent = verifying.submit(SOMEBODY, face="f", document="d", now=NOON)
    assert sent.facts == (IdentitySubmitted(participant=sent.participant.snapshot(), submission=1),)
    done = confirm(sent.participant)
    (fact,) = done.facts
    assert isinstance(fact, IdentityConfirmed)
    assert (fact.by_name, fact.submission) == ("Noor", 1)
    assert done.participant.identity.state is IdentityState.CONFIRMED
    assert done.participant.version == 4


def test_repeating_changes_nothing() -> None:
    sent = submitted()
    assert verifying.submit(sent, face="f1", document="d1", now=NOON).facts == ()
    rejected = reject(sent).participant
    assert reject(rejected).facts == ()
    confirmed = confirm(sent).participant
    assert confirm(confirmed).facts == ()


def test_whoever_was_rejected_is_told_why_and_tries_again_a_bounded_number_of_times() -> None:
    participant = SOMEBODY
    for number in range(1, limits.IDENTITY_TRIES_MAX + 1):
        participant = submitted(participant, str(number))
        assert participant.identity.submission == number
        change = reject(participant, number)
        participant = change.participant
        assert isinstance(change.facts[0], IdentityRejected)
        assert participant.identity.reason == "Blurred"
        assert participant.identity.tries_left == limits.IDENTITY_TRIES_MAX - number
    with refused("identity-tries-spent"):
        submitted(participant, "too many")


def test_nothing_is_sent_while_something_waits_or_after_it_was_confirmed() -> None:
    for there in (submitted(), confirm(submitted()).participant):
        with refused("identity-wrong-state"):
            submitted(there, "2")


def test_a_decision_is_about_the_pictures_that_were_seen() -> None:
    again = submitted(reject(submitted()).participant, "2")
    with refused("stale-version"):
        confirm(again, 1)
    with refused("stale-version"):
        reject(again, 1)
    assert confirm(again, 2).facts


def test_mistakes_are_taken_back_until_somebody_is_admitted() -> None:
    assert confirm(reject(submitted()).participant).participant.identity.state is IdentityState.CONFIRMED
    taken_back = reject(confirm(submitted()).participant).participant
    assert taken_back.identity.state is IdentityState.REJECTED
    inside = admit(confirm(submitted()).participant, by="p1", verified=True).participant
    with refused("participant-wrong-state"):
        reject(inside)


def test_somebody_without_a_camera_is_seen_in_person() -> None:
    assert confirm(SOMEBODY, 0, then_admit=True).participant.state is EnrollmentState.ADMITTED
    with refused("identity-wrong-state"):
        reject(SOMEBODY, 0)


@pytest.mark.parametrize("state", [EnrollmentState.INVITED, EnrollmentState.ADMITTED, EnrollmentState.REMOVED])
def test_identities_are_verified_between_joining_and_admission(state: EnrollmentState) -> None:
    there = replace(submitted(), state=state)
    for step in (confirm, reject, submitted):
        with pytest.raises(Rejected):
            step(there)


def test_nobody_unconfirmed_is_admitted_neither_by_hand_nor_by_itself() -> None:
    for there in (SOMEBODY, submitted(), reject(submitted()).participant):
        with refused("identity-not-confirmed"):
            admit(there, by="p1", verified=True)
        assert admit_if_nothing_is_wanting(there, verified=True).facts == ()
        assert admit(there, by="p1").facts
    confirmed = confirm(submitted()).participant
    assert admit(confirmed, by="p1", verified=True).facts
    assert admit_if_nothing_is_wanting(confirmed, verified=True).facts


def test_where_nobody_approves_being_confirmed_is_being_admitted() -> None:
    change = confirm(submitted(), then_admit=True)
    assert [type(fact) for fact in change.facts] == [IdentityConfirmed, ParticipantAdmitted]
    assert change.participant.version == change.expected_version + 2
    repeated = confirm(confirm(submitted()).participant, then_admit=True)  # the first was cut off before it admitted
    assert [type(fact) for fact in repeated.facts] == [ParticipantAdmitted]


def test_somebody_denied_may_be_verified_and_then_admitted_but_not_by_itself() -> None:
    denied = deny(submitted(), by="p1", reason="No papers").participant
    with refused("admission-denied"):
        submitted(denied, "2")
    confirmed = confirm(denied, then_admit=True).participant
    assert confirmed.state is EnrollmentState.DENIED
    assert admit(confirmed, by="p1", verified=True).participant.state is EnrollmentState.ADMITTED


def picture(image_id: str = "f1", **changes: Any) -> Picture:
    values: dict[str, Any] = {
        "image_id": image_id,
        "org_id": "acme",
        "session_id": "s",
        "participant_id": "p",
        "image": IdentityImage.FACE,
        "path": f"acme/s/p/{image_id}",
        "sha256": "0" * 64,
        "size": 1000,
        "added_at": NOON,
        "look_at": NOON,
    }
    return Picture(**values | changes)


def keeping(days: int = 30, over: datetime | None = None, removed: datetime | None = None) -> Keeping:
    return Keeping(days=days, session_over_at=over, removed_at=removed)


def test_pictures_go_the_sessions_days_after_it_ended() -> None:
    identity = submitted().identity
    over = NOON + timedelta(hours=3)
    assert due(picture(), identity, keeping(30, over)) == (over + 30 * DAY, ImageDeletion.EXPIRED)


def test_pictures_of_somebody_removed_go_counted_from_the_removal() -> None:
    identity, removed = submitted().identity, NOON + timedelta(minutes=5)
    expected = (removed + 30 * DAY, ImageDeletion.REMOVED)
    assert due(picture(), identity, keeping(30, None, removed)) == expected
    assert due(picture(), identity, keeping(30, removed + DAY, removed)) == expected
    assert due(picture(), identity, keeping(30, removed - DAY, removed))[1] is ImageDeletion.EXPIRED


def test_pictures_never_sent_or_replaced_go_within_the_hour_or_so() -> None:
    again = submitted(reject(submitted()).participant, "2").identity
    for identity in (Verification(), again):
        assert due(picture("f1"), identity, keeping()) == (NOON + UNUSED_AFTER, ImageDeletion.UNUSED)


def test_a_session_that_nobody_ends_keeps_nothing_for_ever() -> None:
    at, _ = due(picture(), submitted().identity, keeping(30))
    assert at == NOON + (30 + limits.IDENTITY_NEVER_ENDED_DAYS) * DAY


@given(st.integers(1, 366), st.integers(0, 10_000), st.booleans())
def test_the_next_look_is_in_time_and_never_in_the_past(days: int, hours: int, ended: bool) -> None:
    now = NOON + timedelta(hours=hours)
    kept = keeping(days, NOON if ended else None)
    at, _ = due(picture(), submitted().identity, kept)
    if at > now:
        look = next_look(at, kept, now)
        assert now < look <= at
        assert ended or look <= now + timedelta(hours=1)


def test_a_deletion_is_proved_once_with_the_digest() -> None:
    sent = submitted()
    change = verifying.note_deleted(sent, [picture("f1", sha256="ab" * 32)], ImageDeletion.EXPIRED, NOON)
    (fact,) = change.facts
    assert isinstance(fact, IdentityImagesDeleted)
    assert (fact.images[0].image_id, fact.images[0].sha256, fact.why) == ("f1", "ab" * 32, "expired")
    identity = change.participant.identity
    assert identity.image_id(IdentityImage.FACE) is None
    assert identity.image_id(IdentityImage.DOCUMENT) == "d1"
    again = verifying.note_deleted(change.participant, [picture("f1")], ImageDeletion.EXPIRED, NOON + DAY)
    assert again.facts == ()
    assert identity.last_gone() is not None
