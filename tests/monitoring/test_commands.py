"""The command path on a real MongoDB: what a crash, a rival and a repetition do to it."""

from collections.abc import Callable
from typing import Any

import pytest
from attempt_story import Person, Story, snapshot

from chassis.outcomes import Transient
from contracts.attempt import (
    ExtendTime,
    FlagItem,
    PauseAttempt,
    ResetAttempt,
    ResumeAttempt,
    SubmitAttempt,
)
from contracts.digest import responses_digest
from contracts.items import ShortTextResponse
from contracts.statuses import Phase
from monitoring_svc.live import LiveView
from monitoring_svc.service.attempts import Attempts
from monitoring_svc.store import Store
from monitoring_svc.store.attempts import AttemptStore
from monitoring_svc.store.sessions import Session

pytestmark = pytest.mark.stack

Replica = Callable[..., Attempts]


@pytest.fixture
async def person(store: Store, name: Callable[[str], str]) -> Person:
    session_id = name("s")
    await store.sessions.record_session(Session("o1", 1, snapshot(session_id)))
    return Person(name("p"), session_id)


async def test_what_is_written_is_what_was_decided(replica: Replica, store: Store, person: Person):
    first = replica()
    await first.handle(person.opening())
    await first.handle(
        [
            person(Story.answering(5, "a.b", "dots in ids are fine")),
            person(FlagItem(actor=Story.candidate, seq=6, item_id="a.b", flagged=True)),
            person(ExtendTime(actor=Story.proctor, seconds=60, reason="Trouble")),
            person(PauseAttempt(actor=Story.proctor, reason="Break")),
        ]
    )
    loaded = (await store.attempts.load([person.name]))[person.name]
    assert loaded.attempt == first._cache[person.name]
    assert loaded.attempt.phase is Phase.PAUSED
    assert "a.b" in loaded.attempt.responses
    assert [fact.version for fact in loaded.kept] == [5, 6, 7]


async def test_a_crash_between_write_and_publish_publishes_the_facts_again(
    replica: Replica, press: Any, person: Person
):
    batch = person.opening()
    press.failing = Transient("Kafka is away")
    with pytest.raises(Transient):
        await replica().handle(batch)
    press.failing = None
    await replica().handle(batch)
    assert press.types() == ["AttemptCreated", "AttemptAdmitted", "ParticipantConnected", "AttemptBegan"]
    assert [fact.version for fact in press.facts] == [1, 2, 3, 4]


async def test_the_same_process_publishes_again_too_what_it_could_not(replica: Replica, press: Any, person: Person):
    only = replica()
    await only.handle(person.opening())
    batch = person.answers("a")
    press.failing = Transient("Kafka is away")
    with pytest.raises(Transient):
        await only.handle(batch)
    press.failing = None
    await only.handle(batch)
    assert press.types()[-1] == "ProgressSaved"


async def test_facts_kept_through_two_crashes_are_all_published(replica: Replica, press: Any, person: Person):
    """The first batch comes again together with newer commands, and that is interrupted as well."""
    opening, more = person.opening(), person.answers("a", "b")
    press.failing = Transient("Kafka is away")
    with pytest.raises(Transient):
        await replica().handle(opening)
    with pytest.raises(Transient):
        await replica().handle([*opening, *more])
    press.failing = None
    await replica().handle([*opening, *more])
    assert press.types() == [
        "AttemptCreated",
        "AttemptAdmitted",
        "ParticipantConnected",
        "AttemptBegan",
        "ProgressSaved",
    ]


async def test_kept_facts_do_not_pile_up_when_somebody_sends_everything_twice(
    replica: Replica, store: Store, person: Person
):
    only = replica()
    await only.handle(person.opening())
    sent: list[Any] = []
    for text in "abcdef":
        sent += person.answers(text)
        await only.handle(sent)
    assert len((await store.attempts.load([person.name]))[person.name].kept) == 1


async def test_a_rival_that_wrote_first_makes_us_decide_again(
    replica: Replica, store: Store, press: Any, person: Person
):
    ours, rival = replica(), replica()
    await ours.handle(person.opening())
    batch = person.answers("a")
    await rival.handle(batch)
    extension = person(ExtendTime(actor=Story.proctor, seconds=60, reason="Trouble"))
    await ours.handle([*batch, extension])
    attempt = (await store.attempts.load([person.name]))[person.name].attempt
    assert attempt.version == 6
    assert attempt.answered == 1
    assert press.types().count("TimeExtended") == 1
    assert len({fact.version for fact in press.facts}) == 6


async def test_two_replicas_creating_the_same_attempt_agree(
    replica: Replica, store: Store, person: Person, monkeypatch: pytest.MonkeyPatch
):
    opening = person.opening()
    ours = replica()
    load = AttemptStore.load

    async def overtaken(self: AttemptStore, ids: Any) -> Any:
        monkeypatch.setattr(AttemptStore, "load", load)
        loaded = await load(self, ids)
        await replica().handle(opening)
        return loaded

    monkeypatch.setattr(AttemptStore, "load", overtaken)
    await ours.handle(opening)
    attempt = (await store.attempts.load([person.name]))[person.name].attempt
    assert (attempt.version, attempt.phase) == (4, Phase.ACTIVE)


