"""Kafka in: translation only. Commands go to the attempts, facts of others to the sessions."""

from collections.abc import Sequence
from typing import Final

from chassis.consumer import FactRouter
from contracts.attempt import ATTEMPT_COMMANDS, SYSTEM, Actor
from contracts.enrollment import (
    ENROLLMENT_EVENTS,
    ParticipantAdmitted,
    ParticipantChanged,
    ParticipantDenied,
    ParticipantEnrolled,
    ParticipantJoined,
    ParticipantRemoved,
)
from contracts.envelope import Event
from contracts.session import (
    SESSION_EVENTS,
    SessionCancelled,
    SessionChanged,
    SessionEnded,
    SessionOpened,
    SessionPaused,
    SessionResumed,
    SessionScheduled,
    SessionStarted,
)
from contracts.statuses import ActorKind
from contracts.topics import topic_named
from monitoring_svc.service.sessions import Sessions
from monitoring_svc.store.sessions import Participant, Session

COMMANDS: Final = topic_named(ATTEMPT_COMMANDS)
FACTS: Final = (topic_named(SESSION_EVENTS), topic_named(ENROLLMENT_EVENTS))

SessionFact = SessionScheduled | SessionChanged | SessionOpened | SessionStarted | SessionCancelled
ParticipantFact = ParticipantEnrolled | ParticipantChanged | ParticipantJoined | ParticipantAdmitted | ParticipantDenied


def facts(sessions: Sessions) -> FactRouter:
    router = FactRouter()

    async def on_session_fact(event: Event[SessionFact]) -> None:
        await sessions.record_session(_session(event))

    router.on(SessionScheduled)(on_session_fact)
    router.on(SessionOpened)(on_session_fact)
    router.on(SessionStarted)(on_session_fact)
    router.on(SessionCancelled)(on_session_fact)

    @router.on(SessionChanged)
    async def on_session_changed(event: Event[SessionChanged]) -> None:
        await sessions.record_session(_session(event), edited=True)

    @router.on(SessionPaused)
    async def on_session_paused(event: Event[SessionPaused]) -> None:
        by = _staff(event.data.by, event.data.by_name)
        await sessions.record_session(_session(event), by=by, reason=event.data.reason)

    @router.on(SessionResumed)
    async def on_session_resumed(event: Event[SessionResumed]) -> None:
        await sessions.record_session(_session(event), by=_staff(event.data.by, event.data.by_name))

    @router.on(SessionEnded)
    async def on_session_ended(event: Event[SessionEnded]) -> None:
        await sessions.record_session(_session(event), by=_staff(event.data.by, event.data.by_name))

    @router.on_run(ParticipantEnrolled, ParticipantChanged, ParticipantJoined, ParticipantAdmitted, ParticipantDenied)
    async def on_participant_facts(events: Sequence[Event[ParticipantFact]]) -> None:
        await sessions.record_participants([_participant(each) for each in events])

    @router.on(ParticipantRemoved)
    async def on_participant_removed(event: Event[ParticipantRemoved]) -> None:
        by = _staff(event.data.by, event.data.by_name)
        await sessions.record_removal(_participant(event), by, event.data.reason)

    return router


def _session(event: Event[SessionFact | SessionPaused | SessionResumed | SessionEnded]) -> Session:
    return Session(event.org_id, event.version, event.data.session)


def _participant(event: Event[ParticipantFact | ParticipantRemoved]) -> Participant:
    return Participant(event.org_id, event.version, event.data.participant)


def _staff(person_id: str, name: str) -> Actor:
    """Sessions also end by themselves, in the system's name."""
    return SYSTEM if person_id == SYSTEM.id else Actor(kind=ActorKind.STAFF, id=person_id, name=name)
