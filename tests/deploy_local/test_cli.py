"""The command says in one line what a person can do about it."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import psutil
import pytest

from examhall import cli

Command = Callable[..., "Outcome"]


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


@pytest.fixture
def examhall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command as its entry point runs it, in this process, on this test's directory."""

    def command(*arguments: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["examhall", "--directory", str(tmp_path), *arguments])
        with pytest.raises(SystemExit) as ending:
            cli.main()
        printed = capsys.readouterr()
        return Outcome(int(ending.value.code or 0), printed.out, printed.err)

    return command


def test_down_is_content_when_nothing_runs(examhall: Command):
    outcome = examhall("down")
    assert (outcome.code, outcome.out) == (0, "nothing was running\n")


@pytest.mark.parametrize("arguments", [("status",), ("dead-letters", "list", "scoring-svc"), ("topics", "create")])
def test_commands_for_a_running_stack_say_how_to_start_one(examhall: Command, arguments: tuple[str, ...]):
    outcome = examhall(*arguments)
    assert outcome.code == 1
    assert "examhall up" in outcome.err
    assert "Traceback" not in outcome.err


def test_a_wrong_scale_is_refused_before_anything_starts(tmp_path: Path, examhall: Command):
    outcome = examhall("up", "--scale", "kitchen=2")
    assert outcome.code == 2
    assert "kitchen" in outcome.err
    assert not (tmp_path / "state.json").exists()


def test_logs_of_one_part_are_printed_from_the_end(tmp_path: Path, examhall: Command):
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "kafka.log").write_text("".join(f"line {number}\n" for number in range(10)))
    outcome = examhall("logs", "kafka", "-n", "2")
    assert outcome.out == "line 8\nline 9\n"


def test_down_after_the_supervisor_was_killed_stops_what_it_left(tmp_path: Path, examhall: Command):
    left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        created = psutil.Process(left.pid).create_time()
        state = {
            "supervisor": {"pid": left.pid, "created": created - 60},
            "ready": True,
            "addresses": None,
            "parts": [
                {
                    "name": "kafka",
                    "port": 1,
                    "status": "ready",
                    "restarts": 0,
                    "identity": {"pid": left.pid, "created": created},
                }
            ],
        }
        (tmp_path / "state.json").write_text(json.dumps(state))
        outcome = examhall("down")
        assert "kafka" in outcome.out
        assert left.wait(5) == -signal.SIGTERM
    finally:
        left.kill()
        left.wait()


def test_mail_is_listed_and_shown(examhall: Command, tmp_path: Path):
    box = tmp_path / "mail"
    box.mkdir()
    for number in (1, 2):
        message = EmailMessage()
        message["To"], message["Subject"] = f"p{number}@example.org", f"Invitation {number}"
        message.set_content(f"Your code: CODE-{number}")
        message.add_attachment("BEGIN:VCALENDAR", subtype="calendar", filename="session.ics")
        (box / f"{number:08d}.eml").write_bytes(message.as_bytes())
    assert "Invitation 1" in examhall("mail", "list").out
    assert "Invitation 1" not in examhall("mail", "list", "-n", "1").out
    shown = examhall("mail", "show", "2")
    assert "Your code: CODE-2" in shown.out
    assert "session.ics" in shown.out
    assert "filename=" in examhall("mail", "show", "2", "--raw").out
    missing = examhall("mail", "show", "3")
    assert (missing.code, "examhall mail list" in missing.err) == (1, True)


def test_an_empty_mailbox_says_so(examhall: Command):
    assert examhall("mail", "list").out == "no mail yet\n"
