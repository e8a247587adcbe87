"""Which parts go first when a machine is full: those that an answer passes on its way to being saved.

In a cluster the same is said by the pods' CPU requests; here by niceness, which others are given.
"""

import contextlib
import os
from pathlib import Path
from typing import Final

FIRST: Final = ("gateway", "kafka", "redis", "balancer")
LATER: Final = {"scoring-svc": 10, "reporting-svc": 10, "mail": 10}
OTHERS: Final = 5


def niceness_of(part: str) -> int:
    """0 to 19 for a part of the stack, replicas included."""
    if part.startswith(FIRST):
        return 0
    return next((nice for name, nice in LATER.items() if part.startswith(name)), OTHERS)


def yield_to_others(process_id: int, niceness: int) -> None:
    """Let a process of our own step back. It is only ever a wish: where the system refuses, all are equal."""
    if niceness <= 0:
        return
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, process_id, niceness)
    # Linux weighs sessions, and each part is a session of its own, before it looks at the processes within.
    with contextlib.suppress(OSError):
        Path(f"/proc/{process_id}/autogroup").write_text(str(niceness), encoding="ascii")
