"""Which parts go first when a machine is full: those that an answer passes on its way to being saved, then those that
it passes on its way to the dashboard. Whoever joins waits a little longer, and reports wait for everybody.

In a cluster the same is said by the pods' CPU requests; here by niceness, which others are given.
"""

import contextlib
import os
from pathlib import Path
from typing import Final

NICENESS: Final = {
    "gateway": 0,
    "kafka": 0,
    "redis": 0,
    "balancer": 0,
    "monitoring-svc": 4,
    "mongo": 4,
    "scoring-svc": 15,
    "reporting-svc": 15,
    "mail": 15,
}
OTHERS: Final = 12


def niceness_of(part: str) -> int:
    """0 to 19 for a part of the stack, replicas included."""
    return next((niceness for name, niceness in NICENESS.items() if part.startswith(name)), OTHERS)


def yield_to_others(process_id: int, niceness: int) -> None:
    """Let a process of our own step back. It is only ever a wish: where the system refuses, all are equal."""
    if niceness <= 0:
        return
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, process_id, niceness)
    # Linux weighs sessions, and each part is a session of its own, before it looks at the processes within.
    with contextlib.suppress(OSError):
        Path(f"/proc/{process_id}/autogroup").write_text(str(niceness), encoding="ascii")
