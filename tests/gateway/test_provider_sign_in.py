"""Signing in with an organisation's own OpenID provider, and everything that must not sign anybody in."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from fake_provider import CLIENT_ID, CLIENT_SECRET, FakeProvider, Json, fake_provider, new_key
from fastapi.responses import JSONResponse
from gateway_world import World, free_port

from chassis.identifiers import new_id
from contracts.statuses import Role
from gateway.accounts import create_account, create_sign_in_link

pytestmark = pytest.mark.stack

PASSWORD = "correct horse battery"


@dataclass
class Organisation:
    world: World
    org_id: str
    provider: FakeProvider
    domain: str
    admin_email: str
    token: str
    version: int = 0

    async def call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token}"}
        return await self.world.http.request(method, f"/api/v1{path}", json=body, headers=headers)

    def settings(self, **changes: Any) -> Json:
        return {
            "version": self.version,
            "name": "Acme",
            "issuer": self.provider.issuer,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "role_claim": "groups",
            "rules": [{"value": "exam-staff", "role": "proctor"}, {"value": "exam-plan", "role": "scheduler"}],
            "domains": [self.domain],
            "creates_accounts": True,
            "passwords_off": False,
        } | changes

    async def configure(self, **changes: Any) -> Json:
        answer = await self.call("PUT", "/provider", self.settings(**changes))
        assert answer.status_code == 200, answer.text
        made: Json = answer.json()
        self.version = made["provider"]["version"]
        return made

    async def depart(self) -> Json:
        answer = await self.world.http.post("/api/v1/auth/provider/begin", json={"org_id": self.org_id})
        assert answer.status_code == 200, answer.text
        departure: Json = answer.json()
        return departure

    async def finish(self, departure: Json, back: Json) -> httpx.Response:
        body = {"browser_code": departure["browser_code"]} | back
        return await self.world.http.post("/api/v1/auth/provider/finish", json=body)

    async def sign_in(self) -> httpx.Response:
        departure = await self.depart()
        return await self.finish(departure, self.provider.authorised(departure["url"]))

    async def entries(self) -> list[Json]:
        found: list[Json] = (await self.call("GET", "/audit")).json()["entries"]
        return [each for each in found if each["action"] == "sign-in.provider"]

    async def somebody(self, *roles: Role, email: str | None = None) -> Json:
        account = await create_account(
            self.world.settings,
            org_id=self.org_id,
            email=email or f"{new_id()}@{self.domain}",
            name="Pat",
            roles=frozenset(roles or {Role.REVIEWER}),
            password=PASSWORD,
        )
        return {"account_id": account.account_id, "email": account.email}

    async def with_password(self, email: str) -> httpx.Response:
        return await self.world.http.post("/api/v1/auth/sign-in", json={"email": email, "password": PASSWORD})


async def an_organisation(world: World, provider: FakeProvider) -> Organisation:
    org_id = f"org-{new_id()[-8:]}"
    made = Organisation(world, org_id, provider, f"{org_id}.example", "", "")
    made.admin_email = (await made.somebody(Role.ADMIN))["email"]
    made.token = (await made.with_password(made.admin_email)).json()["access_token"]
    provider.claims = a_person(made.domain)
    await made.configure()
    return made


def a_person(domain: str, **changes: Any) -> Json:
    claims = {"sub": new_id(), "email": f"Ada.{new_id()[-6:]}@{domain.upper()}", "email_verified": True}
    return claims | {"name": "Ada Lovelace", "groups": ["exam-staff", "others"]} | changes


@pytest.fixture
async def acme(world: World) -> AsyncIterator[Organisation]:
    async with fake_provider() as provider:
        yield await an_organisation(world, provider)


@pytest.fixture(scope="module")
async def shared(world: World) -> AsyncIterator[Organisation]:
    """For what is refused, and so changes nothing."""
    async with fake_provider() as provider:
        yield await an_organisation(world, provider)


def problem_of(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).removeprefix("/problems/")


# Who comes in, and as what


async def test_somebody_new_gets_an_account_with_the_roles_of_their_groups(acme: Organisation):
    acme.provider.claims["groups"] = ["exam-staff", "exam-plan"]
    answer = await acme.sign_in()
    assert answer.status_code == 200, answer.text
    who = answer.json()["principal"]
    assert (who["org_id"], who["roles"], who["name"]) == (acme.org_id, ["proctor", "scheduler"], "Ada Lovelace")
    assert answer.json()["provider"] == "Acme"
    again = await acme.sign_in()
    assert again.json()["principal"]["subject"] == who["subject"], "the same account"
    listed = (await acme.call("GET", "/accounts")).json()["accounts"]
    mine = next(each for each in listed if each["account_id"] == who["subject"])
    assert (mine["linked"], mine["email"]) == (True, acme.provider.claims["email"].lower())
    assert [each["details"]["how"] for each in reversed(await acme.entries())] == ["created", "known"]


async def test_roles_follow_the_provider_at_each_sign_in_and_go_with_it(acme: Organisation):
    first = (await acme.sign_in()).json()
    acme.provider.claims["groups"] = ["exam-plan"]
    second = (await acme.sign_in()).json()
    assert second["principal"]["roles"] == ["scheduler"]
    stale = {"authorization": f"Bearer {first['access_token']}"}
    assert (await acme.world.http.get("/api/v1/auth/me", headers=stale)).status_code == 401
    acme.provider.claims["groups"] = []
    assert problem_of(await acme.sign_in()) == "provider-no-role"
    refreshed = await acme.world.http.post("/api/v1/auth/refresh", json={"refresh_token": second["refresh_token"]})
    assert problem_of(refreshed) == "sign-in-expired", "whoever has no role any more is out everywhere"
    assert (await acme.entries())[0]["details"]["refused"] == "provider-no-role"


@pytest.mark.parametrize(
    ("claim", "value", "roles"),
    [
        ("realm_access.roles", {"realm_access": {"roles": ["exam-staff"]}}, ["proctor"]),
        ("https://x.example/role", {"https://x.example/role": "exam-plan"}, ["scheduler"]),
    ],
)
async def test_the_claim_may_be_nested_or_a_single_word(acme: Organisation, claim: str, value: Json, roles: list[str]):
    await acme.configure(role_claim=claim)
    acme.provider.claims |= value
    assert (await acme.sign_in()).json()["principal"]["roles"] == roles


async def test_what_the_id_token_lacks_is_asked_for_at_userinfo(acme: Organisation):
    acme.provider.userinfo = {name: acme.provider.claims.pop(name) for name in ("email", "email_verified", "groups")}
    assert (await acme.sign_in()).status_code == 200
    acme.provider.userinfo["sub"] = "somebody else"
    assert problem_of(await acme.sign_in()) == "provider-failed"


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False},
        {"email_verified": "true"},
        {"email_verified": None},
        {"email": "ada@elsewhere.example"},
        {"email": "ada@elsewhere.example@{domain}"},
        {"email": None},
    ],
)
async def test_an_address_that_is_not_verified_or_of_another_domain_is_refused(shared: Organisation, claims: Json):
    filled = {
        name: value.format(domain=shared.domain) if isinstance(value, str) else value for name, value in claims.items()
    }
    shared.provider.mint = lambda made: shared.provider.signed(made | filled)
    assert problem_of(await shared.sign_in()) == "provider-email-refused"


async def test_without_just_in_time_accounts_only_the_invited_come_in(acme: Organisation):
    await acme.configure(creates_accounts=False)
    assert problem_of(await acme.sign_in()) == "provider-no-account"
    invitation = {"email": acme.provider.claims["email"], "name": "Ada", "roles": ["auditor"]}
    assert (await acme.call("POST", "/invitations", invitation)).status_code == 201
    arrived = (await acme.sign_in()).json()
    assert arrived["principal"]["roles"] == ["proctor"], "what the provider says, not the invitation"
    assert (await acme.call("GET", "/invitations")).json()["invitations"] == []


async def test_two_windows_of_somebody_new_make_one_account(acme: Organisation):
    answers = await asyncio.gather(*(acme.sign_in() for _ in range(6)))
    assert {each.status_code for each in answers} == {200}, [each.text for each in answers]
    assert len({each.json()["principal"]["subject"] for each in answers}) == 1


# Accounts that are there


async def test_an_address_alone_opens_nobodys_account(acme: Organisation):
    local = await acme.somebody(Role.SCHEDULER)
    acme.provider.claims["email"] = local["email"]
    assert problem_of(await acme.sign_in()) == "provider-no-account"
    assert (await acme.with_password(local["email"])).status_code == 200


async def test_an_administrator_lets_an_account_be_linked_once(acme: Organisation):
    local = await acme.somebody(Role.SCHEDULER)
    began = (await acme.with_password(local["email"])).json()
    allowed = await acme.call("PUT", f"/accounts/{local['account_id']}/provider-link", {"allowed": True})
    assert allowed.json()["link_allowed"] is True
    acme.provider.claims["email"] = local["email"]
    arrived = (await acme.sign_in()).json()
    assert arrived["principal"]["subject"] == local["account_id"]
    assert arrived["principal"]["roles"] == ["proctor"]
    assert (await acme.with_password(local["email"])).status_code == 401, "its password is gone"
    old = await acme.world.http.post("/api/v1/auth/refresh", json={"refresh_token": began["refresh_token"]})
    assert problem_of(old) == "sign-in-expired"
    acme.provider.claims["sub"] = "another person"
    assert problem_of(await acme.sign_in()) == "provider-no-account"
    assert problem_of(await acme.call("POST", f"/accounts/{local['account_id']}/reset-link")) == "provider-needed"


async def test_two_windows_link_an_account_as_one(acme: Organisation):
    local = await acme.somebody(Role.SCHEDULER)
    await acme.call("PUT", f"/accounts/{local['account_id']}/provider-link", {"allowed": True})
    acme.provider.claims["email"] = local["email"]
    answers = await asyncio.gather(*(acme.sign_in() for _ in range(6)))
    assert {each.status_code for each in answers} == {200}, [each.text for each in answers]
    assert {each.json()["principal"]["subject"] for each in answers} == {local["account_id"]}


async def test_the_last_administrator_with_a_password_keeps_it(acme: Organisation):
    me = next(
        each for each in (await acme.call("GET", "/accounts")).json()["accounts"] if each["email"] == acme.admin_email
    )
    await acme.call("PUT", f"/accounts/{me['account_id']}/provider-link", {"allowed": True})
    acme.provider.claims["email"] = acme.admin_email
    assert problem_of(await acme.sign_in()) == "provider-no-account"
    assert (await acme.with_password(acme.admin_email)).status_code == 200


async def test_an_account_of_another_organisation_stays_there(world: World, acme: Organisation):
    async with fake_provider() as elsewhere:
        other = await an_organisation(world, elsewhere)
        theirs = await acme.somebody(Role.SCHEDULER, email=f"pat@{other.domain}")
        elsewhere.claims["email"] = theirs["email"]
        assert problem_of(await other.sign_in()) == "provider-no-account"


async def test_a_deactivated_account_stays_closed(acme: Organisation):
    who = (await acme.sign_in()).json()["principal"]["subject"]
    assert (await acme.call("POST", f"/accounts/{who}/deactivate")).status_code == 200
    assert problem_of(await acme.sign_in()) == "account-deactivated"


# Without passwords


async def test_without_passwords_administrators_keep_theirs_and_nobody_else(acme: Organisation):
    local = await acme.somebody(Role.PROCTOR)
    began = (await acme.with_password(local["email"])).json()
    await acme.configure(passwords_off=True)
    refused = await acme.with_password(local["email"])
    assert problem_of(refused) == "provider-needed"
    assert "Acme" in refused.json()["detail"]
    refreshed = await acme.world.http.post("/api/v1/auth/refresh", json={"refresh_token": began["refresh_token"]})
    assert problem_of(refreshed) == "sign-in-expired"
    assert (await acme.with_password(acme.admin_email)).status_code == 200
    new = {"email": f"new@{acme.domain}", "name": "New", "roles": ["proctor"], "password": PASSWORD}
    assert problem_of(await acme.call("POST", "/accounts", new)) == "provider-needed"
    made = (
        await acme.call("POST", "/invitations", {"email": new["email"], "name": "New", "roles": ["proctor"]})
    ).json()
    code = made["link"].partition("#")[2]
    look = await acme.world.http.post("/api/v1/invitations/look", json={"code": code})
    assert (look.json()["provider"], look.json()["passwords"]) == ("Acme", False)
    accepted = await acme.world.http.post("/api/v1/invitations/accept", json={"code": code, "password": PASSWORD})
    assert problem_of(accepted) == "provider-needed"


async def test_somebody_with_a_password_is_always_left_to_mend_things(acme: Organisation):
    await acme.configure(passwords_off=True, rules=[{"value": "exam-staff", "role": "admin"}])
    assert (await acme.sign_in()).json()["principal"]["roles"] == ["admin"]
    me = next(
        each for each in (await acme.call("GET", "/accounts")).json()["accounts"] if each["email"] == acme.admin_email
    )
    for method, path, body in (
        ("POST", f"/accounts/{me['account_id']}/deactivate", None),
        ("PUT", f"/accounts/{me['account_id']}/roles", {"roles": ["proctor"]}),
    ):
        assert problem_of(await acme.call(method, path, body)) == "last-administrator"
    assert (await acme.with_password(acme.admin_email)).status_code == 200


async def test_when_the_provider_is_removed_what_it_vouched_for_ends(acme: Organisation):
    arrived = (await acme.sign_in()).json()
    assert (await acme.call("DELETE", "/provider")).status_code == 204
    refreshed = await acme.world.http.post("/api/v1/auth/refresh", json={"refresh_token": arrived["refresh_token"]})
    assert problem_of(refreshed) == "sign-in-expired"
    assert (await acme.call("POST", f"/accounts/{arrived['principal']['subject']}/reset-link")).status_code == 200


async def test_the_operators_link_still_opens_an_account(acme: Organisation):
    await acme.configure(passwords_off=True)
    code = await create_sign_in_link(acme.world.settings, acme.admin_email)
    assert (await acme.world.http.post("/api/v1/auth/sign-in-link", json={"code": code})).status_code == 200


async def test_what_a_provider_vouched_for_ends_after_a_day_however_busy(acme: Organisation):
    token = (await acme.sign_in()).json()["refresh_token"]
    clock = acme.world.service.clock
    lasting = acme.world.settings.staff_refresh_seconds
    real = clock.now

    async def refresh(token: str) -> httpx.Response:
        return await acme.world.http.post("/api/v1/auth/refresh", json={"refresh_token": token})

    with pytest.MonkeyPatch.context() as patch:
        for part in (0.5, 0.9):
            patch.setattr(clock, "now", lambda part=part: real() + timedelta(seconds=lasting * part))
            answer = await refresh(token)
            assert answer.status_code == 200, answer.text
            token = answer.json()["refresh_token"]
        patch.setattr(clock, "now", lambda: real() + timedelta(seconds=lasting + 1))
        assert problem_of(await refresh(token)) == "sign-in-expired"


# ID tokens that prove nothing


def _altered(token: str) -> str:
    header, body, signature = token.split(".")
    swapped = jwt.utils.base64url_decode(body).replace(b"others", b"admins")
    return ".".join((header, jwt.utils.base64url_encode(swapped).decode(), signature))


def _hmac_of(it: FakeProvider, claims: Json) -> str:
    """CVE-2015-9235: the verifier's public key, which everybody knows, taken as an HMAC secret."""
    secret = str(it.public_keys()[0]["n"])
    return jwt.encode(claims, secret, algorithm="HS256", headers={"kid": "k1"})


