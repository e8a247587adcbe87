"""Who is asking: signed tokens (JWT, EdDSA by RFC 8037) and the roles a route asks for.

The gateway signs; every service verifies again, because nothing inside is trusted for being inside.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Final

import jwt
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from chassis.identifiers import new_id
from chassis.outcomes import Rejected
from contracts import problems
from contracts.statuses import Role

ISSUER: Final = "examhall"
AUDIENCE: Final = "examhall"
ALGORITHM: Final = "EdDSA"
LEEWAY_SECONDS: Final = 5  # replicas share one clock; this covers a machine whose clock is not yet measured
_REQUIRED: Final = ["iss", "aud", "exp", "iat", "sub", "kind", "roles", "org"]


class PrincipalKind(StrEnum):
    STAFF = "staff"
    CANDIDATE = "candidate"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody signed in. Candidates carry the session and the participant they are; others carry neither."""

    subject: str
    kind: PrincipalKind
    roles: frozenset[Role]
    org_id: str
    name: str
    session_id: str | None = None
    participant_id: str | None = None

    def has(self, *roles: Role) -> bool:
        return not self.roles.isdisjoint(roles)


class TokenSigner:
    """`audience` sets tokens of another use apart: a verifier takes only its own."""

    def __init__(self, private_key_pem: bytes, audience: str = AUDIENCE) -> None:
        key = load_pem_private_key(private_key_pem, password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError("the token key must be an Ed25519 private key in PEM")
        self._key = key
        self._audience = audience

    def sign(self, principal: Principal, lifetime_s: int, now: datetime) -> str:
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": self._audience,
            "jti": new_id(),
            "iat": now,
            "exp": now + timedelta(seconds=lifetime_s),
            "sub": principal.subject,
            "kind": principal.kind.value,
            "roles": sorted(role.value for role in principal.roles),
            "org": principal.org_id,
            "name": principal.name,
        }
        if principal.session_id is not None:
            claims["session"] = principal.session_id
        if principal.participant_id is not None:
            claims["participant"] = principal.participant_id
        return jwt.encode(claims, self._key, algorithm=ALGORITHM)


class TokenVerifier:
    """`now` replaces the system clock, so that replicas judge by the shared one."""

    def __init__(
        self, public_key_pem: bytes, now: Callable[[], datetime] | None = None, audience: str = AUDIENCE
    ) -> None:
        key = load_pem_public_key(public_key_pem)
        if not isinstance(key, Ed25519PublicKey):
            raise TypeError("the token key must be an Ed25519 public key in PEM")
        self._key = key
        self._audience = audience
        self._now = now or _system_now

    def verify(self, token: str) -> Principal:
        """Raises Rejected: `sign-in-expired` for a good token too old, `not-signed-in` for anything else."""
        try:
            claims = jwt.decode(
                token,
                self._key,
                algorithms=[ALGORITHM],
                audience=self._audience,
                issuer=ISSUER,
                options={"require": _REQUIRED, "verify_exp": False, "verify_iat": False},
            )
            expires = float(claims["exp"])
            principal = Principal(
                subject=str(claims["sub"]),
                kind=PrincipalKind(claims["kind"]),
                roles=frozenset(Role(role) for role in claims["roles"]),
                org_id=str(claims["org"]),
                name=str(claims.get("name", "")),
                session_id=claims.get("session"),
                participant_id=claims.get("participant"),
            )
        except (jwt.InvalidTokenError, ValueError, TypeError) as error:
            raise Rejected(problems.NOT_SIGNED_IN, "The token is not valid.") from error
        if self._now().timestamp() > expires + LEEWAY_SECONDS:
            raise Rejected(problems.SIGN_IN_EXPIRED, "Sign in again.")
        return principal


def _system_now() -> datetime:
    return datetime.now(UTC)


def new_key_pair() -> tuple[bytes, bytes]:
    """A fresh (private, public) pair in PEM."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private, public


_bearer: Final = HTTPBearer(auto_error=False, bearerFormat="JWT", description="A token from the gateway's sign-in")
_Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


async def signed_in(request: Request, credentials: _Credentials) -> Principal:
    """Whoever is signed in, with any role."""
    if credentials is None:
        raise Rejected(problems.NOT_SIGNED_IN, "Send an Authorization header with a bearer token.")
    verifier: TokenVerifier | None = getattr(request.app.state, "verifier", None)
    if verifier is None:
        raise RuntimeError("no token key: set EXAMHALL_TOKEN_PUBLIC_KEY_FILE")
    principal = verifier.verify(credentials.credentials)
    structlog.contextvars.bind_contextvars(subject=principal.subject, org_id=principal.org_id)
    return principal


def require(*roles: Role) -> Callable[[Principal], Awaitable[Principal]]:
    """A dependency giving the Principal, if they hold any of `roles`; with none named, for everybody signed in."""

    async def dependency(principal: Annotated[Principal, Depends(signed_in)]) -> Principal:
        if roles and not principal.has(*roles):
            allowed = ", ".join(sorted(role.value for role in roles))
            raise Rejected(problems.NOT_ALLOWED, f"This needs one of the roles: {allowed}.")
        return principal

    return dependency
