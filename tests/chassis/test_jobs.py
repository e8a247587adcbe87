"""Periodic jobs and the checks that make their failures visible."""

import asyncio

import pytest

from chassis import jobs
from chassis.health import CheckResult, Health, Level
from chassis.jobs import Job
from chassis.metrics import Metrics
from chassis.outcomes import Transient
from chassis.settings import Settings
from chassis.telemetry import Telemetry


def job(run: object, every_seconds: float = 0.01) -> Job:
    assert callable(run)
    return Job("tick", every_seconds, run, Metrics("test"), Telemetry("test", Settings()))


async def test_a_job_repeats_and_never_overlaps_itself():
    inside, most, runs = 0, 0, 0

    async def run() -> None:
        nonlocal inside, most, runs
        inside, runs = inside + 1, runs + 1
        most = max(most, inside)
        await asyncio.sleep(0.03)
        inside -= 1

    task = asyncio.create_task(job(run).run())
    await asyncio.sleep(0.2)
    task.cancel()
    assert runs >= 3
    assert most == 1


@pytest.mark.parametrize("error", [Transient("mongo"), KeyError("defect")])
async def test_a_failing_job_goes_on_and_shows_in_health(error: Exception, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(jobs, "MISSED_SECONDS_MIN", 0.05)
    failing = True

    async def run() -> None:
        if failing:
            raise error

    ticking = job(run)
    task = asyncio.create_task(ticking.run())
    await asyncio.sleep(0.03)
    assert (await ticking.check()).level is Level.WARNING
    await asyncio.sleep(0.1)
    assert (await ticking.check()).level is Level.FAILING
    failing = False
    await asyncio.sleep(0.05)
    assert (await ticking.check()).level is Level.GOOD
    task.cancel()


async def test_one_broken_check_neither_hides_nor_delays_the_others(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("chassis.health.CHECK_SECONDS", 0.05)
    health = Health()

    async def good() -> CheckResult:
        return CheckResult.good()

    async def warned() -> CheckResult:
        return CheckResult.warning("look")

    async def raising() -> CheckResult:
        raise KeyError("defect")

    async def hanging() -> CheckResult:
        await asyncio.sleep(60)
        return CheckResult.good()

    health.register("good", good)
    health.register("warned", warned)
    assert await health.ready()
    health.register("raising", raising)
    health.register("hanging", hanging)
    levels = {name: result.level for name, result in (await health.results()).items()}
    assert levels == {
        "good": Level.GOOD,
        "warned": Level.WARNING,
        "raising": Level.FAILING,
        "hanging": Level.FAILING,
    }
    assert not await health.ready()
