"""Facts in: sessions, participants, invitations and released results, as their owners tell them."""

from collections.abc import Sequence
from typing import Any

from chassis.consumer import BatchHandler, FactRouter
from contracts.enrollment import (
    ParticipantAdmitted,
    ParticipantChanged,
    ParticipantDenied,
    ParticipantEnrolled,
    ParticipantInvited,
    ParticipantJoined,
    ParticipantRemoved,
)
from contracts.envelope import Event
from contracts.scoring import ResultReleased
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
from messaging_svc.domain.people import Participant, participant_of
from messaging_svc.service.mailing import Mailing
from messaging_svc.store.people import PeopleStore

SessionFact = (
    SessionScheduled | SessionChanged | SessionOpened | SessionStarted | SessionPaused | SessionResumed | SessionEnded
)
ParticipantFact = ParticipantEnrolled | ParticipantChanged | ParticipantJoined | ParticipantAdmitted | ParticipantDenied


def facts(people: PeopleStore, mailing: Mailing) -> FactRouter:
    router = FactRouter()

    async def on_session_fact(event: Event[SessionFact]) -> None:
        await mailing.record_session(event.org_id, event.version, event.data.session)

    async def on_session_cancelled(event: Event[SessionCancelled]) -> None:
        await mailing.record_session(event.org_id, event.version, event.data.session, event.data.reason)

    @router.on_run(ParticipantEnrolled, ParticipantChanged, ParticipantJoined, ParticipantAdmitted, ParticipantDenied)
    async def on_participant_facts(events: Sequence[Event[ParticipantFact]]) -> None:
        await people.record_participants([_participant(each) for each in events])

    @router.on(ParticipantRemoved)
    async def on_participant_removed(event: Event[ParticipantRemoved]) -> None:
        await people.record_participants([_participant(event)])
        await mailing.withdraw(event)

    router.on(SessionScheduled)(on_session_fact)
    router.on(SessionChanged)(on_session_fact)
    router.on(SessionOpened)(on_session_fact)
    router.on(SessionStarted)(on_session_fact)
    router.on(SessionPaused)(on_session_fact)
    router.on(SessionResumed)(on_session_fact)
    router.on(SessionEnded)(on_session_fact)
    router.on(SessionCancelled)(on_session_cancelled)
    router.on(ResultReleased)(mailing.announce_result)
    return router


def invitations(mailing: Mailing) -> BatchHandler:
    async def on_invited(events: Sequence[Event[Any]]) -> Sequence[tuple[Event[Any], Exception]]:
        await mailing.invite([each for each in events if isinstance(each.data, ParticipantInvited)])
        return []

    return on_invited


def _participant(event: Event[ParticipantFact | ParticipantRemoved]) -> Participant:
    return participant_of(event.org_id, event.version, event.data.participant)
