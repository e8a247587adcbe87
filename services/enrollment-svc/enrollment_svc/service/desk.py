"""What every use case of enrolment does: load within the organisation, decide, seat, save, wake the relay."""

import asyncio
import random
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol

from chassis.auth import Principal
from chassis.identifiers import derived_id, new_code
from chassis.outbox import VersionConflict
from chassis.outcomes import Rejected, Transient
from contracts import problems
from contracts.envelope import Event
from contracts.model import Fact
from enrollment_svc.domain.participant import SEATED, Change, Participant, with_code
from enrollment_svc.domain.seats import free_seats
from enrollment_svc.domain.session import Session
from enrollment_svc.store.participants import Clash, EnrollmentStore

SOURCE: Final = "enrollment-svc"
PERSONAL_CODE_GROUPS: Final = 3  # 60 bits: a million codes in use, and still one guess in 10^12 hits
SAVE_ATTEMPTS: Final = 10  # each miss means that somebody else's change to the same person succeeded
SEAT_ATTEMPTS: Final = (
    60  # each miss means that somebody else sat down; only a rush for freed seats needs more than one
)
SEAT_PAUSE_SECONDS: Final = 0.02  # about a journaled write: by then the seats just lost are visible as taken

Write = Callable[[Participant], Awaitable[Clash | None]]
Placement = Participant | Clash | None
"""A newcomer's fate: seated, known already by a unique key, or None: all seats are taken."""


class Clock(Protocol):
    def now(self) -> datetime: ...


class Relay(Protocol):
    def wake(self) -> None: ...


def events_of(change: Change, now: datetime) -> list[Event[Fact]]:
    """The change's facts with their versions. Ids follow from the versions: the same fact always has the same id."""
    participant = change.participant
    return [
        Event(
            id=derived_id(SOURCE, participant.participant_id, str(version)),
            source=SOURCE,
            time=now,
            subject=participant.participant_id,
            org_id=participant.org_id,
            session_id=participant.session_id,
            version=version,
            data=fact,
        )
        for version, fact in enumerate(change.facts, start=change.expected_version + 1)
    ]


