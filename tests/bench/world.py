"""The session every measurement plays in: its items, its people, and what they send, as models of the contracts."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from chassis.identifiers import new_id
from contracts.attempt import SYSTEM, Actor, AdmitParticipant, BeginAttempt, RecordResponse, Terms
from contracts.envelope import Event
from contracts.items import AssessmentForm, ItemOutline, SectionForm, SectionOutline, ShortTextForm, ShortTextResponse
from contracts.resources.session import SessionView
from contracts.session import SessionSettings, SessionSnapshot, SessionStarted
from contracts.statuses import ActorKind, ClockPolicy, SessionState

ORG: Final = "bench"
ITEMS: Final = 25  # as many as the open system's tests have on average
LIMIT_SECONDS: Final = 86_400
STARTED: Final = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)
TERMS: Final = Terms(
    name="Bench Candidate",
    time_limit_seconds=LIMIT_SECONDS,
    grace_seconds=30,
    clock_while_disconnected=ClockPolicy.RUNS,
    total_items=ITEMS,
)
SETTINGS: Final = SessionSettings(
    name="Bench",
    assessment_id="bench",
    assessment_version=1,
    scheduled_at=STARTED,
    time_zone="UTC",
    duration_seconds=LIMIT_SECONDS,
)


def item_id(number: int) -> str:
    return f"item-{number % ITEMS}"


def event(subject: str, session_id: str, payload: Any, at: datetime = STARTED, **attributes: Any) -> Event[Any]:
    return Event(
        id=new_id(),
        source="gateway/bench",
        time=at,
        subject=subject,
        org_id=ORG,
        session_id=session_id,
        data=payload,
        **attributes,
    )


def session_started(session_id: str) -> Event[Any]:
    items = [ItemOutline(item_id=item_id(n), type="short_text", title="T", points="1") for n in range(ITEMS)]
    snapshot = SessionSnapshot(
        session_id=session_id,
        state=SessionState.RUNNING,
        settings=SETTINGS,
        code=None,
        time_limit_seconds=LIMIT_SECONDS,
        pass_mark_percent="50",
        assessment_title="Bench",
        outline=[SectionOutline(section_id="s1", title="S", items=items)],
        started_at=STARTED,
    )
    return event(session_id, session_id, SessionStarted(session=snapshot, by="bench", by_name="Bench"), version=1)


def seated(people: Sequence[str], session_id: str) -> list[Event[Any]]:
    """The commands after which they work."""
    commands: list[Event[Any]] = []
    for each in people:
        commands.append(event(each, session_id, AdmitParticipant(actor=SYSTEM, terms=TERMS)))
        commands.append(event(each, session_id, BeginAttempt(actor=SYSTEM)))
    return commands


def answer(participant_id: str, session_id: str, seq: int) -> Event[Any]:
    actor = Actor(kind=ActorKind.CANDIDATE, id=participant_id, name="Bench Candidate")
    response = ShortTextResponse(text=f"answer {seq}")
    payload = RecordResponse(actor=actor, seq=seq, item_id=item_id(seq), response=response)
    return event(participant_id, session_id, payload, datetime.now(UTC))


def session_view(session_id: str) -> SessionView:
    return SessionView(
        session_id=session_id,
        version=1,
        state=SessionState.RUNNING,
        settings=SETTINGS,
        code=None,
        assessment_title="Bench",
        time_limit_seconds=LIMIT_SECONDS,
        items=ITEMS,
        started_at=STARTED,
        changed_at=STARTED,
    )


def form() -> AssessmentForm:
    items = [ShortTextForm(item_id=item_id(n), title="T", prompt="Which?", points="1") for n in range(ITEMS)]
    return AssessmentForm(
        assessment_id="bench",
        assessment_version=1,
        title="Bench",
        sections=[SectionForm(section_id="s1", title="S", items=items)],
        time_limit_seconds=LIMIT_SECONDS,
    )
