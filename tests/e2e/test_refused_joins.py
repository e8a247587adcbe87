"""Joins that are refused: each says why in a way of its own, and nobody gets a place."""

import asyncio
from typing import Any

import httpx
import pytest
from hall import Hall, Json, is_refused, until

from contracts import problems
from contracts.problems import ProblemType

pytestmark = pytest.mark.stack


async def refused_join(hall: Hall, problem: ProblemType, **words: Any) -> Json:
    """The join's refusal, once enrolment has heard how the session stands (a fact behind the one who told it)."""

    async def answered() -> httpx.Response | None:
        # Without a name nobody gets in by a session's code, so looking changes nothing.
        looked = await hall.join(code=words["code"])
        return looked if looked.json()["type"] == problem.uri else None

    await until(answered, problem.name)
    return is_refused(await hall.join(**words), problem)


async def test_a_wrong_code_is_unknown(hall: Hall):
    for code in ("ZZZZ-ZZZZ", "ZZZZ-ZZZZ-ZZZZ", "------", "🗝"):
        is_refused(await hall.join(code=code, name="Ada"), problems.CODE_UNKNOWN)


async def test_the_codes_of_a_session_that_is_over_have_expired(hall: Hall, assessment: tuple[str, int]):
    session = await hall.schedule(assessment)
    invited = await hall.add(session)
    await hall.take(session, "open", "start", "end")
    await refused_join(hall, problems.CODE_EXPIRED, code=session["code"], name="Ada")
    is_refused(await hall.join(code=invited["personal_code"]), problems.CODE_EXPIRED)
    assert await hall.participants(session) == [invited]


async def test_a_cancelled_session_takes_nobody(hall: Hall, assessment: tuple[str, int]):
    session = await hall.schedule(assessment)
    invited = await hall.add(session)
    await hall.take(session, "cancel")
    await refused_join(hall, problems.SESSION_CANCELLED, code=session["code"], name="Ada")
    is_refused(await hall.join(code=invited["personal_code"]), problems.SESSION_CANCELLED)
    assert await hall.participants(session) == [invited]


async def test_a_session_that_is_not_open_yet_says_when_it_will_be(hall: Hall, assessment: tuple[str, int]):
    session = await hall.schedule(assessment)
    document = await refused_join(hall, problems.SESSION_NOT_OPEN, code=session["code"], name="Ada")
    assert document["scheduled_at"] == session["settings"]["scheduled_at"]
    assert await hall.participants(session) == []


async def test_a_full_session_takes_nobody_more(hall: Hall, assessment: tuple[str, int]):
    session = await hall.take(await hall.schedule(assessment, maximum_participants=2), "open")
    await hall.seat(code=session["code"], name="Ada")
    await hall.seat(code=session["code"], name="Grace")
    before = await hall.participants(session)
    is_refused(await hall.join(code=session["code"], name="Late Comer"), problems.SESSION_FULL)
    assert await hall.participants(session) == before


async def test_one_seat_is_given_to_one_of_many_who_come_at_once(hall: Hall, assessment: tuple[str, int]):
    session = await hall.take(await hall.schedule(assessment, maximum_participants=2), "open")
    await hall.seat(code=session["code"], name="Ada")
    answers = await asyncio.gather(*(hall.join(code=session["code"], name=f"Person {n}") for n in range(6)))
    refused = [each for each in answers if not each.is_success]
    assert len(refused) == 5
    for each in refused:
        is_refused(each, problems.SESSION_FULL)
    assert len(await hall.participants(session)) == 2


@pytest.mark.parametrize("late_entry_seconds", [None, 0])
async def test_after_the_start_it_may_be_too_late(
    hall: Hall, assessment: tuple[str, int], late_entry_seconds: int | None
):
    session = await hall.schedule(assessment, late_entry_seconds=late_entry_seconds)
    invited = await hall.add(session)
    await hall.take(session, "open", "start")
    await refused_join(hall, problems.TOO_LATE_TO_JOIN, code=session["code"], name="Ada")
    is_refused(await hall.join(code=invited["personal_code"]), problems.TOO_LATE_TO_JOIN)
    assert await hall.participants(session) == [invited]


@pytest.mark.parametrize(
    "words", [{"email": "Ada@Example.org", "external_id": "S-2"}, {"email": "b@example.org", "external_id": "S-1"}]
)
async def test_nobody_joins_twice(hall: Hall, assessment: tuple[str, int], words: dict[str, str]):
    session = await hall.take(await hall.schedule(assessment), "open")
    await hall.seat(code=session["code"], name="Ada", email="ada@example.org", external_id="S-1")
    before = await hall.participants(session)
    is_refused(await hall.join(code=session["code"], name="Ada again", **words), problems.ALREADY_JOINED)
    assert await hall.participants(session) == before


async def test_coming_back_with_the_personal_code_is_no_second_join(hall: Hall, assessment: tuple[str, int]):
    session = await hall.take(await hall.schedule(assessment), "open")
    seat = await hall.seat(code=session["code"], name="Ada")
    before = await hall.participants(session)
    again = await hall.join(code=seat.personal_code.lower().replace("-", " "))
    assert again.status_code == 200
    assert again.json()["joined"]["participant_id"] == seat.participant_id
    assert await hall.participants(session) == before


async def test_whoever_was_removed_or_denied_stays_out(hall: Hall, assessment: tuple[str, int]):
    session = await hall.take(await hall.schedule(assessment, admission_mode="approval"), "open")
    removed = await hall.seat(code=session["code"], name="Ada")
    denied = await hall.seat(code=session["code"], name="Grace")
    await hall.proctor.post(f"/api/v1/participants/{removed.participant_id}/remove", {"reason": "Wrong room"})
    await hall.proctor.post(
        f"/api/v1/sessions/{session['session_id']}/admissions/deny",
        {"participant_ids": [denied.participant_id], "reason": "No papers"},
    )
    before = await hall.participants(session)
    is_refused(await hall.join(code=removed.personal_code), problems.PARTICIPANT_REMOVED)
    is_refused(await hall.join(code=denied.personal_code), problems.ADMISSION_DENIED)
    assert await hall.participants(session) == before


async def test_a_session_code_without_a_name_says_what_is_missing(hall: Hall, assessment: tuple[str, int]):
    session = await hall.take(await hall.schedule(assessment), "open")
    document = await refused_join(hall, problems.VALIDATION_FAILED, code=session["code"])
    assert [each["field"] for each in document["errors"]] == ["name"]
    assert await hall.participants(session) == []


async def test_guessing_codes_is_slowed_down(hall: Hall):
    """Whoever guesses waits for the next minute: the limit is 60 a minute, so two minutes' worth ends within 121."""
    headers = {"x-forwarded-for": "203.0.113.7"}  # nobody else's address: the others go on

    async def guess() -> httpx.Response:
        return await hall.http.post("/api/v1/joins", json={"code": "ZZZZ-ZZZZ", "name": "Eve"}, headers=headers)

    for _ in range(60):
        is_refused(await guess(), problems.CODE_UNKNOWN)
    for _ in range(61):
        answer = await guess()
        if answer.status_code == problems.TOO_MANY_REQUESTS.status:
            break
    document = is_refused(answer, problems.TOO_MANY_REQUESTS)
    assert int(answer.headers["retry-after"]) >= document["retry_after_s"] > 0
    is_refused(await hall.join(code="ZZZZ-ZZZZ", name="Ada"), problems.CODE_UNKNOWN)
