"""Frames out: pages see a message at once. A frame lost on the way heals: numbers show the gap, and pages fetch it."""

import structlog

from chassis.health import CheckResult
from chassis.outcomes import Transient
from chassis.redis import LivePublisher
from contracts.live import MarksFrame, MessageFrame
from contracts.messaging import Message
from messaging_svc.domain.conversation import Mark

log = structlog.get_logger(__name__)


class LiveMessages:
    def __init__(self, publisher: LivePublisher) -> None:
        self._publisher = publisher
        self._last_error = ""

    async def show(self, message: Message) -> None:
        """Best effort: the message is saved already, and must not seem refused because Redis is away."""
        await self._publish(message.session_id, MessageFrame(message=message))

    async def show_marks(self, mark: Mark) -> None:
        """Best effort as well: pages that missed one learn it with the next message or the next look."""
        frame = MarksFrame(
            participant_id=mark.participant_id,
            reader=mark.reader,
            delivered_up_to=mark.delivered,
            read_up_to=mark.read,
        )
        await self._publish(mark.session_id, frame)

    async def _publish(self, session_id: str, frame: MessageFrame | MarksFrame) -> None:
        try:
            await self._publisher.publish(session_id, frame.model_dump_json().encode())
        except Transient as error:
            log.warning("live frame lost", session_id=session_id, kind=frame.kind, error=str(error))
            self._last_error = str(error)
        else:
            self._last_error = ""

    async def check(self) -> CheckResult:
        if self._last_error:
            return CheckResult.warning(f"the last frame was lost: {self._last_error}")
        return CheckResult.good()
