"""Facts in: sessions, as session-svc tells them."""

from chassis.consumer import FactRouter
from contracts.envelope import Event
from contracts.session import (
    SessionCancelled,
    SessionChanged,
    SessionEnded,
    SessionOpened,
    SessionPaused,
    SessionResumed,
    SessionScheduled,
    SessionStarted,
)
from enrollment_svc.domain.session import session_of
from enrollment_svc.service.joining import Joining

SessionFact = (
    SessionScheduled
    | SessionChanged
    | SessionOpened
    | SessionStarted
    | SessionPaused
    | SessionResumed
    | SessionEnded
    | SessionCancelled
)


def facts(joining: Joining) -> FactRouter:
    """Every session fact carries the whole session, so all are handled alike."""
    router = FactRouter()

    async def on_session_fact(event: Event[SessionFact]) -> None:
        await joining.record_session(session_of(event.org_id, event.version, event.data.session, event.time))

    router.on(SessionScheduled)(on_session_fact)
    router.on(SessionChanged)(on_session_fact)
    router.on(SessionOpened)(on_session_fact)
    router.on(SessionStarted)(on_session_fact)
    router.on(SessionPaused)(on_session_fact)
    router.on(SessionResumed)(on_session_fact)
    router.on(SessionEnded)(on_session_fact)
    router.on(SessionCancelled)(on_session_fact)
    return router
