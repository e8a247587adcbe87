"""Announcements, threads, raised hands and what was read, on the real stack."""

import asyncio
from typing import Any

import httpx
import orjson
import pytest
from redis.asyncio import Redis

from chassis.identifiers import new_id
from chassis.publisher import Message
from chassis.redis import live_channel
from chassis.service import Service
from contracts.enrollment import ENROLLMENT_EVENTS
from contracts.live import MessageFrame, frame_adapter
from contracts.session import SESSION_EVENTS
from contracts.statuses import Role
from messaging_svc.app import build
from messaging_svc.settings import Settings

pytestmark = pytest.mark.stack


def problem_of(response: httpx.Response, status: int) -> str:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    return str(response.json()["type"]).removeprefix("/problems/")


async def texts(client: httpx.AsyncClient, room: Any, **params: Any) -> list[str]:
    response = await client.get(f"{room.address}/messages", params=params)
    return [each["text"] for each in response.json()["messages"]]


async def test_candidates_see_their_own_thread_and_the_broadcasts_that_reached_them(room: Any) -> None:
    ada, ben = room.candidate(0), room.candidate(1)
    await room.announce("Welcome")
    await room.announce("Only for Ben", recipients=[room.people[1]], filter=["Paused"])
    sent = (await ada.post(f"{room.thread(0)}/messages", json={"text": "May I leave?"})).json()
    await room.proctor.post(f"{room.thread(0)}/messages", json={"text": "You may"})
    assert await texts(ada, room) == ["Welcome", "May I leave?", "You may"]
    assert await texts(ben, room) == ["Welcome", "Only for Ben"]
    assert await texts(room.proctor, room) == ["Welcome", "Only for Ben", "May I leave?", "You may"]
    assert sent["sender"] == {"kind": "candidate", "id": room.people[0], "name": "P0"}
    assert (await ben.get(f"{room.address}/messages")).json()["messages"][1]["filter"] is None


async def test_a_listing_goes_on_after_a_number(room: Any) -> None:
    for number in range(5):
        await room.announce(f"Number {number + 1}")
    answer = (await room.proctor.get(f"{room.address}/messages", params={"after": 2, "limit": 2})).json()
    assert [each["number"] for each in answer["messages"]] == [3, 4]
    assert answer["last_number"] == 5
    assert await texts(room.proctor, room, after=5) == []


async def test_fifty_senders_at_once_leave_no_gap(room: Any, read_facts: Any) -> None:
    candidates = [room.candidate(number) for number in range(3)]
    answers = await asyncio.gather(
        *(candidates[n % 3].post(f"{room.thread(n % 3)}/messages", json={"text": f"Question {n}"}) for n in range(50))
    )
    assert sorted(each.json()["number"] for each in answers) == list(range(1, 51))
    facts = await read_facts(room.session_id, 50)
    assert sorted(fact.version for fact in facts) == list(range(1, 51))
    assert sorted(fact.data.message.number for fact in facts) == list(range(1, 51))


async def test_two_replicas_number_one_sessions_messages_together(
    room: Any, settings_for: Any, service: Service
) -> None:
    async with build(settings_for(Settings, instance="second")).running() as second:
        other = httpx.AsyncClient(
            transport=httpx.ASGITransport(second.app), base_url="http://second", headers=room.proctor.headers
        )
        async with other:
            senders = [room.proctor, other]
            answers = await asyncio.gather(
                *(senders[n % 2].post(f"{room.address}/broadcasts", json={"text": f"A{n}"}) for n in range(50))
            )
    assert [each.status_code for each in answers] == [201] * 50
    assert sorted(each.json()["number"] for each in answers) == list(range(1, 51))


async def test_the_same_message_sent_again_is_one_message(room: Any) -> None:
    ada, key = room.candidate(0), {"Idempotency-Key": "k1"}
    address = f"{room.thread(0)}/messages"
    answers = await asyncio.gather(*(ada.post(address, json={"text": "Help"}, headers=key) for _ in range(5)))
    assert len({each.json()["message_id"] for each in answers}) == 1
    assert len(await room.stored()) == 1
    other = await ada.post(address, json={"text": "Something else"}, headers=key)
    assert problem_of(other, 422) == "idempotency-mismatch"
    ben = await room.candidate(1).post(f"{room.thread(1)}/messages", json={"text": "Help"}, headers=key)
    assert ben.json()["number"] == 2


