"""A simulated window that went well, to be spoiled by a test."""

from examhall.rehearsal.report import Report
from examhall.rehearsal.window import measures
from examhall.rehearsal.window.measures import Measures
from examhall.rehearsal.window.profile import PROFILES
from examhall.rehearsal.window.readiness import conclude
from examhall.rehearsal.window.room import RoomVerdict


def a_window(seconds: int = 100, ack_ms: float = 20.0) -> Measures:
    """A hundred answers every ten seconds, all of them quick."""
    measured = Measures()
    for second in range(seconds):
        for _ in range(10):
            measured.delay(measures.ACK, second, ack_ms)
            measured.delay(measures.LAG, second, 150.0)
            measured.count(measures.SAVED, second)
        measured.count(measures.CPU, second, 100)
        measured.delay(measures.TICK, second, 1.0)
    return measured


def slow(measured: Measures, name: str, since: int, milliseconds: float) -> None:
    for second in range(since, since + 10):
        for _ in range(10):
            measured.delay(name, second, milliseconds)


def concluded(measured: Measures, verdict: RoomVerdict) -> Report:
    report = Report(candidates=verdict.people, broker="http://127.0.0.1:1")
    conclude(report, verdict, measured, profile=PROFILES["state-test"], opened_at=0, busiest={}, gateways={})
    return report


def whole(**changes: int) -> RoomVerdict:
    figures = {"people": 20, "joined": 20, "answers_acknowledged": 1_000, "answers_recorded": 1_000}
    return RoomVerdict(**{**figures, "answers_in_submissions": 1_000, **changes})


def full() -> Measures:
    measured = a_window()
    for name in (measures.JOIN, measures.START, measures.SUBMIT):
        slow(measured, name, 5, 200.0)
    for _ in range(20):
        measured.count(measures.JOINED, 4)
        measured.count(measures.SUBMITTED, 95)
    return measured
