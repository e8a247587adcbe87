"""Facts in: sessions and participants, as their owners tell them. Each carries the whole, so all are handled alike."""

from chassis.consumer import FactRouter
from contracts.enrollment import (
    ParticipantAdmitted,
    ParticipantChanged,
    ParticipantDenied,
    ParticipantEnrolled,
    ParticipantJoined,
    ParticipantRemoved,
)
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
from messaging_svc.domain.people import participant_of, session_of
from messaging_svc.store import MessagingStore

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
ParticipantFact = (
    ParticipantEnrolled
    | ParticipantChanged
    | ParticipantJoined
    | ParticipantAdmitted
    | ParticipantDenied
    | ParticipantRemoved
)


def facts(store: MessagingStore) -> FactRouter:
    router = FactRouter()

    async def on_session_fact(event: Event[SessionFact]) -> None:
        await store.record_session(session_of(event.org_id, event.version, event.data.session))

    async def on_participant_fact(event: Event[ParticipantFact]) -> None:
        await store.record_participant(participant_of(event.org_id, event.version, event.data.participant))

    router.on(SessionScheduled)(on_session_fact)
    router.on(SessionChanged)(on_session_fact)
    router.on(SessionOpened)(on_session_fact)
    router.on(SessionStarted)(on_session_fact)
    router.on(SessionPaused)(on_session_fact)
    router.on(SessionResumed)(on_session_fact)
    router.on(SessionEnded)(on_session_fact)
    router.on(SessionCancelled)(on_session_fact)
    router.on(ParticipantEnrolled)(on_participant_fact)
    router.on(ParticipantChanged)(on_participant_fact)
    router.on(ParticipantJoined)(on_participant_fact)
    router.on(ParticipantAdmitted)(on_participant_fact)
    router.on(ParticipantDenied)(on_participant_fact)
    router.on(ParticipantRemoved)(on_participant_fact)
    return router
