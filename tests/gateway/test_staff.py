"""Accounts of the staff: inviting, roles, deactivating, resetting, signing out; and the audit trail of it all."""

import asyncio
import json
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from fastapi.responses import Response
from gateway_world import World, eventually

from chassis.identifiers import new_id
from contracts.statuses import Role
from gateway.accounts import create_account
from gateway.revocations import Revocations
from gateway.store import Account

pytestmark = pytest.mark.stack

PASSWORD = "correct horse battery"
OTHER_PASSWORD = "staple of another horse"


@dataclass
class Person:
    world: World
    account: Account
    tokens: dict[str, Any]
    address: str

    async def call(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> httpx.Response:
        headers = {"authorization": f"Bearer {token or self.tokens['access_token']}"}
        return await self.world.http.request(method, f"/api/v1{path}", json=body, headers=headers)

    async def refresh(self) -> httpx.Response:
        answer = await refresh(self.world, self.tokens["refresh_token"])
        if answer.is_success:
            self.tokens = answer.json()
        return answer


async def refresh(world: World, token: str) -> httpx.Response:
    return await world.http.post("/api/v1/auth/refresh", json={"refresh_token": token})


async def sign_in(world: World, email: str, password: str = PASSWORD, address: str = "") -> httpx.Response:
    headers = {"x-forwarded-for": address} if address else {}
    return await world.http.post(
        "/api/v1/auth/sign-in", json={"email": email, "password": password}, headers={"user-agent": "A test", **headers}
    )


async def somebody(world: World, *roles: Role, org_id: str) -> Person:
    account = await create_account(
        world.settings,
        org_id=org_id,
        email=f"{new_id()}@example.org",
        name="Pat",
        roles=frozenset(roles),
        password=PASSWORD,
    )
    answer = await sign_in(world, account.email)
    assert answer.status_code == 200, answer.text
    return Person(world, account, answer.json(), "127.0.0.1")


@pytest.fixture
def org_id() -> str:
    return f"org-{new_id()[-8:]}"


@pytest.fixture
async def admin(world: World, org_id: str) -> Person:
    return await somebody(world, Role.ADMIN, org_id=org_id)


def problem_of(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).removeprefix("/problems/")


# Inviting


async def invited(admin: Person, *roles: str, email: str | None = None) -> dict[str, Any]:
    body = {"email": email or f"{new_id()}@example.org", "name": "Ada", "roles": list(roles or ("proctor",))}
    answer = await admin.call("POST", "/invitations", body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def code_of(made: dict[str, Any]) -> str:
    return str(made["link"]).partition("#")[2]


async def test_whoever_is_invited_becomes_a_colleague_once(world: World, admin: Person, org_id: str):
    made = await invited(admin, "proctor", "reviewer")
    assert made["mailed"] is True
    _, path, headers, body = world.services.requests[-1]
    assert path == "/v1/mails"
    assert world.issuer.verify(headers["authorization"].removeprefix("Bearer ")).org_id == org_id
    mail = json.loads(body)
    assert mail["kind"] == "staff_invitation"
    assert mail["cause"] == made["invitation"]["invitation_id"]
    assert mail["to"] == {"email": made["invitation"]["email"], "name": "Ada"}
    assert mail["fields"] == {"link": "https://exams.example" + made["link"], "invited_by": "Pat"}
    assert mail["expires_at"] == made["invitation"]["expires_at"]
    look = await world.http.post("/api/v1/invitations/look", json={"code": code_of(made)})
    assert look.json()["roles"] == ["proctor", "reviewer"]
    assert look.json()["org_id"] == org_id
    listed = (await admin.call("GET", "/invitations")).json()["invitations"]
    assert [each["email"] for each in listed] == [made["invitation"]["email"]]
    assert code_of(made) not in str(listed)

    body = {"code": code_of(made), "password": OTHER_PASSWORD}
    accepted = await world.http.post("/api/v1/invitations/accept", json=body)
    assert accepted.status_code == 201, accepted.text
    assert accepted.json()["principal"]["roles"] == ["proctor", "reviewer"]
    assert accepted.json()["principal"]["org_id"] == org_id
    again = await world.http.post("/api/v1/invitations/accept", json=body)
    assert (again.status_code, problem_of(again)) == (404, "link-unknown")
    assert (await sign_in(world, made["invitation"]["email"], OTHER_PASSWORD)).status_code == 200
    assert (await admin.call("GET", "/invitations")).json()["invitations"] == []


async def test_of_two_who_accept_at_once_one_gets_in(world: World, admin: Person):
    made = await invited(admin)
    body = {"code": code_of(made), "password": OTHER_PASSWORD}
    answers = await asyncio.gather(*(world.http.post("/api/v1/invitations/accept", json=body) for _ in range(4)))
    assert min(each.status_code for each in answers) == 201
    assert sum(each.status_code == 201 for each in answers) == 1


async def test_inviting_again_kills_the_first_link_and_withdrawing_the_second(world: World, admin: Person):
    first = await invited(admin)
    second = await invited(admin, email=first["invitation"]["email"])
    dead = await world.http.post("/api/v1/invitations/look", json={"code": code_of(first)})
    assert problem_of(dead) == "link-unknown"
    withdrawn = await admin.call("POST", f"/invitations/{second['invitation']['invitation_id']}/withdraw")
    assert withdrawn.status_code == 204
    dead = await world.http.post(
        "/api/v1/invitations/accept", json={"code": code_of(second), "password": OTHER_PASSWORD}
    )
    assert problem_of(dead) == "link-unknown"


async def test_another_organisations_invitation_is_out_of_reach(world: World, admin: Person):
    stranger = await somebody(world, Role.ADMIN, org_id="stranger")
    made = await invited(admin)
    answer = await stranger.call("POST", f"/invitations/{made['invitation']['invitation_id']}/withdraw")
    assert (answer.status_code, problem_of(answer)) == (404, "not-found")


async def test_a_colleague_is_not_invited_twice_but_another_organisations_is_not_told_of(world: World, admin: Person):
    colleague = await somebody(world, Role.PROCTOR, org_id=admin.account.org_id)
    body = {"email": colleague.account.email.upper(), "name": "Pat", "roles": ["proctor"]}
    assert problem_of(await admin.call("POST", "/invitations", body)) == "account-exists"
    elsewhere = await somebody(world, Role.PROCTOR, org_id="elsewhere")
    made = await invited(admin, email=elsewhere.account.email)
    accepted = await world.http.post(
        "/api/v1/invitations/accept", json={"code": code_of(made), "password": OTHER_PASSWORD}
    )
    assert problem_of(accepted) == "account-exists"


@pytest.mark.parametrize("roles", [["candidate"], ["service"], ["program"], []])
async def test_nobody_is_invited_as_what_is_no_staff_role(admin: Person, roles: list[str]):
    answer = await admin.call("POST", "/invitations", {"email": "a@example.org", "name": "Ada", "roles": roles})
    assert (answer.status_code, problem_of(answer)) == (422, "validation-failed")


# Roles and deactivating


async def test_new_roles_count_at_once(world: World, admin: Person, org_id: str):
    person = await somebody(world, Role.ADMIN, org_id=org_id)
    assert (await person.call("GET", "/invitations")).status_code == 200
    changed = await admin.call("PUT", f"/accounts/{person.account.account_id}/roles", {"roles": ["auditor"]})
    assert changed.json()["roles"] == ["auditor"]
    old = await person.call("GET", "/invitations")
    assert (old.status_code, problem_of(old)) == (401, "sign-in-expired"), "the page refreshes and goes on"
    assert (await person.refresh()).status_code == 200
    refused = await person.call("GET", "/invitations")
    assert (refused.status_code, problem_of(refused)) == (403, "not-allowed")


async def test_a_deactivated_account_is_out_at_once(world: World, admin: Person, org_id: str):
    person = await somebody(world, Role.SCHEDULER, org_id=org_id)
    path = f"/accounts/{person.account.account_id}"
    assert (await admin.call("POST", f"{path}/deactivate")).json()["disabled"] is True
    assert problem_of(await person.call("GET", "/auth/me")) == "sign-in-expired"
    assert problem_of(await person.refresh()) == "sign-in-expired"
    assert problem_of(await sign_in(world, person.account.email)) == "sign-in-failed"
    assert problem_of(await admin.call("POST", f"{path}/reset-link")) == "account-deactivated"
    assert (await admin.call("POST", f"{path}/reactivate")).json()["disabled"] is False
    assert (await sign_in(world, person.account.email)).status_code == 200


async def test_an_open_dashboard_of_somebody_deactivated_is_closed(world: World, admin: Person, org_id: str):
    person = await somebody(world, Role.PROCTOR, org_id=org_id)
    socket = await world.connect("/ws/staff")
    await socket.send(type="hello", token=person.tokens["access_token"])
    await socket.until("welcome")
    await admin.call("POST", f"/accounts/{person.account.account_id}/deactivate")
    assert await socket.closed() == 4401
    assert socket.seen[-1]["problem"] == "sign-in-expired"


async def test_an_organisation_keeps_an_administrator(world: World, admin: Person, org_id: str):
    path = f"/accounts/{admin.account.account_id}"
    for answer in (
        await admin.call("PUT", f"{path}/roles", {"roles": ["proctor"]}),
        await admin.call("POST", f"{path}/deactivate"),
    ):
        assert (answer.status_code, problem_of(answer)) == (409, "last-administrator")
    assert (await admin.call("GET", "/auth/me")).json()["roles"] == ["admin"]
    await somebody(world, Role.ADMIN, org_id=org_id)
    assert (await admin.call("PUT", f"{path}/roles", {"roles": ["proctor"]})).status_code == 200


async def test_another_organisations_account_is_out_of_reach(world: World, admin: Person):
    stranger = await somebody(world, Role.PROCTOR, org_id="stranger")
    path = f"/accounts/{stranger.account.account_id}"
    for answer in (
        await admin.call("PUT", f"{path}/roles", {"roles": ["auditor"]}),
        await admin.call("POST", f"{path}/deactivate"),
        await admin.call("POST", f"{path}/reactivate"),
        await admin.call("POST", f"{path}/sign-out"),
        await admin.call("POST", f"{path}/reset-link"),
    ):
        assert (answer.status_code, problem_of(answer)) == (404, "not-found")
    assert (await stranger.call("GET", "/auth/me")).status_code == 200


# Passwords


async def test_a_reset_link_sets_a_password_once_and_ends_every_sign_in(world: World, admin: Person, org_id: str):
    person = await somebody(world, Role.PROCTOR, org_id=org_id)
    path = f"/accounts/{person.account.account_id}/reset-link"
    first = code_of((await admin.call("POST", path)).json())
    second = code_of((await admin.call("POST", path)).json())
    dead = await world.http.post("/api/v1/auth/password", json={"code": first, "password": OTHER_PASSWORD})
    assert problem_of(dead) == "link-unknown"
    body = {"code": second, "password": OTHER_PASSWORD}
    weak = await world.http.post("/api/v1/auth/password", json=body | {"password": "short"})
    assert problem_of(weak) == "validation-failed"
    assert (await world.http.post("/api/v1/auth/password", json=body)).status_code == 204
    assert problem_of(await world.http.post("/api/v1/auth/password", json=body)) == "link-unknown"
    assert problem_of(await person.call("GET", "/auth/me")) == "sign-in-expired"
    assert problem_of(await person.refresh()) == "sign-in-expired"
    assert (await sign_in(world, person.account.email, OTHER_PASSWORD)).status_code == 200


async def test_asking_for_a_reset_tells_nobody_who_exists(world: World, admin: Person):
    answers = [
        await world.http.post("/api/v1/auth/password-reset", json={"email": email})
        for email in (admin.account.email, "nobody@example.org") * 5
    ]
    assert {(each.status_code, each.content) for each in answers} == {(202, b"null")}

    def asked_for(email: str) -> list[dict[str, Any]]:
        mails = [json.loads(body) for _, path, _, body in world.services.requests if path == "/v1/mails"]
        return [each for each in mails if each["kind"] == "password_reset" and each["to"]["email"] == email]

    await eventually(lambda: len(asked_for(admin.account.email)) == 3)
    asked = asked_for(admin.account.email)  # so many an hour go to one person, whoever asks
    assert not asked_for("nobody@example.org")
    statuses = []
    for link in (each["fields"]["link"] for each in asked):
        assert link.startswith("https://exams.example/staff/new-password#")
        body = {"code": link.partition("#")[2], "password": OTHER_PASSWORD}
        statuses.append((await world.http.post("/api/v1/auth/password", json=body)).status_code)
    assert sorted(statuses) == [204, 404, 404], "the newest works, once"


async def test_a_link_made_while_mail_is_away_can_be_handed_over(world: World, admin: Person):
    world.services.raw["/v1/mails"] = Response(status_code=503)
    try:
        made = await invited(admin)
    finally:
        del world.services.raw["/v1/mails"]
    assert made["mailed"] is False
    assert (await world.http.post("/api/v1/invitations/look", json={"code": code_of(made)})).status_code == 200


async def test_changing_ones_password_needs_it_and_ends_the_other_sign_ins(world: World, org_id: str):
    person = await somebody(world, Role.PROCTOR, org_id=org_id)
    elsewhere = (await sign_in(world, person.account.email)).json()
    wrong = await person.call("POST", "/auth/me/password", {"current": "not this one", "new": OTHER_PASSWORD})
    assert (wrong.status_code, problem_of(wrong)) == (422, "password-wrong")
    right = await person.call("POST", "/auth/me/password", {"current": PASSWORD, "new": OTHER_PASSWORD})
    assert right.status_code == 204
    assert (await person.call("GET", "/auth/me")).status_code == 200
    assert problem_of(await person.call("GET", "/auth/me", token=elsewhere["access_token"])) == "sign-in-expired"
    for _ in range(3):
        await person.call("POST", "/auth/me/password", {"current": "not this one", "new": PASSWORD})
    slowed = await person.call("POST", "/auth/me/password", {"current": OTHER_PASSWORD, "new": PASSWORD})
    assert (slowed.status_code, problem_of(slowed)) == (429, "too-many-requests")


# Sign-ins


async def test_sign_ins_are_listed_and_ended_one_by_one(world: World, org_id: str):
    person = await somebody(world, Role.PROCTOR, org_id=org_id)
    elsewhere = (await sign_in(world, person.account.email)).json()
    listed = (await person.call("GET", "/auth/me/sign-ins")).json()["sign_ins"]
    assert [each["current"] for each in listed] == [False, True]
    assert {each["device"] for each in listed} == {"A test"}
    assert all(each["address"] == "127.0.0.1" for each in listed)
    other = next(each for each in listed if not each["current"])
    assert (await person.call("POST", f"/auth/me/sign-ins/{other['sign_in_id']}/end")).status_code == 204
    assert problem_of(await person.call("GET", "/auth/me", token=elsewhere["access_token"])) == "sign-in-expired"
    assert problem_of(await refresh(world, elsewhere["refresh_token"])) == "sign-in-expired"
    assert (await person.refresh()).status_code == 200
    assert len((await person.call("GET", "/auth/me/sign-ins")).json()["sign_ins"]) == 1
    gone = await person.call("POST", f"/auth/me/sign-ins/{other['sign_in_id']}/end")
    assert problem_of(gone) == "not-found"


async def test_nobody_ends_anybody_elses_sign_in(world: World, admin: Person, org_id: str):
    person = await somebody(world, Role.PROCTOR, org_id=org_id)
    mine = (await person.call("GET", "/auth/me/sign-ins")).json()["sign_ins"][0]["sign_in_id"]
    assert problem_of(await admin.call("POST", f"/auth/me/sign-ins/{mine}/end")) == "not-found"
    assert (await person.call("GET", "/auth/me")).status_code == 200


async def test_signing_out_everywhere_ends_this_sign_in_too(world: World, org_id: str):
    person = await somebody(world, Role.PROCTOR, org_id=org_id)
    await sign_in(world, person.account.email)
    assert (await person.call("POST", "/auth/me/sign-out-everywhere")).json() == {"ended": 2}
    assert problem_of(await person.call("GET", "/auth/me")) == "sign-in-expired"


async def test_a_token_replayed_after_signing_out_is_refused_everywhere(world: World, org_id: str):
    person = await somebody(world, Role.PROCTOR, org_id=org_id)
    token = person.tokens["refresh_token"]
    assert (await world.http.post("/api/v1/auth/sign-out", json={"refresh_token": token})).status_code == 204
    assert problem_of(await person.call("GET", "/auth/me")) == "sign-in-expired"
    assert problem_of(await person.call("GET", "/sessions")) == "sign-in-expired", "forwarded routes too"
    assert problem_of(await refresh(world, token)) == "sign-in-expired"
    socket = await world.connect("/ws/staff")
    await socket.send(type="hello", token=person.tokens["access_token"])
    assert await socket.closed() == 4401


async def test_an_administrator_signs_a_colleague_out(world: World, admin: Person, org_id: str):
    person = await somebody(world, Role.PROCTOR, org_id=org_id)
    answer = await admin.call("POST", f"/accounts/{person.account.account_id}/sign-out")
    assert answer.json() == {"ended": 1}
    assert problem_of(await person.call("GET", "/auth/me")) == "sign-in-expired"


async def test_revocations_reach_other_replicas(world: World):
    here = Revocations(world.service.redis, world.settings, world.service.clock)
    there = Revocations(world.service.redis, world.settings, world.service.clock)
    await here.revoke(["a-sign-in"])
    await there.read()
    assert len(there) >= 1
    principal = world.issuer.verify(world.staff_token())
    old = replace(principal, sign_in="a-sign-in", issued_at=world.service.clock.now().timestamp() - 1)
    assert here.voids(old)
    assert there.voids(old)
    assert not there.voids(replace(old, issued_at=world.service.clock.now().timestamp() + 1))
    assert not there.voids(replace(old, sign_in="another"))
