"""How a place in a session changes, and which facts that makes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.outcomes import Rejected
from contracts.enrollment import (
    Accommodation,
    ParticipantAdmitted,
    ParticipantEnrolled,
    ParticipantInvited,
    ParticipantJoined,
)
from contracts.statuses import EnrollmentState
from enrollment_svc.domain.participant import (
    SEATED,
    Change,
    Participant,
    admit,
    change,
    check_not_known_yet,
    check_still_in,
    deny,
    enrol,
    enrol_and_invite,
    enrol_and_join,
    invite,
    join,
    remove,
    with_code,
)

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
SOMEBODY = Participant(
    participant_id="p",
    org_id="acme",
    session_id="s",
    name="Ada",
    email="ada@example.org",
    external_id=None,
    accommodation=Accommodation(),
    personal_code="AAAA-BBBB-CCCC",
    seat=4,
    added_at=NOON,
)


def refused(problem: str) -> "pytest.RaisesExc[Rejected]":
    return pytest.RaisesExc(Rejected, check=lambda error: error.problem.name == problem)


def in_state(state: EnrollmentState) -> Participant:
    return replace(SOMEBODY, state=state, version=3, joined_at=None if state is EnrollmentState.INVITED else NOON)


def test_coming_with_the_sessions_code_makes_three_facts_with_a_version_each() -> None:
    came = enrol_and_join(SOMEBODY, at_once=True, now=NOON)
    assert [type(fact) for fact in came.facts] == [ParticipantEnrolled, ParticipantJoined, ParticipantAdmitted]
    assert [fact.participant.state for fact in came.facts] == ["invited", "joined", "admitted"]
    assert (came.participant.version, came.expected_version) == (3, 0)


def test_where_a_proctor_approves_coming_is_not_being_admitted() -> None:
    came = join(enrol(SOMEBODY).participant, at_once=False, now=NOON)
    assert came.participant.state is EnrollmentState.JOINED
    assert came.participant.joined_at == NOON


def test_facts_carry_neither_code_nor_seat() -> None:
    came = enrol_and_join(SOMEBODY, at_once=True, now=NOON)
    assert all("AAAA" not in fact.model_dump_json() for fact in came.facts)
    assert all("seat" not in fact.model_dump_json() for fact in came.facts)


def test_approving_and_denying_twice_makes_no_second_fact() -> None:
    assert admit(in_state(EnrollmentState.ADMITTED), by="p1").facts == ()
    assert deny(in_state(EnrollmentState.DENIED), by="p1", reason="No identity card").facts == ()
    assert remove(in_state(EnrollmentState.REMOVED), by="p1", by_name="P", reason="Left", now=NOON).facts == ()


def test_whoever_has_not_come_cannot_be_admitted_or_denied() -> None:
    with refused("participant-wrong-state"):
        admit(in_state(EnrollmentState.INVITED), by="p1")
    with refused("participant-wrong-state"):
        deny(in_state(EnrollmentState.INVITED), by="p1", reason="Late")


def test_whoever_is_in_is_removed_rather_than_denied() -> None:
    with refused("participant-wrong-state"):
        deny(in_state(EnrollmentState.ADMITTED), by="p1", reason="Late")


def test_a_denial_can_be_taken_back() -> None:
    denied = deny(in_state(EnrollmentState.JOINED), by="p1", reason="No identity card").participant
    assert (denied.seat, denied.denied_reason) == (None, "No identity card")
    with refused("admission-denied"):
        check_still_in(denied)
    admitted = admit(denied, by="p1").participant
    assert admitted.denied_reason is None
    check_still_in(admitted)


def test_whoever_was_removed_stays_out() -> None:
    gone = in_state(EnrollmentState.REMOVED)
    with refused("participant-removed"):
        check_still_in(gone)
    with refused("participant-removed"):
        admit(gone, by="p1")


def test_individual_time_is_of_one_kind() -> None:
    both = Accommodation(time_limit_seconds=600, time_multiplier=Decimal("1.50"))
    with refused("validation-failed"):
        change(in_state(EnrollmentState.INVITED), name=None, accommodation=both)


def test_an_edit_that_changes_nothing_makes_no_fact() -> None:
    assert change(in_state(EnrollmentState.INVITED), name="Ada", accommodation=None).facts == ()


@pytest.mark.parametrize(
    ("state", "problem"),
    [
        (EnrollmentState.INVITED, "already-enrolled"),
        (EnrollmentState.JOINED, "already-joined"),
        (EnrollmentState.ADMITTED, "already-joined"),
        (EnrollmentState.DENIED, "admission-denied"),
        (EnrollmentState.REMOVED, "participant-removed"),
    ],
)
def test_a_known_person_with_the_sessions_code_is_told_where_they_stand(state: EnrollmentState, problem: str) -> None:
    with refused(problem):
        check_not_known_yet([in_state(state)])


def test_somebody_added_again_after_a_removal_counts_as_what_they_are_now() -> None:
    with refused("already-enrolled"):
        check_not_known_yet([in_state(EnrollmentState.REMOVED), in_state(EnrollmentState.INVITED)])


steps = st.sampled_from(["join", "join at once", "admit", "deny", "remove", "rename"])


def take(participant: Participant, step: str) -> Change:
    match step:
        case "join" | "join at once":
            return join(participant, at_once=step == "join at once", now=NOON)
        case "admit":
            return admit(participant, by="p1")
        case "deny":
            return deny(participant, by="p1", reason="No identity card")
        case "remove":
            return remove(participant, by="p1", by_name="P", reason="Left", now=NOON)
        case _:
            return change(participant, name="Ada L.", accommodation=None)


@given(st.lists(steps, max_size=12))
def test_versions_count_facts_and_only_people_with_a_place_keep_a_seat(walk: list[str]) -> None:
    participant = enrol(SOMEBODY).participant
    facts = 1
    for step in walk:
        if step.startswith("join") and participant.state is not EnrollmentState.INVITED:
            continue
        try:
            taken = take(participant, step)
        except Rejected:
            continue
        facts += len(taken.facts)
        participant = taken.participant
        if participant.state in SEATED:
            participant = replace(participant, seat=4)
        assert participant.version == facts
        assert (participant.seat is not None) == (participant.state in SEATED)
        assert all(fact.participant.state is participant.state for fact in taken.facts[-1:])


def test_an_invitation_is_a_fact_of_its_own_and_the_only_one_with_the_code() -> None:
    made = enrol_and_invite(SOMEBODY, NOON)
    assert [type(each) for each in made.facts] == [ParticipantEnrolled, ParticipantInvited]
    assert (made.participant.version, made.expected_version) == (2, 0)
    enrolled, invited = made.facts
    assert SOMEBODY.personal_code not in enrolled.model_dump_json()
    assert isinstance(invited, ParticipantInvited)
    assert (invited.email, invited.personal_code) == ("ada@example.org", SOMEBODY.personal_code)
    assert SOMEBODY.personal_code not in repr(invited)


def test_nobody_is_invited_without_an_address_or_a_place() -> None:
    with pytest.raises(Rejected, match="e-mail"):
        invite(replace(SOMEBODY, email=None), "r1", NOON)
    for state in set(EnrollmentState) - SEATED:
        with pytest.raises(Rejected, match="participant-wrong-state"):
            invite(replace(SOMEBODY, state=state), "r1", NOON)


def test_a_code_drawn_again_is_the_one_in_the_invitation() -> None:
    again = with_code(enrol_and_invite(SOMEBODY, NOON), "XXXX-YYYY-ZZZZ")
    assert again.participant.personal_code == "XXXX-YYYY-ZZZZ"
    assert [each.personal_code for each in again.facts if isinstance(each, ParticipantInvited)] == ["XXXX-YYYY-ZZZZ"]


def test_an_invitation_is_sent_once_for_each_request_and_again_only_on_purpose() -> None:
    once = invite(SOMEBODY, "r1", NOON).participant
    assert once.invited_at == NOON
    assert invite(once, "r1", NOON).facts == ()
    with pytest.raises(Rejected, match="already-invited"):
        invite(once, "r2", NOON)
    later = NOON + timedelta(hours=1)
    twice = invite(once, "r2", later, again=True)
    assert [type(each) for each in twice.facts] == [ParticipantInvited]
    assert twice.participant.invited_at == later
    for request in ("r1", "r2"):
        assert invite(twice.participant, request, later, again=True).facts == (), "a click that came late"


@given(st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=12))
def test_however_requests_repeat_there_is_one_invitation_for_each(requests: list[str]) -> None:
    participant, facts = SOMEBODY, 0
    for request in requests:
        change = invite(participant, request, NOON, again=True)
        participant, facts = change.participant, facts + len(change.facts)
    assert facts == len(set(requests))
    assert participant.version == facts