Mint = Callable[[FakeProvider, Json], str]
STRANGER = new_key()
FORGED: dict[str, Mint] = {
    "another nonce": lambda it, claims: it.signed(claims | {"nonce": "replayed"}),
    "no nonce": lambda it, claims: it.signed({name: claims[name] for name in claims if name != "nonce"}),
    "another audience": lambda it, claims: it.signed(claims | {"aud": "another-client"}),
    "two audiences and no party": lambda it, claims: it.signed(claims | {"aud": [CLIENT_ID, "another"]}),
    "another party": lambda it, claims: it.signed(claims | {"azp": "another"}),
    "another issuer": lambda it, claims: it.signed(claims | {"iss": it.issuer + "/"}),
    "expired": lambda it, claims: it.signed(claims | {"exp": time.time() - 61}),
    "made an hour ago": lambda it, claims: it.signed(claims | {"iat": time.time() - 3600}),
    "made in the future": lambda it, claims: it.signed(claims | {"iat": time.time() + 120}),
    "no expiry": lambda it, claims: it.signed({name: claims[name] for name in claims if name != "exp"}),
    "no subject": lambda it, claims: it.signed({name: claims[name] for name in claims if name != "sub"}),
    "an empty subject": lambda it, claims: it.signed(claims | {"sub": ""}),
    "altered": lambda it, claims: _altered(it.signed(claims)),
    "no signature": lambda it, claims: it.signed(claims).rpartition(".")[0] + ".",
    "algorithm none": lambda _, claims: jwt.encode(claims, None, algorithm="none", headers={"kid": "k1"}),
    "somebody else's key": lambda _, claims: jwt.encode(claims, STRANGER, algorithm="RS256", headers={"kid": "k1"}),
    "an unknown key": lambda _, claims: jwt.encode(claims, STRANGER, algorithm="RS256", headers={"kid": "k9"}),
    "the public key as a shared secret": _hmac_of,
    "the client secret as a key": lambda _, claims: jwt.encode(
        claims, CLIENT_SECRET * 2, algorithm="HS256", headers={"kid": "k1"}
    ),
    "no token": lambda _, __: "",
    "far too long": lambda it, claims: it.signed(claims | {"groups": ["x" * 100] * 1_000}),
}


