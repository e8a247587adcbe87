"""What an attempt refuses, to candidates on their socket and to proctors: the attempt stays as it was."""

import uuid
from datetime import UTC, datetime

import pytest
from hall import CHOICE, ESSAY, RIGHT, TEXT, Hall, Json, Seat, a_paper, an_essay, until

from chassis.publisher import Publisher
from contracts import limits
from contracts.attempt import Actor, RecordResponse
from contracts.envelope import Event
from contracts.items import ShortTextResponse
from contracts.statuses import ActorKind, CompletionReason
from examhall.operations import settings_of

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
async def essay_assessment(hall: Hall) -> tuple[str, int]:
    content = a_paper()
    content["sections"].append({"section_id": "s2", "title": "More", "items": [an_essay()]})
    return await hall.publish(content)


@pytest.fixture(scope="module")
async def at_work(hall: Hall, essay_assessment: tuple[str, int]) -> tuple[Json, Seat]:
    """A running session and somebody in it who has answered."""
    session, seat = await hall.sitting(essay_assessment)
    async with seat.online():
        assert (await seat.answer(CHOICE, RIGHT))["type"] == "ack"
        await until(lambda: _answers(hall, seat, 1), "the answer is recorded")
    await until(lambda: _gone(hall, seat), "the socket is known to be closed")
    return session, seat


async def _answers(hall: Hall, seat: Seat, number: int) -> bool:
    return len((await hall.attempt(seat.participant_id))["responses"]) == number


async def _gone(hall: Hall, seat: Seat) -> bool:
    return not (await hall.attempt(seat.participant_id))["row"]["connected"]


