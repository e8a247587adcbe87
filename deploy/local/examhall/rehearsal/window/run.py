"""Runs a window: publishes its paper, starts the simulating processes, gives them their orders, adds up, judges,
and puts everything away, whatever happens.
"""

import asyncio
import contextlib
import random
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from rich.console import Console

from chassis.identifiers import new_code
from contracts.limits import ITEMS_MAX
from contracts.resources.session import PublishAssessment, WriteAssessment
from examhall.rehearsal.client import Gateway, Refused, Unreachable
from examhall.rehearsal.report import Report
from examhall.rehearsal.window.crowd import Api, Ground
from examhall.rehearsal.window.gauge import Gauge
from examhall.rehearsal.window.journal import Entry, Journal, clean_up
from examhall.rehearsal.window.measures import CPU, Measures
from examhall.rehearsal.window.paper import paper
from examhall.rehearsal.window.process import Worker, WorkerFailed
from examhall.rehearsal.window.profile import (
    DESCRIPTORS_BESIDES,
    Begins,
    Crew,
    Impossible,
    Profile,
    Share,
    crews,
    divided,
)
from examhall.rehearsal.window.progress import Progress
from examhall.rehearsal.window.readiness import conclude
from examhall.rehearsal.window.room import RoomVerdict

ITEMS: Final = 40
# To make a session, enrol its people and open it, with retries; and what any deployment may take besides.
REQUESTS_PER_SESSION: Final = 8
PREPARED_SECONDS: Final = 120.0
GATHERED_SECONDS: Final = 120.0
# Twenty requests a second are an API token's limit; a margin for other programs and for clocks.
API_PER_SECOND: Final = 16.0
WHOLE: Final = Share()
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """`targets` are base addresses of one deployment's gateways or of what stands before them."""

    targets: tuple[str, ...]
    token: str
    profile: Profile
    candidates: int
    proctors: int
    sessions: int
    workers: int
    share: Share = WHOLE
    api_per_second: float = API_PER_SECOND
    seed: int = 1
    on_step: Callable[[str], None] | None = None


async def rehearse(wanted: Wanted, console: Console, journal: Journal | None = None) -> Report:
    """Never raises for what the deployment does wrong: the report says it. Cancelled, it puts away and raises.

    Raises:
        Impossible: the numbers do not go together, or this machine cannot hold as many sockets.

    """
    parts = divided(crews(wanted.candidates, wanted.proctors, wanted.sessions), wanted.share, wanted.workers)
    people = sum(crew.people for part in parts for crew in part)
    check_descriptors(max(sum(crew.people for crew in part) for part in parts))
    journal = journal or Journal()
    run = "".join(new_code(3).split("-"))[:10]
    title = f"Rehearsal {run}: {wanted.profile.name}, {people:,} candidates"
    report = Report(candidates=people, broker=", ".join(wanted.targets), title=title)
    window = Window(wanted, run, report)
    journal.write(Entry(run, wanted.targets, datetime.now(UTC).isoformat(timespec="seconds")))
    async with Progress(console, window.measured, people) as progress:
        window.progress = progress
        try:
            await window.act(parts)
        except (Refused, Unreachable, WorkerFailed) as error:
            report.failures.append(str(error))
        except TimeoutError:
            report.failures.append("the sessions could not be prepared in time")
        finally:
            if await window.leave():
                journal.forget(run)
    window.conclude()
    return report


