"""API tokens: what a program with one may do, and when it no longer may."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from gateway_world import World, a_row

from chassis.auth import Principal, PrincipalKind
from chassis.identifiers import new_id
from contracts.access import Scope
from contracts.statuses import Role

pytestmark = pytest.mark.stack


@pytest.fixture
def org_id() -> str:
    return f"org-{new_id()[-8:]}"


@pytest.fixture
def admin(world: World, org_id: str) -> dict[str, str]:
    principal = Principal("boss", PrincipalKind.STAFF, frozenset({Role.ADMIN}), org_id, "Boss")
    return bearer(world.issuer.staff_access(principal))


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


async def create(world: World, admin: dict[str, str], *scopes: Scope, days: int = 30) -> dict[str, Any]:
    body = {"name": "Timetable", "scopes": list(scopes or (Scope.SESSIONS_READ,)), "days": days}
    answer = await world.http.post("/api/v1/api-tokens", json=body, headers=admin)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def problem_of(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).removeprefix("/problems/")


async def test_a_program_reaches_what_its_scopes_say_and_the_service_sees_a_signed_principal(
    world: World, admin: dict[str, str], org_id: str
):
    made = await create(world, admin, Scope.SESSIONS_READ)
    assert made["token"].startswith("exh_")
    session_id, _ = world.seat()
    answer = await world.http.get(f"/api/v1/sessions/{session_id}", headers=bearer(made["token"]))
    assert answer.status_code == 200
    _, _, headers, _ = world.services.requests[-1]
    assert made["token"] not in str(headers), "what is sent on is good for a minute, and for nothing else"
    seen = world.issuer.verify(headers["authorization"].removeprefix("Bearer "))
    assert (seen.kind, seen.roles, seen.org_id) == (PrincipalKind.PROGRAM, {Role.PROGRAM}, org_id)
    assert seen.scopes == {Scope.SESSIONS_READ}
    refused = await world.http.get(f"/api/v1/sessions/{session_id}/participants", headers=bearer(made["token"]))
    assert (refused.status_code, problem_of(refused)) == (403, "not-allowed")


async def test_it_is_shown_once_and_its_use_is_noted(world: World, admin: dict[str, str]):
    made = await create(world, admin)
    listed = (await world.http.get("/api/v1/api-tokens", headers=admin)).json()["api_tokens"]
    assert listed == [made["api_token"]]
    assert listed[0]["last_used_at"] is None
    secret = made["token"].rpartition("_")[2]
    stored = await world.service.mongo["api_tokens"].find_one({"_id": made["api_token"]["api_token_id"]})
    assert secret not in str(listed) + str(stored)
    await world.http.get("/api/v1/sessions", headers=bearer(made["token"]))
    listed = (await world.http.get("/api/v1/api-tokens", headers=admin)).json()["api_tokens"]
    assert listed[0]["last_used_at"] is not None


async def test_a_revoked_token_is_refused_at_once(world: World, admin: dict[str, str]):
    made = await create(world, admin)
    path = f"/api/v1/api-tokens/{made['api_token']['api_token_id']}/revoke"
    assert (await world.http.post(path, headers=admin)).status_code == 204
    assert (await world.http.post(path, headers=admin)).status_code == 204, "again changes nothing"
    refused = await world.http.get("/api/v1/sessions", headers=bearer(made["token"]))
    assert (refused.status_code, problem_of(refused)) == (401, "sign-in-expired")
    listed = (await world.http.get("/api/v1/api-tokens", headers=admin)).json()["api_tokens"]
    assert listed[0]["revoked_at"] is not None


async def test_an_expired_token_is_refused(world: World, admin: dict[str, str], monkeypatch: pytest.MonkeyPatch):
    made = await create(world, admin, days=1)
    now = world.service.clock.now()
    monkeypatch.setattr(type(world.service.clock), "now", lambda _: now + timedelta(days=1))
    refused = await world.http.get("/api/v1/sessions", headers=bearer(made["token"]))
    assert (refused.status_code, problem_of(refused)) == (401, "sign-in-expired")


async def test_altered_tokens_are_refused(world: World, admin: dict[str, str]):
    token = (await create(world, admin))["token"]
    other = (await create(world, admin))["token"]
    swapped = token.rpartition("_")[0] + "_" + other.rpartition("_")[2]
    flipped = token[:-1] + ("A" if token[-1] != "A" else "B")
    for bad in (swapped, flipped, token[:-1], token + "x", "exh_", "exh__", "exh_" + "x" * 5_000, token.upper()):
        refused = await world.http.get("/api/v1/sessions", headers=bearer(bad))
        assert (refused.status_code, problem_of(refused)) == (401, "not-signed-in"), bad
        assert refused.headers["x-content-type-options"] == "nosniff"
        assert refused.headers["cache-control"] == "no-store"


async def test_another_organisations_token_is_out_of_reach(world: World, admin: dict[str, str]):
    made = await create(world, admin)
    stranger = Principal("eve", PrincipalKind.STAFF, frozenset({Role.ADMIN}), "elsewhere", "Eve")
    headers = bearer(world.issuer.staff_access(stranger))
    path = f"/api/v1/api-tokens/{made['api_token']['api_token_id']}/revoke"
    assert problem_of(await world.http.post(path, headers=headers)) == "not-found"
    assert (await world.http.get("/api/v1/api-tokens", headers=headers)).json() == {"api_tokens": []}


async def test_a_program_makes_no_tokens_and_sits_in_no_candidates_seat(world: World, admin: dict[str, str]):
    token = (await create(world, admin, *Scope))["token"]
    body = {"name": "More", "scopes": ["sessions:read"], "days": 1}
    refused = await world.http.post("/api/v1/api-tokens", json=body, headers=bearer(token))
    assert problem_of(refused) == "not-allowed"
    socket = await world.connect("/ws/candidate")
    await socket.send(type="hello", token=token)
    assert await socket.closed() == 4403


async def test_a_program_watches_with_the_scope_for_it_until_its_token_is_revoked(world: World, admin: dict[str, str]):
    made = await create(world, admin, Scope.LIVE_READ)
    session_id, participant_id = world.seat()
    socket = await world.connect("/ws/staff")
    await socket.send(type="hello", token=made["token"])
    await socket.send(type="watch", session_id=session_id)
    await socket.until("watching")
    seen = world.issuer.verify(world.services.requests[-1][2]["authorization"].removeprefix("Bearer "))
    assert (seen.kind, seen.scopes) == (PrincipalKind.PROGRAM, {Scope.LIVE_READ})
    await world.publish_row(session_id, a_row(participant_id, version=2))
    await socket.until("frame")

    await world.http.post(f"/api/v1/api-tokens/{made['api_token']['api_token_id']}/revoke", headers=admin)
    assert await socket.closed() == 4401


async def test_a_program_without_the_scope_or_with_a_bad_token_does_not_watch(world: World, admin: dict[str, str]):
    made = await create(world, admin, Scope.SESSIONS_READ)
    for token, code in ((made["token"], 4403), (made["token"] + "x", 4401), ("exh_" + "x" * 300, 4401)):
        socket = await world.connect("/ws/staff")
        await socket.send(type="hello", token=token)
        assert await socket.closed() == code


async def test_an_organisation_has_so_many_working_tokens(world: World, admin: dict[str, str]):
    made = [await create(world, admin) for _ in range(50)]
    body = {"name": "One more", "scopes": ["sessions:read"], "days": 1}
    refused = await world.http.post("/api/v1/api-tokens", json=body, headers=admin)
    assert (refused.status_code, problem_of(refused)) == (409, "api-tokens-full")
    await world.http.post(f"/api/v1/api-tokens/{made[0]['api_token']['api_token_id']}/revoke", headers=admin)
    assert (await world.http.post("/api/v1/api-tokens", json=body, headers=admin)).status_code == 201


async def test_each_token_has_a_pace_of_its_own(world: World, admin: dict[str, str]):
    hurried, calm = (await create(world, admin))["token"], (await create(world, admin))["token"]
    answers = [await world.http.get("/api/v1/sessions", headers=bearer(hurried)) for _ in range(125)]  # of two minutes
    assert 5 <= [each.status_code for each in answers].count(429) <= 65
    last = next(each for each in answers if each.status_code == 429)
    assert problem_of(last) == "too-many-requests"
    assert int(last.headers["retry-after"]) <= 60
    assert (await world.http.get("/api/v1/sessions", headers=bearer(calm))).status_code != 429
