"""Invitations sent to people who have their place already: to some, to everybody not invited yet, again on purpose."""

import asyncio
from typing import Any

import httpx
import pytest
import roster_files as files
from hall import until

from chassis.identifiers import new_id
from contracts.enrollment import INVITATION_EVENTS, ParticipantInvited
from contracts.statuses import Role

pytestmark = pytest.mark.stack

Json = dict[str, Any]


async def added(client: httpx.AsyncClient, session_id: str, *people: Json) -> list[Json]:
    response = await client.post(f"/v1/sessions/{session_id}/participants", json={"participants": list(people)})
    found: list[Json] = response.json()["added"]
    assert len(found) == len(people), response.text
    return found


def somebody(name: str) -> Json:
    return {"name": name, "email": f"{name.lower()}-{new_id()[-8:]}@example.org"}


async def invite(client: httpx.AsyncClient, session_id: str, key: str = "", **body: Any) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return await client.post(f"/v1/sessions/{session_id}/invitations", json=body, headers=headers)


def problem_of(response: httpx.Response, status: int) -> str:
    assert response.status_code == status, response.text
    return str(response.json()["type"]).removeprefix("/problems/")


async def test_each_person_named_is_invited_or_refused(
    scheduled_session: Any, scheduler: httpx.AsyncClient, proctor: httpx.AsyncClient, read_facts: Any
) -> None:
    session = await scheduled_session()
    ada, ben, eve = await added(scheduler, session.session_id, somebody("Ada"), {"name": "Ben"}, somebody("Eve"))
    await scheduler.post(f"/v1/participants/{eve['participant_id']}/remove", json={"reason": "Moved away"})
    asked = [each["participant_id"] for each in (ada, ben, eve)]
    answer = (await invite(proctor, session.session_id, participant_ids=[*asked, asked[0], "nobody"])).json()
    assert answer["invited"] == [ada["participant_id"]]
    assert [(each["index"], each["problem"]) for each in answer["refused"]] == [
        (1, "validation-failed"),
        (2, "participant-wrong-state"),
        (4, "not-found"),
    ]
    assert (answer["remaining"], answer["without_email"]) == (0, 1)
    (invited,) = await read_facts(ada["participant_id"], 1, INVITATION_EVENTS)
    assert isinstance(invited.data, ParticipantInvited)
    assert (invited.data.email, invited.data.personal_code) == (ada["email"], ada["personal_code"])
    shown = (await scheduler.get(f"/v1/participants/{ada['participant_id']}")).json()
    assert shown["invited_at"] is not None


async def test_a_second_click_sends_nothing_and_again_sends_another_one(
    scheduled_session: Any, scheduler: httpx.AsyncClient, read_facts: Any
) -> None:
    session = await scheduled_session()
    (ada,) = await added(scheduler, session.session_id, somebody("Ada"))
    ids = [ada["participant_id"]]
    clicks = await asyncio.gather(*(invite(scheduler, session.session_id, "k1", participant_ids=ids) for _ in range(8)))
    assert {tuple(each.json()["invited"]) for each in clicks} == {tuple(ids)}
    refused = (await invite(scheduler, session.session_id, "k2", participant_ids=ids)).json()["refused"]
    assert [each["problem"] for each in refused] == ["already-invited"]
    for key in ("k3", "k3", "k1"):
        answer = await invite(scheduler, session.session_id, key, participant_ids=ids, again=True)
        assert answer.json()["invited"] == ids
    (last,) = await added(scheduler, session.session_id, somebody("Last"))
    await invite(scheduler, session.session_id, participant_ids=[last["participant_id"]])
    await read_facts(last["participant_id"], 1, INVITATION_EVENTS)  # all before it is on the topic now
    version = (await scheduler.get(f"/v1/participants/{ada['participant_id']}")).json()["version"]
    assert version == 3, "enrolled, invited, invited again"


