"""Answers recorded, the whole path: socket, gateway, Kafka, monitoring-svc, MongoDB, Redis, dashboard.

A slice is 500 candidates answering four times, and ends when the dashboard shows every answer. All processes on the
path count, the servers too; they are the same on both sides. The bare path is `bare/bare_gateway.py` and
`bare/bare_consumer.py --live`: it publishes no facts, knows no rules and tells candidates nothing but the echo.
"""

from typing import Final

from measuring import Measured, Side, in_turns, row
from people import Crowd, Dashboard
from rig import Rig

from chassis.identifiers import new_id

NAME: Final = "recorded"
PEOPLE: Final = 500
ROUNDS: Final = 4
SERVERS: Final = ("kafka", "mongo", "redis")


async def measure(rig: Rig) -> Measured:
    session_id, people = new_id(), [new_id() for _ in range(PEOPLE)]
    await rig.seat(session_id, people)
    async with rig.bare_gateway() as (gateway_pid, bare_url), rig.bare_consumer("--live") as consumer_pid:
        crowd, bare_crowd, dashboard, bare_dashboard = Crowd(), Crowd(), Dashboard(), Dashboard()
        await crowd.join(rig, session_id, people)
        await bare_crowd.join_bare(bare_url, people)
        await dashboard.watch(rig, session_id)
        await bare_dashboard.watch_bare(bare_url)

        async def ours(_number: int) -> None:
            await crowd.answers(crowd.people, ROUNDS)
            await dashboard.until_shows(crowd.people)

        async def bare(_number: int) -> None:
            await bare_crowd.answers(bare_crowd.people, ROUNDS)
            await bare_dashboard.until_shows(bare_crowd.people)

        servers = {name: rig.pid(name) for name in SERVERS}
        figures = await in_turns(
            Side({**servers, "gateway": rig.pid("gateway"), "monitoring-svc": rig.pid("monitoring-svc")}, ours),
            Side({**servers, "gateway": gateway_pid, "consumer": consumer_pid}, bare),
            operations=PEOPLE * ROUNDS,
        )
        for each in (crowd, bare_crowd):
            each.leave()
        dashboard.close()
        bare_dashboard.close()
    return Measured(
        ratios={"recorded_answers": figures.ratio},
        rows=(row("an answer recorded and shown", figures, "the bare path"),),
        figures={"recorded_answers": figures},
    )
