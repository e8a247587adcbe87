"""Commands this service gives to itself: its timers', and those that follow from others' facts.

Their ids are derived from what occasions them, so that several replicas, a repeated fact and a sweep that comes
after it all give the same command, of which the decider applies one.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

from chassis.identifiers import derived_id
from contracts.envelope import Event
from contracts.model import Command
from monitoring_svc.domain.batch import SOURCE

CHUNK: Final = 1_000  # commands published together; one session may have 20,000 participants
AGAIN_AFTER_SECONDS: Final = 10.0  # a command given again before this would only queue behind itself
REMEMBERED_MAX: Final = 100_000


class CommandPublisher(Protocol):
    async def publish_all(self, events: Sequence[Event[Any]]) -> None: ...


def command(
    payload: Command, participant_id: str, session_id: str, org_id: str, at: datetime, *occasion: str
) -> Event[Any]:
    """`occasion`: what makes this command another one than the same command at another time."""
    return Event(
        id=derived_id(type(payload).__name__, participant_id, *occasion),
        source=SOURCE,
        time=at,
        subject=participant_id,
        org_id=org_id,
        session_id=session_id,
        data=payload,
    )


class Commands:
    def __init__(self, publisher: CommandPublisher, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._publisher = publisher
        self._monotonic = monotonic
        self._given: OrderedDict[str, float] = OrderedDict()

    async def give(self, commands: Sequence[Event[Any]]) -> None:
        """Returns once Kafka has them all. Raises Transient: some may be there; give them again."""
        for first in range(0, len(commands), CHUNK):
            await self._publisher.publish_all(commands[first : first + CHUNK])
        self._note(commands)

    async def remind(self, commands: Sequence[Event[Any]]) -> int:
        """Give those that were not given a moment ago; how many that were.

        For loops that notice the same thing each second until the command has been carried out.
        """
        now = self._monotonic()
        due = [each for each in commands if now - self._given.get(each.id, -AGAIN_AFTER_SECONDS) >= AGAIN_AFTER_SECONDS]
        await self.give(due)
        return len(due)

    def _note(self, commands: Sequence[Event[Any]]) -> None:
        now = self._monotonic()
        for each in commands:
            self._given[each.id] = now
            self._given.move_to_end(each.id)
        while len(self._given) > REMEMBERED_MAX:
            self._given.popitem(last=False)
