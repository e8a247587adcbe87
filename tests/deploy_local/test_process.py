"""Child processes end when they are told to, and only ours are touched."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from examhall.process import Child, Identity, ProcessFailed, run

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"


async def python(code: str, log_file: Path) -> Child:
    child = await Child.start([sys.executable, "-c", code], os.environ, log_file)
    await asyncio.to_thread(wait_for_up, log_file)
    return child


def wait_for_up(log_file: Path) -> None:
    deadline = time.monotonic() + 10
    while "up" not in log_file.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)


async def test_a_willing_child_ends_when_asked(tmp_path: Path):
    child = await python("import time; print('up', flush=True); time.sleep(60)", tmp_path / "log")
    assert await child.stop(10)
    assert not child.running
    assert child.exit_code == -signal.SIGTERM


async def test_a_stubborn_child_is_killed_after_its_time(tmp_path: Path):
    child = await python(STUBBORN, tmp_path / "log")
    assert not await child.stop(0.2)
    assert child.exit_code == -signal.SIGKILL


async def test_a_frozen_child_can_be_stopped(tmp_path: Path):
    child = await python("import time; print('up', flush=True); time.sleep(60)", tmp_path / "log")
    child.signal(signal.SIGSTOP)
    assert await child.stop(10)


async def test_what_a_child_started_ends_with_it(tmp_path: Path):
    code = (
        "import subprocess, sys, time\n"
        "grandchild = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print('up', grandchild.pid, flush=True)\n"
        "time.sleep(60)"
    )
    child = await python(code, tmp_path / "log")
    grandchild = psutil.Process(int((tmp_path / "log").read_text().split()[1]))
    await child.kill()
    assert psutil.wait_procs([grandchild], timeout=5)[1] == []


async def test_ctrl_c_in_the_terminal_does_not_reach_children_directly(tmp_path: Path):
    child = await python("import time; print('up', flush=True); time.sleep(60)", tmp_path / "log")
    try:
        assert os.getpgid(child.identity.pid) != os.getpgid(0)
    finally:
        await child.kill()


def test_a_recycled_process_id_is_somebody_else():
    mine = Identity.of(os.getpid())
    assert mine.process() is not None
    assert Identity(mine.pid, mine.created - 60).process() is None


def test_stopping_by_identity_leaves_a_process_with_another_start_time_alone():
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        Identity(bystander.pid, Identity.of(bystander.pid).created - 60).stop(1)
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


async def test_a_failed_command_shows_the_end_of_its_output():
    with pytest.raises(ProcessFailed, match="no such luck"):
        await run([sys.executable, "-c", "raise SystemExit('no such luck')"], seconds=10)


async def test_a_command_that_takes_too_long_is_ended():
    with pytest.raises(ProcessFailed, match="longer than"):
        await run([sys.executable, "-c", "import time; time.sleep(60)"], seconds=0.2)
