"""The candidate's socket against real Kafka and Redis."""

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta

import pytest
import websockets
from gateway_world import World, a_message, a_row, a_session, eventually

from chassis.identifiers import new_id
from contracts.attempt import (
    Actor,
    ConnectParticipant,
    DisconnectCause,
    DisconnectParticipant,
    FlagItem,
    RecordResponse,
    SubmitAttempt,
)
from contracts.live import MarksFrame, MessageFrame, Outcome, WarningFrame
from contracts.messaging import Message
from contracts.statuses import ActorKind, CompletionReason, ParticipantStatus, Phase, Role
from gateway import protocol

pytestmark = pytest.mark.stack

TRUE = {"type": "true_false", "value": True}


async def test_an_answer_is_acknowledged_once_kafka_has_it(world: World):
    session_id, participant_id = world.seat()
    client, welcome = await world.candidate(session_id, participant_id)
    assert welcome["attempt"]["row"]["participant_id"] == participant_id

    for seq in (1, 2, 3):
        await client.send(type="answer", seq=seq, item_id="q1", response=TRUE)
    await client.send(type="flag", seq=4, item_id="q2", flagged=True)
    acknowledged: list[int] = []
    while len(acknowledged) < 4:
        acknowledged += (await client.until("ack"))["seqs"]

    assert acknowledged == [1, 2, 3, 4]
    commands = await world.commands(participant_id, RecordResponse, 3)
    assert [each.data.seq for each in commands] == [1, 2, 3]
    assert commands[0].session_id == session_id
    assert commands[0].data.response.value is True
    assert (await world.commands(participant_id, FlagItem))[0].data.flagged is True


async def test_everything_sent_to_a_candidate_fits_the_documented_models(world: World):
    session_id, participant_id = world.seat()
    client, _ = await world.candidate(session_id, participant_id)
    await client.send(type="answer", seq=1, item_id="q1", response=TRUE)
    await client.until("ack")
    await client.send(type="answer", seq=2, item_id="nowhere", response=TRUE)
    await client.until("refused")
    await client.send(type="beat", id="b1")
    await client.until("beat")
    await world.publish_row(session_id, a_row(participant_id, version=9, extended_ms=60_000))
    await client.until("row")
    await world.live.publish(
        session_id, WarningFrame(participant_id=participant_id, minutes=5).model_dump_json().encode()
    )
    await client.until("warning")

    for message in client.seen:
        protocol.to_candidate.validate_python(message, extra="forbid")


async def test_a_connection_is_announced_and_its_end_too(world: World):
    session_id, participant_id = world.seat()
    client, welcome = await world.candidate(session_id, participant_id)
    connected = await world.commands(participant_id, ConnectParticipant)
    assert connected[0].data.connection_id == welcome["connection_id"]
    assert connected[0].data.gateway_id == world.service.app.state.edge.gateway_id

    await client.connection.close()

    gone = await world.commands(participant_id, DisconnectParticipant)
    assert gone[0].data.connection_id == welcome["connection_id"]
    assert gone[0].data.cause is DisconnectCause.CLOSED


async def test_a_silent_socket_is_closed_and_reported(world: World):
    session_id, participant_id = world.seat()
    client, _ = await world.candidate(session_id, participant_id)
    edge = world.service.app.state.edge
    mine = next(each for each in edge._sockets if getattr(each, "participant_id", "") == participant_id)
    mine.heard_at = time.monotonic() - 60

    assert await client.closed() == 4408
    gone = await world.commands(participant_id, DisconnectParticipant)
    assert gone[0].data.cause is DisconnectCause.SILENT


