"""The whole service on real parts: others' facts in, attempts that follow them, timers, leases, HTTP."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

import pytest
from attempt_story import Story
from msgspec.structs import replace

from chassis.service import Service
from contracts.attempt import (
    ATTEMPT_EVENTS,
    ConnectParticipant,
    DismissAlert,
    ExtendTime,
    PauseAttempt,
    Signal,
    SubmitAttempt,
)
from contracts.enrollment import (
    Accommodation,
    ParticipantAdmitted,
    ParticipantChanged,
    ParticipantEnrolled,
    ParticipantRemoved,
    ParticipantSnapshot,
)
from contracts.envelope import Event
from contracts.items import ItemOutline, SectionOutline
from contracts.live import GATEWAY_LEASE_KEY, GATEWAYS_KEY
from contracts.security import AlertRules, SecondsRule, SecurityOptions
from contracts.session import (
    SessionChanged,
    SessionEnded,
    SessionOpened,
    SessionPaused,
    SessionResumed,
    SessionSettings,
    SessionSnapshot,
    SessionStarted,
)
from contracts.statuses import ClockPolicy, EnrollmentState, Role, SessionState, Severity

pytestmark = pytest.mark.stack

WITHIN_SECONDS: Final = 15.0
ORG: Final = "acme"


class Sitting:
    """A session and its people, as session-svc and enrollment-svc would tell of them."""

    def __init__(self, service: Service, name: Callable[[str], str], **settings: Any) -> None:
        self.service = service
        self.name = name
        self.version = 0
        self.session_id = name("s")
        items = [ItemOutline(item_id=each, type="short_text", title="T", points=1) for each in ("one", "two")]
        self.snapshot = SessionSnapshot(
            session_id=self.session_id,
            state=SessionState.OPEN,
            settings=SessionSettings(
                **{
                    "name": "Spring",
                    "assessment_id": "a1",
                    "assessment_version": 1,
                    "scheduled_at": service.clock.now(),
                    "time_zone": "UTC",
                    "duration_seconds": 3600,
                    "grace_seconds": 1,
                    **settings,
                }
            ),
            code=None,
            time_limit_seconds=600,
            pass_mark_percent=Decimal(50),
            assessment_title="Basics",
            outline=[SectionOutline(section_id="s1", title="First", items=items)],
        )
        self.people: dict[str, tuple[int, ParticipantSnapshot]] = {}

    def _event(self, subject: str, version: int, payload: Any, org: str = ORG) -> Event[Any]:
        return Event(
            id=self.name("fact"),
            source="test",
            time=self.service.clock.now(),
            subject=subject,
            org_id=org,
            session_id=self.session_id,
            version=version,
            data=payload,
        )

    async def session(self, kind: type[Any], state: SessionState, **fields: Any) -> Event[Any]:
        self.version += 1
        now = self.service.clock.now()
        changes: dict[str, Any] = {"state": state}
        if kind is SessionStarted:
            changes["started_at"] = now
        if kind is SessionEnded:
            changes["ended_at"] = now
        self.snapshot = self.snapshot.model_copy(update=changes)
        fact = self._event(self.session_id, self.version, kind(session=self.snapshot, **fields))
        await self.service.publisher.publish(fact)
        return fact

    async def open(self) -> None:
        await self.session(SessionOpened, SessionState.OPEN)

    async def start(self) -> None:
        await self.session(SessionStarted, SessionState.RUNNING)

    async def end(self) -> None:
        await self.session(SessionEnded, SessionState.ENDED, by="u1", by_name="Grace")

    async def participant(self, kind: type[Any], person: str, state: EnrollmentState, **fields: Any) -> None:
        version, snapshot = self.people.get(
            person,
            (
                0,
                ParticipantSnapshot(participant_id=person, session_id=self.session_id, name=f"N {person}", state=state),
            ),
        )
        extra = {each: fields.pop(each) for each in ("accommodation",) if each in fields}
        snapshot = snapshot.model_copy(update={"state": state, **extra})
        self.people[person] = (version + 1, snapshot)
        await self.service.publisher.publish(self._event(person, version + 1, kind(participant=snapshot, **fields)))

    async def enrol(self, **fields: Any) -> str:
        person = self.name("p")
        await self.participant(ParticipantEnrolled, person, EnrollmentState.INVITED, **fields)
        return person

    async def admit(self, person: str) -> None:
        await self.participant(ParticipantAdmitted, person, EnrollmentState.ADMITTED)

    async def command(self, person: str, payload: Any, command_id: str | None = None) -> str:
        event = self._event(person, 0, payload)
        event = replace(event, id=command_id or self.name("command"), source="gateway/test")
        await self.service.publisher.publish(event)
        return event.id

    async def connect(self, person: str, gateway: str = "gateway-a") -> None:
        await lease(self.service, gateway)
        await self.command(
            person,
            ConnectParticipant(actor=Story.candidate, connection_id=self.name("k"), gateway_id=gateway),
        )


async def lease(service: Service, gateway: str) -> None:
    """As a gateway shows that it lives, and for longer than any test takes."""
    await service.redis.set(service.settings.key(GATEWAY_LEASE_KEY.format(gateway_id=gateway)), "1")
    await service.redis.sadd(service.settings.key(GATEWAYS_KEY), gateway)


@pytest.fixture
def sitting(service: Service, name: Callable[[str], str]) -> Callable[..., Sitting]:
    return lambda **settings: Sitting(service, name, **settings)


Rows = Callable[..., Awaitable[dict[str, Any]]]
Arrive = Callable[..., Awaitable[None]]


@pytest.fixture
def rows(caller: Any) -> Rows:
    """`rows(sitting, check)`: the dashboard's rows by participant, as soon as `check(rows)` holds."""
    proctor = caller(Role.PROCTOR)

    async def until(sitting: Sitting, check: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        try:
            async with asyncio.timeout(WITHIN_SECONDS):
                while True:
                    answer = await proctor.get(f"/v1/sessions/{sitting.session_id}/live")
                    if answer.status_code == 200:
                        found = {row["participant_id"]: row for row in answer.json()["rows"]}
                        if check(found):
                            return found
                    await asyncio.sleep(0.05)
        except TimeoutError:
            pytest.fail(f"not within {WITHIN_SECONDS} s: {found}")

    return until


@pytest.fixture
def arrive(rows: Rows) -> Arrive:
    """`arrive(sitting, person)`: admitted and, as the gateway does it, connected once there is an attempt."""

    async def come(sitting: Sitting, person: str, gateway: str = "gateway-a") -> None:
        await sitting.admit(person)
        await rows(sitting, lambda each: person in each)
        await sitting.connect(person, gateway)

    return come


def statuses(rows: dict[str, Any]) -> set[str]:
    return {row["status"] for row in rows.values()}


async def test_a_session_carries_its_people_from_waiting_to_complete(
    sitting: Callable[..., Sitting], rows: Rows, arrive: Arrive, read_facts: Any
):
    told = sitting()
    await told.open()
    people = [await told.enrol() for _ in range(3)]
    for person in people[:2]:
        await arrive(told, person)
    await rows(told, lambda each: len(each) == 3 and sum(row["status"] == "Waiting" for row in each.values()) == 2)
    await told.start()
    await rows(told, lambda each: sum(row["status"] == "In Session" for row in each.values()) == 2)
    await told.command(people[0], Story.answering(1, "one", "yes"))
    await told.command(people[0], SubmitAttempt(actor=Story.candidate))
    await rows(told, lambda each: each[people[0]]["status"] == "Complete")
    await told.end()
    done = await rows(told, lambda each: all(row["phase"] == "complete" for row in each.values()))
    assert [done[person]["completion_reason"] for person in people] == ["submitted", "session_ended", "absent"]
    facts = await read_facts(ATTEMPT_EVENTS, people[0], 6)
    assert [fact.version for fact in facts] == list(range(1, len(facts) + 1))


async def test_somebody_admitted_after_the_start_begins_at_once(
    sitting: Callable[..., Sitting], rows: Rows, arrive: Arrive
):
    told = sitting()
    await told.open()
    await told.start()
    person = await told.enrol()
    await arrive(told, person)
    await rows(told, lambda each: statuses(each) == {"In Session"})


async def test_people_whose_session_is_told_later_are_not_lost(sitting: Callable[..., Sitting], rows: Rows):
    told = sitting()
    people = [await told.enrol() for _ in range(2)]
    await told.admit(people[1])
    await asyncio.sleep(0.5)
    await told.open()
    found = await rows(told, lambda each: len(each) == 2 and each[people[1]]["phase"] == "waiting")
    assert found[people[0]]["phase"] == "invited"


async def test_individual_time_counts_until_the_start(sitting: Callable[..., Sitting], rows: Rows):
    told = sitting()
    await told.open()
    person = await told.enrol(accommodation=Accommodation(time_multiplier=Decimal("1.25")))
    await rows(told, lambda each: person in each and each[person]["limit_ms"] == 750_000)
    await told.participant(
        ParticipantChanged, person, EnrollmentState.INVITED, accommodation=Accommodation(time_limit_seconds=900)
    )
    await rows(told, lambda each: each[person]["limit_ms"] == 900_000)


async def test_pausing_and_resuming_the_session_reaches_everybody(
    sitting: Callable[..., Sitting], rows: Rows, arrive: Arrive
):
    told = sitting()
    await told.open()
    people = [await told.enrol() for _ in range(3)]
    for person in people:
        await arrive(told, person)
    await told.start()
    await rows(told, lambda each: statuses(each) == {"In Session"})
    await told.command(people[0], PauseAttempt(actor=Story.proctor, reason="Only this one"))
    await rows(told, lambda each: each[people[0]]["status"] == "Paused")
    await told.session(SessionPaused, SessionState.PAUSED, reason="Fire alarm", by="u1", by_name="Grace")
    paused = await rows(told, lambda each: statuses(each) == {"Paused"})
    assert paused[people[1]]["pause_reason"] == "Fire alarm"
    await told.session(SessionResumed, SessionState.RUNNING, by="u1", by_name="Grace")
    found = await rows(told, lambda each: each[people[1]]["status"] == each[people[2]]["status"] == "In Session")
    assert found[people[0]]["status"] == "Paused"


async def test_removal_ends_the_attempt(sitting: Callable[..., Sitting], rows: Rows):
    told = sitting()
    await told.open()
    person = await told.enrol()
    await rows(told, lambda each: person in each)
    await told.participant(
        ParticipantRemoved, person, EnrollmentState.REMOVED, reason="Wrong room", by="u1", by_name="Grace"
    )
    await rows(told, lambda each: each[person]["status"] == "Removed")


async def test_time_runs_out_by_itself_after_grace(sitting: Callable[..., Sitting], rows: Rows, arrive: Arrive):
    told = sitting(grace_seconds=0)
    told.snapshot = told.snapshot.model_copy(update={"time_limit_seconds": 2})
    await told.open()
    person = await told.enrol()
    await arrive(told, person)
    await told.start()
    done = await rows(told, lambda each: person in each and each[person]["phase"] == "complete")
    assert done[person]["completion_reason"] == "time_expired"
    assert done[person]["elapsed_ms"] == 2_000


async def test_the_people_of_a_dead_gateway_are_disconnected(
    sitting: Callable[..., Sitting], rows: Rows, arrive: Arrive, service: Service, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("monitoring_svc.domain.leases.MISSING_SECONDS", 3.0)
    told = sitting(clock_while_disconnected=ClockPolicy.STOPS)
    await told.open()
    stays, leaves = await told.enrol(), await told.enrol()
    for person, gateway in ((stays, "gateway-lives"), (leaves, "gateway-dies")):
        await arrive(told, person, gateway)
    await told.start()
    await rows(told, lambda each: statuses(each) == {"In Session"})
    await service.redis.delete(service.settings.key(GATEWAY_LEASE_KEY.format(gateway_id="gateway-dies")))
    found = await rows(told, lambda each: each[leaves]["status"] == "Disconnected")
    assert found[stays]["status"] == "In Session"
    assert found[leaves]["deadline_at"] is None


async def test_the_people_of_the_only_gateway_are_disconnected_once_another_lives(
    sitting: Callable[..., Sitting], rows: Rows, arrive: Arrive, service: Service, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("monitoring_svc.domain.leases.MISSING_SECONDS", 2.0)
    told = sitting()
    await told.open()
    person = await told.enrol()
    await arrive(told, person, "gateway-alone")
    await told.start()
    await rows(told, lambda each: statuses(each) == {"In Session"})
    await lease(service, "gateway-new")
    await service.redis.delete(service.settings.key(GATEWAY_LEASE_KEY.format(gateway_id="gateway-alone")))
    await rows(told, lambda each: each[person]["status"] == "Disconnected")
    assert b"gateway-alone" not in await service.redis.smembers(service.settings.key(GATEWAYS_KEY))


async def test_outcomes_are_known_afterwards_too(
    sitting: Callable[..., Sitting], rows: Rows, arrive: Arrive, caller: Any
):
    told = sitting()
    await told.open()
    person = await told.enrol()
    await arrive(told, person)
    await told.start()
    await rows(told, lambda each: statuses(each) == {"In Session"})
    refused = await told.command(person, Story.answering(3, "nowhere"))
    applied = await told.command(person, ExtendTime(actor=Story.proctor, seconds=60, reason="Trouble"))
    await rows(told, lambda each: each[person]["extended_ms"] == 60_000)
    body = {"commands": [{"command_id": each, "participant_id": person} for each in (applied, refused, "unheard")]}
    for role in (Role.PROCTOR, Role.SERVICE):
        answer = await caller(role).post("/v1/commands/outcomes", json=body)
        assert [(each["command_id"], each["problem"]) for each in answer.json()["outcomes"]] == [
            (applied, None),
            (refused, "item-unknown"),
        ]
    single = await caller(Role.CANDIDATE, participant_id=person).get(
        "/v1/commands", params={"participant_id": person, "ids": f"{applied},{refused}"}
    )
    assert len(single.json()["outcomes"]) == 2
    elsewhere = await caller(Role.PROCTOR, org="other").post("/v1/commands/outcomes", json=body)
    assert elsewhere.json()["outcomes"] == []


async def test_a_candidate_reads_their_own_attempt_and_nobody_elses(
    sitting: Callable[..., Sitting], rows: Rows, caller: Any
):
    told = sitting()
    await told.open()
    mine, other = await told.enrol(), await told.enrol()
    await rows(told, lambda each: len(each) == 2)
    candidate = caller(Role.CANDIDATE, participant_id=mine)
    view = (await candidate.get(f"/v1/attempts/{mine}")).json()
    assert view["row"]["status"] == "Invited"
    assert view["session_id"] == told.session_id
    answer = await candidate.get(f"/v1/attempts/{other}")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/attempt-unknown")
    for each in (mine, other):  # it tells of alerts, and is no candidate's business
        assert (await candidate.get(f"/v1/attempts/{each}/timeline")).status_code == 403
    assert (await candidate.get(f"/v1/sessions/{told.session_id}/live")).status_code == 403
    foreign = await caller(Role.PROCTOR, org="other").get(f"/v1/sessions/{told.session_id}/live")
    assert (foreign.status_code, foreign.json()["type"]) == (404, "/problems/not-found")


async def test_an_incident_is_recorded_once_listed_and_published(
    sitting: Callable[..., Sitting], rows: Rows, caller: Any, read_facts: Any
):
    told = sitting()
    await told.open()
    await told.enrol()
    await rows(told, lambda each: len(each) == 1)
    path = f"/v1/sessions/{told.session_id}/incidents"
    body = {"category": "technical", "note": "The projector fell silent."}
    proctor = caller(Role.PROCTOR)
    first = await proctor.post(path, json=body, headers={"Idempotency-Key": "one"})
    again = await proctor.post(path, json=body, headers={"Idempotency-Key": "one"})
    assert (first.status_code, again.json()) == (201, first.json())
    other = await proctor.post(path, json={**body, "note": "Else"}, headers={"Idempotency-Key": "one"})
    assert other.json()["type"] == "/problems/idempotency-mismatch"
    assert (await caller(Role.SCHEDULER).post(path, json=body)).status_code == 403
    assert [each["note"] for each in (await proctor.get(path)).json()] == ["The projector fell silent."]
    facts = await read_facts(ATTEMPT_EVENTS, first.json()["incident_id"], 1)
    assert facts[0].data.by.name == "The proctor"
    live = (await proctor.get(f"/v1/sessions/{told.session_id}/live")).json()
    assert live["activities"][0]["type"] == "incident.recorded"


async def test_a_warning_is_given_when_its_time_has_come(
    sitting: Callable[..., Sitting], rows: Rows, arrive: Arrive, read_facts: Any, service: Service
):
    told = sitting(warning_minutes=[1])
    told.snapshot = told.snapshot.model_copy(update={"time_limit_seconds": 61})
    await told.open()
    person = await told.enrol()
    await arrive(told, person)
    await told.start()
    facts = await read_facts(ATTEMPT_EVENTS, person, 5)
    assert type(facts[4].data).__name__ == "ParticipantWarned"
    assert facts[4].time - facts[3].time >= timedelta(seconds=1)


def kinds(row: dict[str, Any]) -> list[tuple[str, int]]:
    return [(each["kind"], each["count"]) for each in row["open_alerts"]]


async def test_an_alert_is_raised_by_a_timer_repeated_seen_to_and_never_told_to_the_candidate(
    sitting: Callable[..., Sitting], rows: Rows, arrive: Arrive, caller: Any, read_facts: Any
):
    rules = AlertRules(focus_lost=SecondsRule(severity=Severity.WARNING, seconds=1))
    told = sitting(security=SecurityOptions(alerts=rules))
    await told.open()
    person = await told.enrol()
    await arrive(told, person)
    await told.start()
    found = await rows(told, lambda each: statuses(each) == {"In Session"} and each[person]["connection_id"])
    page = Story.signalling
    connection = found[person]["connection_id"]
    await told.command(person, page(Signal.FOCUS_LOST, connection, 1))
    raised = await rows(told, lambda each: kinds(each[person]) == [("focus_lost", 1)])
    await told.command(person, page(Signal.FOCUS_REGAINED, connection, 2))
    await told.command(person, page(Signal.FOCUS_LOST, connection, 3))
    await rows(told, lambda each: kinds(each[person]) == [("focus_lost", 2)])
    own = await caller(Role.CANDIDATE, participant_id=person).get(f"/v1/attempts/{person}")
    assert (own.json()["row"]["alerts"], own.json()["row"]["open_alerts"]) == (0, [])
    assert (await caller(Role.PROCTOR).get(f"/v1/attempts/{person}")).json()["row"]["alerts"] == 1
    alert_id = raised[person]["open_alerts"][0]["alert_id"]
    await told.command(person, DismissAlert(actor=Story.proctor, alert_id=alert_id, note="A cough"))
    await rows(told, lambda each: each[person]["alerts"] == 0)
    timeline = (await caller(Role.PROCTOR).get(f"/v1/attempts/{person}/timeline")).json()["activities"]
    assert [(each["type"], each["note"]) for each in timeline[:1]] == [("alert.dismissed", "A cough")]
    facts = await read_facts(ATTEMPT_EVENTS, person, 7)
    assert [fact.version for fact in facts] == list(range(1, len(facts) + 1))


async def test_rules_changed_while_the_session_runs_hold_at_once(
    sitting: Callable[..., Sitting], rows: Rows, arrive: Arrive
):
    told = sitting()
    await told.open()
    person = await told.enrol()
    await arrive(told, person)
    await told.start()
    found = await rows(told, lambda each: statuses(each) == {"In Session"} and each[person]["connection_id"])
    connection = found[person]["connection_id"]
    await told.command(person, Story.signalling(Signal.FOCUS_LOST, connection, 1))
    await told.command(person, Story.answering(1, "one", "yes"))
    await rows(told, lambda each: each[person]["answered"] == 1)
    rules = AlertRules(focus_lost=SecondsRule(severity=Severity.CRITICAL, seconds=0))
    settings = told.snapshot.settings.model_copy(update={"security": SecurityOptions(alerts=rules)})
    told.snapshot = told.snapshot.model_copy(update={"settings": settings})
    await told.session(SessionChanged, SessionState.RUNNING)
    found = await rows(told, lambda each: each[person]["alerts"] == 1)
    assert found[person]["open_alerts"][0]["severity"] == "critical"
