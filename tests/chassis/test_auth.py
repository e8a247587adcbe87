"""Tokens and roles."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import httpx
import jwt
import pytest
from fastapi import Depends, FastAPI

from chassis import auth, problems
from chassis.access import allowed
from chassis.auth import Principal, PrincipalKind, TokenSigner, TokenVerifier, new_key_pair
from chassis.outcomes import Rejected
from contracts.access import BROADCAST_SEND
from contracts.statuses import Role

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
PRIVATE, PUBLIC = new_key_pair()
PROCTOR = Principal("u1", PrincipalKind.STAFF, frozenset({Role.PROCTOR}), "org", "Ada")
CANDIDATE = Principal("c1", PrincipalKind.CANDIDATE, frozenset({Role.CANDIDATE}), "org", "Bo", "s1", "p1")


def signed(principal: Principal = PROCTOR, lifetime_s: int = 600) -> str:
    return TokenSigner(PRIVATE).sign(principal, lifetime_s, NOW)


def verifier(after: timedelta = timedelta(0)) -> TokenVerifier:
    return TokenVerifier(PUBLIC, lambda: NOW + after)


@pytest.mark.parametrize("principal", [PROCTOR, CANDIDATE])
def test_a_signed_principal_comes_back_whole(principal: Principal):
    assert verifier().verify(signed(principal)) == principal


def test_an_old_token_is_expired_and_not_merely_invalid():
    with pytest.raises(Rejected) as refusal:
        verifier(timedelta(seconds=700)).verify(signed())
    assert refusal.value.problem.name == "sign-in-expired"


def test_a_token_that_is_known_grows_old_all_the_same():
    now = [NOW]
    remembering = TokenVerifier(PUBLIC, lambda: now[0])
    token = signed()
    assert remembering.verify(token) == remembering.verify(token) == PROCTOR
    now[0] += timedelta(seconds=700)
    with pytest.raises(Rejected) as refusal:
        remembering.verify(token)
    assert refusal.value.problem.name == "sign-in-expired"


def test_knowing_a_token_lets_no_other_one_in():
    remembering = verifier()
    token = signed()
    remembering.verify(token)
    head, claims, _ = token.split(".")
    for other in (f"{head}.{claims}.{signed(CANDIDATE).split('.')[2]}", token[:-4] + "AAAA"):
        with pytest.raises(Rejected):
            remembering.verify(other)
    assert len(remembering._known) == 1


def test_only_so_many_tokens_are_known(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(auth, "TOKENS_KNOWN_MAX", 2)
    remembering = verifier()
    for _ in range(5):
        remembering.verify(signed())
    assert len(remembering._known) == 2


def forged(**changes: Any) -> str:
    claims = jwt.decode(signed(), options={"verify_signature": False}) | changes
    return jwt.encode({name: value for name, value in claims.items() if value is not None}, new_key_pair()[0], "EdDSA")


def resigned(**changes: Any) -> str:
    claims = jwt.decode(signed(), options={"verify_signature": False}) | changes
    return jwt.encode({name: value for name, value in claims.items() if value is not None}, PRIVATE, "EdDSA")


@pytest.mark.parametrize(
    "token",
    [
        "",
        "nonsense",
        forged(),
        signed()[:-4] + "AAAA",
        jwt.encode({"sub": "u1"}, "", "none"),
        jwt.encode(jwt.decode(signed(), options={"verify_signature": False}), PUBLIC.hex(), "HS256"),
        resigned(aud="elsewhere"),
        resigned(iss="elsewhere"),
        resigned(exp=None),
        resigned(iat=None),
        resigned(org=None),
        resigned(roles=["emperor"]),
        resigned(kind="ghost"),
        resigned(roles=7),
    ],
)
def test_anything_else_is_not_signed_in(token: str):
    with pytest.raises(Rejected) as refusal:
        verifier().verify(token)
    assert refusal.value.problem.name == "not-signed-in"


def test_keys_of_another_kind_are_refused_at_start():
    with pytest.raises(TypeError):
        TokenVerifier(_rsa_public())


def _rsa_public() -> bytes:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415

    key = rsa.generate_private_key(65537, 2048).public_key()
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture
def client() -> httpx.AsyncClient:
    app = FastAPI()
    problems.install(app)
    app.state.verifier = verifier()

    @app.get("/hall")
    async def hall(who: Annotated[Principal, Depends(allowed(BROADCAST_SEND))]) -> dict[str, str]:
        return {"name": who.name}

    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


@pytest.mark.parametrize(
    ("header", "status", "name"),
    [
        ({}, 401, "not-signed-in"),
        ({"Authorization": "Basic abc"}, 401, "not-signed-in"),
        ({"Authorization": "Bearer abc"}, 401, "not-signed-in"),
        ({"Authorization": f"Bearer {signed(CANDIDATE)}"}, 403, "not-allowed"),
    ],
)
async def test_a_route_says_what_is_missing(client: httpx.AsyncClient, header: dict[str, str], status: int, name: str):
    answer = await client.get("/hall", headers=header)
    assert answer.status_code == status
    assert answer.json()["type"] == f"/problems/{name}"
    assert answer.headers["content-type"] == "application/problem+json"
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)


async def test_a_role_that_may_gets_in(client: httpx.AsyncClient):
    answer = await client.get("/hall", headers={"Authorization": f"Bearer {signed()}"})
    assert answer.json() == {"name": "Ada"}
