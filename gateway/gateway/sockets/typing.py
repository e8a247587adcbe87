"""Who is writing at this moment: told to the other side at once, kept nowhere, and the first thing to be dropped."""

import asyncio
from typing import Final

import structlog

from chassis.outcomes import Transient
from chassis.redis import LivePublisher
from contracts.attempt import Actor
from contracts.live import TypingFrame

APART_SECONDS: Final = 2.0  # pages say it every three seconds; what comes faster tells nothing new
ON_THEIR_WAY_MAX: Final = 100  # of one replica; Redis takes each in under a millisecond or is away

log = structlog.get_logger(__name__)


class TypingNotices:
    def __init__(self, publisher: LivePublisher) -> None:
        self._publisher = publisher
        self._on_their_way: set[asyncio.Task[None]] = set()

    def tell(self, session_id: str, participant_id: str, by: Actor) -> None:
        """Beside the reading of answers, which must not wait for Redis."""
        if len(self._on_their_way) >= ON_THEIR_WAY_MAX:
            return
        frame = TypingFrame(participant_id=participant_id, by=by).model_dump_json().encode()
        task = asyncio.create_task(self._publish(session_id, frame))
        self._on_their_way.add(task)
        task.add_done_callback(self._on_their_way.discard)

    async def stop(self) -> None:
        for task in self._on_their_way:
            task.cancel()
        if self._on_their_way:
            await asyncio.wait(self._on_their_way)

    async def _publish(self, session_id: str, frame: bytes) -> None:
        try:
            await self._publisher.publish(session_id, frame)
        except Transient as error:
            log.debug("typing not told", session_id=session_id, error=str(error))