async def test_the_whole_log_again_changes_nothing(replica: Replica, store: Store, press: Any, person: Person):
    log = [
        *person.opening(),
        *person.answers("a", "b"),
        person(ExtendTime(actor=Story.proctor, seconds=60, reason="Trouble")),
        person(PauseAttempt(actor=Story.proctor, reason="Break")),
        person(PauseAttempt(actor=Story.proctor, reason="Twice")),
        person(ResumeAttempt(actor=Story.proctor)),
        *person.answers("c"),
        person(SubmitAttempt(actor=Story.candidate)),
        person(ResetAttempt(actor=Story.proctor, reason="By mistake")),
        *person.answers("d"),
        person(SubmitAttempt(actor=Story.candidate)),
    ]
    await replica().handle(log)
    before = (await store.attempts.load([person.name]))[person.name]
    published = set(press.ids)
    for size in (1, 3, len(log)):
        again = replica()
        for first in range(0, len(log), size):
            assert await again.handle(log[first : first + size]) == []
    after = (await store.attempts.load([person.name]))[person.name]
    assert after == before
    assert set(press.ids) == published
    completed = [fact.data for fact in press.facts if type(fact.data).__name__ == "AttemptCompleted"]
    assert {each.attempt_number for each in completed} == {1, 2}
    assert all(each.responses_digest == responses_digest(each.responses) for each in completed)


async def test_a_refused_command_stays_refused_after_a_crash(
    replica: Replica, store: Store, press: Any, person: Person
):
    await replica().handle(person.opening())
    batch = [
        person(ResumeAttempt(actor=Story.proctor)),
        person(PauseAttempt(actor=Story.proctor, reason="Break")),
    ]
    press.failing = Transient("Kafka is away")
    with pytest.raises(Transient):
        await replica().handle(batch)
    press.failing = None
    await replica().handle(batch)
    attempt = (await store.attempts.load([person.name]))[person.name].attempt
    assert attempt.phase is Phase.PAUSED
    refused = await store.decisions.among([each.id for each in batch])
    assert [each.problem for each in refused.values()] == ["attempt-not-paused"]


async def test_a_poisoned_command_is_returned_and_the_others_are_carried_out(
    replica: Replica, store: Store, person: Person
):
    poisoned = person(object())
    poison = await replica().handle([*person.opening(), poisoned, *person.answers("a")])
    assert [command for command, _ in poison] == [poisoned]
    assert (await store.attempts.load([person.name]))[person.name].attempt.answered == 1


async def test_pages_are_told_rows_outcomes_and_lines(replica: Replica, live: LiveView, board: Any, person: Person):
    only = replica()
    await only.handle(person.opening())
    pause = person(PauseAttempt(actor=Story.proctor, reason="Break"))
    late = person(Story.answering(9, "nowhere"))
    await only.handle([pause, late])
    await live.flush()
    assert board.of("rows")[-1].rows[0].phase is Phase.PAUSED
    outcomes = [outcome for frame in board.of("outcomes") for outcome in frame.outcomes]
    assert [(outcome.command_id, outcome.problem, outcome.seq) for outcome in outcomes] == [
        (pause.id, None, None),
        (late.id, "item-unknown", 9),
    ]
    lines = [line.summary for frame in board.of("activity") for line in frame.activities]
    assert "Ada Lovelace was paused: Break" in lines


async def test_pages_being_unreachable_stops_nothing(
    replica: Replica, live: LiveView, board: Any, press: Any, person: Person
):
    board.failing = Transient("Redis is away")
    await replica().handle(person.opening())
    await live.flush()
    assert len(press.facts) == 4


async def test_lines_of_the_feed_are_written_once(replica: Replica, store: Store, person: Person):
    batch = person.opening()
    await replica().handle(batch)
    await replica().handle(batch)
    lines = await store.activities.of_participant(person.name)
    assert [line.type for line in lines] == [
        "attempt.began",
        "attempt.connected",
        "attempt.admitted",
        "attempt.created",
    ]


async def test_an_unknown_attempt_is_refused_and_the_sender_told(
    replica: Replica, live: LiveView, board: Any, person: Person
):
    await replica().handle([person(SubmitAttempt(actor=Story.candidate))])
    await live.flush()
    assert [each.problem for each in board.of("outcomes")[0].outcomes] == ["attempt-unknown"]


async def test_responses_survive_storage_byte_for_byte(replica: Replica, store: Store, person: Person):
    text = "Ünïcode \U0001f393 'quotes' \"and\" $dollars.\n"
    await replica().handle([*person.opening(), person(Story.answering(9, "two", text))])
    attempt = await store.attempts.one(person.name)
    assert attempt is not None
    assert [each.response for each in attempt.saved_responses()] == [ShortTextResponse(text=text)]
