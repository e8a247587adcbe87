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
from messaging_svc.domain.people import participant_of
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

    async def on_participant_fact(event: Event[ParticipantFact | ParticipantRemoved]) -> None:
        await people.record_participant(participant_of(event.org_id, event.version, event.data.participant))

    async def on_participant_removed(event: Event[ParticipantRemoved]) -> None:
        await on_participant_fact(event)
        await mailing.withdraw(event)

    router.on(SessionScheduled)(on_session_fact)
    router.on(SessionChanged)(on_session_fact)
    router.on(SessionOpened)(on_session_fact)
    router.on(SessionStarted)(on_session_fact)
    router.on(SessionPaused)(on_session_fact)
    router.on(SessionResumed)(on_session_fact)
    router.on(SessionEnded)(on_session_fact)
    router.on(SessionCancelled)(on_session_cancelled)
    router.on(ParticipantEnrolled)(on_participant_fact)
    router.on(ParticipantChanged)(on_participant_fact)
    router.on(ParticipantJoined)(on_participant_fact)
    router.on(ParticipantAdmitted)(on_participant_fact)
    router.on(ParticipantDenied)(on_participant_fact)
    router.on(ParticipantRemoved)(on_participant_removed)
    router.on(ResultReleased)(mailing.announce_result)
    return router


def invitations(mailing: Mailing) -> BatchHandler:
    async def on_invited(events: Sequence[Event[Any]]) -> Sequence[tuple[Event[Any], Exception]]:
        await mailing.invite([each for each in events if isinstance(each.data, ParticipantInvited)])
        return []

    return on_invited
