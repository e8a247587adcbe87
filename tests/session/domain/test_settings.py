"""What a scheduler may decide, and until when."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.outcomes import Rejected
from contracts import problems
from contracts.security import AlertRules, IdleRule, SecondsRule, SecurityOptions, observed
from contracts.session import SessionSettings
from contracts.statuses import AlertKind, EnrollmentMode, Lockdown, ScreenSharing, SessionState, Severity, StartMode
from session_svc.domain.settings import mistakes_in, mistakes_in_code, refuse_late_changes

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)


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


def fields(given: SessionSettings, before: SessionSettings | None = None) -> list[str]:
    return [mistake.field for mistake in mistakes_in(given, now=NOW, before=before)]


def test_good_settings_have_no_mistakes() -> None:
    assert fields(settings()) == []


@pytest.mark.parametrize(
    "zone", ["Europe/Atlantis", "europe/lisbon", "../../etc/passwd", "/etc/passwd", "", "localtime"]
)
def test_a_time_zone_must_be_one_of_ianas(zone: str) -> None:
    assert fields(settings(time_zone=zone)) == ["settings.time_zone"]


def test_several_mistakes_are_named_at_once() -> None:
    assert fields(settings(time_zone="Mars", proctor_ids=["p1", "p1"], warning_minutes=[5, 5])) == [
        "settings.time_zone",
        "settings.proctor_ids",
        "settings.warning_minutes",
    ]


@pytest.mark.parametrize("days", [-2, 3 * 366 + 1])
def test_a_time_long_past_or_far_ahead_is_refused(days: int) -> None:
    assert fields(settings(scheduled_at=NOW + timedelta(days=days))) == ["settings.scheduled_at"]


def test_a_session_that_starts_by_itself_needs_a_time_to_come() -> None:
    past = NOW - timedelta(hours=1)
    assert fields(settings(scheduled_at=past, start_mode=StartMode.FLEXIBLE)) == []
    assert fields(settings(scheduled_at=past, start_mode=StartMode.SCHEDULED)) == ["settings.scheduled_at"]


def test_a_time_that_passed_since_does_not_stand_in_the_way_of_other_edits() -> None:
    before = settings(scheduled_at=NOW - timedelta(days=30))
    assert fields(before.model_copy(update={"name": "Renamed"}), before) == []


@pytest.mark.parametrize("code", ["------", "A-B-C-D-", "AB12C"])
def test_a_code_of_mostly_dashes_is_too_short(code: str) -> None:
    assert [mistake.field for mistake in mistakes_in_code(code, EnrollmentMode.HYBRID)] == ["code"]


def test_a_manual_session_has_no_code() -> None:
    assert mistakes_in_code("WEATHER-26", EnrollmentMode.MANUAL)
    assert not mistakes_in_code(None, EnrollmentMode.MANUAL)


@pytest.mark.parametrize(
    ("state", "change", "allowed"),
    [
        (SessionState.SCHEDULED, {"assessment_id": "a2"}, True),
        (SessionState.OPEN, {"assessment_id": "a2"}, False),
        (SessionState.OPEN, {"time_limit_seconds": 1200}, True),
        (SessionState.RUNNING, {"time_limit_seconds": 1200}, False),
        (SessionState.RUNNING, {"proctor_ids": ["p9"], "late_entry_seconds": 600}, True),
        (SessionState.PAUSED, {"instructions_after": "Thank you"}, True),
        (SessionState.PAUSED, {"scheduled_at": NOW}, False),
        (SessionState.ENDED, {"instructions_after": "Thank you"}, True),
        (SessionState.ENDED, {"late_entry_seconds": 600}, False),
        (SessionState.CANCELLED, {"proctor_ids": ["p9"]}, False),
    ],
)
def test_what_may_change_depends_on_the_state(state: SessionState, change: dict[str, Any], *, allowed: bool) -> None:
    if allowed:
        refuse_late_changes(state, settings(), settings(**change))
        return
    with pytest.raises(Rejected) as refusal:
        refuse_late_changes(state, settings(), settings(**change))
    assert refusal.value.problem is problems.SESSION_WRONG_STATE
    assert refusal.value.extensions == {"state": state.value, "fields": [f"settings.{name}" for name in change]}


def test_by_which_browser_is_settled_when_people_may_come() -> None:
    locked = settings(security={"lockdown": "safe_exam_browser"})
    refuse_late_changes(SessionState.SCHEDULED, settings(), locked)
    with pytest.raises(Rejected) as refusal:
        refuse_late_changes(SessionState.OPEN, settings(), locked)
    assert refusal.value.extensions["fields"] == ["settings.security.lockdown"]


RULED = AlertRules(idle=IdleRule(severity=Severity.NOTICE))


@pytest.mark.parametrize(
    ("state", "security", "refused"),
    [
        (SessionState.OPEN, SecurityOptions(lockdown=Lockdown.IN_PAGE), []),
        (SessionState.RUNNING, SecurityOptions(alerts=RULED), []),
        (SessionState.PAUSED, SecurityOptions(alerts=RULED), []),
        (SessionState.RUNNING, SecurityOptions(alerts=RULED, lockdown=Lockdown.IN_PAGE), ["lockdown"]),
        (SessionState.RUNNING, SecurityOptions(screen_sharing=ScreenSharing.REQUIRED), ["screen_sharing"]),
        (SessionState.ENDED, SecurityOptions(alerts=RULED), ["alerts"]),
    ],
)
def test_rules_for_alerts_may_change_while_a_session_runs_and_lock_down_may_not(
    state: SessionState, security: SecurityOptions, refused: list[str]
) -> None:
    if not refused:
        refuse_late_changes(state, settings(), settings(security=security))
        return
    with pytest.raises(Rejected) as refusal:
        refuse_late_changes(state, settings(), settings(security=security))
    assert refusal.value.extensions["fields"] == [f"settings.security.{name}" for name in refused]


def test_sharing_that_nobody_would_be_told_of_is_a_mistake() -> None:
    silent = AlertRules(screen_share_stopped=SecondsRule(severity=None))
    required = SecurityOptions(screen_sharing=ScreenSharing.REQUIRED, alerts=silent)
    assert [mistake.field for mistake in mistakes_in(settings(security=required), now=NOW)] == [
        "settings.security.alerts.screen_share_stopped.severity"
    ]
    assert not mistakes_in(settings(security=SecurityOptions(alerts=silent)), now=NOW)


def test_settings_of_before_security_options_ask_for_nothing() -> None:
    before = settings().model_dump(mode="json", exclude={"security"})
    read = SessionSettings.model_validate(before).security
    assert (read.lockdown, read.screen_sharing) == (Lockdown.OFF, ScreenSharing.OFF)
    assert observed(read) == [AlertKind.CONNECTION_REPLACED]


@given(state=st.sampled_from(SessionState))
def test_an_edit_that_changes_nothing_is_never_refused(state: SessionState) -> None:
    refuse_late_changes(state, settings(), settings())