async def test_the_attempt_may_appear_a_moment_after_the_candidate(world: World):
    session_id, other = world.seat()
    late = new_id()
    client = await world.connect("/ws/candidate")
    await client.send(type="hello", token=world.candidate_token(session_id, late))
    await asyncio.sleep(0.5)
    world.services.row(session_id, a_row(late, phase=Phase.WAITING, status=ParticipantStatus.WAITING))

    welcome = await client.until("welcome")

    assert welcome["attempt"]["row"]["phase"] == "waiting"
    assert other != late


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"phase": Phase.PAUSED}, "attempt-paused"),
        ({"phase": Phase.WAITING}, "attempt-not-started"),
        ({"phase": Phase.COMPLETE, "completion_reason": CompletionReason.SUBMITTED}, "attempt-complete"),
        ({"deadline_at": datetime.now(UTC) - timedelta(seconds=5)}, "time-is-up"),
        ({"completes_at": datetime.now(UTC) - timedelta(seconds=5)}, "time-is-up"),
    ],
)
async def test_what_cannot_count_is_refused_at_once(world: World, row: dict[str, object], problem: str):
    session_id, participant_id = world.seat(**row)
    client, _ = await world.candidate(session_id, participant_id)
    hub = world.service.app.state.hub
    await eventually(lambda: hub._sessions[session_id].paper is not None)

    await client.send(type="answer", seq=1, item_id="q1", response=TRUE)

    refused = await client.until("refused")
    assert (refused["problem"], refused["seq"]) == (problem, 1)


@pytest.mark.parametrize(
    ("item_id", "response", "problem"),
    [
        ("nowhere", TRUE, "item-unknown"),
        ("q1", {"type": "essay", "text": "no"}, "response-invalid"),
        ("q1", {"type": "true_false", "value": "perhaps"}, "response-invalid"),
        ("q1", {"type": "riddle"}, "response-invalid"),
        ("q2", {"type": "essay", "text": "ä" * 40_000}, "response-too-large"),
        ("q 2", TRUE, "validation-failed"),
    ],
)
async def test_an_answer_that_fits_nothing_is_refused_by_name(
    world: World, item_id: str, response: dict[str, object], problem: str
):
    session_id, participant_id = world.seat()
    client, _ = await world.candidate(session_id, participant_id)
    hub = world.service.app.state.hub
    await eventually(lambda: hub._sessions[session_id].paper is not None)

    await client.connection.send(
        json.dumps({"type": "answer", "seq": 7, "item_id": item_id, "response": response}, ensure_ascii=False)
    )

    refused = await client.until("refused")
    assert (refused["problem"], refused["seq"]) == (problem, 7)


async def test_a_row_of_ones_own_arrives_and_an_older_one_does_not(world: World):
    session_id, participant_id = world.seat()
    client, _ = await world.candidate(session_id, participant_id)

    await world.publish_row(session_id, a_row(participant_id, version=5, phase=Phase.PAUSED, alerts=3))
    await world.publish_row(session_id, a_row(participant_id, version=4))
    await world.publish_row(session_id, a_row(new_id(), version=50))
    await world.publish_row(session_id, a_row(participant_id, version=6))

    assert [(await client.until("row"))["row"]["version"] for _ in range(2)] == [5, 6]
    assert client.seen[-1]["row"]["alerts"] == 0


async def test_the_newest_connection_wins_on_the_same_gateway(world: World):
    session_id, participant_id = world.seat()
    older, _ = await world.candidate(session_id, participant_id)
    newer, _ = await world.candidate(session_id, participant_id)

    assert await older.closed() == 4409
    assert older.seen[-1] == {"type": "replaced"}
    await newer.send(type="answer", seq=1, item_id="q1", response=TRUE)
    assert (await newer.until("ack"))["seqs"] == [1]


async def test_the_newest_connection_wins_across_gateways(world: World):
    session_id, participant_id = world.seat()
    client, welcome = await world.candidate(session_id, participant_id)
    mine = welcome["connection_id"]
    await world.publish_row(session_id, a_row(participant_id, version=2, connection_id="00" + mine[2:], connected=True))
    await world.publish_row(session_id, a_row(participant_id, version=3, connection_id=mine, connected=True))
    await client.until("row")
    await client.until("row")

    await world.publish_row(session_id, a_row(participant_id, version=4, connection_id=new_id(), connected=True))

    assert await client.closed() == 4409


async def test_who_is_taken_for_gone_but_is_there_says_so(world: World):
    session_id, participant_id = world.seat()
    client, welcome = await world.candidate(session_id, participant_id)
    await world.publish_row(
        session_id, a_row(participant_id, version=2, connection_id=welcome["connection_id"], connected=True)
    )
    await client.until("row")

    await world.publish_row(session_id, a_row(participant_id, version=3, connected=False))

    again = await world.commands(participant_id, ConnectParticipant, 2)
    assert {each.data.connection_id for each in again} == {welcome["connection_id"]}
    assert again[0].id != again[1].id


