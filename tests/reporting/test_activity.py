"""What happened, in words."""

from session_story import Told

from contracts.attempt import ATTEMPT_FACTS
from contracts.enrollment import ENROLLMENT_FACTS
from contracts.messaging import MESSAGING_FACTS
from contracts.registry import registration_of
from contracts.scoring import SCORING_FACTS
from contracts.session import SESSION_FACTS
from reporting_svc.domain.activity import SILENT, activity


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
