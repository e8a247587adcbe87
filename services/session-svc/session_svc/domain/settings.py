"""What a scheduler may decide about a session, and until when."""

import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from chassis.identifiers import normalise_code
from chassis.outcomes import Rejected
from contracts import limits, problems
from contracts.security import SecurityOptions
from contracts.session import SessionSettings
from contracts.statuses import EnrollmentMode, Lockdown, ScreenSharing, SessionState, StartMode

SCHEDULE_BEHIND: Final = timedelta(days=1)  # "now" typed in a form sent later; anything older is a wrong year
START_BEHIND: Final = timedelta(minutes=1)  # the time it takes to press the button

_AFTER_START: Final = frozenset(
    {
        "proctor_ids",
        "admission_mode",
        "maximum_participants",
        "late_entry_seconds",
        "release_mode",
        "instructions_after",
        "support_contact",
        "security.alerts",
    }
)
"""Terms of attempts are fixed when they begin; what remains open concerns staff, people still to come, and words."""

_AFTER_END: Final = frozenset({"proctor_ids", "instructions_after", "support_contact"})


@dataclass(frozen=True, slots=True)
class Mistake:
    """A field and what to do about it."""

    field: str
    message: str


def refuse_mistakes(mistakes: Sequence[Mistake]) -> None:
    """Raises Rejected: `validation-failed`, listing them, when there are any."""
    if mistakes:
        raise Rejected(
            problems.VALIDATION_FAILED,
            f"{len(mistakes)} to mend.",
            errors=[{"field": each.field, "message": each.message} for each in mistakes],
        )


@cache
def time_zones() -> frozenset[str]:
    """IANA names; the two that name no place on a machine other than this one are left out."""
    return frozenset(zoneinfo.available_timezones()) - {"localtime", "Factory"}


def mistakes_in(settings: SessionSettings, *, now: datetime, before: SessionSettings | None = None) -> list[Mistake]:
    """What the fields' own types cannot see. The time is judged only when it is new: a past one may stay."""
    found = []
    if settings.time_zone not in time_zones():
        found.append(
            Mistake("settings.time_zone", f"{settings.time_zone!r} is no IANA time zone, as Europe/Berlin is.")
        )
    if len(set(settings.proctor_ids)) != len(settings.proctor_ids):
        found.append(Mistake("settings.proctor_ids", "A proctor is named twice: name each once."))
    if len(set(settings.warning_minutes)) != len(settings.warning_minutes):
        found.append(Mistake("settings.warning_minutes", "A warning is listed twice: list each once."))
    security = settings.security
    if security.screen_sharing is ScreenSharing.REQUIRED and security.alerts.screen_share_stopped.severity is None:
        found.append(
            Mistake(
                "settings.security.alerts.screen_share_stopped.severity",
                "Screens are to be shared, yet nobody would learn that one is not: choose a severity.",
            )
        )
    timing = (settings.scheduled_at, settings.start_mode)
    if before is None or timing != (before.scheduled_at, before.start_mode):
        found.extend(_mistakes_in_timing(settings, now))
    return found


def _mistakes_in_timing(settings: SessionSettings, now: datetime) -> list[Mistake]:
    field = "settings.scheduled_at"
    if settings.scheduled_at > now + timedelta(days=limits.SCHEDULE_AHEAD_DAYS_MAX):
        return [Mistake(field, f"This is more than {limits.SCHEDULE_AHEAD_DAYS_MAX} days ahead: choose a nearer time.")]
    if settings.scheduled_at < now - SCHEDULE_BEHIND:
        return [Mistake(field, "This time is past: choose one to come.")]
    if settings.start_mode is StartMode.SCHEDULED and settings.scheduled_at < now - START_BEHIND:
        return [Mistake(field, "A session that starts by itself needs a time to come, or the flexible start mode.")]
    return []


def mistakes_in_code(code: str | None, mode: EnrollmentMode) -> list[Mistake]:
    if code is None:
        return []
    if mode is EnrollmentMode.MANUAL:
        return [Mistake("code", "Nobody joins a manual session by its code: leave it out, or choose auto or hybrid.")]
    if len(normalise_code(code)) < limits.CODE_LENGTH_MIN:
        return [Mistake("code", f"Use at least {limits.CODE_LENGTH_MIN} letters and digits; dashes do not count.")]
    return []


def refuse_late_changes(state: SessionState, before: SessionSettings, after: SessionSettings) -> None:
    """Raises Rejected: `session-wrong-state` naming the fields that may not change any more."""
    refused = sorted(
        name
        for name in _changed(before, after)
        if not _may_change(name, state)
        or (name == "security.lockdown" and state is SessionState.OPEN and _needs_other_browser(before, after))
    )
    if refused:
        raise Rejected(
            problems.SESSION_WRONG_STATE,
            f"In a session that is {state.value}, these can no longer change: {', '.join(refused)}.",
            state=state.value,
            fields=[f"settings.{name}" for name in refused],
        )


def _changed(before: SessionSettings, after: SessionSettings) -> set[str]:
    """Names of the fields that differ. The security options are named one by one: not all may change for as long."""
    names = {name for name in SessionSettings.model_fields if getattr(before, name) != getattr(after, name)}
    if "security" not in names:
        return names
    options = {
        f"security.{name}"
        for name in SecurityOptions.model_fields
        if getattr(before.security, name) != getattr(after.security, name)
    }
    return (names - {"security"}) | options


def _needs_other_browser(before: SessionSettings, after: SessionSettings) -> bool:
    """Whoever has come was let in with the browser that was asked for then."""
    return Lockdown.SAFE_EXAM_BROWSER in {before.security.lockdown, after.security.lockdown}


def _may_change(name: str, state: SessionState) -> bool:
    match state:
        case SessionState.DRAFT | SessionState.SCHEDULED:
            return True
        case SessionState.OPEN:
            return name not in {"assessment_id", "assessment_version"}  # people have come for this one
        case SessionState.RUNNING | SessionState.PAUSED:
            return name in _AFTER_START
        case SessionState.ENDED:
            return name in _AFTER_END
        case SessionState.CANCELLED:
            return False
