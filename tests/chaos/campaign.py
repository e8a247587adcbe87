"""One fault after the other during one session, and what the simulation can swear to after each."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from crowd import CannotGoOn, Crowd
from faults import Fault, parts_ready
from stage import Stage

from chassis.outcomes import Transient
from examhall.demonstration import prepare
from examhall.part import PartFailed
from examhall.rehearsal.client import Refused, Unreachable
from examhall.rehearsal.judge import Verdict
from examhall.system import MissingFromSystem

# People answer undisturbed for a moment between two faults, so that each meets a session that works.
CALM_SECONDS: Final = 2.0
# A fault may need longer than its bound, which is a finding and not the end: so long is waited for it.
PATIENCE_SECONDS: Final = 90.0
LOOK_EVERY_SECONDS: Final = 0.25
# Into the fault, a person submits and another gets more time.
INTO_SECONDS: Final = 1.0
# An acknowledged answer is recorded once the log has been worked off; what is still missing then is lost.
RECORDED_WITHIN_SECONDS: Final = 20.0
# No strike takes longer than rolling every part, each within the local stack's own limits.
STRIKE_SECONDS: Final = 240.0


@dataclass(slots=True)
class Outcome:
    """`from_start` and `from_end` of the fault: seconds until answers were acknowledged and shown promptly, everybody
    was connected and every part ready; None when that did not come. `disturbed`: seconds in
    which an answer was late. `reconnects` of people whose way was not touched.
    """

    fault: str
    what: str
    bound: float
    lasted: float = 0.0
    from_start: float | None = None
    from_end: float | None = None
    disturbed: float = 0.0
    reconnects: int = 0
    wrong: list[str] = field(default_factory=list)
    skipped: str = ""

    @property
    def held(self) -> bool:
        return not self.wrong and not self.skipped


@dataclass(slots=True)
class Findings:
    candidates: int
    outcomes: list[Outcome] = field(default_factory=list)
    verdict: Verdict | None = None
    wrong: list[str] = field(default_factory=list)
    acknowledgements: int = 0
    wall_seconds: float = 0.0

    @property
    def held(self) -> bool:
        verdict = self.verdict
        return (
            verdict is not None
            and not self.wrong
            and all(each.held for each in self.outcomes)
            and verdict.answers_acknowledged == verdict.answers_recorded == verdict.answers_in_submissions > 0
            and not (verdict.lost or verdict.never_sent or verdict.duplicates or verdict.ledger_mismatches)
            and not (verdict.incomplete or verdict.clock_disagreements)
            and verdict.results_released == self.candidates
        )


class Campaign:
    def __init__(self, stage: Stage, crowd: Crowd, say: Callable[[str], None]) -> None:
        self._stage = stage
        self._crowd = crowd
        self._say = say
        self._parked: set[str] = set()

    async def suffer(self, fault: Fault) -> Outcome:
        """One fault from its beginning until everything works again, or long after it should have."""
        crowd, outcome = self._crowd, Outcome(fault.name, fault.what, fault.seconds)
        await asyncio.sleep(CALM_SECONDS)
        touched = fault.strike.touched(self._stage)
        before = {each.witness.participant_id: each.page.line.welcomes for each in crowd.people}
        where = {each.witness.participant_id: each.page.line.address for each in crowd.people}
        self._say(f"--- {fault.name}: {fault.what}")
        start = time.monotonic()
        ordinary = crowd.ordinary()
        meanwhile = asyncio.create_task(self._meanwhile(ordinary))
        try:
            async with asyncio.timeout(STRIKE_SECONDS):
                await fault.strike.strike(self._stage)
        except MissingFromSystem as missing:
            outcome.skipped = str(missing)
        except (PartFailed, TimeoutError) as failed:
            outcome.wrong.append(f"the fault did not come to its end: {failed}")
        end = time.monotonic()
        outcome.lasted = end - start
        works_at = await self._recovered(end)
        if works_at is None:
            outcome.wrong.append(f"not working again after {PATIENCE_SECONDS:g} s")
        else:
            outcome.from_start, outcome.from_end = works_at - start, works_at - end
            outcome.disturbed = crowd.watch.disturbed(start, works_at)
            if outcome.from_end > fault.seconds:
                outcome.wrong.append(f"{outcome.from_end:.1f} s to recover, {fault.seconds:g} s wanted: {fault.why}")
        await meanwhile
        outcome.wrong += await self._lost()
        outcome.wrong += await self._newly_parked()
        for person in crowd.people:
            who = person.witness.participant_id
            times = person.page.line.welcomes - before[who]
            if where[who] not in touched:
                outcome.reconnects += times
            elif times > fault.reconnects:
                outcome.wrong.append(f"{person.role.name} had to reconnect {times} times")
        if outcome.reconnects:
            outcome.wrong.append(f"{outcome.reconnects} reconnects of people whom this does not concern")
        self._say(_in_words(outcome))
        return outcome

    async def _meanwhile(self, ordinary: Sequence[object]) -> None:
        """A person submits and another is given more time while it is broken."""
        await asyncio.sleep(INTO_SECONDS)
        people = [each for each in self._crowd.ordinary() if each in ordinary]
        if len(people) > 1:
            people[0].submit()
            await self._crowd.extend(people[1])

    async def _recovered(self, end: float) -> float | None:
        """The moment from which all of it worked, None when it does not within the patience."""
        crowd, all_there_at = self._crowd, end
        while time.monotonic() < end + PATIENCE_SECONDS:
            # A part that a supervisor has to start again is not READY from the moment the fault struck.
            if not (parts_ready(self._stage) and crowd.all_up):
                all_there_at = time.monotonic()
            works_at = crowd.watch.works_since(all_there_at)
            if works_at is not None:
                return works_at
            await asyncio.sleep(LOOK_EVERY_SECONDS)
        return None

    async def _newly_parked(self) -> list[str]:
        give_up_at = time.monotonic() + RECORDED_WITHIN_SECONDS
        while True:
            try:
                parked = await self._stage.parked()
            except Transient as error:
                if time.monotonic() > give_up_at:
                    return [f"the dead letters cannot be read: {error}"]
                await asyncio.sleep(1.0)
                continue
            new = [each for each in parked if each not in self._parked]
            self._parked.update(new)
            return new

    async def _lost(self) -> list[str]:
        give_up_at = time.monotonic() + RECORDED_WITHIN_SECONDS
        while True:
            try:
                wrong = await self._crowd.not_recorded()
            except (Refused, Unreachable) as error:
                wrong = [f"nothing can be read: {error}"]
            if not wrong or time.monotonic() > give_up_at:
                return wrong
            await asyncio.sleep(1.0)


async def run(
    directory: Path, faults: Sequence[Fault], *, candidates: int, pace_seconds: float, say: Callable[[str], None]
) -> Findings:
    """Everything, from an empty directory to the verdict; nothing keeps running afterwards."""
    began = time.monotonic()
    findings = Findings(candidates)
    async with Stage(directory, say) as stage:
        target = await prepare(directory, stage.stack.addresses)
        crowd = Crowd(target, stage.doors, candidates, pace_seconds)
        try:
            await crowd.open()
            await crowd.begin()
            say(f"{candidates} people are at work")
            campaign = Campaign(stage, crowd, say)
            for fault in faults:
                findings.outcomes.append(await campaign.suffer(fault))
            say("the session ends")
            findings.verdict = await crowd.end()
            findings.acknowledgements = crowd.watch.acknowledgements
        except (CannotGoOn, Refused, Unreachable, Transient) as error:
            findings.wrong.append(f"{type(error).__name__}: {error}")
        finally:
            await crowd.leave()
            findings.wrong += crowd.complaints
    findings.wall_seconds = time.monotonic() - began
    return findings


def _in_words(outcome: Outcome) -> str:
    if outcome.from_end is None:
        return f"    {outcome.fault}: not recovered"
    return f"    {outcome.fault}: lasted {outcome.lasted:.1f} s, works {outcome.from_end:.1f} s after its end"