@dataclass(frozen=True, slots=True)
class Desk:
    store: EnrollmentStore
    clock: Clock
    relay: Relay

    async def session(self, principal: Principal, session_id: str) -> Session:
        """Raises Rejected (not-found), also for another organisation's: nobody learns that it exists."""
        session = await self.store.session(session_id)
        if session is None or not principal.sees(session.org_id):
            raise Rejected(problems.NOT_FOUND, "There is no such session.")
        return session

    async def participant(self, principal: Principal, participant_id: str) -> Participant:
        """Raises Rejected (not-found), also for another organisation's and, to a candidate, for anybody else."""
        participant = await self.store.participant(participant_id)
        if participant is None or not principal.sees(participant.org_id):
            raise Rejected(problems.NOT_FOUND, "There is no such participant.")
        if principal.only_own and principal.participant_id != participant_id:
            raise Rejected(problems.NOT_FOUND, "There is no such participant.")
        return participant

    async def session_of(self, participant: Participant) -> Session:
        session = await self.store.session(participant.session_id)
        if session is None:
            raise Transient(f"session {participant.session_id} is not known here yet")
        return session

    async def change(
        self,
        session: Session,
        participant_id: str,
        decide: Callable[[Participant], Change],
        *,
        loaded: Participant | None = None,
    ) -> Participant:
        """Load, decide, save; again when somebody was quicker. `loaded`: as the caller has just read them.

        Raises:
            Rejected: whatever `decide` raises, and session-full when the change needs a seat and none is free.

        """
        for _ in range(SAVE_ATTEMPTS):
            participant = loaded or await self.store.participant(participant_id)
            loaded = None
            if participant is None:
                raise Rejected(problems.NOT_FOUND, "There is no such participant.")
            change = decide(participant)
            if not change.facts:
                return participant
            try:
                saved = await self._save(session, change)
            except VersionConflict:
                continue
            self.relay.wake()
            return saved
        raise Transient(f"participant {participant_id} is being changed too often")

    async def _save(self, session: Session, change: Change) -> Participant:
        events = events_of(change, self.clock.now())

        async def write(participant: Participant) -> Clash | None:
            return await self.store.save(participant, change.expected_version, events)

        if change.participant.state in SEATED and change.participant.seat is None:
            placed = await self._sit(session, change.participant, write)
        else:
            placed = await write(change.participant) or change.participant
        if isinstance(placed, Participant):
            return placed
        if placed is None:
            raise session_full(session)
        raise Rejected(
            problems.ALREADY_ENROLLED, "Somebody with the same e-mail address or external id took the place."
        )

    async def place(self, session: Session, newcomers: Sequence[Change]) -> list[Placement]:
        """Give each newcomer a seat and save them with their facts, in as few writes as possible."""
        if not newcomers:
            return []
        now = self.clock.now()
        first = await self.store.next_seats(session.session_id, len(newcomers))
        placements: list[Placement] = [None] * len(newcomers)
        seated = [
            (index, replace(change.participant, seat=first + index), events_of(change, now))
            for index, change in enumerate(newcomers)
            if first + index <= session.maximum_participants
        ]
        clashes = await self.store.insert_all([(participant, events) for _, participant, events in seated])
        for (index, participant, _), clash in zip(seated, clashes, strict=True):
            placements[index] = clash or participant
        self.relay.wake()
        return await self._place_leftovers(session, newcomers, placements, now)

    async def _place_leftovers(
        self, session: Session, newcomers: Sequence[Change], placements: list[Placement], now: datetime
    ) -> list[Placement]:
        """Those whose suggested seat was none look for ones that somebody left, all of them at once."""
        pending = {
            index: newcomers[index].participant
            for index, placement in enumerate(placements)
            if placement in {None, Clash.SEAT, Clash.PERSONAL_CODE}
        }
        for attempt in range(SEAT_ATTEMPTS):
            if not pending:
                return placements
            if attempt:
                await _let_others_sit(attempt)
            free = await self._free_seats(session)
            seats = random.sample(free, min(len(free), len(pending)))
            for index in list(pending)[len(seats) :]:
                placements[index] = None  # when all is full now, it stays full
                del pending[index]
            tried = {
                index: replace(participant, seat=seat, personal_code=new_code(PERSONAL_CODE_GROUPS))
                for (index, participant), seat in zip(pending.items(), seats, strict=True)
            }
            clashes = await self.store.insert_all(
                [
                    (participant, events_of(with_code(newcomers[index], participant.personal_code), now))
                    for index, participant in tried.items()
                ]
            )
            for (index, participant), clash in zip(tried.items(), clashes, strict=True):
                if clash not in {Clash.SEAT, Clash.PERSONAL_CODE}:
                    placements[index] = clash or participant
                    del pending[index]
            self.relay.wake()
        if pending:
            raise _too_many_looking(session)
        return placements

    async def _sit(self, session: Session, participant: Participant, write: Write) -> Placement:
        seat: int | None = None
        for attempt in range(1, SEAT_ATTEMPTS + 1):
            if seat is None:
                free = await self._free_seats(session)
                if not free:
                    return None
                seat = secrets.choice(free)
            candidate = replace(participant, seat=seat)
            clash = await write(candidate)
            if clash is None:
                return candidate
            if clash is Clash.PERSONAL_CODE:
                participant = replace(participant, personal_code=new_code(PERSONAL_CODE_GROUPS))
                continue
            if clash is not Clash.SEAT:
                return clash
            seat = None
            await _let_others_sit(attempt)
        raise _too_many_looking(session)

    async def count_free_seats(self, session: Session) -> int:
        return max(0, session.maximum_participants - await self.store.count_taken_seats(session.session_id))

    async def _free_seats(self, session: Session) -> list[int]:
        """Counting first: a full session is asked often, and counting costs a fraction of reading."""
        if not await self.count_free_seats(session):
            return []
        return free_seats(await self.store.taken_seats(session.session_id), session.maximum_participants)


async def _let_others_sit(attempt: int) -> None:
    await asyncio.sleep(random.uniform(0, SEAT_PAUSE_SECONDS * min(attempt, 5)))  # noqa: S311 - spreads a rush


def _too_many_looking(session: Session) -> Transient:
    return Transient(f"too many people are looking for a seat in session {session.session_id}")


def session_full(session: Session) -> Rejected:
    return Rejected(problems.SESSION_FULL, f"All {session.maximum_participants} seats are taken.")