async def test_a_late_refusal_names_the_answer(world: World):
    session_id, participant_id = world.seat()
    client, _ = await world.candidate(session_id, participant_id)

    await world.publish_outcomes(
        session_id,
        Outcome(command_id=new_id(), participant_id=participant_id, problem="attempt-paused", detail="No.", seq=12),
        Outcome(command_id=new_id(), participant_id=new_id(), problem="attempt-paused", seq=13),
    )

    refused = await client.until("refused")
    assert (refused["seq"], refused["problem"], refused["detail"]) == (12, "attempt-paused", "No.")


async def test_a_submission_follows_the_answers_before_it_and_its_refusal_is_told(world: World):
    session_id, participant_id = world.seat()
    client, _ = await world.candidate(session_id, participant_id)
    await client.send(type="answer", seq=1, item_id="q1", response=TRUE)
    await client.send(type="submit", id="s1")
    await client.until("ack")
    assert (await client.until("ack"))["ids"] == ["s1"]

    command = (await world.commands(participant_id, SubmitAttempt))[0]
    await world.publish_outcomes(
        session_id, Outcome(command_id=command.id, participant_id=participant_id, problem="attempt-not-started")
    )

    refused = await client.until("refused")
    assert (refused["id"], refused["problem"]) == ("s1", "attempt-not-started")


async def test_chat_and_a_raised_hand_go_to_messaging_once(world: World):
    session_id, participant_id = world.seat()
    client, _ = await world.candidate(session_id, participant_id)

    await client.send(type="chat", id="c1", text="I cannot hear the audio.")
    assert (await client.until("ack"))["ids"] == ["c1"]
    await client.send(type="hand", id="h1")
    assert (await client.until("ack"))["ids"] == ["h1"]

    asked = [each for each in world.services.requests if participant_id in each[1] and "threads" in each[1]]
    assert [each[1].rpartition("/")[2] for each in asked] == ["messages", "hand"]
    assert asked[0][2]["idempotency-key"] != asked[1][2]["idempotency-key"]


async def test_messages_reach_whom_they_are_addressed_to(world: World):
    session_id, participant_id = world.seat()
    client, _ = await world.candidate(session_id, participant_id)

    async def publish(participant: str | None, text: str, **more: object) -> None:
        message = Message.model_validate(a_message(session_id, participant, text, **more))
        await world.live.publish(session_id, MessageFrame(message=message).model_dump_json().encode())

    await publish(new_id(), "for another")
    await publish(None, "for others", recipients=[new_id()])
    await publish(participant_id, "for you")
    await publish(None, "for some", recipients=[participant_id, new_id()])
    await publish(None, "for all")

    received = [(await client.until("message"))["message"] for _ in range(3)]
    assert [each["text"] for each in received] == ["for you", "for some", "for all"]
    assert "recipients" not in received[1]


async def test_a_removed_participant_is_shown_out(world: World):
    session_id, participant_id = world.seat()
    client, _ = await world.candidate(session_id, participant_id)

    await world.publish_row(
        session_id,
        a_row(participant_id, version=2, phase=Phase.COMPLETE, completion_reason=CompletionReason.REMOVED),
    )

    assert await client.closed() == 4403
    assert client.seen[-1]["problem"] == "participant-removed"


async def test_more_answers_than_anybody_gives_are_refused_with_when_to_try_again(world: World):
    session_id, participant_id = world.seat()
    client, _ = await world.candidate(session_id, participant_id)
    total = 400
    for seq in range(1, total + 1):
        await client.send(type="answer", seq=seq, item_id="q1", response=TRUE)
    acknowledged, refused = 0, []
    while acknowledged + len(refused) < total:
        message = await client.receive()
        if message["type"] == "ack":
            acknowledged += len(message["seqs"])
        elif message["type"] == "refused":
            refused.append(message)

    assert acknowledged >= 200
    assert refused
    assert {each["problem"] for each in refused} == {"too-many-requests"}
    assert all(each["retry_after_s"] > 0 for each in refused)


