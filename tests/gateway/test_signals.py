"""What a page reports is folded to a pace, and nothing that matters is lost by it."""

import time
from collections import Counter
from typing import Any

import pytest
from gateway_world import World, a_row
from hypothesis import given
from hypothesis import strategies as st

from contracts import limits
from contracts.attempt import Actor, ConnectParticipant, ReportSignal, Signal
from contracts.live import OpenAlert
from contracts.statuses import ActorKind, AlertKind, Phase, Severity
from gateway.sockets.pace import Bucket, Pace
from gateway.sockets.signals import BEHIND_MAX, Reports, Signals, Told

STATES = (Signal.FOCUS_LOST, Signal.FOCUS_REGAINED)


def test_the_first_ones_go_at_once_and_a_flood_is_folded():
    signals = Signals(Bucket(0.0, per_second=1, burst=3))
    sent = [each for _ in range(50) for each in signals.take(Told(Signal.CLIPBOARD_USED), 0.0)]
    assert sent == [Told(Signal.CLIPBOARD_USED)] * 3
    assert signals.waiting
    assert signals.due(0.5) == []
    assert signals.due(1.0) == [Told(Signal.CLIPBOARD_USED, count=47)]
    assert not signals.waiting


@given(st.lists(st.tuples(st.sampled_from(Signal), st.floats(0, 0.4)), max_size=80))
def test_in_the_end_the_newest_state_and_the_whole_sum_are_told(said: list[tuple[Signal, float]]):
    signals, now, told = Signals(Bucket(0.0, per_second=1, burst=2)), 0.0, list[Told]()
    for signal, gap in said:
        now += gap
        told += signals.take(Told(signal), now)
        assert len(told) <= 2 + now + 1e-6
    while signals.waiting:
        now += 1
        told += signals.due(now)
    counted = Counter(signal for signal, _ in said)
    assert sum(each.count for each in told if each.signal is Signal.CLIPBOARD_USED) == counted[Signal.CLIPBOARD_USED]
    states = [signal for signal, _ in said if signal in STATES]
    assert [each.signal for each in told if each.signal in STATES][-1:] == states[-1:]


class Behind:
    """As much of an edge as reports need, with a queue of any length."""

    def __init__(self) -> None:
        self.signal_pace = Pace(limits.SIGNALS_PER_SECOND, limits.SIGNALS_BURST)
        self.signalling: set[Any] = set()
        self.commands = self
        self.waiting = BEHIND_MAX
        self.sent: list[Any] = []

    def __len__(self) -> int:
        return self.waiting

    def put(self, event: Any) -> None:
        self.sent.append(event)


def test_while_kafka_is_away_signals_fold_and_wait():
    edge = Behind()
    actor = Actor(kind=ActorKind.CANDIDATE, id="p1", name="Ada")
    reports = Reports(edge, actor, "k1", lambda report, _at, _id: report)  # type: ignore[arg-type]
    now = time.monotonic()
    for second in range(100):
        reports.take(Told(Signal.CLIPBOARD_USED), now + second)
    assert edge.sent == []
    assert edge.signalling == {reports}
    edge.waiting = 0
    reports.tell_signals(now + 101)
    assert [(each.number, each.count) for each in edge.sent] == [(1, 100)]
    assert edge.signalling == set()


@pytest.mark.stack
async def test_a_signal_follows_its_connection_to_kafka(world: World):
    session_id, participant_id = world.seat()
    client, welcome = await world.candidate(session_id, participant_id)
    await client.send(type="signal", signal="focus_lost")
    await client.send(type="signal", signal="clipboard_used", count=3)
    reports = await world.commands(participant_id, ReportSignal, 2)
    assert [(each.data.number, each.data.signal, each.data.count) for each in reports] == [
        (1, Signal.FOCUS_LOST, 1),
        (2, Signal.CLIPBOARD_USED, 3),
    ]
    assert {each.data.connection_id for each in reports} == {welcome["connection_id"]}
    connected = (await world.commands(participant_id, ConnectParticipant))[0]
    assert connected.time <= reports[0].time


@pytest.mark.stack
async def test_signals_beyond_the_burst_are_told_by_the_sweep(world: World):
    session_id, participant_id = world.seat()
    client, _ = await world.candidate(session_id, participant_id)
    sent = limits.SIGNALS_BURST + 40
    for _ in range(sent):
        await client.send(type="signal", signal="clipboard_used")
    reports = await world.commands(participant_id, ReportSignal, limits.SIGNALS_BURST + 1)
    assert len(reports) < sent
    assert sum(each.data.count for each in reports) == sent


@pytest.mark.stack
async def test_a_signal_that_makes_no_sense_is_refused(world: World):
    session_id, participant_id = world.seat()
    client, _ = await world.candidate(session_id, participant_id)
    await client.send(type="signal", signal="sneezed")
    assert (await client.until("refused"))["problem"] == "validation-failed"
    await client.send(type="signal", signal="focus_lost", seconds=-1)
    assert (await client.until("refused"))["problem"] == "validation-failed"


@pytest.mark.stack
async def test_a_candidate_is_told_nothing_of_alerts(world: World):
    session_id, participant_id = world.seat()
    client, _ = await world.candidate(session_id, participant_id)
    now = world.service.clock.now()
    alert = OpenAlert(
        alert_id="a1",
        kind=AlertKind.IDLE,
        severity=Severity.NOTICE,
        count=1,
        seconds=0,
        raised_at=now,
        last_at=now,
    )
    raised = {"alerts": 1, "open_alerts": [alert]}
    await world.publish_row(session_id, a_row(participant_id, version=7, **raised))
    await world.publish_row(session_id, a_row(participant_id, version=8, phase=Phase.PAUSED, **raised))
    row = (await client.until("row"))["row"]
    assert (row["version"], row["alerts"], row["open_alerts"]) == (8, 0, []), "not even a silent row tells of it"
