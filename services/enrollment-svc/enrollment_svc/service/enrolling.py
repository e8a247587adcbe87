"""Enrolling by hand, and whatever staff change about people before and during a session."""

import hashlib
from collections.abc import Mapping, Sequence

from chassis.auth import Principal
from chassis.identifiers import derived_id, new_code, new_id
from chassis.outbox import VersionConflict
from chassis.outcomes import Rejected
from contracts import access, problems
from contracts.problems import ProblemType
from contracts.resources.enrollment import (
    AddedParticipants,
    AddParticipants,
    ChangeParticipant,
    NewParticipant,
    ParticipantView,
    Refusal,
    RemoveParticipant,
)
from contracts.resources.paging import Page
from contracts.statuses import EnrollmentState
from enrollment_svc.domain import participant as rules
from enrollment_svc.domain.identity import name_key
from enrollment_svc.domain.participant import Change, Participant
from enrollment_svc.domain.roll import already_enrolled
from enrollment_svc.domain.session import Session, check_before_start, check_not_over, check_takes_names
from enrollment_svc.service.desk import PERSONAL_CODE_GROUPS, Desk, Placement, session_full
from enrollment_svc.service.paging import cursor_after, read_cursor


def view(participant: Participant, *, with_code: bool) -> ParticipantView:
    return ParticipantView(
        participant_id=participant.participant_id,
        session_id=participant.session_id,
        version=participant.version,
        name=participant.name,
        email=participant.email,
        external_id=participant.external_id,
        accommodation=participant.accommodation,
        state=participant.state,
        personal_code=participant.personal_code if with_code else None,
        joined_at=participant.joined_at,
        denied_reason=participant.denied_reason,
        invited_at=participant.invited_at,
    )


def request_digest(request: AddParticipants) -> str:
    return hashlib.sha256(request.model_dump_json().encode()).hexdigest()


