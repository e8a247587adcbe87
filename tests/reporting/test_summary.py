"""The report of a session is a pure function of its facts."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from session_story import PROCTOR, Told, at, told

from contracts import attempt, enrollment
from contracts.attempt import LedgerKind
from contracts.statuses import (
    AlertKind,
    AlertOutcome,
    CompletionReason,
    ParticipantStatus,
    ResultState,
    SessionState,
    Severity,
)
from reporting_svc.domain.facts import only_progress
from reporting_svc.domain.summary import summarise

GENERATED = at(9_999)


def summary_of(story: Told) -> Any:
    return summarise(story.session_id, story.facts(), GENERATED)


def line(summary: Any, name: Any) -> Any:
    return next(each for each in summary.participants if each.name == name)


def test_without_a_fact_of_the_session_there_is_no_summary(story: Told) -> None:
    assert summarise("s1", story.facts()[1:4], GENERATED) is None


def test_attendance_counts_everybody_once(story: Told) -> None:
    attendance = summary_of(story).attendance
    assert attendance.model_dump() == {
        "invited": 5,
        "joined": 4,
        "began": 3,
        "completed": 3,
        "submitted": 2,
        "time_expired": 1,
        "absent": 1,
        "removed": 1,
    }


def test_participation_leaves_out_the_removed_and_completion_those_who_never_began(story: Told) -> None:
    summary = summary_of(story)
    assert (summary.participation_percent, summary.completion_percent) == (Decimal("75.00"), Decimal("100.00"))


def test_times_are_those_of_the_clocks(story: Told) -> None:
    times = summary_of(story).times
    assert (times.shortest_seconds, times.median_seconds, times.longest_seconds, times.mean_seconds) == (
        Decimal("1000.000"),
        Decimal("2000.500"),
        Decimal("3900.000"),
        Decimal("2300.167"),
    )


def test_scores_fall_into_tens_and_a_hundred_into_the_last(story: Told) -> None:
    summary = summary_of(story)
    assert [bucket.participants for bucket in summary.scores] == [0, 1, 0, 0, 0, 0, 0, 1, 0, 1]
    assert summary.mean_percent == Decimal("60.00")


def test_item_statistics_are_those_of_classical_test_theory(story: Told) -> None:
    first, second = summary_of(story).items
    assert (first.difficulty, second.difficulty) == (Decimal("0.667"), Decimal("0.533"))
    # Items (5, 0, 5) and (5, 1, 2): Pearson's r of each with the other, the rest of a test of two.
    assert first.discrimination == second.discrimination == Decimal("0.693")
    assert (first.answered, first.title) == (3, "Item 1")


def test_the_newest_version_of_a_result_counts(story: Told) -> None:
    ann = line(summary_of(story), "Ann")
    assert (ann.result_state, ann.percent, ann.passed) == (ResultState.RELEASED, Decimal(100), True)


def test_every_person_has_a_line_with_their_clock(story: Told) -> None:
    ben = line(summary_of(story), "Ben")
    assert [entry.kind for entry in ben.ledger] == [LedgerKind.GRANTED, LedgerKind.EXTENDED, LedgerKind.RAN]
    assert ben.ledger_adds_up
    assert (ben.elapsed_ms, ben.remaining_ms) == (3_900_000, 0)
    assert ben.completion_reason is CompletionReason.TIME_EXPIRED
    assert (ben.status, ben.answers) == (ParticipantStatus.COMPLETE, 1)
    assert (ben.began_at, ben.completed_at) == (at(101), at(4_001))


def test_only_losses_while_working_count_as_disconnections(story: Told) -> None:
    assert line(summary_of(story), "Ann").disconnections == 1


def test_the_absent_and_the_removed_are_called_so(story: Told) -> None:
    summary = summary_of(story)
    assert line(summary, "Dan").status is ParticipantStatus.ABSENT
    assert line(summary, "Eve").status is ParticipantStatus.REMOVED


@pytest.mark.parametrize("kind", [attempt.AttemptBegan, attempt.TimeExtended])
def test_a_ledger_entry_that_no_fact_brought_is_noticed(story: Told, kind: Any) -> None:
    story.events = [each for each in story.events if not isinstance(each.data, kind)]
    assert not line(summary_of(story), "Ben").ledger_adds_up


def test_a_clock_that_does_not_add_up_is_noticed(story: Told) -> None:
    for number, event in enumerate(story.events):
        if isinstance(event.data, attempt.AttemptCompleted) and event.data.remaining_ms:
            wrong = event.data.model_copy(update={"remaining_ms": event.data.remaining_ms + 1})
            story.events[number] = type(event)(
                **{name: getattr(event, name) for name in event.__slots__} | {"data": wrong}
            )
    summary = summary_of(story)
    assert [each.ledger_adds_up for each in summary.participants] == [False, True, False, True, True]


def test_incidents_and_messages_are_listed(story: Told) -> None:
    summary = summary_of(story)
    assert [each.text for each in summary.messages] == ["Welcome", "Please speak up"]
    (incident,) = summary.incidents
    assert (incident.note, incident.moment, incident.recorded_at) == ("Projector failed", at(300), at(360))


def test_a_reopened_attempt_is_open_again_and_its_last_completion_counts(story: Told) -> None:
    story.attempt(attempt.AttemptReset, "Ann", 1_200, reason="Crash", attempt_number=2, deadline_at=at(4_000))
    ann = line(summary_of(story), "Ann")
    assert (ann.completion_reason, ann.completed_at, ann.ledger_adds_up) == (None, None, True)
    assert summary_of(story).attendance.completed == 2


def test_a_session_nobody_came_to_has_no_figures(story: Told) -> None:
    story.events = story.events[:1]
    summary = summary_of(story)
    assert summary.session.state is SessionState.SCHEDULED
    assert (summary.participation_percent, summary.completion_percent, summary.mean_percent) == (None, None, None)
    assert summary.times.mean_seconds is None
    assert all(item.difficulty is None and item.discrimination is None for item in summary.items)


def test_somebody_still_at_work_shows_the_newest_progress(story: Told) -> None:
    story.events = [each for each in story.events if each.time < at(110)]
    cem = line(summary_of(story), "Cem")
    assert (cem.status, cem.answers) == (ParticipantStatus.IN_SESSION, 2)
    assert cem.remaining_ms == 3_600_000


STORY = told("s1")
FACTS = STORY.facts()
WHOLE = summarise("s1", FACTS, GENERATED).model_dump_json()


@settings(max_examples=60, deadline=None)
@given(st.permutations(range(len(FACTS))), st.lists(st.integers(0, len(FACTS) - 1), max_size=40), st.randoms())
def test_neither_order_nor_repetition_of_the_facts_makes_a_difference(order: Any, again: Any, random: Any) -> None:
    facts = [FACTS[index] for index in [*order, *again]]
    random.shuffle(facts)
    assert summarise("s1", facts, GENERATED).model_dump_json() == WHOLE


def test_keeping_only_the_newest_progress_makes_no_difference() -> None:
    newest = {}
    for fact in FACTS:
        if only_progress(fact.data):
            newest[fact.participant_id] = fact
    kept = [fact for fact in FACTS if not only_progress(fact.data)] + list(newest.values())
    assert len(kept) < len(FACTS)
    assert summarise("s1", kept, GENERATED).model_dump_json() == WHOLE


def test_someone_denied_admission_is_not_expected(story: Told) -> None:
    who = enrollment.ParticipantSnapshot(participant_id="s1-Fay", session_id="s1", name="Fay", state="denied")
    story.tell(enrollment.ParticipantDenied(participant=who, reason="Not on the list", by="kim"), "s1-Fay", 50)
    assert summary_of(story).participation_percent == Decimal("75.00")


def test_alerts_are_listed_with_what_became_of_them(story: Told) -> None:
    actor, kind = PROCTOR, AlertKind.FOCUS_LOST
    common = {"participant_id": "ada", "actor": actor, "kind": kind}
    story.tell(
        attempt.AlertRaised(**common, alert_id="a1", severity=Severity.WARNING, detail="Left.", seconds=5), "ada", 100
    )
    story.tell(attempt.AlertRepeated(**common, alert_id="a1", count=3, seconds=41), "ada", 200)
    story.tell(attempt.AlertDismissed(**common, alert_id="a1", note="A cough"), "ada", 300)
    story.tell(attempt.AlertRaised(**common, alert_id="a2", severity=Severity.NOTICE, detail="Left."), "ada", 400)
    dismissed, opened = summary_of(story).alerts
    assert (dismissed.count, dismissed.seconds, dismissed.note) == (3, 41, "A cough")
    assert (dismissed.outcome, dismissed.by, dismissed.settled_at) == (AlertOutcome.DISMISSED, actor, at(300))
    assert (opened.alert_id, opened.outcome) == ("a2", None)
