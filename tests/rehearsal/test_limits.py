"""The first limit is the earliest thing that went wrong, and says what moves it."""

from window_story import a_window, concluded, full, slow, whole

from examhall.rehearsal.window import measures
from examhall.rehearsal.window.limits import first_limit
from examhall.rehearsal.window.measures import Measures


def test_a_window_that_held_met_no_limit():
    assert first_limit(a_window(), {}, {}) is None


def test_a_few_slow_answers_are_no_limit():
    measured = Measures()
    for _ in range(19):
        measured.delay(measures.ACK, 3, 5_000.0)
    assert first_limit(measured, {}, {}) is None


def test_the_earliest_of_several_is_named():
    measured = a_window()
    slow(measured, measures.LAG, 60, 4_000.0)
    slow(measured, measures.ACK, 40, 900.0)
    measured.count("429 too-many-requests (joins)", 30)
    found = first_limit(measured, {}, {})
    assert found is not None
    assert found.at_seconds == 30
    assert "EXAMHALL_JOINS_PER_ADDRESS_PER_MINUTE" in found.moves


def test_a_late_dashboard_with_quick_answers_is_monitorings():
    measured = a_window()
    slow(measured, measures.LAG, 60, 4_000.0)
    found = first_limit(measured, {}, {})
    assert found is not None
    assert "monitoring-svc" in found.moves
    assert "while answers were saved in 2" in found.why


def test_slow_answers_beside_a_busy_gateway_are_the_gateways():
    measured = a_window()
    slow(measured, measures.ACK, 40, 900.0)
    found = first_limit(measured, {}, {45: 0.97})
    assert found is not None
    assert "97%" in found.why
    assert "gateway" in found.moves


def test_a_busy_simulator_blames_itself():
    measured = a_window()
    slow(measured, measures.ACK, 40, 900.0)
    found = first_limit(measured, dict.fromkeys(range(30, 60), 0.99), {45: 0.97})
    assert found is not None
    assert found.what == "the simulator was the limit"
    assert "--workers" in found.moves


def test_a_late_loop_of_the_simulator_counts_as_busy():
    measured = a_window()
    slow(measured, measures.ACK, 40, 900.0)
    slow(measured, measures.TICK, 40, 500.0)
    found = first_limit(measured, {}, {})
    assert found is not None
    assert found.what == "the simulator was the limit"


def test_a_window_in_which_everything_held_is_ready():
    report = concluded(full(), whole())
    assert report.passed, report.promises
    assert report.limit is None
    assert [phase.name for phase in report.phases] == [
        "people arrive",
        "everybody is there",
        "people hand in",
        "results are compared",
    ]
    assert sum(phase.figures["answers saved"] or 0 for phase in report.phases) == 1_000


def test_one_lost_answer_is_not_ready():
    report = concluded(full(), whole(answers_in_submissions=999))
    assert report.answers_lost == 1
    assert not report.passed


def test_whatever_else_is_wrong_is_not_ready():
    for changes in ({"joined": 19}, {"incomplete": 1}, {"duplicate_results": 1}, {"ledger_mismatches": 1}):
        assert not concluded(full(), whole(**changes)).passed, changes
    for name in (measures.DROPPED, measures.REFUSED, "503 temporarily-unavailable (staff)", "0 ConnectError (joins)"):
        measured = full()
        measured.count(name, 50)
        assert not concluded(measured, whole()).passed, name


def test_a_window_in_which_nothing_was_measured_is_not_ready():
    assert not concluded(Measures(), whole()).passed
