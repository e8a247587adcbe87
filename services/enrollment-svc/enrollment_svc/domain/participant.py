"""One person's place in one session: how it changes, and the facts each change makes.

Each fact takes a step of the version, so that readers know "joined" from "admitted" though one write holds both.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from chassis.outcomes import Rejected
from contracts import limits, problems
from contracts.enrollment import (
    Accommodation,
    ParticipantAdmitted,
    ParticipantChanged,
    ParticipantDenied,
    ParticipantEnrolled,
    ParticipantInvited,
    ParticipantJoined,
    ParticipantRemoved,
    ParticipantSnapshot,
)
from contracts.model import Fact
from contracts.statuses import EnrollmentState, IdentityState
from enrollment_svc.domain.verification import NOT_VERIFIED, Verification, check_confirmed

SEATED: Final = frozenset({EnrollmentState.INVITED, EnrollmentState.JOINED, EnrollmentState.ADMITTED})
"""States that hold a seat. An invitation is a promise, so it does too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """`seat` is held in the states of `SEATED` only. `request_digest` recognises a repeated request as the same, and
    `invitation_requests` the last ones that had an invitation sent, the newest at the end.
    """

    participant_id: str
    org_id: str
    session_id: str
    version: int = 0
    name: str
    email: str | None
    external_id: str | None
    accommodation: Accommodation
    state: EnrollmentState = EnrollmentState.INVITED
    personal_code: str
    seat: int | None = None
    added_at: datetime
    joined_at: datetime | None = None
    denied_reason: str | None = None
    removed_reason: str | None = None
    removed_at: datetime | None = None
    identity: Verification = NOT_VERIFIED
    request_digest: str = ""
    invited_at: datetime | None = None
    invitation_requests: tuple[str, ...] = ()

    def snapshot(self) -> ParticipantSnapshot:
        """What other services may know: no code, no seat."""
        return ParticipantSnapshot(
            participant_id=self.participant_id,
            session_id=self.session_id,
            name=self.name,
            email=self.email,
            external_id=self.external_id,
            accommodation=self.accommodation,
            state=self.state,
        )


@dataclass(frozen=True, slots=True)
class Change:
    """The participant afterwards and the facts, the last of which has the participant's version."""

    participant: Participant
    facts: tuple[Fact, ...]

    @property
    def expected_version(self) -> int:
        return self.participant.version - len(self.facts)


def check_accommodation(accommodation: Accommodation) -> None:
    """Raises Rejected (validation-failed) for a limit of one's own together with a multiple of everybody's."""
    if accommodation.time_limit_seconds is not None and accommodation.time_multiplier is not None:
        raise Rejected(
            problems.VALIDATION_FAILED,
            "Individual time is either a limit or a multiplier.",
            errors=[{"field": "accommodation", "message": "Give a time limit or a multiplier, not both."}],
        )


def step(participant: Participant, make: Callable[[ParticipantSnapshot], Fact]) -> tuple[Participant, Fact]:
    stepped = replace(participant, version=participant.version + 1)
    return stepped, make(stepped.snapshot())


def enrol(participant: Participant) -> Change:
    """A new place: invited, not yet come."""
    check_accommodation(participant.accommodation)
    enrolled, fact = step(participant, lambda snapshot: ParticipantEnrolled(participant=snapshot))
    return Change(enrolled, (fact,))


def invite(participant: Participant, request: str, now: datetime, *, again: bool = False) -> Change:
    """Have an invitation sent, and from then on whatever mail the session gives cause for. The same `request` again
    changes nothing.

    Raises:
        Rejected: validation-failed without an e-mail address, participant-wrong-state for whoever is out,
            already-invited unless another mail is wanted.

    """
    if request in participant.invitation_requests:
        return Change(participant, ())
    if participant.state not in SEATED:
        raise wrong_state(participant, "This person has no place in the session.")
    email = participant.email
    if email is None:
        raise Rejected(
            problems.VALIDATION_FAILED,
            "An invitation needs an e-mail address.",
            errors=[{"field": "email", "message": "Give an e-mail address, or leave the invitation out."}],
        )
    if participant.invited_at is not None and not again:
        raise Rejected(problems.ALREADY_INVITED, "Send the invitation again if another mail is wanted.")
    requests = (*participant.invitation_requests, request)[-limits.INVITATION_REQUESTS_KEPT :]
    invited, fact = step(
        replace(participant, invited_at=now, invitation_requests=requests),
        lambda snapshot: ParticipantInvited(participant=snapshot, email=email, personal_code=participant.personal_code),
    )
    return Change(invited, (fact,))


def enrol_and_invite(participant: Participant, now: datetime) -> Change:
    """A new place, told by mail."""
    enrolled = enrol(participant)
    invited = invite(enrolled.participant, participant.participant_id, now)
    return Change(invited.participant, (*enrolled.facts, *invited.facts))


def with_code(change: Change, code: str) -> Change:
    """The same change under another personal code, the one drawn first being somebody else's."""
    facts = (
        each.model_copy(update={"personal_code": code}) if isinstance(each, ParticipantInvited) else each
        for each in change.facts
    )
    return Change(replace(change.participant, personal_code=code), tuple(facts))


def join(participant: Participant, *, at_once: bool, now: datetime) -> Change:
    """Come with a code, and be admitted in the same breath: `at_once` where admission waits for nobody."""
    joined, fact = step(
        replace(participant, state=EnrollmentState.JOINED, joined_at=now),
        lambda snapshot: ParticipantJoined(participant=snapshot),
    )
    if not at_once:
        return Change(joined, (fact,))
    admitted = admit(joined, by=None)
    return Change(admitted.participant, (fact, *admitted.facts))


