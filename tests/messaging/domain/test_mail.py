"""When a mail is tried again, when it is pointless, and what a session's facts give cause for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.session import SessionSettings, SessionSnapshot
from contracts.statuses import EnrollmentState, MailKind, SessionState
from messaging_svc.domain.mail import (
    ATTEMPTS_MAX,
    FIRST_PAUSE,
    JITTER,
    PAUSE_MAX,
    Mail,
    mail_id,
    pause_before_retry,
    why_pointless,
)
from messaging_svc.domain.people import Notice, Session, session_of

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def snapshot(
    state: SessionState = SessionState.SCHEDULED, starts_at: datetime = NOON, name: str = "Sitting"
) -> SessionSnapshot:
    return SessionSnapshot(
        session_id="s",
        state=state,
        settings=SessionSettings(
            name=name,
            assessment_id="a",
            assessment_version=1,
            scheduled_at=starts_at,
            time_zone="Asia/Tokyo",
            duration_seconds=3600,
        ),
        code=None,
        time_limit_seconds=3600,
        pass_mark_percent=Decimal(50),
        assessment_title="Botany",
        outline=[],
    )


def session(state: SessionState = SessionState.SCHEDULED) -> Session:
    return session_of(None, "acme", 1, snapshot(state))


def mail(kind: MailKind = MailKind.INVITATION, **more: object) -> Mail:
    made = Mail(
        mail_id="m",
        org_id="acme",
        kind=kind,
        session_id="s",
        participant_id="p",
        name="Ada",
        email="a@b.c",
        created_at=NOON - 9 * HOUR,
        due_at=NOON,
    )
    return replace(made, **more)  # type: ignore[arg-type]


@given(attempts=st.integers(1, ATTEMPTS_MAX), spread=st.floats(-1, 1))
def test_pauses_grow_and_stay_within_their_bounds(attempts: int, spread: float) -> None:
    pause = pause_before_retry(attempts, spread)
    assert FIRST_PAUSE * (1 - JITTER) <= pause <= PAUSE_MAX * (1 + JITTER)
    assert pause_before_retry(attempts + 1, spread) >= pause


@given(st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), min_size=2, max_size=2, unique=True))
def test_different_causes_and_recipients_are_different_mails(pairs: list[tuple[str, str]]) -> None:
    (one, first), (other, second) = pairs
    kind = MailKind.INVITATION
    assert mail_id("acme", kind, one, first) != mail_id("acme", kind, other, second)
    assert mail_id("acme", kind, one, first) == mail_id("acme", kind, one, first)


@pytest.mark.parametrize("kind", [MailKind.INVITATION, MailKind.RESCHEDULE, MailKind.REMINDER])
def test_what_was_to_be_announced_is_pointless_when_it_is_off_or_over(kind: MailKind) -> None:
    waiting = mail(kind, fields={"for_start": NOON.isoformat()})
    before = NOON - HOUR
    assert why_pointless(waiting, session(), EnrollmentState.INVITED, before) is None
    assert why_pointless(waiting, session(), EnrollmentState.REMOVED, before) is not None
    assert why_pointless(waiting, session(SessionState.CANCELLED), None, before) is not None
    assert why_pointless(waiting, session(SessionState.ENDED), None, before) is not None
    assert why_pointless(waiting, session(), None, NOON + 2 * HOUR) is not None


def test_a_reminder_is_for_its_own_start_only() -> None:
    reminder = mail(MailKind.REMINDER, fields={"for_start": (NOON - HOUR).isoformat()})
    assert why_pointless(reminder, session(), None, NOON - 2 * HOUR) is not None
    reminder = mail(MailKind.REMINDER, fields={"for_start": NOON.isoformat()})
    assert why_pointless(reminder, session(), None, NOON + timedelta(minutes=1)) is not None


def test_a_cancellation_and_a_result_reach_those_who_are_out() -> None:
    cancelled = session(SessionState.CANCELLED)
    assert why_pointless(mail(MailKind.CANCELLATION), cancelled, EnrollmentState.REMOVED, NOON) is None
    assert why_pointless(mail(MailKind.CANCELLATION), cancelled, None, NOON + 2 * HOUR) is not None
    assert why_pointless(mail(MailKind.RESULT), session(SessionState.ENDED), None, NOON + 99 * HOUR) is None
    late = mail(MailKind.RESULT, expires_at=NOON)
    assert why_pointless(late, None, None, NOON + HOUR) is not None


def test_a_new_time_is_noticed_and_nothing_else_is() -> None:
    known = session()
    renamed = session_of(known, "acme", 2, snapshot(name="Other"))
    assert (renamed.notice, renamed.schedule_version) == (None, 1)
    moved = session_of(renamed, "acme", 3, snapshot(starts_at=NOON + HOUR))
    assert (moved.notice, moved.schedule_version, moved.previous) == (
        Notice(MailKind.RESCHEDULE, 3),
        3,
        known.schedule,
    )
    opened = session_of(moved, "acme", 4, snapshot(SessionState.OPEN, NOON + HOUR))
    assert (opened.notice, opened.schedule_version) == (moved.notice, 3)


def test_a_cancellation_replaces_a_notice_of_a_new_time() -> None:
    moved = session_of(session(), "acme", 2, snapshot(starts_at=NOON + HOUR))
    off = session_of(moved, "acme", 3, snapshot(SessionState.CANCELLED, NOON + HOUR), "No room")
    assert (off.notice, off.cancel_reason) == (Notice(MailKind.CANCELLATION, 3), "No room")
    assert session_of(None, "acme", 3, snapshot(SessionState.CANCELLED)).notice is not None