@pytest.mark.parametrize("forgery", list(FORGED))
async def test_a_token_that_proves_nothing_signs_nobody_in(shared: Organisation, forgery: str):
    shared.provider.claims = a_person(shared.domain)
    shared.provider.mint = lambda claims: FORGED[forgery](shared.provider, claims)
    answer = await shared.sign_in()
    assert (answer.status_code, problem_of(answer)) == (401, "provider-failed"), answer.text
    listed = (await shared.call("GET", "/accounts")).text
    assert shared.provider.claims["email"].lower() not in listed
    shared.provider.mint = None
    assert (await shared.sign_in()).status_code == 200, "and it was the token alone"


async def test_clocks_may_differ_by_a_minute(acme: Organisation):
    acme.provider.mint = lambda claims: acme.provider.signed(
        claims | {"iat": time.time() + 30, "exp": time.time() - 30}
    )
    assert (await acme.sign_in()).status_code == 200


async def test_new_keys_are_found_when_the_first_token_names_them(acme: Organisation, monkeypatch: pytest.MonkeyPatch):
    assert (await acme.sign_in()).status_code == 200
    monkeypatch.setattr("gateway.discovery.NEW_KEYS_EVERY_SECONDS", 0.0)
    acme.provider.keys = {"k2": ec.generate_private_key(ec.SECP256R1())}
    acme.provider.mint = lambda claims: acme.provider.signed(claims, "k2", "ES256")
    assert (await acme.sign_in()).status_code == 200


