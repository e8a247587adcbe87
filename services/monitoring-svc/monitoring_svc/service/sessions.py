"""Sessions and participants, as other services tell of them, turned into commands for the attempts.

Two facts may race: a session starts while somebody is admitted. Each handler writes its own fact first and then reads
the other's, so at least one of them sees both, and a message is committed only after its commands are in Kafka. A
person whose session is not known yet is not lost either: the session's own first fact reads everybody enrolled. What
is decided from a read that was a moment old is put right by the sweep, within seconds.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from chassis.clock import SharedClock
from contracts.attempt import (
    SYSTEM,
    Actor,
    AdmitParticipant,
    AdoptRules,
    BeginAttempt,
    CreateAttempt,
    EndAttempt,
    PauseAttempt,
    ResumeAttempt,
    TerminateAttempt,
)
from contracts.envelope import Event
from contracts.live import SessionFrame
from contracts.session import SessionSnapshot, session_limit_at
from contracts.statuses import CompletionReason, EnrollmentState, Phase, SessionState
from monitoring_svc.domain.terms import terms_of
from monitoring_svc.live import LiveView
from monitoring_svc.service.commands import Commands, command
from monitoring_svc.store import Store
from monitoring_svc.store.attempts import Standing
from monitoring_svc.store.sessions import Participant, Session

SWEPT_AFTER_END: Final = timedelta(hours=24)  # longer than any outage that is not a disaster
PAUSED: Final = "The session is paused"
_UNDER_WAY: Final = {"$in": [Phase.ACTIVE.value, Phase.PAUSED.value]}
_OPEN: Final = {"$in": [Phase.INVITED.value, Phase.WAITING.value, Phase.ACTIVE.value, Phase.PAUSED.value]}
_WAITING: Final = {"phase": Phase.WAITING.value}
_PAUSED_WITH_IT: Final = {"phase": Phase.PAUSED.value, "paused_with_session": True, "completes_at": None}
_BEHIND: Final[dict[SessionState, list[dict[str, Any]]]] = {
    SessionState.RUNNING: [_WAITING, _PAUSED_WITH_IT],
    SessionState.PAUSED: [{"phase": Phase.ACTIVE.value, "completes_at": None}],
    SessionState.ENDED: [{"phase": _OPEN, "completes_at": None}],
    SessionState.CANCELLED: [{"phase": _UNDER_WAY, "completes_at": None}],
}
"""What an attempt that does not follow its session yet looks like."""

log = structlog.get_logger(__name__)


class Sessions:
    def __init__(self, store: Store, commands: Commands, live: LiveView, clock: SharedClock) -> None:
        self._store = store
        self._commands = commands
        self._live = live
        self._clock = clock

    # Facts

    async def record_session(
        self, told: Session, *, by: Actor = SYSTEM, reason: str | None = None, edited: bool = False
    ) -> None:
        """Keep the session and let its attempts follow it. `by` and `reason`: who brought this state about, and why.

        `edited`: the rules for alerts may be others; whoever waits or works is judged by them from here on.
        """
        if not await self._store.sessions.record_session(told):
            return  # a newer state is known, and its own fact does the rest
        snapshot = told.snapshot
        self._live.session(
            SessionFrame(
                session_id=snapshot.session_id,
                version=told.version,
                state=snapshot.state,
                started_at=snapshot.started_at,
                ended_at=snapshot.ended_at,
            )
        )
        await self._commands.give(await self._enrolments(told))
        await self._commands.give([each async for each in self._followings(told, by, reason)])
        if edited:
            await self._commands.give([each async for each in self._adoptions(told)])

    async def record_participants(self, told: Sequence[Participant]) -> None:
        """Keep the participants and let their attempts follow; of several facts about one of them the last counts."""
        newest = await self._store.sessions.record_participants(told)
        latest = {each.snapshot.participant_id: each for each in told}
        await self._follow([(each, SYSTEM, None) for person, each in latest.items() if person in newest])

    async def record_removal(self, told: Participant, by: Actor, reason: str | None) -> None:
        """Keep that a participant was removed, by whom and why, and let the attempt follow."""
        if await self._store.sessions.record_participants([told]):
            await self._follow([(told, by, reason)])

    async def _follow(self, news: Sequence[tuple[Participant, Actor, str | None]]) -> None:
        sessions = await self._store.sessions.sessions({each.snapshot.session_id for each, _, _ in news})
        commands: list[Event[Any]] = []
        for participant, by, reason in news:
            person = participant.snapshot
            session = sessions.get(person.session_id)
            if session is None:
                log.info("participant waits for their session's first fact", participant_id=person.participant_id)
                continue
            commands += self._enrolment(session, participant, by, reason)
        await self._commands.give(commands)

    # Following

    async def _enrolments(self, session: Session) -> list[Event[Any]]:
        """For everybody whose attempt is not there yet, or has other terms."""
        if session.snapshot.state is SessionState.CANCELLED:
            return []
        standings = {
            each.participant_id: each async for each in self._store.attempts.standings(session.snapshot.session_id)
        }
        commands: list[Event[Any]] = []
        async for participant in self._store.sessions.participants_of(session.snapshot.session_id):
            standing = standings.get(participant.snapshot.participant_id)
            if standing is None or self._is_behind(standing, session, participant):
                commands += self._enrolment(session, participant)
        return commands

    def _is_behind(self, standing: Standing, session: Session, participant: Participant) -> bool:
        admitted = participant.snapshot.state is EnrollmentState.ADMITTED
        if standing.phase is Phase.INVITED and admitted:
            return True
        return standing.phase in {Phase.INVITED, Phase.WAITING} and standing.terms != terms_of(
            session.snapshot, participant.snapshot
        )

    def _enrolment(
        self, session: Session, participant: Participant, by: Actor = SYSTEM, reason: str | None = None
    ) -> list[Event[Any]]:
        """What a participant's state asks of their attempt, in a session in this state."""
        person, snapshot = participant.snapshot, session.snapshot
        versions = (str(session.version), str(participant.version))
        now = self._clock.now()

        def to(payload: Any, at: datetime = now) -> Event[Any]:
            return command(payload, person.participant_id, person.session_id, participant.org_id, at, *versions)

        if person.state is EnrollmentState.REMOVED:
            why = reason or "Removed from the session"
            return [to(TerminateAttempt(actor=by, reason=why, because=CompletionReason.REMOVED))]
        if snapshot.state is SessionState.CANCELLED:
            return []
        terms = terms_of(snapshot, person)
        if person.state is not EnrollmentState.ADMITTED:
            commands = [to(CreateAttempt(actor=SYSTEM, terms=terms))]
        else:  # which creates the attempt where it is missing
            commands = [to(AdmitParticipant(actor=by, terms=terms))]
            if snapshot.state is SessionState.RUNNING and self._may_begin(snapshot, now):
                commands.append(to(BeginAttempt(actor=SYSTEM, cap_at=session_limit_at(snapshot))))
        if snapshot.state is SessionState.ENDED:
            commands.append(to(EndAttempt(actor=SYSTEM), snapshot.ended_at or now))
        return commands

    async def _followings(
        self, session: Session, by: Actor = SYSTEM, reason: str | None = None
    ) -> AsyncIterator[Event[Any]]:
        """What the session's state asks of attempts that do not follow it yet."""
        snapshot = session.snapshot
        now = self._clock.now()

        def to(standing: Standing, payload: Any, at: datetime = now) -> Event[Any]:
            # The attempt's version is part of the occasion: what had no effect then may have one now.
            occasion = ("follows", str(session.version), str(standing.version))
            return command(payload, standing.participant_id, standing.session_id, standing.org_id, at, *occasion)

        for conditions in _BEHIND.get(snapshot.state, ()):
            async for each in self._store.attempts.standings(snapshot.session_id, **conditions):
                match snapshot.state:
                    case SessionState.RUNNING if not self._may_begin(snapshot, now):
                        return
                    case SessionState.RUNNING if each.phase is Phase.WAITING:
                        yield to(each, BeginAttempt(actor=SYSTEM, cap_at=session_limit_at(snapshot)))
                    case SessionState.RUNNING:
                        yield to(each, ResumeAttempt(actor=by, reason=reason, with_session=True))
                    case SessionState.PAUSED:
                        yield to(each, PauseAttempt(actor=by, reason=reason or PAUSED, with_session=True))
                    case SessionState.ENDED:
                        yield to(each, EndAttempt(actor=by), snapshot.ended_at or now)
                    case SessionState.CANCELLED:
                        yield to(each, EndAttempt(actor=by))

    async def _adoptions(self, session: Session) -> AsyncIterator[Event[Any]]:
        now = self._clock.now()
        conditions = {"phase": {"$in": [Phase.WAITING.value, Phase.ACTIVE.value]}}
        async for each in self._store.attempts.standings(session.snapshot.session_id, **conditions):
            yield command(
                AdoptRules(actor=SYSTEM, session_version=session.version),
                each.participant_id,
                each.session_id,
                each.org_id,
                now,
                "edited",
                str(session.version),
            )

    def _may_begin(self, session: SessionSnapshot, now: datetime) -> bool:
        limit = session_limit_at(session)
        return limit is None or now < limit

    # Sweeping

    async def sweep(self) -> int:
        """Find whoever should have begun, paused, resumed or ended and did not; how many commands that took.

        Nearly always nobody is found, among thousands of sessions: so all of one state are asked about together, and
        only those with somebody behind are looked at.
        """
        behind: set[str] = set()
        for state, session_ids in (await self._store.sessions.under_way(self._clock.now() - SWEPT_AFTER_END)).items():
            for conditions in _BEHIND[state]:
                behind |= await self._store.attempts.sessions_with(session_ids, conditions)
        if not behind:
            return 0
        given = 0
        for session in (await self._store.sessions.sessions(behind)).values():
            given += await self._commands.remind([each async for each in self._followings(session)])
        return given
