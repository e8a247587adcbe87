"""Links that sign one person in, once: made on the command line, exchanged by the page."""

from datetime import timedelta

import pytest
from gateway_world import ORG, World

from chassis.identifiers import new_id
from chassis.outcomes import Rejected
from contracts.statuses import Role
from gateway import accounts
from gateway.accounts import create_account, create_sign_in_link
from gateway.store import Account

pytestmark = pytest.mark.stack


async def a_proctor(world: World) -> Account:
    return await create_account(
        world.settings,
        org_id=ORG,
        email=f"{new_id()}@example.org",
        name="Pat",
        roles=frozenset({Role.PROCTOR}),
        password="correct horse battery",
    )


async def follow(world: World, code: str):
    return await world.http.post("/api/v1/auth/sign-in-link", json={"code": code})


async def test_a_link_signs_its_person_in(world: World):
    account = await a_proctor(world)
    answer = await follow(world, await create_sign_in_link(world.settings, account.email.upper()))
    assert answer.status_code == 200
    assert answer.json()["principal"]["subject"] == account.account_id
    token = answer.json()["refresh_token"]
    assert (await world.http.post("/api/v1/auth/refresh", json={"refresh_token": token})).status_code == 200


async def test_a_link_works_once(world: World):
    code = await create_sign_in_link(world.settings, (await a_proctor(world)).email)
    first, second = await follow(world, code), await follow(world, code)
    assert (first.status_code, second.status_code) == (200, 401)
    assert second.json()["type"] == "/problems/sign-in-expired"


async def test_an_old_link_and_an_unknown_one_look_alike(world: World, monkeypatch: pytest.MonkeyPatch):
    account = await a_proctor(world)
    monkeypatch.setattr(accounts, "SIGN_IN_LINK_LIFETIME", timedelta(seconds=-1))
    old = await follow(world, await create_sign_in_link(world.settings, account.email))
    unknown = await follow(world, "never-made")
    assert old.status_code == unknown.status_code == 401
    assert old.json() == unknown.json()


async def test_the_code_itself_is_stored_nowhere(world: World):
    code = await create_sign_in_link(world.settings, (await a_proctor(world)).email)
    documents = await world.service.mongo["sign_in_links"].find().to_list(1_000)
    assert documents
    assert all(code not in str(each) for each in documents)


async def test_nobody_gets_a_link_without_an_account(world: World):
    with pytest.raises(Rejected, match="no account"):
        await create_sign_in_link(world.settings, f"{new_id()}@example.org")
