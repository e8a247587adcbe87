"""Memory of an idle connected candidate: 5,000 of them on our gateway, and on the bare server.

Resident memory after all are welcomed and have settled, less what the process had before, by person. Repeats within a
few percent, so once is enough.
"""

import asyncio
from typing import Final

from measuring import Measured, resident_bytes
from people import Crowd
from rig import Rig

from chassis.identifiers import new_id

NAME: Final = "memory"
PEOPLE: Final = 5_000
SETTLING_SECONDS: Final = 3.0


async def measure(rig: Rig) -> Measured:
    session_id, people = new_id(), [new_id() for _ in range(PEOPLE)]
    await rig.seat(session_id, people)
    async with rig.bare_gateway() as (bare_pid, bare_url):
        ours, bare = rig.pid("gateway"), bare_pid
        crowd, bare_crowd = Crowd(), Crowd()
        # A few first, so that what is made once is not counted by person.
        await crowd.join(rig, session_id, people[:20])
        await bare_crowd.join_bare(bare_url, people[:20])
        before, bare_before = resident_bytes(ours), resident_bytes(bare)
        await crowd.join(rig, session_id, people[20:])
        await bare_crowd.join_bare(bare_url, people[20:])
        await asyncio.sleep(SETTLING_SECONDS)
        each = (resident_bytes(ours) - before) / (PEOPLE - 20)
        bare_each = (resident_bytes(bare) - bare_before) / (PEOPLE - 20)
        crowd.leave()
        bare_crowd.leave()
    ratio = each / bare_each
    return Measured(
        ratios={"memory_per_candidate": ratio},
        rows=(
            (
                "an idle candidate",
                f"{each / 1024:.1f} KiB",
                f"{bare_each / 1024:.1f} KiB (bare server)",
                f"{ratio:.2f}",
            ),
        ),
        figures={"memory_per_candidate": {"ours_bytes": round(each), "bare_bytes": round(bare_each)}},
    )


def _kibibytes(size: float) -> str:
    return f"{size / 1024:.1f} KiB"
