"""Frames out: pages see a message at once. A frame lost on the way heals: numbers show the gap, and pages fetch it."""

import structlog

from chassis.health import CheckResult
from chassis.outcomes import Transient
from chassis.redis import LivePublisher
from contracts.live import MessageFrame
from contracts.messaging import Message

log = structlog.get_logger(__name__)


class LiveMessages:
    def __init__(self, publisher: LivePublisher) -> None:
        self._publisher = publisher
        self._last_error = ""

    async def show(self, message: Message) -> None:
        """Best effort: the message is saved already, and must not seem refused because Redis is away."""
        frame = MessageFrame(message=message).model_dump_json().encode()
        try:
            await self._publisher.publish(message.session_id, frame)
        except Transient as error:
            log.warning("live frame lost", session_id=message.session_id, number=message.number, error=str(error))
            self._last_error = str(error)
        else:
            self._last_error = ""

    async def check(self) -> CheckResult:
        if self._last_error:
            return CheckResult.warning(f"the last frame was lost: {self._last_error}")
        return CheckResult.good()
