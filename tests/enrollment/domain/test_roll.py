"""Recognising people who have a place already."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from contracts.enrollment import Accommodation
from contracts.resources.enrollment import NewParticipant
from contracts.statuses import EnrollmentState
from enrollment_svc.domain.identity import email_key
from enrollment_svc.domain.participant import Participant
from enrollment_svc.domain.roll import already_enrolled

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def person(**values: Any) -> NewParticipant:
    return NewParticipant(name="Ada", **values)


def enrolled(**values: Any) -> Participant:
    return Participant(
        **{
            "participant_id": "p",
            "org_id": "acme",
            "session_id": "s",
            "name": "Ada",
            "email": None,
            "external_id": None,
            "accommodation": Accommodation(),
            "personal_code": "AAAA-BBBB-CCCC",
            "added_at": NOON,
            **values,
        }
    )


def test_an_address_in_other_letters_is_the_same_address() -> None:
    asked = [person(email="ADA@Example.org")]
    assert list(already_enrolled(asked, [enrolled(email="ada@example.ORG")])) == [0]


def test_the_second_of_two_equals_in_one_request_is_refused() -> None:
    asked = [person(external_id="7"), person(external_id="8"), person(external_id="7")]
    assert list(already_enrolled(asked, [])) == [2]


def test_people_without_address_and_id_are_all_new() -> None:
    assert already_enrolled([person(), person()], [enrolled()]) == {}


def test_an_address_and_an_id_are_different_things() -> None:
    assert already_enrolled([person(external_id="a@b.cd")], [enrolled(email="a@b.cd")]) == {}


def test_whoever_was_removed_may_be_added_again() -> None:
    gone = enrolled(email="a@b.cd", state=EnrollmentState.REMOVED)
    assert already_enrolled([person(email="a@b.cd")], [gone]) == {}


def test_somebody_refused_for_one_key_does_not_claim_the_other() -> None:
    asked = [person(email="a@b.cd", external_id="1"), person(external_id="1")]
    assert list(already_enrolled(asked, [enrolled(email="a@b.cd")])) == [0]


addresses = st.emails(domains=st.just("example.org"))


@given(st.lists(st.tuples(st.none() | addresses, st.none() | st.sampled_from("abc")), max_size=12))
def test_those_who_remain_are_all_different(pairs: list[tuple[str | None, str | None]]) -> None:
    asked = [person(email=email, external_id=external_id) for email, external_id in pairs]
    refused = already_enrolled(asked, [])
    new = [each for index, each in enumerate(asked) if index not in refused]
    emails = [email_key(each.email) for each in new if each.email]
    ids = [each.external_id for each in new if each.external_id]
    assert len(set(emails)) == len(emails)
    assert len(set(ids)) == len(ids)