class Enrolling:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def add(
        self, principal: Principal, session_id: str, request: AddParticipants, key: str | None
    ) -> AddedParticipants:
        """Add people by hand. Each is either added or refused; a repetition with the same `key` adds nobody twice."""
        session = await self._desk.session(principal, session_id)
        principal.check_assigned(session.proctor_ids)
        check_takes_names(session)
        asked = request.participants
        digest = request_digest(request)
        ids = [derived_id("added", session_id, key, str(index)) if key else new_id() for index in range(len(asked))]
        earlier = await self._earlier(ids, digest) if key else {}
        fates = await self.seat(session, ids, asked, earlier, digest)
        return _added(fates, with_code=_hands_out(principal, session))

    async def seat(
        self,
        session: Session,
        ids: Sequence[str],
        asked: Sequence[NewParticipant],
        earlier: Mapping[int, Participant],
        digest: str = "",
    ) -> list[Participant | Refusal]:
        """Give each person asked for a place, under the id at the same position, or say why not.

        `earlier`: those whom an earlier try of the same request added, by their position.
        """
        fates: dict[int, Participant | Refusal] = dict(earlier)
        known = await self._desk.store.known_people(
            session.session_id,
            [each.email for each in asked if each.email],
            [each.external_id for each in asked if each.external_id],
        )
        own = set(ids)
        others = [each for each in known if each.participant_id not in own]
        for index, reason in already_enrolled(asked, others).items():
            fates.setdefault(index, _refusal(index, asked[index], problems.ALREADY_ENROLLED, reason))
        newcomers: dict[int, Change] = {}
        for index, person in enumerate(asked):
            if index not in fates:
                try:
                    newcomers[index] = self._enrolled(session, ids[index], person, digest)
                except Rejected as refusal:
                    fates[index] = _refusal(index, person, refusal.problem, refusal.detail)
        placements = await self._desk.place(session, list(newcomers.values()))
        for index, placement in zip(newcomers, placements, strict=True):
            fates[index] = _fate(session, index, asked[index], placement)
        return [fates[index] for index in range(len(asked))]

    async def _earlier(self, ids: list[str], digest: str) -> dict[int, Participant]:
        """Those whom an earlier try of the same request added, by their place in it."""
        found = await self._desk.store.participants_named(ids)
        if any(each.request_digest != digest for each in found.values()):
            raise Rejected(problems.IDEMPOTENCY_MISMATCH, "Use a new Idempotency-Key for a new request.")
        return {index: found[each] for index, each in enumerate(ids) if each in found}

    def _enrolled(self, session: Session, participant_id: str, person: NewParticipant, digest: str) -> Change:
        newcomer = Participant(
            participant_id=participant_id,
            org_id=session.org_id,
            session_id=session.session_id,
            name=person.name,
            email=person.email,
            external_id=person.external_id,
            accommodation=person.accommodation,
            personal_code=new_code(PERSONAL_CODE_GROUPS),
            added_at=self._desk.clock.now(),
            request_digest=digest,
        )
        return rules.enrol_and_invite(newcomer, newcomer.added_at) if person.invite else rules.enrol(newcomer)

    async def change(self, principal: Principal, participant_id: str, request: ChangeParticipant) -> ParticipantView:
        """Edit a name or individual time before the start."""
        session = await self._session_worked_on(principal, participant_id)
        check_before_start(session)

        def decide(participant: Participant) -> Change:
            if participant.version != request.version:
                raise VersionConflict(participant_id, request.version)
            return rules.change(participant, name=request.name, accommodation=request.accommodation)

        return view(await self._desk.change(session, participant_id, decide), with_code=_hands_out(principal, session))

    async def remove(self, principal: Principal, participant_id: str, request: RemoveParticipant) -> ParticipantView:
        """Take somebody out of the session; again changes nothing."""
        session = await self._session_worked_on(principal, participant_id)
        check_not_over(session)

        def decide(participant: Participant) -> Change:
            name = principal.name or principal.subject
            return rules.remove(
                participant, by=principal.subject, by_name=name, reason=request.reason, now=self._desk.clock.now()
            )

        return view(await self._desk.change(session, participant_id, decide), with_code=_hands_out(principal, session))

    async def _session_worked_on(self, principal: Principal, participant_id: str) -> Session:
        session = await self._desk.session_of(await self._desk.participant(principal, participant_id))
        principal.check_assigned(session.proctor_ids)
        return session

    async def one(self, principal: Principal, participant_id: str) -> ParticipantView:
        participant = await self._desk.participant(principal, participant_id)
        with_code = False
        if principal.may(access.PARTICIPANT_CODES):
            with_code = _hands_out(principal, await self._desk.session_of(participant))
        return view(participant, with_code=with_code)

    async def listing(
        self,
        principal: Principal,
        session_id: str,
        *,
        state: EnrollmentState | None,
        search: str | None,
        cursor: str | None,
        limit: int,
    ) -> Page[ParticipantView]:
        """By name. `cursor` is the previous page's `next_cursor`."""
        session = await self._desk.session(principal, session_id)
        found = await self._desk.store.listing(
            session_id, state=state, search=search, after=read_cursor(cursor), limit=limit + 1
        )
        shown = found[:limit]
        following = cursor_after(name_key(shown[-1].name), shown[-1].participant_id) if len(found) > limit else None
        with_code = _hands_out(principal, session)
        return Page(items=[view(each, with_code=with_code) for each in shown], next_cursor=following)


def _hands_out(principal: Principal, session: Session) -> bool:
    """Codes are shown to those who hand them out: whoever has one can sit in that person's place."""
    return principal.works_on(principal.reach_of(access.PARTICIPANT_CODES), session.proctor_ids)


def _fate(session: Session, index: int, person: NewParticipant, placement: Placement) -> Participant | Refusal:
    match placement:
        case Participant():
            return placement
        case None:
            full = session_full(session)
            return _refusal(index, person, full.problem, full.detail)
        case _:
            return _refusal(index, person, problems.ALREADY_ENROLLED, "Somebody added this person at the same moment.")


def _refusal(index: int, person: NewParticipant, problem: ProblemType, detail: str) -> Refusal:
    return Refusal(index=index, name=person.name, problem=problem.name, detail=detail or problem.title)


def _added(fates: list[Participant | Refusal], *, with_code: bool) -> AddedParticipants:
    return AddedParticipants(
        added=[view(each, with_code=with_code) for each in fates if isinstance(each, Participant)],
        refused=[each for each in fates if isinstance(each, Refusal)],
    )
