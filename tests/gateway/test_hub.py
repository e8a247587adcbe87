"""Which frame reaches whom."""

import time
from typing import Any

import orjson
import pytest

from chassis.settings import Settings
from gateway.live import Collector, Hub, Watched


class End:
    org_id = "acme"

    def __init__(self, participant_id: str = "") -> None:
        self.participant_id = participant_id
        self.texts: list[str] = []
        self.rows: list[Any] = []
        self.outcomes: list[Any] = []

    def take_text(self, text: str) -> None:
        self.texts.append(text)

    def take_row(self, row: Any) -> None:
        self.rows.append(row)

    def take_outcome(self, outcome: Any) -> None:
        self.outcomes.append(outcome)


@pytest.fixture
def hub() -> Hub:
    hub = Hub(None, Settings(), None, None)  # type: ignore[arg-type]
    hub._sessions["s"] = Watched("s", "acme")
    return hub


def test_a_frame_is_wrapped_once_for_all_dashboards(hub: Hub):
    ends = [End(), End()]
    hub._sessions["s"].staff.update(ends)
    hub._on_frame("s", b'{"kind":"rows","rows":[]}')
    assert ends[0].texts[0] is ends[1].texts[0]
    assert orjson.loads(ends[0].texts[0]) == {
        "type": "frame",
        "session_id": "s",
        "frame": {"kind": "rows", "rows": []},
    }


def test_candidates_get_their_own_rows_and_outcomes_only(hub: Hub):
    ada, bob = End("ada"), End("bob")
    hub._sessions["s"].candidates = {"ada": (ada,), "bob": (bob,)}
    hub._on_frame("s", b'{"kind":"rows","rows":[{"participant_id":"ada"},{"participant_id":"cyd"}]}')
    hub._on_frame("s", b'{"kind":"outcomes","outcomes":[{"participant_id":"bob","command_id":"1"}]}')
    assert ada.rows == [{"participant_id": "ada"}]
    assert (bob.rows, ada.outcomes) == ([], [])
    assert len(bob.outcomes) == 1


def test_a_frame_that_cannot_be_read_harms_nobody(hub: Hub):
    ada, staff = End("ada"), End()
    hub._sessions["s"].candidates = {"ada": (ada,)}
    hub._sessions["s"].staff = {staff}
    for frame in (b"{", b"[]", b'{"kind":"rows"}', b'{"kind":"novelty"}', b'{"kind":"warning","minutes":"x"}'):
        hub._on_frame("s", frame)
    assert ada.rows == ada.texts == []
    assert len(staff.texts) == 5


def test_a_frame_of_a_session_nobody_watches_is_dropped(hub: Hub):
    hub._on_frame("other", b'{"kind":"rows","rows":[]}')


def test_a_collector_is_complete_when_every_outcome_was_heard():
    collector = Collector({"1", "2"})
    collector.take({"command_id": "1", "participant_id": "ada"})
    collector.take({"command_id": "1", "participant_id": "ada"})
    collector.take({"command_id": "9", "participant_id": "ada"})
    assert not collector.complete.is_set()
    collector.take({"command_id": "2", "participant_id": "bob", "problem": "attempt-complete"})
    assert collector.complete.is_set()
    assert collector.found["2"].problem == "attempt-complete"


def test_a_frame_to_a_thousand_dashboards_costs_no_more_than_a_loop(hub: Hub):
    hub._sessions["s"].staff.update(End() for _ in range(1000))
    frame = orjson.dumps({"kind": "rows", "rows": [{"participant_id": str(each)} for each in range(100)]})
    began = time.perf_counter()
    hub._on_frame("s", frame)
    assert time.perf_counter() - began < 0.1