async def test_everybody_not_invited_yet_is_invited_once_whoever_asks(
    scheduled_session: Any, scheduler: httpx.AsyncClient, proctor: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("contracts.limits.BULK_MAX", 20)
    session = await scheduled_session()
    people = [somebody(f"Person{number}") for number in range(50)]
    made = await added(scheduler, session.session_id, *people, {"name": "Nowhere"}, somebody("Told") | {"invite": True})
    invited: list[str] = []

    async def press(client: httpx.AsyncClient) -> None:
        while True:
            answer = (await invite(client, session.session_id)).json()
            invited.extend(answer["invited"])
            assert all(each["problem"] == "already-invited" for each in answer["refused"])
            assert answer["without_email"] == 1
            if not answer["remaining"]:
                return

    await asyncio.gather(press(scheduler), press(proctor))
    assert sorted(invited) == sorted(each["participant_id"] for each in made[:50])
    shown = (await scheduler.get(f"/v1/sessions/{session.session_id}/participants", params={"limit": 200})).json()
    assert {each["version"] for each in shown["items"] if each["name"] != "Nowhere"} == {2}


async def test_who_may_invite_and_to_what(scheduled_session: Any, scheduler: httpx.AsyncClient, caller: Any) -> None:
    session = await scheduled_session(proctor_ids=["somebody-else"])
    refused = await invite(caller(Role.PROCTOR), session.session_id)
    assert problem_of(refused, 403) == "not-allowed"
    assert problem_of(await invite(caller(Role.REVIEWER), session.session_id), 403) == "not-allowed"
    stranger = caller(Role.ADMIN, org="elsewhere")
    assert problem_of(await invite(stranger, session.session_id), 404) == "not-found"
    assert problem_of(await invite(scheduler, session.session_id, again=True), 422) == "validation-failed"
    await session.cancel()
    assert problem_of(await invite(scheduler, session.session_id), 409) == "session-wrong-state"


# With an import


@pytest.fixture
def keeper(caller: Any) -> httpx.AsyncClient:
    return caller(Role.SCHEDULER, subject="s1", org=f"org-{new_id()}")


async def settled(client: httpx.AsyncClient, import_id: str) -> Json:
    async def at_rest() -> Json | None:
        found: Json = (await client.get(f"/v1/imports/{import_id}")).json()
        return None if found["state"] in {"reading", "running"} else found

    return await until(at_rest, f"import {import_id} comes to rest", seconds=90)


def org_of(client: httpx.AsyncClient) -> str:
    import jwt  # noqa: PLC0415 - a look into a token, without verifying

    token = client.headers["authorization"].removeprefix("Bearer ")
    return str(jwt.decode(token, options={"verify_signature": False})["org"])


async def test_an_import_invites_whom_it_gives_a_place_and_nobody_else(
    scheduled_session: Any, keeper: httpx.AsyncClient, read_facts: Any
) -> None:
    session = await scheduled_session(org=org_of(keeper))
    (known,) = await added(keeper, session.session_id, {"name": "Known", "email": "known@example.org"})
    table = files.text_file(
        [("Ada", "ada@example.org", "1", "", ""), ("Ben", "", "2", "", ""), ("Known", "known@example.org", "3", "", "")]
    )
    response = await keeper.post(
        "/v1/imports", content=table, params={"file_name": "p.csv", "session_id": session.session_id}
    )
    read = await settled(keeper, response.json()["import_id"])
    address = f"/v1/imports/{read['import_id']}"
    await keeper.post(f"{address}/confirm", json={"mode": "valid", "invite": True})
    done = await settled(keeper, read["import_id"])
    outcome = done["outcome"]
    assert (outcome["enrolled"], outcome["already"], outcome["invited"]) == (2, 1, 1)
    rows = (await keeper.get(f"{address}/rows")).json()["items"]
    assert [(each["name"], each["invited"]) for each in rows] == [("Ada", True), ("Ben", False), ("Known", None)]
    await keeper.post(f"{address}/confirm", json={"mode": "valid", "invite": True})
    people = (await keeper.get(f"/v1/sessions/{session.session_id}/participants")).json()["items"]
    assert {each["name"]: each["invited_at"] is not None for each in people} == {
        "Ada": True,
        "Ben": False,
        "Known": False,
    }
    ada = next(each for each in people if each["name"] == "Ada")
    (invited,) = await read_facts(ada["participant_id"], 1, INVITATION_EVENTS)
    assert invited.data.email == "ada@example.org"
    assert known["version"] == 1


async def test_without_asking_for_it_an_import_invites_nobody(
    scheduled_session: Any, keeper: httpx.AsyncClient
) -> None:
    session = await scheduled_session(org=org_of(keeper))
    table = files.text_file([("Ada", "ada@example.org", "1", "", "")])
    query = {"file_name": "p.csv", "session_id": session.session_id}
    read = await settled(keeper, (await keeper.post("/v1/imports", content=table, params=query)).json()["import_id"])
    await keeper.post(f"/v1/imports/{read['import_id']}/confirm", json={})
    done = await settled(keeper, read["import_id"])
    assert (done["outcome"]["enrolled"], done["outcome"]["invited"]) == (1, 0)


async def test_an_import_into_the_directory_alone_has_nothing_to_invite_to(keeper: httpx.AsyncClient) -> None:
    table = files.text_file([("Ada", "ada@example.org", "1", "", "")])
    response = await keeper.post("/v1/imports", content=table, params={"file_name": "p.csv"})
    read = await settled(keeper, response.json()["import_id"])
    refused = await keeper.post(f"/v1/imports/{read['import_id']}/confirm", json={"invite": True})
    assert problem_of(refused, 422) == "validation-failed"


async def test_a_oneroster_bundle_invites_too(scheduled_session: Any, keeper: httpx.AsyncClient) -> None:
    session = await scheduled_session(org=org_of(keeper))
    query = {"file_name": "p.zip", "session_id": session.session_id}
    response = await keeper.post("/v1/imports", content=files.bundle(), params=query)
    read = await settled(keeper, response.json()["import_id"])
    await keeper.post(f"/v1/imports/{read['import_id']}/confirm", json={"mode": "valid", "invite": True})
    done = await settled(keeper, read["import_id"])
    assert done["outcome"]["invited"] > 0


async def test_people_picked_from_the_directory_can_be_invited(
    scheduled_session: Any, keeper: httpx.AsyncClient
) -> None:
    session = await scheduled_session(org=org_of(keeper))
    made = (await keeper.post("/v1/people", json={"name": "Ada", "email": "ada@example.org"})).json()
    response = await keeper.post(
        f"/v1/sessions/{session.session_id}/participants/from-directory",
        json={"person_ids": [made["person_id"]], "invite": True},
    )
    done = await settled(keeper, response.json()["import_id"])
    assert done["outcome"]["invited"] == 1
