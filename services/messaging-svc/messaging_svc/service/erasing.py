"""Erasing what is not needed any more: personal codes, and what mails said, some time after a session is over.

Records of mails stay, with whom they went to, when, and what became of them: the session's log counts on them, and
their ids are what keeps a fact that is heard again from being told again.
"""

from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from messaging_svc.store.mails import MailStore
from messaging_svc.store.people import PeopleStore

SESSIONS_AT_ONCE: Final = 50  # a round of the job; the next goes on

log = structlog.get_logger(__name__)


class Clock(Protocol):
    def now(self) -> datetime: ...


class Erasing:
    def __init__(self, mails: MailStore, people: PeopleStore, clock: Clock, kept: timedelta) -> None:
        self._mails = mails
        self._people = people
        self._clock = clock
        self._kept = kept

    async def run(self) -> None:
        """May stop anywhere: a session is marked last, and erasing again finds nothing."""
        now = self._clock.now()
        await self._people.note_over(now)
        for session_id in await self._people.over_since(now - self._kept, SESSIONS_AT_ONCE):
            codes = await self._people.erase_codes(session_id)
            texts = await self._mails.erase_texts(session_id)
            await self._people.erased(session_id)
            log.info("erased after the session", session_id=session_id, codes=codes, mails=texts)
        await self._mails.erase_results(now - self._kept)