def enrol_and_join(participant: Participant, *, at_once: bool, now: datetime) -> Change:
    """Come with the session's code."""
    enrolled = enrol(participant)
    joined = join(enrolled.participant, at_once=at_once, now=now)
    return Change(joined.participant, (*enrolled.facts, *joined.facts))


def admit(participant: Participant, *, by: str | None, verified: bool = False) -> Change:
    """Admit somebody who came; also whoever was denied, by mistake or before their papers were found.

    No facts when admitted already. `by` None: admission is automatic. `verified`: only whose identity is confirmed.

    Raises:
        Rejected: participant-removed, participant-wrong-state for somebody who has not come yet, or
            identity-not-confirmed.

    """
    check_not_removed(participant)
    match participant.state:
        case EnrollmentState.ADMITTED:
            return Change(participant, ())
        case EnrollmentState.JOINED | EnrollmentState.DENIED:
            if verified:
                check_confirmed(participant.identity)
            admitted, fact = step(
                replace(participant, state=EnrollmentState.ADMITTED, denied_reason=None),
                lambda snapshot: ParticipantAdmitted(participant=snapshot, by=by),
            )
            return Change(admitted, (fact,))
        case _:
            raise wrong_state(participant, "This person has not come yet.")


def admit_if_nothing_is_wanting(participant: Participant, *, verified: bool) -> Change:
    """Admit, where no proctor approves, whoever waits. `verified`: and whose identity is confirmed."""
    confirmed = participant.identity.state is IdentityState.CONFIRMED
    if participant.state is not EnrollmentState.JOINED or (verified and not confirmed):
        return Change(participant, ())
    return admit(participant, by=None)


def deny(participant: Participant, *, by: str, reason: str) -> Change:
    """Send away somebody who waits for admission; the seat becomes free. No facts when denied already.

    Raises:
        Rejected: participant-removed; participant-wrong-state for whoever has not come yet or is in already.

    """
    check_not_removed(participant)
    match participant.state:
        case EnrollmentState.DENIED:
            return Change(participant, ())
        case EnrollmentState.JOINED:
            denied, fact = step(
                replace(participant, state=EnrollmentState.DENIED, denied_reason=reason, seat=None),
                lambda snapshot: ParticipantDenied(participant=snapshot, reason=reason, by=by),
            )
            return Change(denied, (fact,))
        case EnrollmentState.ADMITTED:
            raise wrong_state(participant, "This person was admitted; remove them instead.")
        case _:
            raise wrong_state(participant, "This person has not come yet.")


def remove(participant: Participant, *, by: str, by_name: str, reason: str, now: datetime) -> Change:
    """Take somebody out; the seat becomes free. No facts when removed already."""
    if participant.state is EnrollmentState.REMOVED:
        return Change(participant, ())
    removed, fact = step(
        replace(participant, state=EnrollmentState.REMOVED, removed_reason=reason, removed_at=now, seat=None),
        lambda snapshot: ParticipantRemoved(participant=snapshot, reason=reason, by=by, by_name=by_name),
    )
    return Change(removed, (fact,))


def change(participant: Participant, *, name: str | None, accommodation: Accommodation | None) -> Change:
    """Edit the name or the individual time; None leaves it. No facts when nothing differs.

    Raises:
        Rejected: participant-wrong-state for whoever is out; validation-failed for both kinds of individual time.

    """
    if participant.state not in SEATED:
        raise wrong_state(participant, "This person has no place in the session.")
    edited = replace(
        participant,
        name=participant.name if name is None else name,
        accommodation=participant.accommodation if accommodation is None else accommodation,
    )
    check_accommodation(edited.accommodation)
    if edited == participant:
        return Change(participant, ())
    changed, fact = step(edited, lambda snapshot: ParticipantChanged(participant=snapshot))
    return Change(changed, (fact,))


def check_still_in(participant: Participant) -> None:
    """Raises Rejected: participant-removed, or admission-denied with the reason."""
    check_not_removed(participant)
    if participant.state is EnrollmentState.DENIED:
        reason = participant.denied_reason or ""
        raise Rejected(problems.ADMISSION_DENIED, reason, reason=reason)


def check_not_removed(participant: Participant) -> None:
    if participant.state is EnrollmentState.REMOVED:
        raise Rejected(problems.PARTICIPANT_REMOVED, "Ask a proctor if you think this is a mistake.")


def check_not_known_yet(matches: list[Participant]) -> None:
    """Whether somebody who came with the session's code is new, given those with their e-mail address or external id.

    Raises:
        Rejected: already-joined, already-enrolled, admission-denied or participant-removed.

    """
    seated = [each for each in matches if each.state in SEATED]
    if any(each.joined_at is not None for each in seated):
        raise Rejected(
            problems.ALREADY_JOINED, "Come back with your personal code; the proctors can tell you what it is."
        )
    if seated:
        raise Rejected(
            problems.ALREADY_ENROLLED, "You were invited: use your personal code; the proctors can tell you what it is."
        )
    for each in matches:
        check_still_in(each)


def wrong_state(participant: Participant, detail: str) -> Rejected:
    return Rejected(problems.PARTICIPANT_WRONG_STATE, detail, state=participant.state)
