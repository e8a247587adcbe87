"""What the candidates experienced, answer by answer: when it was sent, acknowledged and shown on the dashboard."""

import asyncio
import time
from bisect import bisect_left
from dataclasses import dataclass
from typing import Final

from examhall.rehearsal.proctor import Dashboard

LOOK_EVERY_SECONDS: Final = 0.05  # the resolution of "shown"
# "Works again" is measured over so much time, so that one lucky answer between two troubles does not count.
WINDOW_SECONDS: Final = 2.0
PROMPT_SECONDS: Final = 1.0  # acknowledged and shown within this
# Of the answers in a window: one in twenty may be late, for the machine runs the simulation and the servers as well.
PROMPT_SHARE: Final = 0.95
HALF_SECOND: Final = 0.5
EPSILON_SECONDS: Final = 1e-6  # just after an answer
ANSWERS_MIN: Final = 5  # fewer answers in a window say nothing


@dataclass(slots=True)
class Sent:
    at: float
    acknowledged_at: float | None = None
    shown_at: float | None = None
    void: bool = False  # refused, as after somebody's time is up: it will never be shown, and nothing is wrong

    @property
    def prompt(self) -> bool:
        return (
            self.acknowledged_at is not None
            and self.shown_at is not None
            and max(self.acknowledged_at, self.shown_at) - self.at <= PROMPT_SECONDS
        )


class Watch:
    """The candidates' watcher (`examhall.rehearsal.page.Watcher`). Times are of this process's monotonic clock."""

    def __init__(self, dashboard: Dashboard) -> None:
        self._dashboard = dashboard
        self._sent: list[Sent] = []
        self._unsaved: dict[tuple[str, int], Sent] = {}
        self._unseen: dict[str, list[tuple[int, Sent]]] = {}
        self.acknowledgements = 0

    def sent(self, participant_id: str, seq: int) -> None:
        one = Sent(time.monotonic())
        self._sent.append(one)
        self._unsaved[participant_id, seq] = one
        self._unseen.setdefault(participant_id, []).append((seq, one))

    def acknowledged(self, participant_id: str, seq: int) -> None:
        self.acknowledgements += 1
        one = self._unsaved.pop((participant_id, seq), None)
        if one is not None:
            one.acknowledged_at = time.monotonic()

    def withdrawn(self, participant_id: str) -> None:
        for _, one in self._unseen.pop(participant_id, []):
            one.void = True

    async def look(self) -> None:
        """Watch the dashboard's rows for ever."""
        while True:
            now = time.monotonic()
            for participant_id, waiting in list(self._unseen.items()):
                row = self._dashboard.rows.get(participant_id)
                last_seq = 0 if row is None else row["last_seq"]
                for _, one in (each for each in waiting if each[0] <= last_seq):
                    one.shown_at = now
                left = [each for each in waiting if each[0] > last_seq]
                if left:
                    self._unseen[participant_id] = left
                else:
                    del self._unseen[participant_id]
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    def works_since(self, start: float) -> float | None:
        """The first moment from `start` on from which answers were acknowledged and shown promptly for a while.

        None: not yet, or not known yet.
        """
        counted = [each for each in self._sent[bisect_left(self._sent, start, key=_at) :] if not each.void]
        horizon = time.monotonic() - PROMPT_SECONDS
        since, end, prompt = start, 0, 0
        for first in range(len(counted) + 1):
            if since + WINDOW_SECONDS > horizon:
                return None
            while end < len(counted) and counted[end].at < since + WINDOW_SECONDS:
                prompt += counted[end].prompt
                end += 1
            number = end - first
            if number >= ANSWERS_MIN and prompt >= PROMPT_SHARE * number and counted[first].prompt:
                return since
            if first < len(counted):
                since = counted[first].at + EPSILON_SECONDS
                if first < end:
                    prompt -= counted[first].prompt
                else:
                    end = first + 1
        return None

    def disturbed(self, start: float, end: float) -> float:
        """Seconds during which an answer sent then was not prompt, to half a second."""
        within = self._sent[bisect_left(self._sent, start, key=_at) : bisect_left(self._sent, end, key=_at)]
        late = {int(each.at / HALF_SECOND) for each in within if not each.void and not each.prompt}
        return len(late) * HALF_SECOND

    @property
    def slowest(self) -> float:
        """Seconds, the longest that the dashboard took to show an answer."""
        return max((each.shown_at - each.at for each in self._sent if each.shown_at is not None), default=0.0)


def _at(sent: Sent) -> float:
    return sent.at
