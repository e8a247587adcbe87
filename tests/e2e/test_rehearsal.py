"""One whole session, from the assessment's file to the summary, through the gateway's public API."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from contracts.statuses import CompletionReason
from examhall.demonstration import prepare
from examhall.rehearsal import Options, Report, Target, run
from examhall.stack import Stack

pytestmark = pytest.mark.stack

CANDIDATES = 24  # everybody the story needs and a crowd besides
KEYS = {
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
}


@pytest.fixture(scope="module")
async def target(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Target:
    return await prepare(tmp_path_factory.mktemp("organisation"), stack.addresses)


@pytest.fixture(scope="module")
async def figures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("figures") / "out.json"


@pytest.fixture(scope="module")
async def report(target: Target, figures: Path) -> Report:
    text = io.StringIO()
    options = Options(candidates=CANDIDATES, time_factor=75, json=figures)
    report = await run(target, options, Console(file=text, width=160))
    print(text.getvalue())  # noqa: T201 - shown with a failing test
    return report


async def test_every_promise_is_kept(report: Report):
    assert not report.failures
    assert not report.complaints
    assert [promise for promise in report.promises if not promise.kept] == []
    assert report.passed


async def test_every_acknowledged_answer_is_in_a_submission(report: Report):
    assert report.answers_acknowledged == report.answers_recorded == report.answers_in_submissions > CANDIDATES * 10


async def test_some_submit_some_run_out_of_time_and_some_are_ended(report: Report):
    assert report.summary is not None
    reasons = {each.completion_reason for each in report.summary.participants}
    assert reasons == {
        CompletionReason.SUBMITTED,
        CompletionReason.TIME_EXPIRED,
        CompletionReason.SESSION_ENDED,
    }


def test_the_figures_are_written_under_their_stable_names(report: Report, figures: Path):
    written = json.loads(figures.read_text())
    assert written.keys() == KEYS
    assert written["candidates"] == CANDIDATES
    assert written["answers_lost"] == written["duplicate_results"] == written["ledger_mismatches"] == 0
    assert written["results_released"] == CANDIDATES
    assert written["dashboard_lag_ms"]["p50"] > 0
    assert written["disconnect_detection_s"]["max"] > 0
    assert written == report.as_json()


async def test_the_summary_shows_what_happened(report: Report):
    summary = report.summary
    assert summary is not None
    assert summary.attendance.completed == CANDIDATES
    assert sum(bucket.participants for bucket in summary.scores) == CANDIDATES
    assert len(summary.incidents) == 1
    assert sum(each.disconnections > 0 for each in summary.participants) >= 2
    assert {message.kind for message in summary.messages} == {"broadcast", "chat", "hand_raised"}
