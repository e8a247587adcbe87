"""The people of a session that lasts as long as the faults do: they answer at a steady pace, some run out of time, some
submit while something is broken, and one gets more time in each fault. All of it is remembered by the simulation.
"""

import asyncio
import random
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from watch import Watch

import examhall
from contracts.enrollment import Accommodation
from contracts.items import AssessmentContent, Essay, Item
from contracts.resources.reporting import SessionSummary
from contracts.resources.session import SessionView
from contracts.statuses import CompletionReason, ParticipantStatus
from examhall.rehearsal import Target
from examhall.rehearsal.cast import Role, cast
from examhall.rehearsal.client import Gateway, Refused, Unreachable, new_key, staff, together
from examhall.rehearsal.evidence import gather
from examhall.rehearsal.judge import Verdict, judge
from examhall.rehearsal.page import Page
from examhall.rehearsal.plan import second_thought
from examhall.rehearsal.proctor import Dashboard, Proctor
from examhall.rehearsal.staff import Scheduler
from examhall.rehearsal.witness import Witness

SAMPLE: Final = Path(examhall.__file__).parents[1] / "sample" / "assessment.json"
SEED: Final = 7
# Longer than any campaign: only those with a limit of their own run out of time.
LIMIT_SECONDS: Final = 3 * 3600
GRACE_SECONDS: Final = 4
# One person in twelve runs out of time, one after the other, so that each fault meets somebody's deadline.
RUNS_OUT_SHARE: Final = 12
FIRST_DEADLINE_SECONDS: Final = 40
EXTENSION_SECONDS: Final = 60
JOINS_AT_ONCE: Final = 12
SETTLE_SECONDS: Final = 120.0
# Kafka's restart is the longest thing that an intervention has to outlast.
OUTCOME_SECONDS: Final = 90.0
# A third leaves by submitting, the others are ended with the session.
SUBMITS_SHARE: Final = 3
LOOK_EVERY_SECONDS: Final = 0.5
UP_WITHIN_SECONDS: Final = 60.0


class CannotGoOn(Exception):
    """The session did not come about; the message says why."""


@dataclass(slots=True)
class Person:
    """One candidate: the page, what they will swear to, and a clerk's memory of what was granted."""

    role: Role
    witness: Witness
    page: Page
    chance: random.Random
    submitting: bool = False

    @property
    def at_work(self) -> bool:
        return not self.submitting and self.page.running.is_set() and not self.page.ending.is_set()

    async def work(self, items: Sequence[Item], pace_seconds: float, stop: asyncio.Event) -> None:
        """One answer each `pace_seconds` or so, to a question picked at random, until told to stop."""
        await asyncio.sleep(self.chance.uniform(0, pace_seconds))
        while not stop.is_set():
            if self.at_work and self.page.time_left() > 0:
                await self.page.do(second_thought(items, self.role.skill, self.chance))
            await asyncio.sleep(pace_seconds * self.chance.uniform(0.5, 1.5))

    def submit(self) -> None:
        self.submitting = True
        self.page.submit()