async def test_invented_keys_do_not_become_requests_to_the_provider(acme: Organisation):
    acme.provider.mint = lambda claims: FORGED["an unknown key"](acme.provider, claims)
    acme.provider.asked.clear()
    for _ in range(5):
        await acme.sign_in()
    assert acme.provider.asked.count("keys") <= 1
    assert "metadata" not in acme.provider.asked


# Codes and states that come back wrong


async def test_a_state_works_once(acme: Organisation):
    departure = await acme.depart()
    back = acme.provider.authorised(departure["url"])
    assert (await acme.finish(departure, back)).status_code == 200
    assert problem_of(await acme.finish(departure, back)) == "provider-failed"


async def test_a_code_works_once_whatever_state_it_comes_with(acme: Organisation):
    departure = await acme.depart()
    back = acme.provider.authorised(departure["url"])
    assert (await acme.finish(departure, back)).status_code == 200
    another = await acme.depart()
    mixed = acme.provider.authorised(another["url"]) | {"code": back["code"]}
    assert problem_of(await acme.finish(another, mixed)) == "provider-failed"


async def test_a_code_of_another_sign_in_does_not_fit(acme: Organisation):
    """PKCE: whoever injects a code into their own sign-in has another verifier."""
    victims, mine = await acme.depart(), await acme.depart()
    stolen = acme.provider.authorised(victims["url"])["code"]
    back = acme.provider.authorised(mine["url"]) | {"code": stolen}
    assert problem_of(await acme.finish(mine, back)) == "provider-failed"


