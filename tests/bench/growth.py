"""What size does to cost: an answer among 10,000 candidates next to one among 1,000, both over the whole path and both
alive at once; and a snapshot of a session of 1,000 from a store of 10,000 sessions next to one of 100.

A slice is 1,000 answers of different people. Everybody is connected; with 10,000 that is also 10,000 sockets.
"""

import itertools
import tempfile
from pathlib import Path
from typing import Any, Final

from measuring import Measured, Side, in_turns, row
from people import Crowd, Dashboard
from rig import Rig

from chassis.identifiers import new_id

NAME: Final = "growth"
FEW: Final = 1_000
MANY: Final = 10_000
SESSION: Final = 500  # people in one session and on one dashboard


class _Hall:
    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.crowd = Crowd()
        self.dashboards: dict[str, Dashboard] = {}
        self._turns: Any = None

    async def fill(self, number: int) -> None:
        for _ in range(number // SESSION):
            session_id, people = new_id(), [new_id() for _ in range(SESSION)]
            await self.rig.seat(session_id, people)
            await self.crowd.join(self.rig, session_id, people)
            dashboard = self.dashboards[session_id] = Dashboard()
            await dashboard.watch(self.rig, session_id)
            for person in self.crowd.people[-SESSION:]:
                person.session_id = session_id
        self._turns = itertools.cycle(
            [self.crowd.people[first : first + FEW] for first in range(0, len(self.crowd.people), FEW)]
        )

    async def slice(self, _number: int) -> None:
        people = next(self._turns)
        await self.crowd.answers(people, 1)
        for session_id, dashboard in self.dashboards.items():
            await dashboard.until_shows([each for each in people if each.session_id == session_id])

    def side(self) -> Side:
        names = ("gateway", "monitoring-svc")
        return Side({name: self.rig.pid(name) for name in names}, self.slice)

    def leave(self) -> None:
        self.crowd.leave()
        for dashboard in self.dashboards.values():
            dashboard.close()


async def measure(rig: Rig) -> Measured:
    with tempfile.TemporaryDirectory(prefix="examhall-bench-many-") as directory:
        async with Rig(Path(directory), "many", rig.servers) as larger:
            few, many = _Hall(rig), _Hall(larger)
            await few.fill(FEW)
            await many.fill(MANY)
            figures = await in_turns(many.side(), few.side(), operations=FEW)
            few.leave()
            many.leave()
    growth = 1 / figures.ratio
    what, ours, bare, _ = row("an answer among 10,000", figures, "among 1,000")
    return Measured(
        ratios={"growth_answer": growth},
        rows=((what, ours, bare, f"{growth:.2f}"),),
        figures={"growth_answer": figures},
    )
