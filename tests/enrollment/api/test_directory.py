"""The directory: people, groups, and who may keep them."""

import asyncio
from typing import Any

import httpx
import pytest

from chassis.identifiers import new_id
from contracts.statuses import Role

pytestmark = pytest.mark.stack

Json = dict[str, Any]


@pytest.fixture
def keeper(caller: Any) -> httpx.AsyncClient:
    """A scheduler of an organisation of its own."""
    return caller(Role.SCHEDULER, subject="s1", org=f"org-{new_id()}")


def problem_of(response: httpx.Response, status: int) -> str:
    assert response.status_code == status, response.text
    return str(response.json()["type"]).removeprefix("/problems/")


async def add(client: httpx.AsyncClient, **person: Any) -> Json:
    response = await client.post("/v1/people", json=person)
    assert response.status_code == 201, response.text
    return dict(response.json())


async def names(client: httpx.AsyncClient, **query: Any) -> list[str]:
    response = await client.get("/v1/people", params=query)
    assert response.status_code == 200, response.text
    return [each["name"] for each in response.json()["items"]]


async def test_people_are_added_found_changed_and_deleted(keeper: httpx.AsyncClient) -> None:
    ada = await add(keeper, name=" Ada  Lovelace ", email="Ada@Example.org", external_id="4711")
    assert (ada["name"], ada["email"], ada["version"]) == ("Ada Lovelace", "Ada@Example.org", 1)
    await add(keeper, name="Alan Turing", email="alan@example.org")
    for search in ("love", "ada", "ada@ex", "471", "lovelace ADA"):
        assert await names(keeper, search=search) == ["Ada Lovelace"], search
    assert await names(keeper, search="ada turing") == []
    address = f"/v1/people/{ada['person_id']}"
    edit = {"name": "Ada King", "email": "ada@example.org", "version": 1}
    edited = (await keeper.put(address, json=edit)).json()
    assert (edited["name"], edited["external_id"], edited["version"]) == ("Ada King", None, 2)
    assert problem_of(await keeper.put(address, json=edit), 409) == "stale-version"
    assert (await keeper.delete(address)).status_code == 204
    assert (await keeper.delete(address)).status_code == 204
    assert problem_of(await keeper.get(address), 404) == "not-found"


async def test_one_address_and_one_id_are_one_persons(keeper: httpx.AsyncClient) -> None:
    await add(keeper, name="Ada", email="ada@example.org", external_id="1")
    ben = await add(keeper, name="Ben", email="ben@example.org")
    for twin in ({"email": "ADA@example.ORG"}, {"email": "ａda@example.org"}, {"external_id": "１"}):  # noqa: RUF001
        answer = await keeper.post("/v1/people", json={"name": "Twin", **twin})
        assert problem_of(answer, 409) == "person-exists"
        assert answer.json()["errors"][0]["field"] == next(iter(twin))
    edit = {"name": "Ben", "email": "Ada@example.org", "version": 1}
    assert problem_of(await keeper.put(f"/v1/people/{ben['person_id']}", json=edit), 409) == "person-exists"
    assert await names(keeper) == ["Ada", "Ben"]


async def test_two_who_add_one_person_at_once_add_them_once(keeper: httpx.AsyncClient) -> None:
    person = {"name": "Ada", "email": "ada@example.org"}
    answers = await asyncio.gather(*(keeper.post("/v1/people", json=person) for _ in range(8)))
    assert sorted(each.status_code for each in answers) == [201, *[409] * 7]


async def test_the_same_request_again_adds_nobody_twice(keeper: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "add-1"}
    person = {"name": "Ada", "email": "ada@example.org"}
    first, again = [await keeper.post("/v1/people", json=person, headers=key) for _ in range(2)]
    assert first.json()["person_id"] == again.json()["person_id"]
    other = await keeper.post("/v1/people", json={"name": "Eve", "email": "eve@example.org"}, headers=key)
    assert problem_of(other, 422) == "idempotency-mismatch"


@pytest.mark.parametrize(
    ("person", "field"),
    [
        ({"name": "Ada"}, "email"),
        ({"name": "\u200b", "email": "a@example.org"}, "name"),
        ({"name": "Ada", "email": "\u0430da@example.org"}, "email"),
        ({"name": "Ada \u202e", "external_id": "1", "email": "a@\u200bb.org"}, "email"),
    ],
)
async def test_what_is_wrong_with_a_person_is_said_of_the_field(
    keeper: httpx.AsyncClient, person: Json, field: str
) -> None:
    answer = await keeper.post("/v1/people", json=person)
    assert problem_of(answer, 422) == "validation-failed"
    assert field in {each["field"] for each in answer.json()["errors"]}