async def test_a_message_is_shown_live_and_told_as_a_fact(room: Any, service: Service, read_facts: Any) -> None:
    async with Redis.from_url(service.settings.redis) as redis, redis.pubsub() as listening:
        await listening.subscribe(live_channel(service.settings, room.session_id))
        sent = await room.announce("Ten minutes left")
        async with asyncio.timeout(5):
            while (frame := await listening.get_message(ignore_subscribe_messages=True, timeout=1)) is None:
                pass
    shown = frame_adapter.validate_json(frame["data"])
    assert isinstance(shown, MessageFrame)
    (fact,) = await read_facts(room.session_id, 1)
    assert shown.message == fact.data.message
    assert orjson.loads(shown.message.model_dump_json()) == sent
    assert (fact.type, fact.subject, fact.org_id) == ("examhall.message.sent.v1", room.session_id, "acme")


async def test_each_side_sees_how_far_the_other_has_got(room: Any, service: Service, read_facts: Any) -> None:
    ada, proctor, thread = room.candidate(0), room.proctor, room.thread(0)
    for text in ("One", "Two"):
        assert (await proctor.post(f"{thread}/messages", json={"text": text})).status_code == 201
    await ada.post(f"{thread}/messages", json={"text": "Three"})

    async def shown_to(client: httpx.AsyncClient) -> tuple[int, int]:
        (found,) = (await client.get(f"{room.address}/threads")).json()
        return found["delivered_up_to"], found["read_up_to"]

    assert await shown_to(proctor) == await shown_to(ada) == (0, 0)
    async with Redis.from_url(service.settings.redis) as redis, redis.pubsub() as listening:
        await listening.subscribe(live_channel(service.settings, room.session_id))
        assert (await ada.post(f"{thread}/delivered", json={"up_to": 2})).status_code == 204
        assert (await ada.post(f"{thread}/read", json={"up_to": 1})).status_code == 204
        frames: list[Any] = []
        async with asyncio.timeout(5):
            while len(frames) < 2:
                frame = await listening.get_message(ignore_subscribe_messages=True, timeout=1)
                frames += [] if frame is None else [frame_adapter.validate_json(frame["data"])]
    assert [(each.kind, each.delivered_up_to, each.read_up_to) for each in frames] == [
        ("marks", 2, 0),
        ("marks", 2, 1),
    ]
    assert frames[0].participant_id == frames[0].reader.id == room.people[0]
    assert await shown_to(proctor) == (2, 1)
    assert (await proctor.post(f"{thread}/read", json={"up_to": 3})).status_code == 204
    assert await shown_to(ada) == (3, 3), "what was read has arrived"
    assert await shown_to(proctor) == (2, 1)
    listed = (await ada.get(f"{room.address}/messages")).json()
    assert (listed["delivered_up_to"], listed["read_up_to"]) == (3, 3)
    assert (await proctor.get(f"{room.address}/messages")).json()["read_up_to"] == 0
    facts = await read_facts(room.session_id, 6)
    marks = [(each.type, each.data.up_to) for each in facts if "sent" not in each.type]
    assert marks == [
        ("examhall.message.delivered.v1", 2),
        ("examhall.message.read.v1", 1),
        ("examhall.message.read.v1", 3),
    ]


async def test_a_raised_hand_is_a_message_in_the_thread(room: Any) -> None:
    raised = await room.candidate(2).post(f"{room.thread(2)}/hand")
    assert raised.json()["kind"] == "hand_raised"
    (thread,) = (await room.proctor.get(f"{room.address}/threads")).json()
    assert thread["participant_id"] == room.people[2]
    assert thread["unread"] == 1


