"""The live view's outgoing side: frames to the gateways, by way of Redis.

Changed attempts are collected, and sent as rows at most `FRAMES_PER_SECOND` times a second for each session, the last
state of an attempt winning; the rest goes out with the next round of its session, or at once when there was none
lately. Whoever adds frames never waits, and when Redis is away frames are dropped: rows are complete and versioned, and
a gateway that missed something fetches a snapshot.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog

from chassis.health import CheckResult
from chassis.outcomes import Transient
from chassis.redis import LivePublisher
from contracts.limits import FRAMES_PER_SECOND
from contracts.live import Activity, ActivityFrame, Outcome, OutcomesFrame, SessionFrame, WarningFrame
from monitoring_svc.domain.row import Encoded

FRAME_SECONDS: Final = 1 / FRAMES_PER_SECOND
ROWS_PER_FRAME: Final = 500  # about 300 KB; Redis closes a subscriber whose buffer passes 32 MB
TOGETHER_BYTES: Final = 1024 * 1024  # in one round trip; small next to what Redis keeps for a slow subscriber
URGENT_MAX: Final = 10_000  # outcomes, warnings and lines waiting for Redis; more means that it is away
ROWS_MAX: Final = 50_000
SEND_SECONDS: Final = 2.0
SILENT_AFTER_SECONDS: Final = 30.0

log = structlog.get_logger(__name__)

_Urgent = Outcome | Activity | WarningFrame | SessionFrame


@dataclass(slots=True)
class _Waiting:
    """What one session's pages have not been sent yet."""

    rows: dict[str, Encoded] = field(default_factory=dict)
    urgent: deque[_Urgent] = field(default_factory=deque)
    rows_at: float = 0.0


class LiveView:
    def __init__(self, publisher: LivePublisher, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._publisher = publisher
        self._monotonic = monotonic
        self._sessions: dict[str, _Waiting] = {}
        self._rows = 0
        self._urgent = 0
        self._dropped = 0
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._away = ""
        self._beat = monotonic()

    # Adding: never waits

    def row(self, session_id: str, row: Encoded) -> None:
        waiting = self._of(session_id)
        known = waiting.rows.get(row.participant_id)
        if known is not None and known.version > row.version:
            return
        if known is None:
            if self._rows >= ROWS_MAX:
                self._dropped += 1
                return
            self._rows += 1
        waiting.rows[row.participant_id] = row
        self._woken.set()

    def outcomes(self, session_id: str, outcomes: Sequence[Outcome]) -> None:
        self._put(session_id, outcomes)

    def activities(self, session_id: str, activities: Sequence[Activity]) -> None:
        self._put(session_id, activities)

    def warning(self, session_id: str, warning: WarningFrame) -> None:
        self._put(session_id, [warning])

    def session(self, frame: SessionFrame) -> None:
        self._put(frame.session_id, [frame])

    def _put(self, session_id: str, urgent: Sequence[_Urgent]) -> None:
        if not urgent:
            return
        if self._urgent + len(urgent) > URGENT_MAX:
            self._dropped += len(urgent)
            return
        self._urgent += len(urgent)
        self._of(session_id).urgent.extend(urgent)
        self._woken.set()

    def _of(self, session_id: str) -> _Waiting:
        return self._sessions.setdefault(session_id, _Waiting())

    # Sending

    async def start(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self.run(), name="live-view")

    async def stop(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await self.flush()

    async def run(self) -> None:
        """For ever; started and ended by the service."""
        while True:
            try:
                async with asyncio.timeout(1.0):
                    await self._woken.wait()
            except TimeoutError:
                pass
            self._woken.clear()
            await self._round()
            self._beat = self._monotonic()
            if self._sessions:
                self._woken.set()
                await asyncio.sleep(FRAME_SECONDS / 5)  # rows whose turn comes next; also gathers what arrives together

    async def flush(self) -> None:
        """Send all that waits."""
        for waiting in self._sessions.values():
            waiting.rows_at = 0.0
        await self._round()

    async def _round(self) -> None:
        """What is due goes out in as few round trips as its size allows: in a window nearly every answer is another
        session's.
        """
        now = self._monotonic()
        frames: list[tuple[str, bytes]] = []
        size = 0
        for session_id in list(self._sessions):
            for frame in self._due(session_id, now):
                frames.append((session_id, frame))
                size += len(frame)
            if size >= TOGETHER_BYTES:
                if not await self._send(frames):
                    return
                frames, size = [], 0
        if frames:
            await self._send(frames)

    def _due(self, session_id: str, now: float) -> list[bytes]:
        waiting = self._sessions[session_id]
        frames: list[bytes] = []
        if waiting.urgent:
            urgent, waiting.urgent = waiting.urgent, deque()
            self._urgent -= len(urgent)
            frames += _urgent_frames(urgent)
        if now - waiting.rows_at >= FRAME_SECONDS:
            if not waiting.rows:
                del self._sessions[session_id]
                return frames
            rows = list(waiting.rows.values())
            waiting.rows = {}
            waiting.rows_at = now
            self._rows -= len(rows)
            frames += _row_frames(rows)
        return frames

    async def _send(self, frames: Sequence[tuple[str, bytes]]) -> bool:
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._publisher.publish_all(frames)
        except (Transient, TimeoutError) as error:
            if not self._away:
                log.warning("live frames are dropped: Redis is away", error=repr(error))
            self._away = repr(error)
            self._drop_all(len(frames))
            return False
        if self._away:
            log.info("live frames flow again", dropped=self._dropped)
            self._away, self._dropped = "", 0
        return True

    def _drop_all(self, unsent: int) -> None:
        """What waits for a Redis that is away would be old when it comes back; pages fetch a snapshot then."""
        self._dropped += unsent + self._rows + self._urgent
        self._sessions.clear()
        self._rows = self._urgent = 0

    async def check(self) -> CheckResult:
        silent = self._monotonic() - self._beat
        if self._task is None or self._task.done() or silent > SILENT_AFTER_SECONDS:
            return CheckResult.failing("the live view stands still")
        if self._away or self._dropped:
            return CheckResult.warning(f"{self._dropped} frames dropped. {self._away}".strip())
        return CheckResult.good()


def _row_frames(rows: list[Encoded]) -> list[bytes]:
    """As `contracts.live.RowsFrame` would encode them; a model would cost more than deciding the commands did."""
    return [
        b'{"kind":"rows","rows":[' + b",".join([each.json for each in rows[first : first + ROWS_PER_FRAME]]) + b"]}"
        for first in range(0, len(rows), ROWS_PER_FRAME)
    ]


def _urgent_frames(urgent: Sequence[_Urgent]) -> list[bytes]:
    """Outcomes together and lines together, in the order they came; the session's own state first."""
    outcomes = [each for each in urgent if isinstance(each, Outcome)]
    activities = [each for each in urgent if isinstance(each, Activity)]
    frames = [each.model_dump_json().encode() for each in urgent if isinstance(each, SessionFrame)]
    if outcomes:
        frames.append(OutcomesFrame(outcomes=outcomes).model_dump_json().encode())
    frames += [each.model_dump_json().encode() for each in urgent if isinstance(each, WarningFrame)]
    if activities:
        frames.append(ActivityFrame(activities=activities).model_dump_json().encode())
    return frames
