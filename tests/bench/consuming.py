"""Attempt commands decided and written by monitoring-svc, next to the least that could be done with the same servers.

The same commands, one of each person in a slice, are put on both sides' topics; a slice ends when its offsets are
committed. The bare side changes the same fields of as many documents (`bare/bare_consumer.py`). By the letter of the
measurement it publishes nothing; `consumer_with_facts` compares with one that also has as many facts acknowledged.
"""

from typing import Final

import world
from measuring import Figures, Measured, Side, in_turns, row
from rig import Rig

from chassis.identifiers import new_id

NAME: Final = "consumer"
PEOPLE: Final = 2_000


async def measure(rig: Rig) -> Measured:
    session_id, people = new_id(), [new_id() for _ in range(PEOPLE)]
    await rig.seat(session_id, people)
    alone = await _next_to(rig, session_id, people, 0)
    with_facts = await _next_to(rig, session_id, people, 1_000, "--facts")
    return Measured(
        ratios={"consumer": alone.ratio, "consumer_with_facts": with_facts.ratio},
        rows=(
            row("a command decided and written", alone, "decode, bulk write"),
            row("the same", with_facts, "decode, bulk write, as many facts"),
        ),
        figures={"consumer": alone, "consumer_with_facts": with_facts},
    )


async def _next_to(rig: Rig, session_id: str, people: list[str], first: int, *options: str) -> Figures:
    async with rig.bare_consumer(*options) as bare_pid:

        async def ours(number: int) -> None:
            await rig.send(
                [rig.publisher.message(world.answer(each, session_id, first + number + 1)) for each in people]
            )
            await rig.log.until_handled()

        async def bare(number: int) -> None:
            answers = [world.answer(each, session_id, first + number + 1) for each in people]
            await rig.send(rig.as_bare([rig.publisher.message(each) for each in answers]))
            await rig.bare_log.until_handled()

        return await in_turns(
            Side({"monitoring-svc": rig.pid("monitoring-svc")}, ours),
            Side({"consumer": bare_pid}, bare),
            operations=len(people),
        )