async def test_unread_counts_are_each_readers_own(room: Any, sign_in: Any, read_facts: Any) -> None:
    ada, first, second = room.candidate(0), room.proctor, sign_in(Role.PROCTOR, subject="p3")
    for text in ("One", "Two"):
        await ada.post(f"{room.thread(0)}/messages", json={"text": text})
    await room.candidate(1).post(f"{room.thread(1)}/hand")
    await first.post(f"{room.thread(0)}/messages", json={"text": "Three"})

    async def unread(client: httpx.AsyncClient) -> list[tuple[str, int]]:
        threads = (await client.get(f"{room.address}/threads")).json()
        return [(each["participant_id"], each["unread"]) for each in threads]

    assert await unread(first) == [(room.people[0], 2), (room.people[1], 1)]
    assert await unread(second) == [(room.people[0], 3), (room.people[1], 1)]
    assert await unread(ada) == [(room.people[0], 1)]
    for _ in range(2):
        assert (await first.post(f"{room.thread(0)}/read", json={"up_to": 1})).status_code == 204
    await asyncio.gather(*(ada.post(f"{room.thread(0)}/read", json={"up_to": 999}) for _ in range(4)))
    assert await unread(first) == [(room.people[0], 1), (room.people[1], 1)]
    assert await unread(ada) == [(room.people[0], 0)]
    await room.announce("All of you")
    assert await unread(ada) == [(room.people[0], 1)]
    facts = await read_facts(room.session_id, 7)
    reads = [fact.data for fact in facts if fact.type == "examhall.message.read.v1"]
    assert sorted((each.reader.id, each.up_to) for each in reads) == sorted([("p1", 1), (room.people[0], 4)])


async def test_a_candidates_first_words_do_not_wait_for_the_fact_of_their_joining(room: Any, sign_in: Any) -> None:
    new = new_id()
    candidate = sign_in(Role.CANDIDATE, session_id=room.session_id, participant_id=new, name="Eve")
    answer = await candidate.post(f"{room.address}/threads/{new}/messages", json={"text": "Hello?"})
    assert answer.status_code == 201
    assert answer.json()["sender"]["name"] == "Eve"


async def test_nobody_is_addressed_who_sits_elsewhere(room: Any, make_room: Any) -> None:
    elsewhere = await make_room()
    both = [room.people[0], elsewhere.people[0]]
    answer = await room.proctor.post(f"{room.address}/broadcasts", json={"text": "Hello", "recipients": both})
    assert problem_of(answer, 422) == "validation-failed"
    assert answer.json()["errors"][0]["field"] == "recipients[1]"
    wrong = f"{room.address}/threads/{elsewhere.people[0]}/messages"
    assert problem_of(await room.proctor.post(wrong, json={"text": "Hello"}), 404) == "not-found"
    assert await room.stored() == []


async def test_candidates_reach_neither_each_other_nor_another_session(room: Any, make_room: Any) -> None:
    ada, elsewhere = room.candidate(0), await make_room()
    hello = {"text": "Hello"}
    for answer in (
        await ada.post(f"{room.thread(1)}/messages", json=hello),
        await ada.post(f"{room.thread(1)}/hand"),
        await ada.post(f"{room.thread(1)}/read", json={"up_to": 1}),
        await ada.post(f"{elsewhere.address}/threads/{room.people[0]}/messages", json=hello),
        await ada.get(f"{elsewhere.address}/messages"),
        await ada.get(f"{elsewhere.address}/threads"),
    ):
        assert problem_of(answer, 404) == "not-found"
    assert await room.stored() == [] == await elsewhere.stored()


async def test_whoever_was_removed_writes_no_more(room: Any) -> None:
    await room.remove(0)
    answer = await room.candidate(0).post(f"{room.thread(0)}/messages", json={"text": "Why?"})
    assert problem_of(answer, 403) == "participant-removed"
    assert await room.stored() == []


