"""Life of a session: one table of steps, one fact for each step taken.

draft -> scheduled -> open -> running <-> paused -> ended
draft, scheduled, open -> cancelled
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from chassis.outcomes import Rejected
from contracts import problems
from contracts.attempt import SYSTEM, Actor
from contracts.items import AssessmentContent, SectionOutline, outline_of
from contracts.model import Fact
from contracts.session import (
    SessionCancelled,
    SessionChanged,
    SessionEnded,
    SessionOpened,
    SessionPaused,
    SessionResumed,
    SessionScheduled,
    SessionSettings,
    SessionSnapshot,
    SessionStarted,
    session_limit_at,
)
from contracts.statuses import EnrollmentMode, SessionState, StartMode
from session_svc.domain.settings import refuse_late_changes

LIVE: Final = frozenset(
    {SessionState.DRAFT, SessionState.SCHEDULED, SessionState.OPEN, SessionState.RUNNING, SessionState.PAUSED}
)
"""States in which a session's code is its own; afterwards another session may use it."""


class Step(StrEnum):
    SCHEDULE = "schedule"
    OPEN = "open"
    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    END = "end"
    CANCEL = "cancel"


STEPS: Final[Mapping[Step, tuple[frozenset[SessionState], SessionState]]] = {
    Step.SCHEDULE: (frozenset({SessionState.DRAFT}), SessionState.SCHEDULED),
    Step.OPEN: (frozenset({SessionState.SCHEDULED}), SessionState.OPEN),
    Step.START: (frozenset({SessionState.OPEN}), SessionState.RUNNING),
    Step.PAUSE: (frozenset({SessionState.RUNNING}), SessionState.PAUSED),
    Step.RESUME: (frozenset({SessionState.PAUSED}), SessionState.RUNNING),
    Step.END: (frozenset({SessionState.RUNNING, SessionState.PAUSED}), SessionState.ENDED),
    Step.CANCEL: (frozenset({SessionState.DRAFT, SessionState.SCHEDULED, SessionState.OPEN}), SessionState.CANCELLED),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """What a session keeps of the assessment version it sits."""

    title: str
    time_limit_seconds: int
    pass_mark_percent: Decimal
    outline: tuple[SectionOutline, ...]

    @property
    def items(self) -> int:
        return sum(len(section.items) for section in self.outline)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    session_id: str
    org_id: str
    version: int
    state: SessionState
    settings: SessionSettings
    code: str | None
    sitting: Sitting
    created_by: str
    changed_at: datetime
    opened_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def time_limit_seconds(self) -> int:
        """Per person, before individual time."""
        return self.settings.time_limit_seconds or self.sitting.time_limit_seconds


@dataclass(frozen=True, slots=True)
class Change:
    """The session afterwards, and the fact to tell; None while a draft is nobody's concern."""

    session: Session
    fact: Fact | None


def sitting_of(content: AssessmentContent) -> Sitting:
    return Sitting(
        title=content.title,
        time_limit_seconds=content.time_limit_seconds,
        pass_mark_percent=content.pass_mark_percent,
        outline=tuple(outline_of(content)),
    )


def snapshot(session: Session) -> SessionSnapshot:
    return SessionSnapshot(
        session_id=session.session_id,
        state=session.state,
        settings=session.settings,
        code=session.code,
        time_limit_seconds=session.time_limit_seconds,
        pass_mark_percent=session.sitting.pass_mark_percent,
        assessment_title=session.sitting.title,
        outline=list(session.sitting.outline),
        started_at=session.started_at,
        ended_at=session.ended_at,
    )


def needs_code(mode: EnrollmentMode) -> bool:
    return mode is not EnrollmentMode.MANUAL


def create(
    session_id: str,
    org_id: str,
    settings: SessionSettings,
    sitting: Sitting,
    *,
    code: str | None,
    as_draft: bool,
    by: str,
    now: datetime,
) -> Change:
    """A new session, version 1. Its settings and code have been checked."""
    session = Session(
        session_id=session_id,
        org_id=org_id,
        version=1,
        state=SessionState.DRAFT if as_draft else SessionState.SCHEDULED,
        settings=settings,
        code=code,
        sitting=sitting,
        created_by=by,
        changed_at=now,
    )
    return Change(session, None if as_draft else SessionScheduled(session=snapshot(session)))


def edit(session: Session, settings: SessionSettings, sitting: Sitting, *, code: str | None, now: datetime) -> Change:
    """Replace the settings. `sitting` belongs to the assessment version they name, `code` to their enrolment mode.

    Raises:
        Rejected: `session-wrong-state` when a field may not change any more.

    """
    refuse_late_changes(session.state, session.settings, settings)
    edited = replace(
        session,
        version=session.version + 1,
        settings=settings,
        sitting=sitting,
        code=code,
        changed_at=max(now, session.changed_at),
    )
    told = edited.state is not SessionState.DRAFT
    return Change(edited, SessionChanged(session=snapshot(edited)) if told else None)


def take(session: Session, step: Step, *, by: Actor, now: datetime, reason: str = "") -> Change:
    """Go one step further.

    Raises:
        Rejected: `session-wrong-state`, with the current `state`, when the step does not lead on from it.

    """
    sources, target = STEPS[step]
    if session.state not in sources:
        possible = " or ".join(state.value for state in SessionState if state in sources)
        raise Rejected(
            problems.SESSION_WRONG_STATE,
            f"The session is {session.state.value}; to {step.value} it, it must be {possible}.",
            state=session.state.value,
        )
    at = max(now, session.changed_at)  # replicas' clocks may differ by milliseconds; a session's time never runs back
    moved = replace(session, version=session.version + 1, state=target, changed_at=at)
    match step:
        case Step.OPEN:
            moved = replace(moved, opened_at=at)
        case Step.START:
            moved = replace(moved, started_at=at)
        case Step.END:
            moved = replace(moved, ended_at=at)
        case _:
            pass
    return Change(moved, _fact(moved, step, by, reason))


def _fact(session: Session, step: Step, by: Actor, reason: str) -> Fact:
    whole = snapshot(session)
    match step:
        case Step.SCHEDULE:
            return SessionScheduled(session=whole)
        case Step.OPEN:
            return SessionOpened(session=whole)
        case Step.START:
            return SessionStarted(session=whole)
        case Step.PAUSE:
            return SessionPaused(session=whole, reason=reason, by=by.id, by_name=by.name)
        case Step.RESUME:
            return SessionResumed(session=whole, by=by.id, by_name=by.name)
        case Step.END:
            return SessionEnded(session=whole, by=by.id, by_name=by.name)
        case Step.CANCEL:
            return SessionCancelled(session=whole, reason=reason, by=by.id)


def due_step(session: Session, lead: timedelta) -> tuple[Step, datetime] | None:
    """What the session will do by itself next, and when. `lead`: how long before its time it opens."""
    match session.state:
        case SessionState.SCHEDULED:
            return Step.OPEN, session.settings.scheduled_at - lead
        case SessionState.OPEN if session.settings.start_mode is StartMode.SCHEDULED:
            return Step.START, session.settings.scheduled_at
        case SessionState.RUNNING | SessionState.PAUSED:
            limit = session_limit_at(snapshot(session))
            return None if limit is None else (Step.END, limit)
        case _:
            return None


def missed(session: Session, step: Step, now: datetime) -> bool:
    """Whether it is too late to open or start by itself: its whole time went by while nothing ran here.

    Nobody expects it any more; a person decides. Ending is never too late.
    """
    if step is Step.END:
        return False
    return now >= session.settings.scheduled_at + timedelta(seconds=session.settings.duration_seconds)


def take_due(session: Session, step: Step, now: datetime) -> Change:
    return take(session, step, by=SYSTEM, now=now)


def form_is_open(session: Session, now: datetime) -> bool:
    """Whether candidates may read the items: from the start until the grace after the end is over."""
    if session.state in {SessionState.RUNNING, SessionState.PAUSED}:
        return True
    return session.ended_at is not None and now <= session.ended_at + timedelta(seconds=session.settings.grace_seconds)
