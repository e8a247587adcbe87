"""One simulated candidate: joins with a code, waits, works at a pace of their own, and leaves in a way of their own."""

import asyncio
import random
import time
from functools import partial
from typing import Final

from contracts.items import Item
from examhall.rehearsal.cast import Ending, Role
from examhall.rehearsal.client import Gateway, Json, eventually
from examhall.rehearsal.page import Page, Watcher
from examhall.rehearsal.plan import Step, plan, second_thought
from examhall.rehearsal.witness import Witness

# A code works as soon as the enrolment's side has heard of the session and of its opening.
NOT_KNOWN_YET: Final = frozenset({"code-unknown", "session-not-open"})


class Candidate:
    """`join`, then `page.live` as a task for the socket and `work` for the person in front of it."""

    def __init__(
        self, gateway: Gateway, role: Role, code: str, *, limit_seconds: int, watcher: Watcher, seed: int
    ) -> None:
        self.role = role
        self._code = code
        self._limit_seconds = limit_seconds
        self._chance = random.Random(f"{seed}:{role.index}")  # noqa: S311 - a play, not a secret
        self.witness = Witness("", role.name, limit_seconds * 1000)
        self.page = Page(gateway, self.witness, turn=role.index, watcher=watcher, chance=self._chance)

    @property
    def participant_id(self) -> str:
        return self.witness.participant_id

    async def join(self) -> None:
        await eventually(partial(self.page.join, self._words()), NOT_KNOWN_YET)

    def _words(self) -> Json:
        if self.role.by_hand:
            return {"code": self._code}
        return {
            "code": self._code,
            "name": self.role.name,
            "email": self.role.email,
            "external_id": self.role.external_id,
        }

    async def work(self, items: list[Item]) -> None:
        """From the start to the end of this person's work; it also ends when the page says that the session does.

        `items` are the assessment's, in any order: the form, which nobody may read before the start, has this person's.
        """
        page = self.page
        page.expect_news()
        await page.running.wait()
        if page.complete.is_set():
            return
        mine = await self._in_my_order(items)
        steps = plan(mine, self.role.skill, self._chance)
        await self._work_through(steps)
        await self._finish(mine)

    async def _in_my_order(self, items: list[Item]) -> list[Item]:
        form = await self.page.read_form()
        by_id = {item.item_id: item for item in items}
        return [by_id[item["item_id"]] for section in form["sections"] for item in section["items"]]

    async def _work_through(self, steps: list[Step]) -> None:
        second = self._limit_seconds * self.role.work_share / sum(step.weight for step in steps)
        due = time.monotonic()
        for step in steps:
            due += step.weight * second * self._chance.uniform(0.6, 1.4)
            due += await self._think_until(due)
            if self.page.ending.is_set() or self.page.time_left() <= 0:
                return
            await self.page.do(step)

    async def _finish(self, items: list[Item]) -> None:
        page = self.page
        if self.role.ending is Ending.RUNS_OUT:
            await self._wait_for_deadline()
            return
        if self.role.ending is Ending.SUBMITS:
            page.submit()
            return
        while not page.ending.is_set() and page.time_left() > 0:
            await page.do(second_thought(items, self.role.skill, self._chance))
            await self._think_until(time.monotonic() + 2.0 * self._chance.uniform(0.5, 1.5))
        if page.complete.is_set() or not page.ending.is_set():
            return
        await page.do(second_thought(items, self.role.skill, self._chance))
        if self.role.ending is Ending.SUBMITS_IN_GRACE:
            page.submit()

    async def _think_until(self, due: float) -> float:
        """Think until then, or until the session ends. The answer: for how many seconds the attempt was paused, which
        does not count as thinking. Whoever is late works faster, so a busy machine does not make people slow.
        """
        try:
            async with asyncio.timeout(max(0.0, due - time.monotonic())):
                await self.page.ending.wait()
        except TimeoutError:
            pass
        paused_at = time.monotonic()
        await self.page.running.wait()
        return time.monotonic() - paused_at

    async def _wait_for_deadline(self) -> None:
        while not self.page.ending.is_set() and (left := self.page.time_left()) > 0:
            try:
                async with asyncio.timeout(min(left, 1.0)):
                    await self.page.ending.wait()
            except TimeoutError:
                continue
        self.page.expect_news()
