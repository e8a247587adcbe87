"""The report fails when any promise is broken, and its figures keep their names."""

import io
import json
from pathlib import Path

from rich.console import Console

from examhall.rehearsal.report import Promise, Report, percentile


def _report(*promises: Promise) -> Report:
    return Report(candidates=60, broker="Apache Kafka", promises=list(promises))


def test_a_report_without_promises_has_not_passed():
    assert _report().exit_code == 1


def test_one_broken_promise_is_enough_to_fail():
    kept, broken = Promise("a", "1", kept=True), Promise("b", "0", kept=False)
    assert _report(kept).exit_code == 0
    assert _report(kept, broken).exit_code == 1


def test_a_step_that_could_not_be_done_fails_the_rehearsal():
    report = _report(Promise("a", "1", kept=True))
    report.failures.append("the session did not start")
    assert not report.passed


def test_the_file_holds_the_stable_names(tmp_path: Path):
    file = tmp_path / "out.json"
    _report().write(file)
    written = json.loads(file.read_text())
    assert list(written) == [
        "candidates",
        "answers_acknowledged",
        "answers_recorded",
        "answers_in_submissions",
        "answers_lost",
        "duplicate_results",
        "ledger_mismatches",
        "results_released",
        "dashboard_lag_ms",
        "disconnect_detection_s",
        "broker",
        "wall_s",
        "title",
        "passed",
        "promises",
        "failures",
        "complaints",
        "notes",
        "percentiles_ms",
        "counts",
        "phases",
        "plots",
        "limit",
        "stays",
    ]
    assert written["dashboard_lag_ms"] == {"p50": None, "p99": None}


def test_names_with_brackets_are_printed_as_they_are():
    text = io.StringIO()
    report = _report(Promise("a", "1", kept=True))
    report.complaints.append("[bold]Ada[/bold] lost an answer")
    report.print(Console(file=text, width=100))
    assert "[bold]Ada[/bold] lost an answer" in text.getvalue()


def test_percentiles_are_values_that_occurred():
    values = [float(value) for value in range(1, 101)]
    assert percentile(values, 50) == 50
    assert percentile(values, 99) == 99
    assert percentile([7.0], 99) == 7
    assert percentile([], 50) is None