async def test_a_sign_in_ends_in_the_browser_it_began_in(acme: Organisation):
    mine, theirs = await acme.depart(), await acme.depart()
    back = acme.provider.authorised(mine["url"])
    assert problem_of(await acme.finish(theirs, back)) == "provider-failed"
    assert problem_of(await acme.finish(mine, back)) == "provider-failed", "and it is used up"


async def test_an_invented_state_is_nobodys(acme: Organisation):
    departure = await acme.depart()
    back = acme.provider.authorised(departure["url"]) | {"state": "invented"}
    assert problem_of(await acme.finish(departure, back)) == "provider-failed"


async def test_who_takes_too_long_starts_again(acme: Organisation):
    departure = await acme.depart()
    back = acme.provider.authorised(departure["url"])
    clock = acme.world.service.clock
    real = clock.now
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: real() + timedelta(minutes=11))
        assert problem_of(await acme.finish(departure, back)) == "provider-failed"


async def test_settings_changed_on_the_way_make_one_start_again(acme: Organisation):
    departure = await acme.depart()
    back = acme.provider.authorised(departure["url"])
    await acme.configure(domains=[acme.domain, f"also.{acme.domain}"])
    assert problem_of(await acme.finish(departure, back)) == "provider-failed"


async def test_two_organisations_providers_cannot_be_mixed_up(world: World, acme: Organisation):
    async with fake_provider() as elsewhere:
        other = await an_organisation(world, elsewhere)
        # Somebody leaves for acme's provider; what comes back was made by the other one, under its own name.
        departure = await acme.depart()
        state = acme.provider.authorised(departure["url"])["state"]
        foreign = elsewhere.authorised((await other.depart())["url"])
        back = {"code": foreign["code"], "state": state, "iss": elsewhere.issuer}
        assert problem_of(await acme.finish(departure, back)) == "provider-failed"
        assert acme.provider.asked[-1] != "token", "its code went to nobody"
        # The other one signs a token for acme's people with its own key, under acme's name.
        elsewhere.keys = {"k1": STRANGER}
        elsewhere.claims = a_person(acme.domain)
        elsewhere.mint = lambda claims: elsewhere.signed(claims | {"iss": acme.provider.issuer})
        assert problem_of(await other.sign_in()) == "provider-failed"
        # And under its own name, for a person of acme's domain.
        elsewhere.mint = None
        refused = await other.sign_in()
        assert problem_of(refused) in {"provider-failed", "provider-email-refused"}


