"""What happened, in words."""

from datetime import UTC, datetime

from session_story import Told

from contracts.attempt import ATTEMPT_FACTS
from contracts.enrollment import (
    ENROLLMENT_FACTS,
    DeletedImage,
    IdentityConfirmed,
    IdentityImagesDeleted,
    IdentityRejected,
    IdentitySubmitted,
    ParticipantSnapshot,
)
from contracts.messaging import MESSAGING_FACTS
from contracts.registry import registration_of
from contracts.scoring import SCORING_FACTS
from contracts.session import SESSION_FACTS
from contracts.statuses import EnrollmentState, IdentityImage, ImageDeletion
from reporting_svc.domain.activity import SILENT, activity, sentence

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def test_it_is_told_in_order_of_time(story: Told) -> None:
    entries = activity(reversed(story.facts()))
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)
    assert entries[0].summary == "The session was scheduled."
    sentences = [entry.summary for entry in entries]
    assert "Announcement: Welcome" in sentences
    assert "Got 300 seconds more: Fire alarm" in sentences
    assert "Incident (technical): Projector failed" in sentences
    assert "Completed (time expired) with 1 answers." in sentences


def test_a_fact_told_twice_is_one_entry(story: Told) -> None:
    assert activity([*story.facts(), *story.facts()]) == activity(story.facts())


def test_a_person_gets_what_concerns_them_incidents_included(story: Told) -> None:
    entries = activity(story.facts(), "s1-Ben")
    assert {entry.participant_id for entry in entries} == {"s1-Ben", None}
    assert any(entry.summary.startswith("Incident") for entry in entries)
    assert not any(entry.summary.startswith("Announcement") for entry in entries)


def test_whoever_did_it_is_named(story: Told) -> None:
    extended = next(entry for entry in activity(story.facts()) if entry.summary.startswith("Got"))
    assert extended.by.name == "Kim"


def test_exactly_the_silent_types_make_no_entry(story: Told) -> None:
    told = {fact.type for fact in story.facts()}
    spoken = {entry.type for entry in activity(story.facts())}
    assert told - spoken == told & SILENT
    known = {
        registration_of(model).type_name
        for model in (*ATTEMPT_FACTS, *ENROLLMENT_FACTS, *MESSAGING_FACTS, *SCORING_FACTS, *SESSION_FACTS)
    }
    assert known >= SILENT


def test_verifying_an_identity_is_told_to_the_proof_of_deletion() -> None:
    somebody = ParticipantSnapshot(participant_id="p", session_id="s", name="Ada", state=EnrollmentState.JOINED)
    by = {"by": "p1", "by_name": "Noor"}
    picture = DeletedImage(image_id="i1", image=IdentityImage.FACE, sha256="ab" * 32)
    told = [
        IdentitySubmitted(participant=somebody, submission=1),
        IdentityRejected(participant=somebody, submission=1, reason="Blurred", **by),
        IdentityConfirmed(participant=somebody, submission=2, **by),
        IdentityConfirmed(participant=somebody, submission=0, **by),
        IdentityImagesDeleted(participant=somebody, images=[picture], why=ImageDeletion.EXPIRED, deleted_at=NOON),
    ]
    assert [sentence(fact) for fact in told] == [
        "Ada sent pictures of face and document.",
        "Ada's pictures were rejected: Blurred",
        "Ada's identity was confirmed by pictures.",
        "Ada's identity was confirmed in person.",
        f"Ada's pictures were deleted, as their time was over: face i1 (SHA-256 {'ab' * 32}).",
    ]
