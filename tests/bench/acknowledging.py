"""Answers acknowledged by the gateway, next to a bare WebSocket echo with an aiokafka produce in between.

200 candidates send an answer each and wait for all acknowledgements, ten times a slice. monitoring-svc stands still
meanwhile (SIGSTOP), so that only the way in and back is measured; the rows that come later are part of `recorded`.
"""

from typing import Final

from measuring import Measured, Side, in_turns, row
from people import Crowd
from rig import Rig

from chassis.identifiers import new_id

NAME: Final = "gateway"
PEOPLE: Final = 200
ROUNDS: Final = 10  # within the burst each candidate may send


async def measure(rig: Rig) -> Measured:
    session_id, people = new_id(), [new_id() for _ in range(PEOPLE)]
    await rig.seat(session_id, people)
    async with rig.bare_gateway() as (bare_pid, bare_url):
        crowd, bare_crowd = Crowd(), Crowd()
        await crowd.join(rig, session_id, people)
        await rig.log.until_handled()
        await bare_crowd.join_bare(bare_url, people)
        rig.stack.pause("monitoring-svc")
        try:

            async def ours(_number: int) -> None:
                await crowd.answers(crowd.people, ROUNDS)

            async def bare(_number: int) -> None:
                await bare_crowd.answers(bare_crowd.people, ROUNDS)

            figures = await in_turns(
                Side({"gateway": rig.pid("gateway")}, ours),
                Side({"gateway": bare_pid}, bare),
                operations=PEOPLE * ROUNDS,
            )
        finally:
            rig.stack.resume("monitoring-svc")
        crowd.leave()
        bare_crowd.leave()
    return Measured(
        ratios={"gateway": figures.ratio},
        rows=(row("an answer acknowledged", figures, "echo, produce"),),
        figures={"gateway": figures},
    )
