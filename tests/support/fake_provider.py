"""An OpenID provider that a test can make misbehave. It takes no sign-ins: the test says who has signed in."""

import base64
import hashlib
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from gateway_world import free_port, serving

CLIENT_ID = "examhall"
CLIENT_SECRET = "s3cret & with:signs/äö"  # needs encoding in HTTP Basic

Json = dict[str, Any]


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


FIRST_KEY = new_key()  # a second of work


@dataclass
class FakeProvider:
    """`claims` is who has signed in. `mint` replaces how ID tokens are made, `metadata` adds to what is published."""

    issuer: str
    claims: Json
    keys: dict[str, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey] = field(default_factory=lambda: {"k1": FIRST_KEY})
    metadata: Json = field(default_factory=dict)
    userinfo: Json = field(default_factory=dict)
    mint: Callable[[Json], str] | None = None
    answer: Response | None = None
    """Of the token endpoint, instead of what it should say."""
    codes: dict[str, Json] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def authorised(self, url: str) -> dict[str, str]:
        """What comes back in the browser's address after signing in at `url`, the one of the departure."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert url.startswith(f"{self.issuer}/authorize?")
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe()
        self.codes[code] = asked
        return {"code": code, "state": asked["state"]}

    def good_claims(self, asked: Json) -> Json:
        now = int(time.time())
        made = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        return made | self.claims

    def signed(self, claims: Json, kid: str = "k1", algorithm: str = "RS256") -> str:
        return jwt.encode(claims, self.keys[kid], algorithm=algorithm, headers={"kid": kid})

    def public_keys(self) -> list[Json]:
        found = []
        for kid, key in self.keys.items():
            kind = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else jwt.algorithms.ECAlgorithm
            found.append(orjson.loads(kind.to_jwk(key.public_key())) | {"kid": kid, "use": "sig"})  # type: ignore[arg-type]
        return found

    def application(self) -> FastAPI:
        app = FastAPI()

        @app.get("/.well-known/openid-configuration")
        def discovery() -> Json:
            self.asked.append("metadata")
            return {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "userinfo_endpoint": f"{self.issuer}/me",
                "response_types_supported": ["code"],
            } | self.metadata

        @app.get("/keys")
        def keys() -> Json:
            self.asked.append("keys")
            return {"keys": self.public_keys()}

        @app.get("/me")
        def me(request: Request) -> Json:
            assert request.headers["authorization"] == "Bearer for-userinfo"
            return {"sub": self.claims["sub"]} | self.userinfo

        @app.post("/token")
        async def token(request: Request) -> Response:
            self.asked.append("token")
            form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
            return self.answer or self._tokens(form, request.headers.get("authorization", ""))

        return app

    def _tokens(self, form: dict[str, str], authorization: str) -> Response:
        asked = self.codes.pop(form.get("code", ""), None)  # once
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        proved = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if "client_secret" in form:
            client = (form["client_id"], form["client_secret"])
        else:
            pair = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
            decoded = parse_qs(f"id={pair[0]}&secret={pair[2]}")
            client = (decoded["id"][0], decoded["secret"][0])
        if client != (CLIENT_ID, CLIENT_SECRET):
            return JSONResponse({"error": "invalid_client"}, status_code=401)
        if asked is None or asked["code_challenge"] != proved or asked["redirect_uri"] != form["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        claims = self.good_claims(asked)
        made = self.signed(claims) if self.mint is None else self.mint(claims)
        return JSONResponse({"id_token": made, "access_token": "for-userinfo", "token_type": "Bearer"})


@asynccontextmanager
async def fake_provider(**claims: Any) -> AsyncIterator[FakeProvider]:
    port = free_port()
    provider = FakeProvider(f"http://127.0.0.1:{port}", claims)
    async with serving(provider.application(), port, lifespan="off"):
        yield provider
