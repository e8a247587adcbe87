"""Seats on the real database: never oversold, never lost, whatever comes at once."""

import asyncio
from collections import Counter
from typing import Any

import httpx
import pytest

from chassis.service import Service

pytestmark = pytest.mark.stack


async def join(gateway: httpx.AsyncClient, code: str, number: int) -> httpx.Response:
    return await gateway.post("/v1/joins", json={"code": code, "name": f"Person {number}"})


async def seats(service: Service, session_id: str) -> list[int]:
    held = {"session_id": session_id, "seat": {"$exists": True}}
    return sorted([each["seat"] async for each in service.mongo["participants"].find(held)])


def problems(answers: list[httpx.Response]) -> Counter[str]:
    return Counter("in" if each.is_success else each.json()["type"] for each in answers)


async def add(scheduler: httpx.AsyncClient, session_id: str, count: int, prefix: str = "Hand") -> dict[str, Any]:
    body = {"participants": [{"name": f"{prefix} {n}"} for n in range(count)]}
    response = await scheduler.post(f"/v1/sessions/{session_id}/participants", json=body)
    assert response.status_code == 200, response.text
    return response.json()


async def test_two_hundred_joining_at_once_fill_the_last_twenty_seats_and_no_more(
    service: Service, open_session: Any, gateway: httpx.AsyncClient, scheduler: httpx.AsyncClient
) -> None:
    session = await open_session(maximum_participants=50)
    await add(scheduler, session.session_id, 30)
    answers = await asyncio.gather(*(join(gateway, session.code, n) for n in range(200)))
    assert problems(answers) == {"in": 20, "/problems/session-full": 180}
    assert await seats(service, session.session_id) == list(range(1, 51))
    assert await service.mongo["participants"].count_documents({"session_id": session.session_id}) == 50


async def test_seats_suggested_to_people_who_never_sat_down_are_not_lost(
    service: Service, open_session: Any, gateway: httpx.AsyncClient
) -> None:
    """As after a crash between the suggestion and the insert, twenty times."""
    session = await open_session(maximum_participants=20)
    await service.mongo["sessions"].update_one({"_id": session.session_id}, {"$inc": {"seats_suggested": 20}})
    answers = await asyncio.gather(*(join(gateway, session.code, n) for n in range(60)))
    assert problems(answers) == {"in": 20, "/problems/session-full": 40}
    assert await seats(service, session.session_id) == list(range(1, 21))


async def test_a_lost_count_of_suggestions_sells_no_seat_twice(
    service: Service, open_session: Any, gateway: httpx.AsyncClient
) -> None:
    session = await open_session(maximum_participants=8)
    await asyncio.gather(*(join(gateway, session.code, n) for n in range(5)))
    await service.mongo["sessions"].update_one({"_id": session.session_id}, {"$unset": {"seats_suggested": 1}})
    answers = await asyncio.gather(*(join(gateway, session.code, n) for n in range(5, 20)))
    assert problems(answers) == {"in": 3, "/problems/session-full": 12}
    assert await seats(service, session.session_id) == list(range(1, 9))


async def test_removing_and_joining_at_once_never_exceeds_the_maximum(
    service: Service, open_session: Any, gateway: httpx.AsyncClient, proctor: httpx.AsyncClient
) -> None:
    session = await open_session(maximum_participants=10)
    first = await asyncio.gather(*(join(gateway, session.code, n) for n in range(10)))
    removals = [
        proctor.post(f"/v1/participants/{each.json()['participant_id']}/remove", json={"reason": "Out"})
        for each in first[:5]
    ]
    answers = await asyncio.gather(*removals, *(join(gateway, session.code, n) for n in range(10, 50)))
    came = sum(each.is_success for each in answers[5:])
    held = await seats(service, session.session_id)
    assert len(held) == 5 + came <= 10
    assert len(set(held)) == len(held)
    late = await asyncio.gather(*(join(gateway, session.code, n) for n in range(50, 60)))
    assert sum(each.is_success for each in late) == 5 - came


async def test_adding_more_by_hand_than_there_are_seats_refuses_the_rest(
    service: Service, open_session: Any, scheduler: httpx.AsyncClient
) -> None:
    session = await open_session(maximum_participants=5)
    answer = await add(scheduler, session.session_id, 8)
    assert [each["name"] for each in answer["added"]] == [f"Hand {n}" for n in range(5)]
    assert [(each["index"], each["problem"]) for each in answer["refused"]] == [
        (5, "session-full"),
        (6, "session-full"),
        (7, "session-full"),
    ]
    assert await seats(service, session.session_id) == [1, 2, 3, 4, 5]


async def test_a_raised_maximum_opens_seats_and_a_lowered_one_takes_none_away(
    service: Service, open_session: Any, gateway: httpx.AsyncClient, proctor: httpx.AsyncClient
) -> None:
    session = await open_session(maximum_participants=4)
    first = await asyncio.gather(*(join(gateway, session.code, n) for n in range(4)))
    await session.change(maximum_participants=2)
    assert (await join(gateway, session.code, 5)).status_code == 409
    for each in first[:3]:
        await proctor.post(f"/v1/participants/{each.json()['participant_id']}/remove", json={"reason": "Out"})
    assert (await join(gateway, session.code, 6)).is_success
    assert (await join(gateway, session.code, 7)).status_code == 409
    await session.change(maximum_participants=3)
    assert (await join(gateway, session.code, 8)).is_success
    assert len(await seats(service, session.session_id)) == 3


async def test_a_thousand_people_are_added_in_one_request(
    service: Service, open_session: Any, scheduler: httpx.AsyncClient
) -> None:
    session = await open_session(maximum_participants=1000)
    answer = await add(scheduler, session.session_id, 1000)
    assert len({each["personal_code"] for each in answer["added"]}) == 1000
    assert await seats(service, session.session_id) == list(range(1, 1001))
