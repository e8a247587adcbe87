"""The story of one session, from the assessment's file to the summary, acted against a running stack.

Every wait has an end. What cannot be done is written into the report and the story goes on as far as it makes sense,
so that a fault shows as a broken promise and never as a hang.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Final

from rich.console import Console

from contracts.items import AssessmentContent
from contracts.limits import TIME_LIMIT_SECONDS_MAX, TIME_LIMIT_SECONDS_MIN
from contracts.resources.session import SessionView
from contracts.statuses import ParticipantStatus
from examhall import display
from examhall.rehearsal.candidate import Candidate
from examhall.rehearsal.cast import Role, cast
from examhall.rehearsal.client import Gateway, Refused, Unreachable, staff, together
from examhall.rehearsal.conclusion import conclude
from examhall.rehearsal.evidence import gather
from examhall.rehearsal.judge import judge
from examhall.rehearsal.proctor import Dashboard, Proctor
from examhall.rehearsal.progress import Progress
from examhall.rehearsal.report import Report
from examhall.rehearsal.scenes import Scenes
from examhall.rehearsal.staff import Reviewer, Scheduler
from examhall.rehearsal.target import CANDIDATES_MAX, CANDIDATES_MIN, Options, Target

SAMPLE: Final = Path(__file__).parents[2] / "sample" / "assessment.json"
JOINS_AT_ONCE: Final = 12
GRACE_SECONDS: Final = 4
# After the last regular deadline and its grace: long enough to see the timers' work before the end.
END_AFTER_GRACE_SECONDS: Final = 1.5
# How long to wait for the dashboard to show what must happen; restarts of a broker or a database fit in.
SETTLE_SECONDS: Final = 60.0
# A receipt follows the dashboard's news at once; a page that missed it asks.
RECEIPT_SECONDS: Final = 25.0
REVIEW_SECONDS_PER_CANDIDATE: Final = 0.7
# Whatever happens, the session part is over this long after its planned end.
OVERTIME_SECONDS: Final = 90.0


async def run(target: Target, options: Options, console: Console | None = None) -> Report:
    """Act the whole story and judge it. Never raises for what the stack does wrong: the report says it."""
    console = console or display.console()
    started_at = time.monotonic()
    count = min(max(options.candidates, CANDIDATES_MIN), CANDIDATES_MAX)
    report = Report(candidates=count, broker=target.broker)
    gateway = Gateway(target.gateways, random.Random(options.seed))  # noqa: S311 - jitter, not a secret
    try:
        async with Progress(console, options.on_step) as progress:
            rehearsal = Rehearsal(target, options, gateway=gateway, progress=progress, report=report)
            try:
                await rehearsal.act()
            finally:
                await rehearsal.leave()
    except (Refused, Unreachable, CannotGoOn) as error:
        report.failures.append(str(error))
    finally:
        await gateway.close()
    report.wall_s = time.monotonic() - started_at
    if options.json is not None:
        report.write(options.json)
    report.print(console)
    return report


def session_seconds(content: AssessmentContent, factor: float) -> int:
    return min(TIME_LIMIT_SECONDS_MAX, max(TIME_LIMIT_SECONDS_MIN, round(content.time_limit_seconds / factor)))


class CannotGoOn(Exception):
    """The rest of the story makes no sense; the message says why."""


class Rehearsal:
    """One performance; `act` goes through the scenes in order."""

    def __init__(
        self, target: Target, options: Options, *, gateway: Gateway, progress: Progress, report: Report
    ) -> None:
        self._options = options
        self._gateway = gateway
        self._progress = progress
        self._report = report
        self._chance = random.Random(options.seed + 1)  # noqa: S311 - jitter, not a secret
        self._scheduler_account = staff(gateway, target.scheduler.email, target.scheduler.password)
        self._proctor_account = staff(gateway, target.proctor.email, target.proctor.password)
        self._reviewer_account = staff(gateway, target.reviewer.email, target.reviewer.password)
        self._scheduler = Scheduler(self._scheduler_account)
        self._content = AssessmentContent.model_validate_json((options.assessment or SAMPLE).read_bytes())
        self._seconds = session_seconds(self._content, options.factor)
        self._roles = cast(report.candidates, self._seconds, options.seed)
        self._candidates: list[Candidate] = []
        self._background: list[asyncio.Task[None]] = []
        self._dashboard: Dashboard | None = None
        self._session_code = ""
        self._personal_codes: dict[int, str] = {}

    async def act(self) -> None:
        session = await self._prepare()
        dashboard = Dashboard(self._proctor_account, session.session_id, self._chance)
        self._dashboard = self._progress.dashboard = dashboard
        proctor = Proctor(self._proctor_account, session.session_id)
        self._keep(dashboard.live())
        await self._gather_people(dashboard)
        scenes = await self._sit(dashboard, proctor)
        await self._close(session, dashboard, scenes)

    async def leave(self) -> None:
        """Everybody closes their page; nothing stays behind."""
        lines = [candidate.page.leave() for candidate in self._candidates]
        if self._dashboard is not None:
            lines.append(self._dashboard.leave())
        await asyncio.gather(*lines, return_exceptions=True)
        if not self._background:
            return
        _, late = await asyncio.wait(self._background, timeout=5)
        for task in late:
            task.cancel()
        for outcome in await asyncio.gather(*self._background, return_exceptions=True):
            if isinstance(outcome, Exception):
                self._report.failures.append(f"a page crashed: {outcome!r}")

    def _keep(self, living: Awaitable[None]) -> None:
        async def alive() -> None:
            await living

        self._background.append(asyncio.create_task(alive()))

    # Before

    async def _prepare(self) -> SessionView:
        step = self._progress.step
        step(f"loading and publishing the assessment: {self._content.title}")
        assessment = await self._scheduler.publish(self._content)
        step(f"scheduling a hybrid session of {self._seconds} s")
        session = await self._scheduler.schedule(
            assessment,
            name=f"Rehearsal {time.strftime('%Y-%m-%d %H:%M:%S')}",
            proctor_id=await self._proctor_account.subject(),
            limit_seconds=self._seconds,
            grace_seconds=GRACE_SECONDS,
            seats=len(self._roles),
        )
        if session.code is None:
            raise Refused(500, "no-code", "a hybrid session came without a code", "schedule")
        by_hand = [role for role in self._roles if role.by_hand]
        step(f"enrolling {len(by_hand)} people by hand, three with individual time")
        codes = await self._scheduler.enrol(session.session_id, by_hand)
        await self._scheduler.open(session.session_id)
        if self._options.on_open is not None:
            self._progress.say(await self._options.on_open(session.session_id))
        self._report.notes.append(f"session {session.session_id}, code {session.code}")
        self._session_code = session.code
        self._personal_codes = codes
        return session

    async def _gather_people(self, dashboard: Dashboard) -> None:
        self._progress.step(f"{len(self._roles)} people join, {len(self._personal_codes)} with a code of their own")

        async def join(candidate: Candidate) -> None:
            await candidate.join()
            self._keep(candidate.page.live())

        self._candidates = [self._candidate(role, dashboard) for role in self._roles]
        # One goes first and finds out when the doors open; wrong codes by the dozen would look like guessing.
        await join(self._candidates[-1])
        await together((join(candidate) for candidate in self._candidates[:-1]), JOINS_AT_ONCE)
        self._expect(
            await dashboard.until_all(ParticipantStatus.WAITING, len(self._roles), SETTLE_SECONDS),
            lambda: f"not all were shown waiting: {dict(dashboard.counts())}",
        )
        if not dashboard.rows:
            raise CannotGoOn(f"the dashboard shows nobody: {dashboard.trouble[-1:] or dashboard.line.trouble}")

    def _candidate(self, role: Role, dashboard: Dashboard) -> Candidate:
        code = self._personal_codes.get(role.index, self._session_code)
        limit_seconds = role.limit_seconds(self._seconds)
        return Candidate(
            self._gateway, role, code, limit_seconds=limit_seconds, watcher=dashboard, seed=self._options.seed
        )

    def _expect(self, held: bool, otherwise: Callable[[], str]) -> None:
        if not held:
            self._report.failures.append(otherwise())

    # During

    async def _sit(self, dashboard: Dashboard, proctor: Proctor) -> Scenes:
        self._progress.step("the proctor starts the session")
        await proctor.start()
        started_at = time.monotonic()
        items = [item for section in self._content.sections for item in section.items]
        working = [asyncio.create_task(candidate.work(items)) for candidate in self._candidates]
        scenes = Scenes(
            self._candidates, dashboard, proctor, self._progress, seconds=self._seconds, started_at=started_at
        )
        ending_at = self._seconds + GRACE_SECONDS + END_AFTER_GRACE_SECONDS
        try:
            async with asyncio.timeout(ending_at + OVERTIME_SECONDS):
                await scenes.play()
                await asyncio.sleep(max(0.0, started_at + ending_at - time.monotonic()))
                self._progress.step(f"the proctor ends the session, with {GRACE_SECONDS} s of grace")
                await proctor.end()
                await self._wait_for_everybody(dashboard)
        except TimeoutError:
            self._report.failures.append("the session did not come to its end in time")
        finally:
            for task in working:
                task.cancel()
            outcomes = await asyncio.gather(*working, return_exceptions=True)
        self._report.failures.extend(scenes.failures)
        self._report.failures.extend(
            f"a candidate could not work: {outcome!r}" for outcome in outcomes if isinstance(outcome, Exception)
        )
        return scenes

    async def _wait_for_everybody(self, dashboard: Dashboard) -> None:
        number = len(self._candidates)
        complete = await dashboard.until_all(ParticipantStatus.COMPLETE, number, GRACE_SECONDS + SETTLE_SECONDS)
        self._expect(complete, lambda: f"not everybody completed: {dict(dashboard.counts())}")
        for candidate in self._candidates:
            candidate.page.expect_news()
        received = await dashboard.until(
            lambda: all(candidate.page.complete.is_set() for candidate in self._candidates), RECEIPT_SECONDS
        )
        self._expect(received, lambda: "not every candidate got a receipt")

    # After

    async def _close(self, session: SessionView, dashboard: Dashboard, scenes: Scenes) -> None:
        # Whoever did not come to an end is a broken promise already; nobody waits for their result.
        number = dashboard.counts()[ParticipantStatus.COMPLETE]
        reviewer = Reviewer(self._reviewer_account, self._scheduler_account)
        self._progress.step("objective items are scored; a reviewer reads the essays")
        reviewed = await reviewer.review_all(
            session.session_id, number, SETTLE_SECONDS + number * REVIEW_SECONDS_PER_CANDIDATE
        )
        self._expect(reviewed, lambda: f"only {reviewer.reviewed} essays could be reviewed")
        self._progress.step(f"{reviewer.reviewed} essays reviewed; the results are released")
        await self._scheduler.release(session.session_id, SETTLE_SECONDS)
        await self._read_own_results()
        self._progress.step("reading the summary and comparing")
        summary = await self._scheduler.summary(session.session_id, number, SETTLE_SECONDS)
        participant_ids = [candidate.participant_id for candidate in self._candidates]
        findings = await gather(self._scheduler_account, session.session_id, participant_ids, summary)
        slowest = timedelta(milliseconds=max(dashboard.lags, default=0.0))
        verdict = judge([candidate.witness for candidate in self._candidates], findings, slowest)
        self._report.summary = summary
        conclude(self._report, verdict, dashboard, self._candidates, scenes)

    async def _read_own_results(self) -> None:
        await together((candidate.page.read_result() for candidate in self._candidates), JOINS_AT_ONCE)
        await together((candidate.page.read_messages() for candidate in self._candidates), JOINS_AT_ONCE)
