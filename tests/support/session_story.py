"""A whole small session as the facts that the other services published about it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from chassis.identifiers import derived_id
from contracts import attempt, enrollment, messaging, scoring, session
from contracts.attempt import SYSTEM, Actor, LedgerEntry, LedgerKind, SavedResponse, Terms
from contracts.digest import responses_digest
from contracts.envelope import Event
from contracts.items import ItemOutline, SectionOutline, response_adapter
from contracts.statuses import (
    ActorKind,
    ClockPolicy,
    CompletionReason,
    EnrollmentState,
    ResultState,
    SessionState,
)
from reporting_svc.domain.facts import RecordedFact, participant_of

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
PROCTOR = Actor(kind=ActorKind.STAFF, id="kim", name="Kim")
LIMIT_MS = 3_600_000


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


class Told:
    """The story of one session: `events` in the order in which they happened."""

    org_id = "org1"

    def __init__(self, session_id: str) -> None:
        self.session_id = session_id
        self.events: list[Event[Any]] = []
        self._versions: dict[str, int] = {}

    def tell(self, data: Any, subject: str, seconds: float) -> Event[Any]:
        stream = f"{type(data).__module__}/{subject}"
        version = self._versions[stream] = self._versions.get(stream, 0) + 1
        event = Event(
            id=derived_id(self.session_id, stream, str(version)),
            source="test",
            time=at(seconds),
            subject=subject,
            org_id=self.org_id,
            session_id=self.session_id,
            version=version,
            data=data,
        )
        self.events.append(event)
        return event

    def facts(self) -> list[RecordedFact]:
        return [fact_of(event) for event in self.events]

    def person(self, name: str) -> str:
        return f"{self.session_id}-{name}"

    # Session

    def session(self, kind: type[Any], state: SessionState, seconds: float, **more: Any) -> None:
        settings = session.SessionSettings(
            name="Sitting",
            assessment_id="a1",
            assessment_version=1,
            scheduled_at=START,
            time_zone="Europe/Zurich",
            duration_seconds=3600,
        )
        items = [ItemOutline(item_id=f"i{n}", type="true_false", title=f"Item {n}", points=Decimal(5)) for n in (1, 2)]
        snapshot = session.SessionSnapshot(
            session_id=self.session_id,
            state=state,
            settings=settings,
            code="ABCD23",
            time_limit_seconds=3600,
            pass_mark_percent=Decimal(60),
            assessment_title="Chemistry",
            outline=[SectionOutline(section_id="s1", title="One", items=items)],
        )
        self.tell(kind(session=snapshot, **more), self.session_id, seconds)

    # People

    def enrol(self, name: str, seconds: float, *kinds: type[Any]) -> str:
        participant_id = self.person(name)
        states = {
            enrollment.ParticipantEnrolled: EnrollmentState.INVITED,
            enrollment.ParticipantJoined: EnrollmentState.JOINED,
            enrollment.ParticipantAdmitted: EnrollmentState.ADMITTED,
            enrollment.ParticipantRemoved: EnrollmentState.REMOVED,
        }
        for kind in kinds:
            who = enrollment.ParticipantSnapshot(
                participant_id=participant_id, session_id=self.session_id, name=name, state=states[kind]
            )
            more = {"reason": "By mistake", "by": "kim", "by_name": "Kim"}
            told = kind(participant=who, **(more if kind is enrollment.ParticipantRemoved else {}))
            self.tell(told, participant_id, seconds)
        return participant_id

    def attempt(self, kind: type[Any], name: str, moment: float, /, **more: Any) -> None:
        values = {"participant_id": self.person(name), "actor": SYSTEM} | more
        self.tell(kind(**values), self.person(name), moment)

    def entry(self, name: str, kind: LedgerKind, seconds: float, milliseconds: int, since: float | None = None) -> Any:
        return LedgerEntry(
            entry_id=derived_id(self.session_id, name, kind, str(seconds)),
            kind=kind,
            at=at(seconds),
            milliseconds=milliseconds,
            by=PROCTOR if kind is LedgerKind.EXTENDED else SYSTEM,
            reason="-",
            since=None if since is None else at(since),
        )

    def sit(
        self,
        name: str,
        *,
        began: float,
        ended: float,
        reason: CompletionReason = CompletionReason.SUBMITTED,
        answers: int = 2,
        attempt_number: int = 1,
        extension_ms: int = 0,
    ) -> None:
        """Begin, save progress, lose the network once, perhaps get an extension, complete."""
        terms = Terms(
            name=name,
            time_limit_seconds=3600,
            grace_seconds=30,
            clock_while_disconnected=ClockPolicy.RUNS,
            total_items=2,
        )
        self.attempt(attempt.AttemptCreated, name, began - 20, terms=terms)
        self.attempt(attempt.AttemptAdmitted, name, began - 10, terms=terms)
        granted = self.entry(name, LedgerKind.GRANTED, began, LIMIT_MS)
        self.attempt(attempt.ParticipantConnected, name, began - 5, connection_id="c1", gateway_id="g1")
        self.attempt(attempt.AttemptBegan, name, began, deadline_at=at(began + 3600), ledger=[granted])
        clock = [granted]
        for count in range(1, answers + 1):
            self.attempt(attempt.ProgressSaved, name, began + count, answered=count, flagged=0)
        self.attempt(
            attempt.ParticipantDisconnected,
            name,
            began + 5,
            connection_id="c1",
            cause=attempt.DisconnectCause.SILENT,
        )
        self.attempt(attempt.ParticipantConnected, name, began + 8, connection_id="c2", gateway_id="g1")
        if extension_ms:
            more = self.entry(name, LedgerKind.EXTENDED, began + 9, extension_ms)
            clock.append(more)
            self.attempt(
                attempt.TimeExtended,
                name,
                began + 9,
                actor=PROCTOR,
                seconds=extension_ms // 1000,
                reason="Fire alarm",
                ledger=[more],
            )
        elapsed = round((ended - began) * 1000)
        ran = self.entry(name, LedgerKind.RAN, ended, -elapsed, since=began)
        clock.append(ran)
        responses = [
            SavedResponse(
                item_id=f"i{count}",
                seq=count,
                at=at(began + count),
                response=response_adapter.validate_python({"type": "true_false", "value": True}),
            )
            for count in range(1, answers + 1)
        ]
        self.attempt(
            attempt.AttemptCompleted,
            name,
            ended,
            ledger=[ran],
            reason=reason,
            attempt_number=attempt_number,
            began_at=at(began),
            completed_at=at(ended),
            elapsed_ms=elapsed,
            remaining_ms=LIMIT_MS + extension_ms - elapsed,
            responses=responses,
            responses_digest=responses_digest(responses),
            clock=clock,
        )
        self.attempt(
            attempt.ParticipantDisconnected,
            name,
            ended + 1,
            connection_id="c2",
            cause=attempt.DisconnectCause.CLOSED,
        )

    def result(self, name: str, first: int, second: int | None, seconds: float, kind: type[Any] | None = None) -> None:
        items = [
            scoring.ItemScore(
                item_id=f"i{number}",
                section_id="s1",
                points_available=Decimal(5),
                points=None if points is None else Decimal(points),
                answered=True,
                explanation=".",
            )
            for number, points in ((1, first), (2, second))
        ]
        done = second is not None
        percent = Decimal((first + (second or 0)) * 10) if done else None
        kind = kind or scoring.ResultScored
        state = ResultState.FINAL if done else ResultState.PROVISIONAL
        if kind is scoring.ResultReleased:
            state = ResultState.RELEASED
        result = scoring.Result(
            participant_id=self.person(name),
            session_id=self.session_id,
            name=name,
            attempt_number=1,
            state=state,
            completion_reason=CompletionReason.SUBMITTED,
            items=items,
            points=Decimal(first + (second or 0)),
            points_available=Decimal(10),
            percent=percent,
            passed=None if percent is None else percent >= 60,
            responses_digest="0" * 64,
            reviews_outstanding=0 if done else 1,
        )
        more = {"by": PROCTOR, "released_at": at(seconds)} if kind is scoring.ResultReleased else {}
        self.tell(kind(result=result, **more), self.person(name), seconds)

    def say(self, number: int, text: str, seconds: float, name: str | None = None) -> None:
        said = messaging.Message(
            message_id=derived_id(self.session_id, "message", str(number)),
            number=number,
            session_id=self.session_id,
            kind=messaging.MessageKind.CHAT if name else messaging.MessageKind.BROADCAST,
            participant_id=self.person(name) if name else None,
            sender=PROCTOR,
            text=text,
            sent_at=at(seconds),
        )
        self.tell(messaging.MessageSent(message=said), self.session_id, seconds)

    def incident(self, note: str, seconds: float, *names: str) -> None:
        incident_id = derived_id(self.session_id, note)
        fact = attempt.IncidentRecorded(
            incident_id=incident_id,
            category=attempt.IncidentCategory.TECHNICAL,
            note=note,
            participant_ids=[self.person(name) for name in names],
            by=PROCTOR,
            moment=at(seconds),
        )
        self.tell(fact, incident_id, seconds + 60)


def fact_of(event: Event[Any]) -> RecordedFact:
    return RecordedFact(
        fact_id=event.id,
        type=event.type,
        time=event.time,
        version=event.version,
        participant_id=participant_of(event.data),
        data=event.data,
    )


def told(session_id: str) -> Told:
    """Ann, Ben and Cem sat (Ben until his time was up), Dan never came, Eve was removed before the start."""
    story = Told(session_id)
    story.session(session.SessionScheduled, SessionState.SCHEDULED, 0)
    came = (enrollment.ParticipantEnrolled, enrollment.ParticipantJoined, enrollment.ParticipantAdmitted)
    for name in ("Ann", "Ben", "Cem"):
        story.enrol(name, 10, *came)
    story.enrol("Dan", 10, enrollment.ParticipantEnrolled)
    story.enrol("Eve", 20, *came[:2], enrollment.ParticipantRemoved)
    story.session(session.SessionStarted, SessionState.RUNNING, 100)
    story.sit("Ann", began=100, ended=1_100)
    story.sit("Ben", began=101, ended=4_001, reason=CompletionReason.TIME_EXPIRED, answers=1, extension_ms=300_000)
    story.sit("Cem", began=100, ended=2_100.5)
    story.attempt(
        attempt.AttemptCompleted,
        "Dan",
        5_000,
        reason=CompletionReason.ABSENT,
        attempt_number=1,
        began_at=None,
        completed_at=at(5_000),
        elapsed_ms=0,
        remaining_ms=0,
        responses=[],
        responses_digest=responses_digest([]),
        clock=[],
    )
    story.say(1, "Welcome", 90)
    story.say(2, "Please speak up", 200, "Ann")
    story.incident("Projector failed", 300, "Ann", "Ben")
    story.session(session.SessionEnded, SessionState.ENDED, 5_000, by="kim", by_name="Kim")
    story.result("Ann", 5, None, 1_101)
    story.result("Ann", 5, 5, 6_000, scoring.ResultScored)
    story.result("Ann", 5, 5, 7_000, scoring.ResultReleased)
    story.result("Ben", 0, 1, 4_002)
    story.result("Cem", 5, 2, 2_102)
    return story
