"""Which sessions let newcomers in."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chassis.outcomes import Rejected
from contracts.statuses import AdmissionMode, EnrollmentMode, SessionState
from enrollment_svc.domain.session import (
    Session,
    check_before_start,
    check_newcomers_welcome,
    check_session_code_admits,
    check_takes_names,
    meant_by_code,
)

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def a_session(**changes: Any) -> Session:
    values: dict[str, Any] = {
        "session_id": "s",
        "org_id": "acme",
        "version": 1,
        "name": "Spring sitting",
        "state": SessionState.OPEN,
        "code_key": "SPR1NG",
        "proctor_ids": (),
        "scheduled_at": NOON,
        "started_at": None,
        "enrollment_mode": EnrollmentMode.HYBRID,
        "admission_mode": AdmissionMode.AUTOMATIC,
        "maximum_participants": 10,
        "late_entry_seconds": None,
    }
    return Session(**values | changes)


@pytest.mark.parametrize(
    ("state", "problem"),
    [
        (SessionState.DRAFT, "session-not-open"),
        (SessionState.SCHEDULED, "session-not-open"),
        (SessionState.ENDED, "code-expired"),
        (SessionState.CANCELLED, "session-cancelled"),
    ],
)
def test_a_session_that_is_not_open_says_why(state: SessionState, problem: str) -> None:
    with pytest.raises(Rejected) as refusal:
        check_newcomers_welcome(a_session(state=state), NOON)
    assert refusal.value.problem.name == problem


def test_a_session_that_will_open_says_when_it_is_scheduled() -> None:
    with pytest.raises(Rejected) as refusal:
        check_newcomers_welcome(a_session(state=SessionState.SCHEDULED), NOON)
    assert refusal.value.extensions["scheduled_at"] == "2026-05-04T12:00:00.000Z"


def test_an_open_session_welcomes_people_however_long_it_waits_to_start() -> None:
    check_newcomers_welcome(a_session(), NOON + timedelta(days=1))


@pytest.mark.parametrize("state", [SessionState.RUNNING, SessionState.PAUSED])
def test_late_entry_ends_on_the_second_it_says(state: SessionState) -> None:
    session = a_session(state=state, started_at=NOON, late_entry_seconds=60)
    check_newcomers_welcome(session, NOON + timedelta(seconds=60))
    with pytest.raises(Rejected) as refusal:
        check_newcomers_welcome(session, NOON + timedelta(seconds=60, milliseconds=1))
    assert refusal.value.problem.name == "too-late-to-join"


def test_without_late_entry_the_start_closes_the_door() -> None:
    with pytest.raises(Rejected) as refusal:
        check_newcomers_welcome(a_session(state=SessionState.RUNNING, started_at=NOON), NOON)
    assert refusal.value.problem.name == "too-late-to-join"


@pytest.mark.parametrize("state", [SessionState.SCHEDULED, SessionState.OPEN, SessionState.RUNNING])
def test_the_code_of_a_manual_session_admits_nobody_and_says_what_does(state: SessionState) -> None:
    session = a_session(state=state, started_at=NOON, enrollment_mode=EnrollmentMode.MANUAL)
    with pytest.raises(Rejected) as refusal:
        check_session_code_admits(session, NOON)
    assert refusal.value.problem.name == "personal-code-needed"


def test_the_code_of_a_manual_session_that_is_over_is_expired() -> None:
    session = a_session(state=SessionState.ENDED, enrollment_mode=EnrollmentMode.MANUAL)
    with pytest.raises(Rejected) as refusal:
        check_session_code_admits(session, NOON)
    assert refusal.value.problem.name == "code-expired"


def test_people_cannot_be_named_where_they_come_by_code_only() -> None:
    with pytest.raises(Rejected) as refusal:
        check_takes_names(a_session(enrollment_mode=EnrollmentMode.AUTO))
    assert refusal.value.problem.name == "enrollment-by-code-only"


@pytest.mark.parametrize("state", [SessionState.ENDED, SessionState.CANCELLED])
def test_nobody_is_added_to_a_session_that_is_over(state: SessionState) -> None:
    with pytest.raises(Rejected) as refusal:
        check_takes_names(a_session(state=state))
    assert refusal.value.problem.name == "session-wrong-state"


@pytest.mark.parametrize("state", [SessionState.RUNNING, SessionState.PAUSED, SessionState.ENDED])
def test_individual_time_is_settled_before_the_start(state: SessionState) -> None:
    with pytest.raises(Rejected):
        check_before_start(a_session(state=state))


def test_a_code_used_again_means_the_session_that_lives() -> None:
    over = a_session(session_id="old", state=SessionState.ENDED, scheduled_at=NOON + timedelta(days=9))
    planned = a_session(session_id="planned", state=SessionState.SCHEDULED)
    running = a_session(session_id="running", state=SessionState.RUNNING, scheduled_at=NOON - timedelta(days=1))
    assert meant_by_code([over, planned, running]) == running
    assert meant_by_code([over, planned]) == planned
    assert meant_by_code([over]) == over
    assert meant_by_code([]) is None
