"""Timers that are facts in the database: when an attempt's time is up, when a warning is due, and when what somebody
does has lasted long enough to be judged.
"""

from datetime import timedelta
from typing import Any, Final

from chassis.clock import SharedClock
from contracts.attempt import SYSTEM, ExpireAttempt, JudgeConduct, WarnParticipant
from contracts.envelope import Event
from contracts.model import iso_milliseconds
from monitoring_svc.service.commands import Commands, command
from monitoring_svc.store import Store
from monitoring_svc.store.attempts import Due

MARGIN: Final = timedelta(seconds=2)
"""After the grace: an answer received in its last moment is stamped in time but takes a moment to reach the log, and
the expiry must come behind it there."""
RETURNED: Final = timedelta(seconds=1)
"""Whoever came back in the last moment has said so, and that reaches the log first."""
SCAN_MAX: Final = 2_000  # a whole session may end in the same second; the rest follows in the next one


class Timers:
    def __init__(self, store: Store, commands: Commands, clock: SharedClock) -> None:
        self._store = store
        self._commands = commands
        self._clock = clock

    async def run_due(self) -> int:
        """Give the commands of the timers that are due; how many that were."""
        now = self._clock.now()
        expiring = await self._store.attempts.expiring(now - MARGIN, SCAN_MAX)
        warning = await self._store.attempts.warning(now, SCAN_MAX)
        commands: list[Event[Any]] = [
            command(
                ExpireAttempt(actor=SYSTEM, due_at=each.at),
                each.participant_id,
                each.session_id,
                each.org_id,
                now,
                iso_milliseconds(each.at),
            )
            for each in expiring
        ]
        commands += [
            command(
                JudgeConduct(actor=SYSTEM),
                each.participant_id,
                each.session_id,
                each.org_id,
                now,
                "looks",
                iso_milliseconds(each.at),
            )
            for each in await self._store.attempts.looking(now - RETURNED, SCAN_MAX)
        ]
        for each in warning:
            warned = self._warning(each)
            if warned is not None:
                commands.append(warned)
        return await self._commands.remind(commands)

    def _warning(self, due: Due) -> Event[Any] | None:
        """After an outage several warnings may have passed: only the most pressing one is announced."""
        now = self._clock.now()
        deadline = due.attempt.clock.deadline_at
        if deadline is None or now >= deadline:
            return None
        passed = [each for each in due.attempt.warnings if deadline - timedelta(minutes=each) <= now]
        if not passed:
            return None
        minutes = min(passed)
        return command(
            WarnParticipant(actor=SYSTEM, minutes=minutes),
            due.participant_id,
            due.session_id,
            due.org_id,
            now,
            str(minutes),
            iso_milliseconds(deadline),
        )