@pytest.mark.parametrize("first", ['{"type":"beat"}', "not json", '{"type":"hello","token":"x.y.z"}'])
async def test_who_does_not_say_hello_properly_is_shown_out(world: World, first: str):
    client = await world.connect("/ws/candidate")
    await client.connection.send(first)
    assert await client.closed() == 4401
    assert client.seen[-1]["type"] == "bye"


async def test_staff_cannot_sit_in_a_candidates_seat(world: World):
    client = await world.connect("/ws/candidate")
    await client.send(type="hello", token=world.staff_token())
    assert await client.closed() == 4403


async def test_a_page_of_another_origin_is_turned_away(world: World):
    with pytest.raises(websockets.InvalidStatus) as refused:
        await world.connect("/ws/candidate", origin="https://evil.example")
    assert refused.value.response.status_code == 403


async def test_what_is_not_a_message_at_all_ends_the_socket(world: World):
    session_id, participant_id = world.seat()
    client, _ = await world.candidate(session_id, participant_id)
    await client.connection.send("}{")
    assert await client.closed() == 1008
    assert client.seen[-1]["problem"] == "malformed-body"


async def test_who_writes_is_seen_by_the_other_side_alone(world: World):
    session_id, participant_id = world.seat()
    world.services.sessions[session_id] = a_session(session_id, proctor_ids=["p1"])
    neighbour_id = new_id()
    world.services.row(session_id, a_row(neighbour_id))
    client, _ = await world.candidate(session_id, participant_id)
    neighbour, _ = await world.candidate(session_id, neighbour_id)
    proctor = await world.staff()
    await proctor.send(type="watch", session_id=session_id)
    await proctor.until("watching")

    await proctor.send(type="typing", session_id=session_id, participant_id=participant_id)
    assert (await client.until("typing"))["name"] == "Pat"
    await client.send(type="typing")
    await client.send(type="typing")  # faster than anybody could see
    while (frame := (await proctor.until("frame"))["frame"])["by"]["kind"] != "candidate":
        assert frame["kind"] == "typing"
    assert (frame["kind"], frame["participant_id"]) == ("typing", participant_id)

    reader = Actor(kind=ActorKind.STAFF, id="p1", name="Pat")
    marks = MarksFrame(participant_id=participant_id, reader=reader, delivered_up_to=3, read_up_to=2)
    await world.live.publish(session_id, marks.model_dump_json().encode())
    assert await client.until("marks") == {"type": "marks", "delivered_up_to": 3, "read_up_to": 2}
    own = marks.model_copy(update={"reader": Actor(kind=ActorKind.CANDIDATE, id=participant_id, name="Ada")})
    await world.live.publish(session_id, own.model_dump_json().encode())
    for each, who in ((client, participant_id), (neighbour, neighbour_id)):
        await world.publish_row(session_id, a_row(who, version=50, extended_ms=1_000))
        await each.until("row")

    assert [each["type"] for each in client.seen if each["type"] in {"typing", "marks"}] == ["typing", "marks"]
    assert not [each for each in neighbour.seen if each["type"] in {"typing", "marks"}]
    await world.publish_row(session_id, a_row(participant_id, version=51))
    while (await proctor.until("frame"))["frame"]["kind"] != "rows":
        pass
    typing = [each for each in proctor.seen if each["type"] == "frame" and each["frame"]["kind"] == "typing"]
    assert [each["frame"]["by"]["kind"] for each in typing] == ["staff", "candidate"]
    for message in client.seen:
        protocol.to_candidate.validate_python(message, extra="forbid")
    for message in proctor.seen:
        protocol.to_staff.validate_python(message, extra="forbid")


async def test_typing_is_not_for_those_who_only_watch(world: World):
    session_id, participant_id = world.seat()
    auditor = await world.staff(Role.AUDITOR)
    await auditor.send(type="watch", session_id=session_id)
    await auditor.until("watching")
    await auditor.send(type="typing", session_id=session_id, participant_id=participant_id)
    assert (await auditor.until("refused"))["problem"] == "not-allowed"
