"""Who goes first on a full machine."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from contracts.topics import SERVICES
from examhall.priority import niceness_of, yield_to_others


@pytest.mark.parametrize("part", ["gateway", "gateway-2", "kafka", "redis", "balancer"])
def test_whatever_an_answer_passes_on_its_way_to_being_saved_goes_first(part: str):
    assert niceness_of(part) == 0


@pytest.mark.parametrize("part", [*SERVICES, "monitoring-svc-2", "mongo", "mail"])
def test_everything_else_steps_back(part: str):
    assert niceness_of(part) > 0


def test_dashboards_come_before_joins_and_those_before_reports():
    assert niceness_of("monitoring-svc-2") < niceness_of("enrollment-svc") < niceness_of("reporting-svc")


def test_a_process_that_steps_back_does():
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True)
    try:
        yield_to_others(process.pid, 7)
        assert os.getpriority(os.PRIO_PROCESS, process.pid) == 7
        autogroup = Path(f"/proc/{process.pid}/autogroup")
        if autogroup.exists():
            assert autogroup.read_text(encoding="ascii").split()[-1] == "7"
    finally:
        process.communicate()


def test_a_process_that_is_gone_is_no_trouble():
    process = subprocess.Popen([sys.executable, "-c", ""], start_new_session=True)
    process.wait()
    yield_to_others(process.pid, 7)
