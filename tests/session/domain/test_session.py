"""Life of a session: only along the table, one fact a step, one version a fact."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.outcomes import Rejected
from contracts import problems
from contracts.attempt import Actor
from contracts.items import AssessmentContent
from contracts.session import SESSION_FACTS, SessionChanged, SessionEnded, SessionPaused, SessionSettings
from contracts.statuses import ActorKind, EnrollmentMode, SessionState, StartMode
from session_svc.domain.session import (
    Change,
    Session,
    Step,
    create,
    due_step,
    edit,
    form_is_open,
    missed,
    needs_code,
    sitting_of,
    snapshot,
    take,
    take_due,
)

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
LEAD = timedelta(minutes=30)
PROCTOR = Actor(kind=ActorKind.STAFF, id="p1", name="Ada Proctor")
DRAFT, SCHEDULED, OPEN = SessionState.DRAFT, SessionState.SCHEDULED, SessionState.OPEN
RUNNING, PAUSED = SessionState.RUNNING, SessionState.PAUSED
ENDED, CANCELLED = SessionState.ENDED, SessionState.CANCELLED

LEGAL = {
    (DRAFT, SCHEDULED),
    (SCHEDULED, OPEN),
    (OPEN, RUNNING),
    (RUNNING, PAUSED),
    (PAUSED, RUNNING),
    (RUNNING, ENDED),
    (PAUSED, ENDED),
    (DRAFT, CANCELLED),
    (SCHEDULED, CANCELLED),
    (OPEN, CANCELLED),
}
STEPS_TO = {
    DRAFT: [],
    SCHEDULED: [Step.SCHEDULE],
    OPEN: [Step.SCHEDULE, Step.OPEN],
    RUNNING: [Step.SCHEDULE, Step.OPEN, Step.START],
    PAUSED: [Step.SCHEDULE, Step.OPEN, Step.START, Step.PAUSE],
    ENDED: [Step.SCHEDULE, Step.OPEN, Step.START, Step.END],
    CANCELLED: [Step.CANCEL],
}


def settings(**changes: Any) -> SessionSettings:
    return SessionSettings.model_validate(
        {
            "name": "Spring sitting",
            "assessment_id": "a1",
            "assessment_version": 1,
            "scheduled_at": NOW + timedelta(hours=3),
            "time_zone": "Europe/Lisbon",
            "duration_seconds": 3600,
            **changes,
        }
    )


def made(sample: AssessmentContent, *, as_draft: bool = True, **changes: Any) -> Change:
    return create(
        "s1", "acme", settings(**changes), sitting_of(sample), code="WEATHER-26", as_draft=as_draft, by="x", now=NOW
    )


def in_state(sample: AssessmentContent, state: SessionState, **changes: Any) -> Session:
    session = made(sample, **changes).session
    for step in STEPS_TO[state]:
        session = take(session, step, by=PROCTOR, now=NOW, reason="because").session
    assert session.state is state
    return session


def assert_names_the_state(refused: Rejected, session: Session) -> None:
    assert refused.problem is problems.SESSION_WRONG_STATE
    assert refused.extensions["state"] == session.state.value


@given(steps=st.lists(st.tuples(st.sampled_from(Step), st.integers(-5_000, 5_000)), max_size=30))
def test_no_sequence_of_steps_leaves_the_table(sample: AssessmentContent, steps: list[tuple[Step, int]]) -> None:
    session, now = made(sample).session, NOW
    for step, milliseconds in steps:
        now += timedelta(milliseconds=milliseconds)
        try:
            change = take(session, step, by=PROCTOR, now=now, reason="because")
        except Rejected as refused:
            assert_names_the_state(refused, session)
            continue
        after, fact = change.session, change.fact
        assert (session.state, after.state) in LEGAL
        assert after.version == session.version + 1
        assert after.changed_at >= session.changed_at
        assert isinstance(fact, SESSION_FACTS)
        assert fact.session == snapshot(after)
        assert (after.settings, after.code, after.sitting) == (session.settings, session.code, session.sitting)
        instants = [each for each in (after.opened_at, after.started_at, after.ended_at) if each is not None]
        assert instants == sorted(instants)
        assert (after.started_at is not None) == (after.state in {RUNNING, PAUSED, ENDED})
        assert (after.ended_at is not None) == (after.state is ENDED)
        session = after


@pytest.mark.parametrize("state", [ENDED, CANCELLED])
@pytest.mark.parametrize("step", list(Step))
def test_ended_and_cancelled_are_final(sample: AssessmentContent, state: SessionState, step: Step) -> None:
    with pytest.raises(Rejected):
        take(in_state(sample, state), step, by=PROCTOR, now=NOW)


def test_a_running_session_is_ended_not_cancelled(sample: AssessmentContent) -> None:
    with pytest.raises(Rejected, match="session is running"):
        take(in_state(sample, RUNNING), Step.CANCEL, by=PROCTOR, now=NOW, reason="fire alarm")


def test_facts_say_who_and_why(sample: AssessmentContent) -> None:
    change = take(in_state(sample, RUNNING), Step.PAUSE, by=PROCTOR, now=NOW, reason="fire alarm")
    assert isinstance(change.fact, SessionPaused)
    assert (change.fact.by, change.fact.by_name, change.fact.reason) == ("p1", "Ada Proctor", "fire alarm")


def test_a_draft_is_nobodys_concern(sample: AssessmentContent) -> None:
    drafted = made(sample)
    assert drafted.fact is None
    changed = edit(
        drafted.session, settings(name="Renamed"), drafted.session.sitting, code=drafted.session.code, now=NOW
    )
    assert changed.fact is None
    assert changed.session.version == 2
    assert made(sample, as_draft=False).fact is not None


def test_an_edit_tells_the_whole_session(sample: AssessmentContent) -> None:
    session = in_state(sample, OPEN)
    change = edit(session, settings(time_limit_seconds=1200), session.sitting, code=session.code, now=NOW)
    assert isinstance(change.fact, SessionChanged)
    assert change.fact.session.time_limit_seconds == 1200
    assert change.fact.session.state is OPEN
    assert len(change.fact.session.outline) == 3


def test_without_a_limit_of_its_own_a_session_has_the_assessments(sample: AssessmentContent) -> None:
    assert made(sample).session.time_limit_seconds == sample.time_limit_seconds


def test_only_manual_sessions_need_no_code() -> None:
    assert [mode for mode in EnrollmentMode if not needs_code(mode)] == [EnrollmentMode.MANUAL]


def test_a_session_opens_by_itself_before_its_time(sample: AssessmentContent) -> None:
    assert due_step(in_state(sample, SCHEDULED), LEAD) == (Step.OPEN, NOW + timedelta(hours=2.5))


def test_only_the_scheduled_start_mode_starts_by_itself(sample: AssessmentContent) -> None:
    assert due_step(in_state(sample, OPEN), LEAD) is None
    session = in_state(sample, OPEN, start_mode=StartMode.SCHEDULED)
    assert due_step(session, LEAD) == (Step.START, NOW + timedelta(hours=3))


@pytest.mark.parametrize("state", [RUNNING, PAUSED])
def test_a_session_limit_ends_the_session_even_while_it_is_paused(
    sample: AssessmentContent, state: SessionState
) -> None:
    assert due_step(in_state(sample, state), LEAD) is None
    session = in_state(sample, state, session_limit_seconds=600)
    limit = NOW + timedelta(seconds=600)
    assert due_step(session, LEAD) == (Step.END, limit)
    change = take_due(session, Step.END, limit)
    assert isinstance(change.fact, SessionEnded)
    assert (change.fact.by, change.session.ended_at) == ("system", limit)


@pytest.mark.parametrize("state", [DRAFT, ENDED, CANCELLED])
def test_nothing_happens_by_itself_before_scheduling_and_after_the_end(
    sample: AssessmentContent, state: SessionState
) -> None:
    session = in_state(sample, state, start_mode=StartMode.SCHEDULED, session_limit_seconds=600)
    assert due_step(session, LEAD) is None


def test_a_session_whose_whole_time_went_by_waits_for_a_person(sample: AssessmentContent) -> None:
    session = in_state(sample, OPEN, start_mode=StartMode.SCHEDULED)
    over = session.settings.scheduled_at + timedelta(seconds=3600)
    assert not missed(session, Step.START, over - timedelta(milliseconds=1))
    assert missed(session, Step.START, over)
    assert not missed(session, Step.END, over)


def test_candidates_read_the_items_from_the_start_to_the_end_of_grace(sample: AssessmentContent) -> None:
    assert not form_is_open(in_state(sample, OPEN), NOW)
    assert form_is_open(in_state(sample, RUNNING), NOW)
    assert form_is_open(in_state(sample, PAUSED), NOW)
    assert form_is_open(in_state(sample, ENDED, grace_seconds=60), NOW + timedelta(seconds=60))
    assert not form_is_open(in_state(sample, ENDED, grace_seconds=60), NOW + timedelta(seconds=61))
    assert not form_is_open(in_state(sample, CANCELLED), NOW)
