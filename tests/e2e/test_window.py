"""A whole testing window on a real stack, with an API token and nothing else; and what stays of it."""

import asyncio
import contextlib
import io
import json
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import psutil
import pytest
from hall import Hall, until
from rich.console import Console

from examhall.rehearsal.report import Report
from examhall.rehearsal.window import command, measures
from examhall.rehearsal.window.command import SCOPES, profile_of, put_away, wanted_of
from examhall.rehearsal.window.journal import Journal
from examhall.rehearsal.window.run import Wanted, rehearse
from examhall.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]

CANDIDATES: Final = 24
ANSWERS: Final = 3


@pytest.fixture(scope="module")
async def token(hall: Hall) -> str:
    return await hall.api_token(*SCOPES.split())


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Journal:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return Journal()


def a_window(stack: Stack, token: str, **changes: Any) -> Wanted:
    wanted = wanted_of(
        targets=[stack.addresses.gateway],
        token=token,
        profile=profile_of("all-at-once", 3, ANSWERS),
        candidates=CANDIDATES,
        proctors=2,
        sessions=3,
        workers=2,
        share="1/1",
        api_rate=None,
        seed=1,
    )
    return replace(wanted, **changes)


async def states(hall: Hall, run: str) -> list[str]:
    page = await hall.scheduler.get("/api/v1/sessions", search=run)
    return [each["state"] for each in page["items"] if run in each["settings"]["name"]]


def run_of(report: Report) -> str:
    return report.title.split()[1].rstrip(":")


@pytest.fixture(scope="module")
async def told() -> io.StringIO:
    return io.StringIO()


@pytest.fixture(scope="module")
async def report(
    stack: Stack, token: str, told: io.StringIO, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Report]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        console = Console(file=told, width=160)
        report = await rehearse(a_window(stack, token), console)
        report.print(console)
        print(told.getvalue())  # noqa: T201 - shown with a failing test
        yield report


async def test_everything_acknowledged_is_in_a_submission_and_a_result(report: Report):
    assert report.failures == []
    assert report.complaints == []
    assert report.answers_acknowledged == CANDIDATES * ANSWERS
    assert report.answers_acknowledged == report.answers_recorded == report.answers_in_submissions
    assert report.answers_lost == report.duplicate_results == report.ledger_mismatches == 0
    # How quick it was is for the report to say: this machine carries much else.
    correct = [each for each in report.promises if "p99" not in each.promised]
    assert [each for each in correct if not each.kept] == []


async def test_every_delay_was_measured(report: Report):
    for name in (measures.JOIN, measures.START, measures.ACK, measures.LAG, measures.SUBMIT):
        assert (report.percentiles[name]["p99"] or 0) > 0, name
    assert report.counts[measures.JOINED] == report.counts[measures.SUBMITTED] == CANDIDATES
    assert report.phases[0].name == "sessions are prepared"


async def test_it_puts_away_what_it_made_and_says_what_stays(report: Report, hall: Hall):
    assert await states(hall, run_of(report)) == ["ended"] * 3
    assert any(run_of(report) in text for text in report.stays)


async def test_the_token_is_in_nothing_that_is_written(report: Report, token: str, told: io.StringIO, tmp_path: Path):
    command.write(report, tmp_path / "out.html", tmp_path / "out.json")
    written = (tmp_path / "out.json").read_text()
    assert json.loads(written)["answers_lost"] == 0
    for text in (written, (tmp_path / "out.html").read_text(), told.getvalue()):
        assert token not in text


async def test_a_rehearsal_that_is_stopped_puts_away_what_it_made(
    stack: Stack, token: str, hall: Hall, journal: Journal
):
    arriving = asyncio.Event()
    said: list[str] = []

    def on_step(text: str) -> None:
        said.append(text)
        if text.startswith("people arrive"):
            arriving.set()

    running = asyncio.create_task(
        rehearse(a_window(stack, token, on_step=on_step), Console(file=io.StringIO()), journal)
    )
    async with asyncio.timeout(120):
        await arriving.wait()
    run = said[0].split()[1].rstrip(":")
    assert [entry.run for entry in journal.entries(stack.addresses.gateway)] == [run]
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert set(await states(hall, run)) <= {"cancelled", "ended"}
    assert len(await states(hall, run)) == 3
    assert journal.entries(stack.addresses.gateway) == []


async def test_what_a_killed_rehearsal_left_is_put_away_later_and_nothing_else(
    stack: Stack, token: str, hall: Hall, journal: Journal, assessment: tuple[str, int]
):
    bystander = await hall.take(await hall.schedule(assessment, name="Rehearsal of the choir"), "open")
    options = "--candidates 24 --sessions 3 --proctors 2 --workers 2 --profile certification --ramp 300"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "examhall", "rehearse", "--target", stack.addresses.gateway, *options.split()),
        env=os.environ | {"EXAMHALL_API_TOKEN": token},
        stdout=asyncio.subprocess.PIPE,
    )
    try:

        async def arriving() -> bool:
            runs = [entry.run for entry in journal.entries(stack.addresses.gateway)]
            return bool(runs) and await states(hall, runs[0]) == ["running"] * 3

        await until(arriving, "the rehearsal's sessions run", 120)
    finally:
        mine = psutil.Process(process.pid)
        for each in [*mine.children(recursive=True), mine]:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()
        said, _ = await process.communicate()
        print(said.decode())  # noqa: T201 - shown with a failing test
    [entry] = journal.entries(stack.addresses.gateway)
    assert await put_away([stack.addresses.gateway], token, None) == 0
    assert await states(hall, entry.run) == ["ended"] * 3
    assert journal.entries(stack.addresses.gateway) == []
    assert (await hall.proctor.get(f"/api/v1/sessions/{bystander['session_id']}"))["state"] == "open"


async def test_without_the_right_scopes_it_says_so_and_leaves_nothing(stack: Stack, hall: Hall, journal: Journal):
    token = await hall.api_token("sessions:read")
    report = await rehearse(a_window(stack, token), Console(file=io.StringIO()), journal)
    assert not report.passed
    assert any("403" in text for text in report.failures)
    assert journal.entries(stack.addresses.gateway) == []