class Crowd:
    """`open`, `begin`, then the faults, then `end`. `doors` are the gateways' addresses, one list for each person in
    turn: where a candidate tries first, and where next.
    """

    def __init__(self, target: Target, doors: Sequence[tuple[str, ...]], candidates: int, pace_seconds: float) -> None:
        self._chance = random.Random(SEED)
        self._gateway = Gateway(target.gateways, self._chance)
        account = staff(self._gateway, target.scheduler.email, target.scheduler.password)
        self._scheduler_account = account
        self._scheduler = Scheduler(account)
        self._proctor_account = staff(self._gateway, target.proctor.email, target.proctor.password)
        self._gateways = [Gateway(each, self._chance) for each in doors]
        self._pace_seconds = pace_seconds
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._content = _without_essays(AssessmentContent.model_validate_json(SAMPLE.read_bytes()))
        self._roles = _roles(candidates)
        self._session_id = ""
        self.people: list[Person] = []
        self.complaints: list[str] = []
        self.dashboard: Dashboard
        self.watch: Watch
        self._proctor: Proctor

    # Before

    async def open(self) -> None:
        """Everybody has joined and waits; raises `CannotGoOn`."""
        assessment = await self._scheduler.publish(self._content)
        session = await self._scheduler.schedule(
            assessment,
            name=f"Chaos {time.strftime('%Y-%m-%d %H:%M:%S')}",
            proctor_id=await self._proctor_account.subject(),
            limit_seconds=LIMIT_SECONDS,
            grace_seconds=GRACE_SECONDS,
            seats=len(self._roles),
        )
        codes = await self._scheduler.enrol(session.session_id, [role for role in self._roles if role.by_hand])
        await self._scheduler.open(session.session_id)
        self._session_id = session.session_id
        self.dashboard = Dashboard(self._proctor_account, session.session_id, self._chance)
        self.watch = Watch(self.dashboard)
        self._proctor = Proctor(self._proctor_account, session.session_id)
        self._tasks += [asyncio.create_task(self.dashboard.live()), asyncio.create_task(self.watch.look())]
        await self._gather(session, codes)

    async def _gather(self, session: SessionView, codes: dict[int, str]) -> None:
        self.people = [self._person(role) for role in self._roles]

        async def join(person: Person) -> None:
            code = codes.get(person.role.index)
            role = person.role
            words = {"code": session.code, "name": role.name, "email": role.email, "external_id": role.external_id}
            await _patiently(person, {"code": code} if code is not None else words)
            self._tasks.append(asyncio.create_task(person.page.live()))

        # One goes first and finds out when the doors open.
        await join(self.people[-1])
        await together((join(each) for each in self.people[:-1]), JOINS_AT_ONCE)
        if not await self.dashboard.until_all(ParticipantStatus.WAITING, len(self.people), SETTLE_SECONDS):
            raise CannotGoOn(f"not everybody was shown waiting: {dict(self.dashboard.counts())}")

    def _person(self, role: Role) -> Person:
        chance = random.Random(f"{SEED}:{role.index}")
        gateway = self._gateways[role.index % len(self._gateways)]
        witness = Witness("", role.name, role.limit_seconds(LIMIT_SECONDS) * 1000)
        page = Page(gateway, witness, turn=0, watcher=self.watch, chance=chance)
        return Person(role, witness, page, chance)

    async def begin(self) -> None:
        """Everybody is at work; raises `CannotGoOn`."""
        await self._proctor.start()
        if not await self.dashboard.until_all(ParticipantStatus.IN_SESSION, len(self.people), SETTLE_SECONDS):
            raise CannotGoOn(f"not everybody began: {dict(self.dashboard.counts())}")
        items = [item for section in self._content.sections for item in section.items]
        work = [each.work(items, self._pace_seconds, self._stop) for each in self.people]
        self._tasks += [asyncio.create_task(each) for each in work]

    # During

    def ordinary(self) -> list[Person]:
        """Those at work with the session's time limit, in an order that chance decides."""
        found = [each for each in self.people if each.at_work and not each.role.by_hand]
        self._chance.shuffle(found)
        return found

    async def extend(self, person: Person) -> None:
        """More time, asked for until it is known to be granted: the same intervention however often it is sent."""
        key, give_up_at = new_key(), time.monotonic() + OUTCOME_SECONDS
        while True:
            try:
                await self._proctor.intervene(
                    "extend", person.witness.participant_id, "Chaos", seconds=EXTENSION_SECONDS, key=key
                )
            except (Refused, Unreachable) as error:
                unknown = isinstance(error, Unreachable) or error.problem == "outcome-unknown"
                if not unknown or time.monotonic() > give_up_at:
                    self.complaints.append(f"{person.role.name} could not be given more time: {error}")
                    return
            else:
                person.witness.extended_ms += EXTENSION_SECONDS * 1000
                return

    @property
    def all_up(self) -> bool:
        """Whether everybody's page, the dashboard included, speaks to a gateway."""
        return self.dashboard.line.up.is_set() and all(each.page.line.up.is_set() for each in self.people)

    async def not_recorded(self) -> list[str]:
        """Answers acknowledged before now that the attempt does not show, and clocks that do not add up, in words."""
        promised = {each.witness.participant_id: each.witness.last_words() for each in self.people}
        names = {each.witness.participant_id: each.role.name for each in self.people}
        granted = {each.witness.participant_id: each.witness.limit_ms for each in self.people}
        found = await gather(self._scheduler_account, self._session_id, list(promised), None)
        wrong = []
        for participant_id, last_words in promised.items():
            attempt = found.attempts.get(participant_id)
            if attempt is None:
                wrong.append(f"{names[participant_id]}: no attempt to be read")
                continue
            recorded = {each.item_id: each.seq for each in attempt.responses}
            wrong += [
                f"{names[participant_id]}: {item_id}, answer {said.seq} was acknowledged and is not recorded"
                for item_id, said in last_words.items()
                if said.response is not None and recorded.get(item_id, 0) < said.seq
            ]
            if attempt.row.limit_ms != granted[participant_id]:
                wrong.append(f"{names[participant_id]}: the limit is {attempt.row.limit_ms} ms")
        return wrong

    # After

    async def end(self) -> Verdict:
        """Some submit, the session ends, the results are released, and everything is compared."""
        self._stop.set()
        for person in self.ordinary()[: len(self.people) // SUBMITS_SHARE]:
            person.submit()
        await self._proctor.end()
        number = len(self.people)
        if not await self.dashboard.until_all(ParticipantStatus.COMPLETE, number, SETTLE_SECONDS):
            self.complaints.append(f"not everybody completed: {dict(self.dashboard.counts())}")
        for person in self.people:
            person.page.expect_news()
        if not await self.dashboard.until(lambda: all(each.page.complete.is_set() for each in self.people), 30.0):
            self.complaints.append("not every candidate got a receipt")
        await self._until_scored(number)
        await self._scheduler.release(self._session_id, SETTLE_SECONDS)
        summary = await self._scheduler.summary(self._session_id, number, SETTLE_SECONDS)
        findings = await gather(
            self._scheduler_account, self._session_id, [each.witness.participant_id for each in self.people], summary
        )
        # A page cannot know its clock better than the live view at its slowest; the ledger is exact.
        slowest = timedelta(seconds=self.watch.slowest)
        verdict = judge([each.witness for each in self.people], findings, slowest)
        self.complaints += _cut_short(self.people, summary)
        return verdict

    async def _until_scored(self, number: int) -> None:
        """A release reaches the results that are there."""
        give_up_at = time.monotonic() + SETTLE_SECONDS
        while True:
            answer = await self._scheduler_account.get(f"/api/v1/sessions/{self._session_id}/results")
            if len(answer["results"]) >= number:
                return
            if time.monotonic() > give_up_at:
                self.complaints.append(f"only {len(answer['results'])} of {number} people have a result")
                return
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def leave(self) -> None:
        self._stop.set()
        lines = [each.page.leave() for each in self.people]
        if hasattr(self, "dashboard"):
            lines.append(self.dashboard.leave())
        await asyncio.gather(*lines, return_exceptions=True)
        for task in self._tasks:
            task.cancel()
        outcomes = await asyncio.gather(*self._tasks, return_exceptions=True)
        self.complaints += [f"a page crashed: {each!r}" for each in outcomes if isinstance(each, Exception)]
        await asyncio.gather(self._gateway.close(), *(each.close() for each in self._gateways))


def _roles(candidates: int) -> list[Role]:
    """Those who run out of time are enrolled by hand, with a limit of their own; the others come with the code."""
    people = cast(candidates, LIMIT_SECONDS, SEED)
    running_out = max(2, candidates // RUNS_OUT_SHARE)
    # One deadline each few seconds, spread over half an hour at most.
    step = max(1, min(20, 1800 // running_out))
    return [
        replace(
            role,
            by_hand=role.index < running_out,
            accommodation=Accommodation(time_limit_seconds=FIRST_DEADLINE_SECONDS + step * role.index)
            if role.index < running_out
            else Accommodation(),
        )
        for role in people
    ]


def _without_essays(content: AssessmentContent) -> AssessmentContent:
    """No reviews: results are final the moment they are scored."""
    sections = [
        section.model_copy(update={"items": [item for item in section.items if not isinstance(item, Essay)]})
        for section in content.sections
    ]
    return content.model_copy(update={"sections": sections})


async def _patiently(person: Person, words: dict[str, str | None]) -> None:
    """A code works as soon as the enrolment's side has heard of the session and of its opening."""
    give_up_at = time.monotonic() + UP_WITHIN_SECONDS
    while True:
        try:
            return await person.page.join(words)
        except Refused as refused:
            if refused.problem not in {"code-unknown", "session-not-open"} or time.monotonic() > give_up_at:
                raise
        await asyncio.sleep(0.2)


def _cut_short(people: Iterable[Person], summary: SessionSummary) -> list[str]:
    """Whoever ran out of time had all of it, to the millisecond and by the clock on the wall; nobody else was ended
    by a clock; and nobody counts as having been away whose line never broke.
    """
    wrong = []
    reports = {each.participant_id: each for each in summary.participants}
    for person in people:
        report = reports.get(person.witness.participant_id)
        if report is None:
            continue  # the judge says so
        expired = report.completion_reason is CompletionReason.TIME_EXPIRED
        if expired and not person.role.by_hand:
            wrong.append(f"{person.role.name}: the time was up long before its end")
        if expired and report.elapsed_ms != person.witness.limit_ms:
            wrong.append(f"{person.role.name}: expired after {report.elapsed_ms} of {person.witness.limit_ms} ms")
        if expired and report.began_at is not None and report.completed_at is not None:
            sat = report.completed_at - report.began_at
            if sat < timedelta(milliseconds=person.witness.limit_ms):
                wrong.append(f"{person.role.name}: expired early, {sat} after the beginning")
        if person.page.line.welcomes == 1 and report.disconnections:
            wrong.append(f"{person.role.name}: counted as away {report.disconnections} times and never was")
    return wrong
