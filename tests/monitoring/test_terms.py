"""Whose time is how long."""

from decimal import Decimal

import pytest
from attempt_story import START

from contracts.enrollment import Accommodation, ParticipantSnapshot
from contracts.session import SessionSettings, SessionSnapshot
from contracts.statuses import EnrollmentState, SessionState
from monitoring_svc.domain.terms import terms_of


def session(limit: int) -> SessionSnapshot:
    return SessionSnapshot(
        session_id="s1",
        state=SessionState.OPEN,
        settings=SessionSettings(
            name="Spring",
            assessment_id="a1",
            assessment_version=1,
            scheduled_at=START,
            time_zone="UTC",
            duration_seconds=3600,
            warning_minutes=[1, 5, 5],
        ),
        code=None,
        time_limit_seconds=limit,
        pass_mark_percent=Decimal(50),
        assessment_title="Basics",
        outline=[],
    )


@pytest.mark.parametrize(
    ("accommodation", "seconds"),
    [
        (Accommodation(), 1000),
        (Accommodation(time_multiplier=Decimal("1.25")), 1250),
        (Accommodation(time_multiplier=Decimal("1.01")), 1010),
        (Accommodation(time_limit_seconds=1700), 1700),
    ],
)
def test_individual_time_comes_before_the_sessions(accommodation: Accommodation, seconds: int):
    person = ParticipantSnapshot(
        participant_id="p1",
        session_id="s1",
        name="Ada",
        accommodation=accommodation,
        state=EnrollmentState.INVITED,
    )
    terms = terms_of(session(1000), person)
    assert terms.time_limit_seconds == seconds
    assert terms.warning_minutes == [5, 1]


def test_a_fraction_of_a_second_is_the_persons():
    person = ParticipantSnapshot(
        participant_id="p1",
        session_id="s1",
        name="Ada",
        accommodation=Accommodation(time_multiplier=Decimal("1.33")),
        state=EnrollmentState.INVITED,
    )
    assert terms_of(session(31), person).time_limit_seconds == 42
