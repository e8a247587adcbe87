"""Who is who in a session, for messaging: read models of session and enrolment facts, and who may write."""

from collections.abc import Collection
from dataclasses import dataclass

from chassis.outcomes import Rejected
from contracts import problems
from contracts.enrollment import ParticipantSnapshot
from contracts.session import SessionSnapshot
from contracts.statuses import EnrollmentState, SessionState


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    session_id: str
    org_id: str
    version: int
    state: SessionState
    proctor_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    participant_id: str
    session_id: str
    org_id: str
    version: int
    name: str
    state: EnrollmentState


def session_of(org_id: str, version: int, snapshot: SessionSnapshot) -> Session:
    return Session(
        session_id=snapshot.session_id,
        org_id=org_id,
        version=version,
        state=snapshot.state,
        proctor_ids=tuple(snapshot.settings.proctor_ids),
    )


def participant_of(org_id: str, version: int, snapshot: ParticipantSnapshot) -> Participant:
    return Participant(
        participant_id=snapshot.participant_id,
        session_id=snapshot.session_id,
        org_id=org_id,
        version=version,
        name=snapshot.name,
        state=snapshot.state,
    )


def check_not_cancelled(session: Session) -> None:
    if session.state is SessionState.CANCELLED:
        raise Rejected(problems.SESSION_CANCELLED, "Nobody reads messages of a cancelled session.")


def check_candidate_may_write(participant: Participant) -> None:
    """Raises Rejected: participant-removed or admission-denied. Whoever waits for admission may ask for help."""
    if participant.state is EnrollmentState.REMOVED:
        raise Rejected(problems.PARTICIPANT_REMOVED, "You cannot write to this session any more.")
    if participant.state is EnrollmentState.DENIED:
        raise Rejected(problems.ADMISSION_DENIED, "You cannot write to this session.")


def check_recipients(session_id: str, recipients: list[str] | None, known: Collection[Participant]) -> list[str] | None:
    """Each recipient once, in the order given; None is everybody.

    Recipients whose enrolment has not been heard of yet are kept: somebody who joined this very moment should not
    make an announcement fail, and an id that names nobody reaches nobody.

    Raises:
        Rejected: validation-failed for an empty list, or for somebody of another session.

    """
    if recipients is None:
        return None
    if not recipients:
        raise _invalid("recipients", "Nobody is named: name somebody, or leave this out to address everybody.")
    elsewhere = {each.participant_id for each in known if each.session_id != session_id}
    for index, participant_id in enumerate(recipients):
        if participant_id in elsewhere:
            raise _invalid(f"recipients[{index}]", "This person is not in this session: take them out.")
    return list(dict.fromkeys(recipients))


def _invalid(field: str, message: str) -> Rejected:
    return Rejected(problems.VALIDATION_FAILED, "1 to mend.", errors=[{"field": field, "message": message}])
