"""How often answers make the service speak to its servers: exact, so that a call too many is found at once."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from attempt_story import START, TERMS, Person, Story, snapshot

from contracts.attempt import SYSTEM, AdmitParticipant, BeginAttempt
from contracts.statuses import SessionState
from monitoring_svc.live import LiveView
from monitoring_svc.service.attempts import Attempts
from monitoring_svc.service.commands import Commands
from monitoring_svc.service.sessions import Sessions
from monitoring_svc.store import Store
from monitoring_svc.store.sessions import Session

pytestmark = pytest.mark.stack

PEOPLE = 500
BATCHES = 2


class Counted:
    """A collection, and how often which of its methods was called: each is one command to MongoDB."""

    def __init__(self, collection: Any, calls: Counter[str]) -> None:
        self._collection = collection
        self._calls = calls

    def __getattr__(self, name: str) -> Any:
        self._calls[f"{self._collection.name}.{name}"] += 1
        return getattr(self._collection, name)


@dataclass
class Watch:
    """Everything the service speaks to; `begin` counts from there on."""

    store: Store
    press: Any
    board: Any
    live: LiveView
    monkeypatch: pytest.MonkeyPatch
    calls: Counter[str] = field(default_factory=Counter)

    def begin(self) -> None:
        for part in (self.store.attempts, self.store.decisions, self.store.activities, self.store.sessions):
            for attribute, value in vars(part).items():
                self.monkeypatch.setattr(part, attribute, Counted(value, self.calls))
        self.press.facts.clear()
        self.board.frames.clear()


class Start:
    """A clock that stands."""

    def now(self) -> datetime:
        return START


@pytest.fixture
def watch(store: Store, press: Any, board: Any, live: LiveView, monkeypatch: pytest.MonkeyPatch) -> Watch:
    return Watch(store, press, board, live, monkeypatch)


async def test_a_thousand_answers_are_two_writes_a_fact_each_and_as_few_frames_as_hold_their_rows(
    replica: Callable[..., Attempts], watch: Watch, name: Callable[[str], str]
):
    store, session_id = watch.store, name("s")
    await store.sessions.record_session(Session("o1", 1, snapshot(session_id)))
    attempts = replica(cached_max=PEOPLE)
    people = [Person(name("p"), session_id) for _ in range(PEOPLE)]
    await attempts.handle([each(AdmitParticipant(actor=SYSTEM, terms=TERMS)) for each in people])
    await attempts.handle([each(BeginAttempt(actor=SYSTEM)) for each in people])
    await attempts.handle([each(Story.answering(1, "one", "first")) for each in people])
    await watch.live.flush()
    watch.begin()

    for number in range(BATCHES):
        await attempts.handle([each(Story.answering(2 + number, "one", f"answer {number}")) for each in people])
        await watch.live.flush()

    assert watch.calls == {"attempts.bulk_write": BATCHES}
    assert len(watch.press.facts) == BATCHES * PEOPLE
    assert [len(frame.rows) for frame in watch.board.of("rows")] == [PEOPLE] * BATCHES


async def test_a_sweep_asks_the_same_few_questions_however_many_sessions_there_are(
    watch: Watch, name: Callable[[str], str]
):
    sessions = Sessions(watch.store, Commands(watch.press), watch.live, Start())  # type: ignore[arg-type]
    asked = []
    watch.begin()
    for many in (1, 40):
        for number in range(many):
            running = snapshot(name(f"s{many}-{number}")).model_copy(update={"state": SessionState.RUNNING})
            await watch.store.sessions.record_session(Session("o1", 1, running))
        watch.calls.clear()
        await sessions.sweep()
        asked.append({call: times for call, times in watch.calls.items() if not call.endswith(".name")})
    assert asked[0] == asked[1]
    assert asked[0]["attempts.distinct"] >= 2