async def test_a_provider_that_names_itself_always_does(acme: Organisation):
    acme.provider.metadata = {"authorization_response_iss_parameter_supported": True}
    await acme.configure()
    departure = await acme.depart()
    back = acme.provider.authorised(departure["url"])
    assert problem_of(await acme.finish(departure, back)) == "provider-failed"
    departure = await acme.depart()
    back = acme.provider.authorised(departure["url"]) | {"iss": acme.provider.issuer}
    assert (await acme.finish(departure, back)).status_code == 200


# The provider itself


async def test_a_secret_in_the_form_where_the_provider_wants_it_there(acme: Organisation):
    acme.provider.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    await acme.configure()
    assert (await acme.sign_in()).status_code == 200


async def test_a_provider_that_is_away_is_told_apart_from_one_that_refuses(acme: Organisation):
    acme.provider.answer = JSONResponse({}, status_code=500)
    assert (await acme.sign_in()).status_code == 503
    acme.provider.answer = JSONResponse({"error": "invalid_client"}, status_code=401)
    assert problem_of(await acme.sign_in()) == "provider-failed"
    acme.provider.answer = JSONResponse({"id_token": "x" * 300_000})
    assert problem_of(await acme.sign_in()) == "provider-unusable"


async def test_signing_out_leads_to_the_provider_where_it_offers_that(acme: Organisation):
    token = (await acme.sign_in()).json()["refresh_token"]
    out = await acme.world.http.post("/api/v1/auth/provider/sign-out", json={"refresh_token": token})
    assert out.json() == {"continue_at": None}
    acme.provider.metadata = {"end_session_endpoint": f"{acme.provider.issuer}/out"}
    await acme.configure()
    token = (await acme.sign_in()).json()["refresh_token"]
    out = await acme.world.http.post("/api/v1/auth/provider/sign-out", json={"refresh_token": token})
    assert out.json()["continue_at"] == (
        f"{acme.provider.issuer}/out?client_id={CLIENT_ID}&post_logout_redirect_uri=https%3A%2F%2Fexams.example%2Fstaff"
    )
    refreshed = await acme.world.http.post("/api/v1/auth/refresh", json={"refresh_token": token})
    assert problem_of(refreshed) == "sign-in-expired"