async def test_groups_hold_people_and_go_without_them(keeper: httpx.AsyncClient) -> None:
    nursing = (await keeper.post("/v1/groups", json={"name": "Nursing"})).json()
    assert problem_of(await keeper.post("/v1/groups", json={"name": "NURSING"}), 409) == "group-exists"
    ada = await add(keeper, name="Ada", email="ada@example.org", group_ids=[nursing["group_id"]])
    ben = await add(keeper, name="Ben", email="ben@example.org")
    address = f"/v1/groups/{nursing['group_id']}"
    change = {"add": [ben["person_id"], ada["person_id"]], "remove": []}
    assert (await keeper.post(f"{address}/members", json=change)).json()["people"] == 2
    assert await names(keeper, group_id=nursing["group_id"]) == ["Ada", "Ben"]
    renamed = await keeper.put(address, json={"name": "Nursing 2026", "version": 1})
    assert (renamed.json()["name"], renamed.json()["people"]) == ("Nursing 2026", 2)
    change = {"add": [], "remove": [ada["person_id"]]}
    assert (await keeper.post(f"{address}/members", json=change)).json()["people"] == 1
    found = (await keeper.get("/v1/groups", params={"search": "nurs"})).json()["items"]
    assert [(each["name"], each["people"]) for each in found] == [("Nursing 2026", 1)]
    assert (await keeper.delete(address)).status_code == 204
    assert await names(keeper) == ["Ada", "Ben"]
    stored = (await keeper.get(f"/v1/people/{ben['person_id']}")).json()
    assert stored["groups"] == []
    missing = await keeper.post(
        "/v1/people", json={"name": "Eve", "email": "e@example.org", "group_ids": [nursing["group_id"]]}
    )
    assert problem_of(missing, 404) == "not-found"


async def test_the_directory_comes_in_pages(keeper: httpx.AsyncClient) -> None:
    for n in range(7):
        await add(keeper, name=f"Person {n}", external_id=str(n))
    seen: list[str] = []
    cursor: str | None = None
    while True:
        query = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = (await keeper.get("/v1/people", params=query)).json()
        seen += [each["name"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [f"Person {n}" for n in range(7)]
    assert problem_of(await keeper.get("/v1/people", params={"cursor": "bm8="}), 422) == "validation-failed"


async def test_organisations_do_not_see_one_another(keeper: httpx.AsyncClient, caller: Any) -> None:
    ada = await add(keeper, name="Ada", email="ada@example.org")
    group = (await keeper.post("/v1/groups", json={"name": "Nursing"})).json()
    stranger = caller(Role.ADMIN, org=f"org-{new_id()}")
    person, members = f"/v1/people/{ada['person_id']}", f"/v1/groups/{group['group_id']}/members"
    assert problem_of(await stranger.get(person), 404) == "not-found"
    assert (
        problem_of(await stranger.put(person, json={"name": "X", "external_id": "1", "version": 1}), 404) == "not-found"
    )
    assert problem_of(await stranger.post(members, json={"add": [], "remove": []}), 404) == "not-found"
    assert (await stranger.delete(person)).status_code == 204
    assert await names(stranger) == []
    assert await names(stranger, group_id=group["group_id"]) == []
    assert await names(keeper) == ["Ada"]
    await add(stranger, name="Ada", email="ada@example.org")


async def test_who_may_do_what(keeper: httpx.AsyncClient, caller: Any) -> None:
    person = {"name": "Ada", "email": "ada@example.org"}
    for role in (Role.PROCTOR, Role.REVIEWER, Role.AUDITOR, Role.CANDIDATE):
        client = caller(role, org="acme")
        assert problem_of(await client.post("/v1/people", json=person), 403) == "not-allowed"
        assert problem_of(await client.post("/v1/groups", json={"name": "x"}), 403) == "not-allowed"
        assert problem_of(await client.post("/v1/imports", content=b"x"), 403) == "not-allowed"
        assert problem_of(await client.delete("/v1/people/x"), 403) == "not-allowed"
        expected = 200 if role is Role.PROCTOR else 403
        assert (await client.get("/v1/people")).status_code == expected
        assert (await client.get("/v1/groups")).status_code == expected
