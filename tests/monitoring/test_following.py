"""Attempts follow their session even when a race was lost, and timers work from what is written."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from attempt_story import START, Story

from contracts.attempt import SYSTEM, AdmitParticipant, BeginAttempt, ConnectParticipant, CreateAttempt
from contracts.enrollment import ParticipantSnapshot
from contracts.envelope import Event
from contracts.items import ItemOutline, SectionOutline
from contracts.session import SessionSettings, SessionSnapshot
from contracts.statuses import CompletionReason, EnrollmentState, Phase, SessionState
from monitoring_svc.domain.attempt import Attempt
from monitoring_svc.live import LiveView
from monitoring_svc.service.attempts import Attempts
from monitoring_svc.service.commands import Commands
from monitoring_svc.service.sessions import Sessions
from monitoring_svc.service.timers import Timers
from monitoring_svc.store import Store
from monitoring_svc.store.sessions import Participant, Session

pytestmark = pytest.mark.stack


class Hands:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at

    def seconds(self) -> float:
        return self.at.timestamp()


class Scene:
    """One session with one waiting person, and the commands this service gives itself carried out at once."""

    def __init__(self, store: Store, attempts: Attempts, live: LiveView, session_id: str, person: str) -> None:
        self.store = store
        self.attempts = attempts
        self.clock = Hands()
        self.given: list[Event[Any]] = []
        self.commands = Commands(self, monotonic=self.clock.seconds)
        self.sessions = Sessions(store, self.commands, live, self.clock)  # type: ignore[arg-type]
        self.timers = Timers(store, self.commands, self.clock)  # type: ignore[arg-type]
        self.session_id = session_id
        self.person = person
        self.version = 0

    async def publish_all(self, events: Sequence[Event[Any]]) -> None:
        self.given += events
        assert await self.attempts.handle(events) == []

    async def tell(self, state: SessionState, **fields: Any) -> None:
        """The read model only: as if the handler had died before its commands."""
        self.version += 1
        items = [ItemOutline(item_id="one", type="short_text", title="T", points=1)]
        snapshot = SessionSnapshot(
            session_id=self.session_id,
            state=state,
            settings=SessionSettings(
                name="Spring",
                assessment_id="a1",
                assessment_version=1,
                scheduled_at=START,
                time_zone="UTC",
                duration_seconds=3600,
            ),
            code=None,
            time_limit_seconds=600,
            pass_mark_percent=50,
            assessment_title="Basics",
            outline=[SectionOutline(section_id="s1", title="First", items=items)],
            started_at=START,
            **fields,
        )
        await self.store.sessions.record_session(Session("o1", self.version, snapshot))

    async def attempt(self) -> Attempt:
        found = await self.store.attempts.one(self.person)
        assert found is not None
        return found

    async def wait(self) -> None:
        terms = Story(limit=600, warnings=(5, 1)).terms
        payloads = [
            CreateAttempt(actor=SYSTEM, terms=terms),
            AdmitParticipant(actor=SYSTEM, terms=terms),
            ConnectParticipant(actor=Story.candidate, connection_id="k1", gateway_id="g1"),
        ]
        await self.attempts.handle(
            [
                Event(
                    id=f"{self.person}-{number}",
                    source="gateway/a",
                    time=START,
                    subject=self.person,
                    org_id="o1",
                    session_id=self.session_id,
                    data=payload,
                )
                for number, payload in enumerate(payloads)
            ]
        )


@pytest.fixture
async def scene(store: Store, replica: Callable[..., Attempts], live: LiveView, name: Callable[[str], str]) -> Scene:
    made = Scene(store, replica(), live, name("s"), name("p"))
    await made.tell(SessionState.RUNNING)
    await made.wait()
    return made


async def test_the_sweep_begins_who_should_have_begun_and_only_once(scene: Scene):
    await scene.sessions.sweep()
    assert (await scene.attempt()).phase is Phase.ACTIVE
    mine = [each for each in scene.given if each.subject == scene.person]
    assert len(mine) == 1
    await scene.sessions.sweep()
    assert [each for each in scene.given if each.subject == scene.person] == mine


async def test_an_admission_is_one_command_and_in_a_running_session_one_more(scene: Scene, name: Callable[[str], str]):
    person = name("p")
    admitted = ParticipantSnapshot(
        participant_id=person, session_id=scene.session_id, name="Ada", state=EnrollmentState.ADMITTED
    )
    await scene.sessions.record_participants([Participant("o1", 1, admitted)])
    assert [type(each.data) for each in scene.given if each.subject == person] == [AdmitParticipant, BeginAttempt]
    begun = await scene.store.attempts.one(person)
    assert begun is not None
    assert begun.phase is Phase.ACTIVE


async def test_the_sweep_pauses_resumes_and_ends(scene: Scene):
    await scene.sessions.sweep()
    await scene.tell(SessionState.PAUSED)
    await scene.sessions.sweep()
    assert (await scene.attempt()).phase is Phase.PAUSED
    await scene.tell(SessionState.RUNNING)
    await scene.sessions.sweep()
    assert (await scene.attempt()).phase is Phase.ACTIVE
    scene.clock.at = START + timedelta(minutes=3)
    await scene.tell(SessionState.ENDED, ended_at=START + timedelta(minutes=2))
    await scene.sessions.sweep()
    attempt = await scene.attempt()
    assert attempt.ending
    assert attempt.completes_at == START + timedelta(minutes=2, seconds=30)


async def test_timers_warn_and_expire_by_what_is_written(scene: Scene):
    await scene.sessions.sweep()
    scene.clock.at = START + timedelta(minutes=5)
    await scene.timers.run_due()
    assert (await scene.attempt()).warnings == (1,)
    scene.clock.at = START + timedelta(minutes=10, seconds=31)
    await scene.timers.run_due()
    assert (await scene.attempt()).phase is Phase.ACTIVE, "the margin after the grace has not passed"
    scene.clock.at = START + timedelta(minutes=10, seconds=32)
    await scene.timers.run_due()
    assert (await scene.attempt()).completion_reason is CompletionReason.TIME_EXPIRED
    given = len(scene.given)
    await scene.timers.run_due()
    assert [each for each in scene.given[given:] if each.subject == scene.person] == []


async def test_after_an_outage_only_the_most_pressing_warning_is_given(scene: Scene):
    await scene.sessions.sweep()
    scene.clock.at = START + timedelta(minutes=9, seconds=30)
    await scene.timers.run_due()
    warnings = [each.data.minutes for each in scene.given if type(each.data).__name__ == "WarnParticipant"]
    assert warnings == [1]
    assert (await scene.attempt()).warnings == ()


async def test_a_command_just_given_is_not_given_again_at_once(scene: Scene):
    given: list[Event[Any]] = []

    class Silent:
        async def publish_all(self, events: Sequence[Event[Any]]) -> None:
            given.extend(events)

    seconds = [0.0]
    sessions = Sessions(
        scene.store,
        Commands(Silent(), monotonic=lambda: seconds[0]),
        scene.sessions._live,
        scene.clock,  # type: ignore[arg-type]
    )
    for second in range(12):
        seconds[0] = float(second)
        await sessions.sweep()
    assert len([each for each in given if each.subject == scene.person]) == 2