# Settings


async def test_the_secret_is_never_shown_and_never_stored_as_it_is(acme: Organisation):
    shown = await acme.call("GET", "/provider")
    assert shown.json()["return_url"] == "https://exams.example/staff/signed-in"
    kept = await acme.world.service.mongo["providers"].find_one({"_id": acme.org_id})
    trail = (await acme.call("GET", "/audit")).text
    for text in (shown.text, str(kept), trail):
        assert CLIENT_SECRET not in text
    assert '"secret":"entered"' in trail


async def test_a_kept_secret_goes_to_nobody_else(acme: Organisation):
    await acme.configure(client_secret=None, name="Renamed")
    assert (await acme.sign_in()).status_code == 200
    async with fake_provider() as elsewhere:
        refused = await acme.call("PUT", "/provider", acme.settings(client_secret=None, issuer=elsewhere.issuer))
        assert problem_of(refused) == "validation-failed"
        assert refused.json()["errors"][0]["field"] == "client_secret"
    # Nor when it is moved in the database.
    await acme.world.service.mongo["providers"].update_one({"_id": acme.org_id}, {"$set": {"client_id": "another"}})
    assert problem_of(await acme.sign_in()) == "provider-unusable"


async def test_two_administrators_do_not_overwrite_each_other(acme: Organisation):
    stale = acme.settings(version=0)
    assert problem_of(await acme.call("PUT", "/provider", stale)) == "stale-version"
    answers = await asyncio.gather(*(acme.call("PUT", "/provider", acme.settings()) for _ in range(4)))
    assert sorted(each.status_code for each in answers) == [200, 409, 409, 409]