class Window:
    """One performance. `measured` grows while it runs."""

    def __init__(self, wanted: Wanted, run: str, report: Report) -> None:
        self._wanted = wanted
        self._run = run
        self._report = report
        self._began_at = time.monotonic()
        self._opened_at = 0
        self._busiest: dict[int, float] = {}
        self._verdict = RoomVerdict()
        self._workers: list[Worker] = []
        self._gauge = Gauge(wanted.targets, self._began_at)
        chance = random.Random(wanted.seed)  # noqa: S311 - jitter, not a secret
        self._gateway = Gateway(wanted.targets, chance)
        self._api = Api(self._gateway, wanted.token, wanted.api_per_second)
        self._closing = contextlib.AsyncExitStack()
        self._files = tempfile.TemporaryDirectory(prefix="examhall-rehearsal-")
        self.measured = Measures()
        self.progress: Progress | None = None

    async def act(self, parts: list[list[Crew]]) -> None:
        profile = self._wanted.profile
        sessions = sum(len(crew.sessions) for part in parts for crew in part)
        proctors = sum(len(part) for part in parts)
        self._step(
            f"rehearsal {self._run}: {self._report.candidates:,} candidates in {sessions} sessions, "
            f"{proctors} proctors, {len(parts)} simulating processes; {profile.summary}"
        )
        ground = await self._ground()
        watching = asyncio.create_task(self._gauge.watch())
        self._closing.callback(watching.cancel)
        self._workers = [await self._start(ground, part, number) for number, part in enumerate(parts)]
        self._step("sessions are made, people enrolled, doors opened")
        seconds = PREPARED_SECONDS + sessions * REQUESTS_PER_SESSION / self._wanted.api_per_second
        await self._all(lambda worker: worker.prepared.wait(), seconds)
        self._opened_at = self._second()
        self._step(f"people arrive within {profile.ramp_seconds:.0f} s")
        await self._order("open")
        if profile.begins is Begins.AT_ONCE:
            # Who cannot come does not keep the others waiting for ever.
            with contextlib.suppress(TimeoutError):
                await self._all(lambda worker: worker.gathered.wait(), profile.ramp_seconds + GATHERED_SECONDS)
            self._step("everybody is there: all sessions begin")
        await self._order("begin")
        await self._all(lambda worker: worker.done.wait())
        self._step("compared")

    async def leave(self) -> bool:
        """Stop whatever still runs and put away what is left. True when nothing was left over."""
        self._step("putting away what was made")
        await self._order("stop")
        await asyncio.gather(*(worker.stop() for worker in self._workers))
        await self._closing.aclose()
        left = [session for worker in self._workers for session in worker.left]
        for worker in self._workers:
            self._verdict.add(worker.verdict)
            self._report.failures.extend(worker.failures)
        try:
            _, left = await clean_up(self._api, self._run, self._report.notes.append)
        except (Refused, Unreachable) as error:
            self._report.failures.append(f"not everything could be put away: {error}")
            left = left or ["unknown"]
        finally:
            await self._gateway.close()
            self._files.cleanup()
        if left:
            again = f"examhall rehearse --clean-up --target {self._wanted.targets[0]}"
            self._report.stays.append(f"{len(left)} sessions that could not be ended; try: {again}")
        return not left

    def conclude(self) -> None:
        report, profile = self._report, self._wanted.profile
        conclude(
            report,
            self._verdict,
            self.measured,
            profile=profile,
            opened_at=self._opened_at,
            busiest=self._busiest,
            gateways=self._gauge.shares,
        )
        report.wall_s = time.monotonic() - self._began_at
        report.stays.append(
            f"ended sessions named 'Rehearsal {self._run} session N' with their people, attempts and results, "
            f"and the assessment 'Rehearsal {self._run}': there is no route that deletes them"
        )

    def _step(self, text: str) -> None:
        if self.progress is not None:
            self.progress.step(text)
        if self._wanted.on_step is not None:
            self._wanted.on_step(text)

    def _second(self) -> int:
        return int(time.monotonic() - self._began_at)

    async def _ground(self) -> Ground:
        """Publish the paper. Raises Refused, Unreachable."""
        wanted = self._wanted
        items = min(ITEMS, ITEMS_MAX, max(1, wanted.profile.answers))
        content = paper(self._run, items, 3600)
        body = WriteAssessment(content=content).model_dump(mode="json")
        draft = await self._api.post("/api/v1/assessments", body)
        path = f"/api/v1/assessments/{draft['assessment_id']}/publish"
        published = await self._api.post(path, PublishAssessment(version=draft["version"]).model_dump(mode="json"))
        return Ground(
            targets=wanted.targets,
            token=wanted.token,
            profile=wanted.profile,
            run=self._run,
            items=items,
            assessment_id=draft["assessment_id"],
            assessment_version=published["published_version"],
            started_at=time.time() - (time.monotonic() - self._began_at),
            seed=wanted.seed,
            api_per_second=wanted.api_per_second,
            local=all(urlsplit(target).hostname in LOOPBACK for target in wanted.targets),
        )

    async def _start(self, ground: Ground, part: list[Crew], number: int) -> "Worker":
        errors = Path(self._files.name) / f"worker-{number}.log"
        worker = Worker(errors, self._take)
        size_max = -(-self._wanted.candidates // self._wanted.sessions)
        paced = replace(
            ground,
            api_per_second=ground.api_per_second / self._wanted.workers,
            seed=ground.seed * 1_000 + number,
        )
        await worker.start(
            {
                "ground": asdict(paced),
                "crews": [asdict(crew) for crew in part],
                "sessions": self._wanted.sessions,
                "size_max": size_max,
            }
        )
        return worker

    def _take(self, content: dict[str, Any]) -> None:
        measured = Measures.of(content)
        for second, spent in measured.counts.get(CPU, {}).items():
            self._busiest[second] = max(self._busiest.get(second, 0.0), spent / 1000)
        self.measured.merge(measured)

    async def _order(self, order: str) -> None:
        for worker in self._workers:
            await worker.order(order)

    async def _all(self, until: Callable[["Worker"], Awaitable[object]], seconds: float | None = None) -> None:
        """Wait for all of them. Raises WorkerFailed when one ends before, TimeoutError after `seconds`."""

        async def one(worker: Worker) -> None:
            reached = asyncio.ensure_future(until(worker))
            ended = asyncio.ensure_future(worker.ended.wait())
            try:
                await asyncio.wait({reached, ended}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (reached, ended):
                    task.cancel()
            if worker.ended.is_set() and not worker.done.is_set():
                raise WorkerFailed(worker.last_words())

        async with asyncio.timeout(seconds):
            await asyncio.gather(*(one(worker) for worker in self._workers))


def check_descriptors(people: int) -> None:
    """Raises Impossible when one process cannot hold as many sockets."""
    import resource  # noqa: PLC0415 - not on Windows, where nothing is limited

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = people + DESCRIPTORS_BESIDES
    if soft < wanted <= hard or (soft < wanted and hard == resource.RLIM_INFINITY):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))  # inherited by the workers
    elif soft < wanted:
        raise Impossible(
            f"{people:,} people in one process need {wanted:,} file descriptors and it may have {hard:,}: "
            f"use more --workers"
        )
