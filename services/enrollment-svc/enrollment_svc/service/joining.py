"""Coming in with a code, coming back, and being told why not."""

import hashlib
from functools import partial

from chassis.identifiers import derived_id, new_code, new_id, normalise_code
from chassis.outcomes import Rejected
from contracts import problems
from contracts.enrollment import Accommodation
from contracts.resources.enrollment import Join, Joined, JoinFrom
from contracts.statuses import EnrollmentState
from enrollment_svc.domain import participant as rules
from enrollment_svc.domain.participant import Change, Participant
from enrollment_svc.domain.session import (
    Session,
    check_browser,
    check_newcomers_welcome,
    check_not_cancelled,
    check_session_code_admits,
    meant_by_code,
)
from enrollment_svc.service.desk import PERSONAL_CODE_GROUPS, Desk, session_full
from enrollment_svc.store.participants import Clash


class Joining:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def join(self, request: JoinFrom, key: str | None) -> Joined:
        """Let somebody in by whichever kind of code they typed. The same `key` gives the same participant again.

        Raises:
            Rejected: one of the problem types under "Joining" in `contracts.problems`.

        """
        code_key = normalise_code(request.code)
        if not code_key:
            raise _unknown()
        participant = await self._desk.store.participant_with_code(code_key)
        if participant is not None:
            session = await self._desk.session_of(participant)
            check_browser(session, in_safe_exam_browser=request.in_safe_exam_browser)
            return _joined(session, await self._enter(session, participant))
        session_meant = meant_by_code(await self._desk.store.sessions_with_code(code_key))
        if session_meant is None:
            raise _unknown()
        check_browser(session_meant, in_safe_exam_browser=request.in_safe_exam_browser)
        return _joined(session_meant, await self._with_session_code(session_meant, request, key))

    async def _enter(self, session: Session, participant: Participant) -> Participant:
        """With a personal code: the first time a join, afterwards a return, which is always possible."""
        check_not_cancelled(session)
        now = self._desk.clock.now()

        def decide(current: Participant) -> Change:
            rules.check_still_in(current)
            if current.state is EnrollmentState.INVITED:
                check_newcomers_welcome(session, now)
                return rules.join(current, at_once=session.admits_at_once, now=now)
            return Change(current, ())

        entered = await self._desk.change(session, participant.participant_id, decide, loaded=participant)
        return await self.settled(entered)

    async def _with_session_code(self, session: Session, request: Join, key: str | None) -> Participant:
        participant_id = derived_id("joined", session.session_id, key) if key else new_id()
        digest = _digest(request)
        earlier = await self._desk.store.participant(participant_id) if key else None
        if earlier is not None:
            return await self._again(session, earlier, digest)
        now = self._desk.clock.now()
        check_session_code_admits(session, now)
        if request.name is None:
            raise _name_needed(session)
        twin = await self._check_new(session, request, participant_id)
        if twin is not None:
            return await self._again(session, twin, digest)
        newcomer = Participant(
            participant_id=participant_id,
            org_id=session.org_id,
            session_id=session.session_id,
            name=request.name,
            email=request.email,
            external_id=request.external_id,
            accommodation=Accommodation(),
            personal_code=new_code(PERSONAL_CODE_GROUPS),
            added_at=now,
            request_digest=digest,
        )
        change = rules.enrol_and_join(newcomer, at_once=session.admits_at_once, now=now)
        (placement,) = await self._desk.place(session, [change])
        match placement:
            case Participant():
                return await self.settled(placement)
            case None:
                raise session_full(session)
            case Clash.PARTICIPANT:
                twin = await self._desk.store.participant(participant_id)
                assert twin is not None  # participants are never deleted
                return await self._again(session, twin, digest)
            case _:
                twin = await self._check_new(session, request, participant_id)
                if twin is not None:
                    return await self._again(session, twin, digest)
                raise Rejected(problems.ALREADY_JOINED, "Come back with your personal code.")

    async def _again(self, session: Session, earlier: Participant, digest: str) -> Participant:
        """The same request once more: its answer was lost on the way."""
        if earlier.request_digest != digest:
            raise Rejected(problems.IDEMPOTENCY_MISMATCH, "Use a new Idempotency-Key for a new request.")
        return await self._enter(session, earlier)

    async def _check_new(self, session: Session, request: Join, participant_id: str) -> Participant | None:
        """None for somebody new; whoever came by the same request, at the same moment, is given back.

        Raises:
            Rejected: what `check_not_known_yet` raises.

        """
        emails = [request.email] if request.email else []
        external_ids = [request.external_id] if request.external_id else []
        found = await self._desk.store.known_people(session.session_id, emails, external_ids)
        twin = next((each for each in found if each.participant_id == participant_id), None)
        if twin is None:
            rules.check_not_known_yet(found)
        return twin

    async def settled(self, participant: Participant) -> Participant:
        """Whoever waits for approval is saved before the session is read again; the session's change to automatic
        admission is saved before it reads who waits (`record_session`): at least one of the two sees the other.
        """
        if participant.state is not EnrollmentState.JOINED:
            return participant
        session = await self._desk.session_of(participant)
        if not session.admits_by_itself:
            return participant
        admit = partial(rules.admit_if_nothing_is_wanting, verified=session.verifies_identity)
        return await self._desk.change(session, participant.participant_id, admit)

    async def record_session(self, told: Session) -> None:
        """Take over what a fact tells. Where admission is automatic now, nobody needs to wait for approval any more.

        By the newest known state, not by the fact's: an old fact may come again.
        """
        await self._desk.store.record_session(told)
        session = await self._desk.store.session(told.session_id)
        if session is None or not (session.admits_by_itself and session.doors_open):
            return
        admit = partial(rules.admit_if_nothing_is_wanting, verified=session.verifies_identity)
        for participant in await self._desk.store.waiting_for_admission(session.session_id):
            await self._desk.change(session, participant.participant_id, admit)


def _unknown() -> Rejected:
    return Rejected(problems.CODE_UNKNOWN, "Check the code for mistyped characters.")


def _name_needed(session: Session) -> Rejected:
    return Rejected(
        problems.VALIDATION_FAILED,
        "This is a session's code: say who you are.",
        errors=[{"field": "name", "message": "This field is required with a session's code: add it."}],
        session_name=session.name,
    )


def _digest(request: Join) -> str:
    """Without the code: a code typed differently is the same code."""
    return hashlib.sha256(request.model_dump_json(exclude={"code", "in_safe_exam_browser"}).encode()).hexdigest()


def _joined(session: Session, participant: Participant) -> Joined:
    return Joined(
        participant_id=participant.participant_id,
        session_id=session.session_id,
        org_id=session.org_id,
        name=participant.name,
        state=participant.state,
        admission_mode=session.admission_mode,
        personal_code=participant.personal_code,
        session_name=session.name,
        session_state=session.state,
        locked=session.locked,
    )