async def test_a_domain_belongs_to_one_organisation(world: World, acme: Organisation):
    async with fake_provider() as elsewhere:
        other = await an_organisation(world, elsewhere)
        taken = await other.call("PUT", "/provider", other.settings(domains=[other.domain, acme.domain.upper()]))
        assert problem_of(taken) == "domain-taken"


async def test_how_somebody_signs_in_is_found_by_domain_and_by_organisation(acme: Organisation):
    async def ways(**of: str) -> Json:
        answer: Json = (await acme.world.http.post("/api/v1/auth/ways", json=of)).json()
        return answer

    mine = {"org_id": acme.org_id, "provider": "Acme", "passwords": True}
    assert await ways(email=f"Nobody.Yet@{acme.domain.upper()}") == mine
    assert await ways(org_id=acme.org_id) == mine
    for unknown in ({"email": "a@nowhere.example"}, {"org_id": "nobody"}, {"email": f"a@sub.{acme.domain}"}):
        assert await ways(**unknown) == {"org_id": None, "provider": None, "passwords": True}


@pytest.mark.parametrize(
    ("issuer", "says"),
    [
        ("http://provider.example", "https"),
        ("ftp://provider.example", "https"),
        ("https://user:pw@provider.example", "no address"),
        ("not an address", "no address"),
        ("https://[::1", "no address"),
    ],
)
async def test_an_issuer_that_cannot_be_one_is_refused(shared: Organisation, issuer: str, says: str):
    refused = await shared.call("PUT", "/provider", shared.settings(issuer=issuer))
    assert problem_of(refused) == "provider-unusable"
    assert says in refused.json()["detail"]


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://somebody.else.example"},
        {"token_endpoint": None},
        {"token_endpoint": "http://provider.example/token"},
        {"response_types_supported": ["id_token"]},
        {"token_endpoint_auth_methods_supported": ["private_key_jwt"]},
        {"code_challenge_methods_supported": ["plain"]},
    ],
)
async def test_a_provider_that_publishes_too_little_is_refused(shared: Organisation, metadata: Json):
    shared.provider.metadata = metadata
    refused = await shared.call("PUT", "/provider", shared.settings())
    assert problem_of(refused) == "provider-unusable"


async def test_a_provider_that_does_not_answer_is_not_kept(acme: Organisation):
    refused = await acme.call("PUT", "/provider", acme.settings(issuer=f"http://127.0.0.1:{free_port()}"))
    assert problem_of(refused) == "provider-unusable"
    assert "does not answer" in refused.json()["detail"]
    assert (await acme.call("GET", "/provider")).json()["provider"]["issuer"] == acme.provider.issuer


@pytest.mark.parametrize("role", ["candidate", "service", "program"])
async def test_rules_give_roles_of_the_staff_alone(shared: Organisation, role: str):
    rules = [{"value": "exam-staff", "role": role}]
    assert problem_of(await shared.call("PUT", "/provider", shared.settings(rules=rules))) == "validation-failed"


async def test_only_administrators_see_and_change_it(world: World):
    async with AsyncExitStack() as closing:
        acme = await an_organisation(world, await closing.enter_async_context(fake_provider()))
        proctor = (await acme.sign_in()).json()["access_token"]
        acme.token = proctor
        for method, body in (("GET", None), ("PUT", acme.settings()), ("DELETE", None)):
            assert problem_of(await acme.call(method, "/provider", body)) == "not-allowed"
