"""Notices sessions whose time has come, and hands each over."""

import structlog

from chassis.outcomes import Transient
from session_svc.service.sessions import SessionUseCases

log = structlog.get_logger(__name__)


class DueSteps:
    """Opens, starts and ends what should by itself. Every replica may run it: the version guard lets one of them."""

    def __init__(self, use_cases: SessionUseCases) -> None:
        self._use_cases = use_cases

    async def run(self) -> None:
        """One round. A session that fails does not hold up the others; the first failure is raised in the end."""
        failure: Exception | None = None
        for session_id in await self._use_cases.due():
            try:
                await self._use_cases.take_due(session_id)
            except Transient:
                raise
            except Exception as error:
                log.exception("session could not act by itself", session_id=session_id)
                failure = failure or error
        if failure is not None:
            raise failure