async def test_a_cancelled_session_falls_silent(room: Any) -> None:
    await room.cancel()
    for answer in (
        await room.proctor.post(f"{room.address}/broadcasts", json={"text": "Hello"}),
        await room.proctor.post(f"{room.thread(0)}/messages", json={"text": "Hello"}),
        await room.candidate(0).post(f"{room.thread(0)}/hand"),
    ):
        assert problem_of(answer, 410) == "session-cancelled"
    assert await room.stored() == []


async def test_to_another_organisation_nothing_exists(room: Any, sign_in: Any) -> None:
    await room.announce("Welcome")
    spy = sign_in(Role.ADMIN, Role.PROCTOR, org="globex")
    for answer in (
        await spy.get(f"{room.address}/messages"),
        await spy.get(f"{room.address}/threads"),
        await spy.post(f"{room.address}/broadcasts", json={"text": "Hello"}),
        await spy.post(f"{room.thread(0)}/messages", json={"text": "Hello"}),
        await spy.post(f"{room.thread(0)}/read", json={"up_to": 1}),
    ):
        assert problem_of(answer, 404) == "not-found"
    assert len(await room.stored()) == 1


async def test_each_role_may_do_its_own_part_only(room: Any, sign_in: Any) -> None:
    auditor, stranger = sign_in(Role.AUDITOR), sign_in(Role.PROCTOR, subject="p2")
    for answer in (
        await auditor.post(f"{room.address}/broadcasts", json={"text": "Hello"}),
        await auditor.post(f"{room.thread(0)}/messages", json={"text": "Hello"}),
        await stranger.post(f"{room.address}/broadcasts", json={"text": "Hello"}),
        await stranger.post(f"{room.thread(0)}/messages", json={"text": "Hello"}),
        await room.candidate(0).post(f"{room.address}/broadcasts", json={"text": "Hello"}),
        await room.proctor.post(f"{room.thread(0)}/hand"),
        await sign_in(Role.SERVICE).post(f"{room.address}/broadcasts", json={"text": "Hello"}),
    ):
        assert problem_of(answer, 403) == "not-allowed"
    assert (await auditor.get(f"{room.address}/messages")).status_code == 200
    assert await room.stored() == []


@pytest.mark.parametrize(
    "body",
    [{}, {"text": "  "}, {"text": "x" * 4001}, {"text": "Hi", "colour": "red"}, {"text": "Hi", "recipients": []}],
)
async def test_malformed_broadcasts_name_the_field(room: Any, body: dict[str, Any]) -> None:
    answer = await room.proctor.post(f"{room.address}/broadcasts", json=body)
    assert problem_of(answer, 422) == "validation-failed"
    assert answer.json()["errors"][0]["field"] in {"text", "colour", "recipients"}
    assert await room.stored() == []


@pytest.mark.parametrize(
    ("topic", "type_name"),
    [(SESSION_EVENTS, "examhall.session.opened.v1"), (ENROLLMENT_EVENTS, "examhall.participant.enrolled.v1")],
)
async def test_a_poisoned_fact_is_parked_and_the_next_one_handled(
    service: Service, make_room: Any, topic: str, type_name: str
) -> None:
    poison = Message(service.settings.topic(topic), b"x", b"{}", (("ce_type", type_name.encode()),))
    before = service.metrics.messages.labels(poison.topic, "parked")._value.get()
    assert await service.publisher.deliver([poison]) == [None]
    await make_room()
    async with asyncio.timeout(10):
        while service.metrics.messages.labels(poison.topic, "parked")._value.get() == before:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert await service.health.ready()


async def test_a_message_is_sent_though_redis_is_away(room: Any, settings_for: Any) -> None:
    broken = build(settings_for(Settings, redis="redis://127.0.0.1:1/0", instance="no-redis"))
    await broken.publisher.start()
    try:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(broken.app), base_url="http://broken", headers=room.proctor.headers
        ) as client:
            answer = await client.post(f"{room.address}/broadcasts", json={"text": "Hello"})
        assert answer.status_code == 201
        assert (await broken.health.results())["live-frames"].level == "warning"
    finally:
        await broken.publisher.stop()
        broken._mongo_client.close()
    assert len(await room.stored()) == 1
