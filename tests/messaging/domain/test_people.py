"""Who may write, and to whom."""

import pytest

from chassis.outcomes import Rejected
from contracts.statuses import EnrollmentState, SessionState
from messaging_svc.domain.people import (
    Participant,
    Session,
    check_candidate_may_write,
    check_not_cancelled,
    check_recipients,
)


def session(*proctor_ids: str, state: SessionState = SessionState.OPEN) -> Session:
    return Session(session_id="s", org_id="acme", version=1, state=state, proctor_ids=proctor_ids)


def person(
    participant_id: str, session_id: str = "s", state: EnrollmentState = EnrollmentState.ADMITTED
) -> Participant:
    return Participant(
        participant_id=participant_id, session_id=session_id, org_id="acme", version=1, name="Ada", state=state
    )


def problem_of(refusal: pytest.ExceptionInfo[Rejected]) -> str:
    return refusal.value.problem.name


def test_nobody_writes_to_a_cancelled_session() -> None:
    with pytest.raises(Rejected) as refusal:
        check_not_cancelled(session(state=SessionState.CANCELLED))
    assert problem_of(refusal) == "session-cancelled"


@pytest.mark.parametrize("state", [EnrollmentState.INVITED, EnrollmentState.JOINED, EnrollmentState.ADMITTED])
def test_whoever_waits_or_works_may_ask_for_help(state: EnrollmentState) -> None:
    check_candidate_may_write(person("ada", state=state))


@pytest.mark.parametrize(
    ("state", "problem"),
    [(EnrollmentState.REMOVED, "participant-removed"), (EnrollmentState.DENIED, "admission-denied")],
)
def test_whoever_is_out_may_not_write(state: EnrollmentState, problem: str) -> None:
    with pytest.raises(Rejected) as refusal:
        check_candidate_may_write(person("ada", state=state))
    assert problem_of(refusal) == problem


def test_recipients_are_addressed_once_each() -> None:
    assert check_recipients("s", ["b", "a", "b"], [person("a"), person("b")]) == ["b", "a"]
    assert check_recipients("s", None, []) is None


def test_somebody_whose_enrolment_is_not_heard_of_yet_does_not_hold_up_a_broadcast() -> None:
    assert check_recipients("s", ["a", "new"], [person("a")]) == ["a", "new"]


def test_somebody_of_another_session_cannot_be_addressed() -> None:
    with pytest.raises(Rejected) as refusal:
        check_recipients("s", ["a", "b"], [person("a"), person("b", "other")])
    assert refusal.value.extensions["errors"][0]["field"] == "recipients[1]"


def test_a_broadcast_to_an_empty_list_is_a_mistake() -> None:
    with pytest.raises(Rejected) as refusal:
        check_recipients("s", [], [])
    assert problem_of(refusal) == "validation-failed"