@pytest.mark.parametrize(
    ("item_id", "response", "problem"),
    [
        ("nowhere", RIGHT, "item-unknown"),
        ("nowhere", None, "item-unknown"),
        (TEXT, RIGHT, "response-invalid"),
        (CHOICE, {"type": "single_choice"}, "response-invalid"),
        (CHOICE, {"type": "drawing", "strokes": []}, "response-invalid"),
        (ESSAY, {"type": "essay", "text": "x" * (limits.RESPONSE_BYTES + 1)}, "response-too-large"),
        (ESSAY, {"type": "essay", "text": "é" * (limits.RESPONSE_BYTES // 2)}, "response-too-large"),
        ("no id/at all", RIGHT, "validation-failed"),
    ],
)
async def test_an_answer_that_cannot_be_is_refused(
    hall: Hall, at_work: tuple[Json, Seat], item_id: str, response: Json | None, problem: str
):
    _, seat = at_work
    async with seat.online():
        await seat.phase("active")
        before = await hall.attempt(seat.participant_id)
        reply = await seat.answer(item_id, response)
        assert (reply["type"], reply.get("problem")) == ("refused", problem)
        after = await hall.attempt(seat.participant_id)
    assert after["responses"] == before["responses"]
    assert after["row"]["last_seq"] == before["row"]["last_seq"]
    assert after["ledger"] == before["ledger"]


async def test_a_choice_that_is_not_offered_gets_no_points_and_breaks_nothing(hall: Hall, assessment: tuple[str, int]):
    """Whether a choice exists only the assessment's owner knows; what was answered is kept as it was."""
    session, seat = await hall.sitting(assessment)
    async with seat.online():
        assert (await seat.answer(CHOICE, {"type": "single_choice", "choice_id": "zz"}))["type"] == "ack"
        assert (await seat.submit())["type"] == "ack"
        await seat.phase("complete")

    async def scored() -> Json | None:
        results = (await hall.proctor.get(f"/api/v1/sessions/{session['session_id']}/results"))["results"]
        return results[0]["result"] if results else None

    result = await until(scored, "a result")
    assert result["points"] == "0"


async def test_before_the_start_nothing_is_taken(hall: Hall, assessment: tuple[str, int]):
    session = await hall.take(await hall.schedule(assessment), "open")
    seat = await hall.seat(code=session["code"], name="Ada")
    async with seat.online():
        await seat.phase("waiting")
        assert (await seat.answer(CHOICE, RIGHT)).get("problem") == "attempt-not-started"
        await seat.submit()  # is brought to the attempt, which refuses it
        refusal = await seat.hear(lambda message: message["type"] == "refused" and "id" in message, "refusal")
        assert refusal["problem"] == "attempt-not-started"
        form = await seat.person.call("GET", "/api/v1/candidate/form")
        assert (form.status_code, form.json()["type"]) == (409, "/problems/session-wrong-state")
    attempt = await hall.attempt(seat.participant_id)
    assert attempt["row"]["phase"] == "waiting"
    assert attempt["responses"] == []


async def test_while_paused_answers_wait(hall: Hall, assessment: tuple[str, int]):
    session, seat = await hall.sitting(assessment)
    async with seat.online():
        assert (await hall.intervene(session, "pause", seat.participant_id))[0]["problem"] is None
        await seat.phase("paused")
        before = await hall.attempt(seat.participant_id)
        assert (await seat.answer(CHOICE, RIGHT)).get("problem") == "attempt-paused"
        assert await hall.attempt(seat.participant_id) == before
        assert (await hall.intervene(session, "pause", seat.participant_id))[0]["problem"] == "attempt-paused"
        assert await hall.attempt(seat.participant_id) == before


@pytest.fixture(scope="module")
async def complete(hall: Hall, assessment: tuple[str, int]) -> tuple[Json, Seat]:
    """A running session and somebody in it who has submitted."""
    session, seat = await hall.sitting(assessment)
    async with seat.online():
        assert (await seat.answer(CHOICE, RIGHT))["type"] == "ack"
        assert (await seat.submit())["type"] == "ack"
        await seat.phase("complete")
    await until(lambda: _gone(hall, seat), "the socket is known to be closed")
    return session, seat


async def test_after_the_end_no_answer_is_taken(hall: Hall, complete: tuple[Json, Seat]):
    _, seat = complete
    async with seat.online():
        before = await hall.attempt(seat.participant_id)
        assert (await seat.answer(TEXT, {"type": "short_text", "text": "yes"})).get("problem") == "attempt-complete"
        after = await hall.attempt(seat.participant_id)
    for what in ("responses", "ledger", "flagged_items"):
        assert after[what] == before[what]
    assert after["row"]["responses_digest"] == before["row"]["responses_digest"]
    assert after["row"]["last_seq"] == before["row"]["last_seq"]


async def test_an_answer_that_was_given_after_the_end_is_refused_by_the_attempt_itself(
    hall: Hall, complete: tuple[Json, Seat]
):
    """A gateway's refusals are early ones. This command goes around it; what stands on the topic is judged as well."""
    session, seat = complete
    before = await hall.attempt(seat.participant_id)
    publisher = Publisher(settings_of(hall.addresses), "test")
    actor = Actor(kind=ActorKind.CANDIDATE, id=seat.participant_id, name="Ada")
    command = Event(
        id=uuid.uuid4().hex,
        source="test",
        time=datetime.now(UTC),
        subject=seat.participant_id,
        org_id=hall.org_id,
        session_id=session["session_id"],
        data=RecordResponse(actor=actor, seq=900, item_id=TEXT, response=ShortTextResponse(text="yes")),
    )
    async with seat.online():
        await publisher.start()
        try:
            await publisher.publish(command)
        finally:
            await publisher.stop()
        refusal = await seat.hear(lambda message: message.get("seq") == command.data.seq, "the attempt's refusal")
    assert (refusal["type"], refusal["problem"]) == ("refused", "attempt-complete")
    assert (await hall.attempt(seat.participant_id))["responses"] == before["responses"]


@pytest.mark.parametrize(
    ("kind", "words"), [("pause", {}), ("resume", {}), ("extend", {"seconds": 60}), ("terminate", {}), ("end", {})]
)
async def test_a_completed_attempt_takes_no_intervention(
    hall: Hall, complete: tuple[Json, Seat], kind: str, words: dict[str, int]
):
    session, seat = complete
    await until(lambda: _gone(hall, seat), "the page of the test before is known to be closed")
    before = await hall.attempt(seat.participant_id)
    (outcome,) = await hall.intervene(session, kind, seat.participant_id, **words)
    assert outcome["participant_id"] == seat.participant_id
    assert outcome["problem"] == "attempt-complete"
    assert await hall.attempt(seat.participant_id) == before


async def test_a_running_attempt_is_not_resumed(hall: Hall, at_work: tuple[Json, Seat]):
    session, seat = at_work
    before = await hall.attempt(seat.participant_id)
    assert (await hall.intervene(session, "resume", seat.participant_id))[0]["problem"] == "attempt-not-paused"
    assert (await hall.intervene(session, "pause", "nobody-here"))[0]["problem"] == "attempt-unknown"
    assert await hall.attempt(seat.participant_id) == before


async def test_when_the_time_is_over_nothing_more_is_taken(hall: Hall, assessment: tuple[str, int]):
    session, seat = await hall.sitting(assessment, time_limit_seconds=30)
    async with seat.online():
        assert (await seat.answer(CHOICE, RIGHT))["type"] == "ack"
        row = await seat.hear(_is_complete, "the end of the time", 45)
        assert row["row"]["completion_reason"] == CompletionReason.TIME_EXPIRED
        before = await hall.attempt(seat.participant_id)
        assert (await seat.answer(CHOICE, None)).get("problem") == "attempt-complete"
        assert await hall.attempt(seat.participant_id) == before
    assert [each["item_id"] for each in before["responses"]] == [CHOICE]
    assert session["state"] == "running"


def _is_complete(message: Json) -> bool:
    return message["type"] == "row" and message["row"]["phase"] == "complete"


async def test_a_message_nobody_understands_ends_the_socket_and_nothing_else(hall: Hall, at_work: tuple[Json, Seat]):
    _, seat = at_work
    before = await hall.attempt(seat.participant_id)
    for text in ("{", "[1, 2]", "\x00"):
        seat.received.clear()
        async with seat.online():
            await seat.send_text(text)
            bye = await seat.hear(lambda message: message["type"] == "bye", "goodbye")
            assert bye["problem"] == "malformed-body"
    assert (await hall.attempt(seat.participant_id))["responses"] == before["responses"]


async def test_a_message_that_is_far_too_large_closes_the_socket(hall: Hall, at_work: tuple[Json, Seat]):
    _, seat = at_work
    before = await hall.attempt(seat.participant_id)
    async with seat.online():
        essay = {"type": "essay", "text": "x" * (2 * limits.SOCKET_MESSAGE_BYTES)}
        await seat.send({"type": "answer", "seq": 500, "item_id": ESSAY, "response": essay})
        assert await seat.closed() == 1009  # RFC 6455, section 7.4.1: too big to process
    assert (await hall.attempt(seat.participant_id))["responses"] == before["responses"]
