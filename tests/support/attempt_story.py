"""A story: one attempt living through commands, the way the service would carry it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.attempt import (
    SYSTEM,
    Actor,
    AdmitParticipant,
    BeginAttempt,
    ConnectParticipant,
    CreateAttempt,
    DisconnectCause,
    DisconnectParticipant,
    ExpireAttempt,
    JudgeConduct,
    RecordResponse,
    ReportSignal,
    Signal,
    Terms,
)
from contracts.envelope import Event
from contracts.items import ItemOutline, SectionOutline, ShortTextResponse
from contracts.security import SecurityOptions
from contracts.session import SessionSettings, SessionSnapshot
from contracts.statuses import ActorKind, ClockPolicy, SessionState
from monitoring_svc.domain.attempt import Attempt
from monitoring_svc.domain.batch import Decided, Handled, handle, is_suspect
from monitoring_svc.domain.form import Form, ItemPlace

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CANDIDATE = Actor(kind=ActorKind.CANDIDATE, id="p1", name="Ada Lovelace")
PROCTOR = Actor(kind=ActorKind.STAFF, id="u1", name="Grace Hopper")
ITEMS = {
    "one": ItemPlace("short_text", "s1"),
    "two": ItemPlace("short_text", "s1"),
    "three": ItemPlace("true_false", "s2"),
}


class Story:
    """Times are seconds after `START`."""

    candidate = CANDIDATE
    proctor = PROCTOR
    system = SYSTEM

    def __init__(
        self,
        *,
        limit: int = 600,
        grace: int = 30,
        policy: ClockPolicy = ClockPolicy.RUNS,
        warnings: Sequence[int] = (5, 1),
        state: SessionState = SessionState.RUNNING,
        security: SecurityOptions | None = None,
    ) -> None:
        self.terms = Terms(
            name="Ada Lovelace",
            time_limit_seconds=limit,
            grace_seconds=grace,
            clock_while_disconnected=policy,
            warning_minutes=list(warnings),
            total_items=3,
        )
        self.form = Form(items=ITEMS, state=state, security=security or SecurityOptions())
        self.attempt: Attempt | None = None
        self.remembered: dict[str, Decided] = {}
        self.facts: list[Event[Any]] = []
        self.log: list[Event[Any]] = []
        self.signals: dict[str, int] = {}
        self._count = 0

    @staticmethod
    def instant(seconds: float) -> datetime:
        return START + timedelta(seconds=seconds)

    @staticmethod
    def seconds(moment: datetime | None) -> float | None:
        return None if moment is None else (moment - START).total_seconds()

    @property
    def now(self) -> Attempt:
        assert self.attempt is not None
        return self.attempt

    def command(
        self, payload: Any, at: float, *, command_id: str | None = None, source: str = "gateway", org: str = "o1"
    ) -> Event[Any]:
        self._count += 1
        return Event(
            id=command_id or f"c{self._count}",
            source=source,
            time=self.instant(at),
            subject="p1",
            org_id=org,
            session_id="s1",
            data=payload,
        )

    def deliver(self, commands: Sequence[Event[Any]]) -> Handled:
        remembered = {
            each.id: self.remembered[each.id]
            for each in commands
            if each.id in self.remembered and is_suspect(self.attempt, each)
        }
        handled = handle(self.attempt, self.form, commands, remembered)
        self.attempt = handled.attempt
        self.remembered |= {each.command_id: each for each in handled.decided}
        self.facts += handled.facts
        self.log += commands
        return handled

    def do(self, payload: Any, at: float, **command: Any) -> Handled:
        handled = self.deliver([self.command(payload, at, **command)])
        assert not handled.poison, handled.poison
        return handled

    def refused(self, payload: Any, at: float) -> str | None:
        """The name of the problem, after checking that nothing changed."""
        before = self.attempt
        handled = self.do(payload, at)
        assert handled.attempt == before
        assert not handled.facts
        return handled.outcomes[0].problem if handled.outcomes else None

    def waiting(self) -> "Story":
        self.do(CreateAttempt(actor=SYSTEM, terms=self.terms), 0)
        self.do(AdmitParticipant(actor=SYSTEM, terms=self.terms), 1)
        return self

    def begun(self, *, at: float = 10, connected: bool = True, cap: float | None = None) -> "Story":
        self.waiting()
        if connected:
            self.connect(5)
        self.do(BeginAttempt(actor=SYSTEM, cap_at=None if cap is None else self.instant(cap)), at)
        return self

    def connect(self, at: float, connection: str = "k1", gateway: str = "g1") -> Handled:
        return self.do(ConnectParticipant(actor=CANDIDATE, connection_id=connection, gateway_id=gateway), at)

    def signal(self, at: float, signal: Signal, *, connection: str = "k1", count: int = 1, seconds: int = 0) -> Handled:
        """The next one of its connection."""
        number = self.signals[connection] = self.signals.get(connection, 0) + 1
        return self.do(self.signalling(signal, connection, number, count=count, seconds=seconds), at)

    @staticmethod
    def signalling(signal: Signal, connection: str, number: int, *, count: int = 1, seconds: int = 0) -> ReportSignal:
        return ReportSignal(
            actor=CANDIDATE, connection_id=connection, number=number, signal=signal, count=count, seconds=seconds
        )

    def look(self, at: float) -> Handled:
        """As the timer does, a moment before or after it is due."""
        return self.do(JudgeConduct(actor=SYSTEM), at)

    def disconnect(self, at: float, connection: str = "k1") -> Handled:
        return self.do(
            DisconnectParticipant(actor=CANDIDATE, connection_id=connection, cause=DisconnectCause.CLOSED), at
        )

    def answer(self, at: float, seq: int = 1, item: str = "one", text: str | None = "yes") -> Handled:
        return self.do(self.answering(seq, item, text), at)

    @staticmethod
    def answering(seq: int = 1, item: str = "one", text: str | None = "yes") -> RecordResponse:
        response = None if text is None else ShortTextResponse(text=text)
        return RecordResponse(actor=CANDIDATE, seq=seq, item_id=item, response=response)

    def expire(self, at: float) -> Handled:
        due = self.now.due_at or self.instant(at)
        return self.do(ExpireAttempt(actor=SYSTEM, due_at=due), at)

    def last(self, kind: type[Any]) -> Any:
        return next(fact.data for fact in reversed(self.facts) if isinstance(fact.data, kind))


TERMS = Story().terms


def snapshot(
    session_id: str, state: SessionState = SessionState.RUNNING, security: SecurityOptions | None = None
) -> SessionSnapshot:
    items = [
        ItemOutline(item_id=item_id, type="short_text", title="Title", points=1) for item_id in ("one", "two", "a.b")
    ]
    return SessionSnapshot(
        session_id=session_id,
        state=state,
        settings=SessionSettings(
            name="Spring",
            assessment_id="a1",
            assessment_version=1,
            scheduled_at=START,
            time_zone="UTC",
            duration_seconds=3600,
            security=security or SecurityOptions(),
        ),
        code=None,
        time_limit_seconds=600,
        pass_mark_percent=50,
        assessment_title="Basics",
        outline=[SectionOutline(section_id="s1", title="First", items=items)],
        started_at=START,
    )


class Person:
    """Makes the commands of one participant, each a second after the other."""

    def __init__(self, name: str, session_id: str) -> None:
        self.name = name
        self.session_id = session_id
        self.count = 0

    def __call__(self, payload: Any) -> Event[Any]:
        self.count += 1
        return Event(
            id=f"{self.name}-{self.count}",
            source="gateway/a",
            time=START + timedelta(seconds=self.count),
            subject=self.name,
            org_id="o1",
            session_id=self.session_id,
            data=payload,
        )

    def opening(self) -> list[Event[Any]]:
        return [
            self(CreateAttempt(actor=SYSTEM, terms=TERMS)),
            self(AdmitParticipant(actor=SYSTEM, terms=TERMS)),
            self(ConnectParticipant(actor=Story.candidate, connection_id="k1", gateway_id="g1")),
            self(BeginAttempt(actor=SYSTEM)),
        ]

    def answers(self, *texts: str) -> list[Event[Any]]:
        return [self(Story.answering(self.count + 1, "one", text)) for text in texts]
