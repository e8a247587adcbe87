"""Who is asking: signed tokens (JWT, EdDSA by RFC 8037). What they may do is judged by `chassis.access`.

The gateway signs; every service verifies again, because nothing inside is trusted for being inside.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
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
from contracts.access import Action, Reach, Scope
from contracts.statuses import Role

ISSUER: Final = "examhall"
AUDIENCE: Final = "examhall"
ALGORITHM: Final = "EdDSA"
LEEWAY_SECONDS: Final = 5  # replicas share one clock; this covers a machine whose clock is not yet measured
TOKENS_KNOWN_MAX: Final = 5_000  # some kilobytes each
_REQUIRED: Final = ["iss", "aud", "exp", "iat", "sub", "kind", "roles", "org"]


class PrincipalKind(StrEnum):
    STAFF = "staff"
    CANDIDATE = "candidate"
    SERVICE = "service"
    PROGRAM = "program"


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody signed in. Candidates carry the session and the participant they are; others carry neither.

    `sign_in` is the sign-in a staff token came from, and `issued_at` when, in epoch seconds. `reach` is how far the
    action of the route in hand reaches for them (`chassis.access.allowed` sets it).
    """

    subject: str
    kind: PrincipalKind
    roles: frozenset[Role]
    org_id: str
    name: str
    session_id: str | None = None
    participant_id: str | None = None
    scopes: frozenset[Scope] = frozenset()
    sign_in: str | None = None
    locked: bool = False
    """Their session is sat in Safe Exam Browser: the edge takes this token from nowhere else."""
    issued_at: float = field(default=0.0, compare=False)  # of the token, not of the person
    reach: Reach | None = None

    def reach_of(self, action: Action) -> Reach | None:
        """How far the action reaches for them; None: they may not."""
        return action.reach(self.roles, self.scopes)

    def may(self, action: Action) -> bool:
        return self.reach_of(action) is not None

    @property
    def within(self) -> str | None:
        """The organisation that questions are limited to; None: all of them."""
        return None if self._reach() is Reach.EVERYWHERE else self.org_id

    def sees(self, org_id: str) -> bool:
        return self.within in {None, org_id}

    @property
    def only_own(self) -> bool:
        return self._reach() is Reach.OWN

    def check_assigned(self, proctor_ids: Collection[str]) -> None:
        """Raises Rejected `not-allowed` where the action reaches assigned sessions only, and others are assigned."""
        if not self.works_on(self._reach(), proctor_ids):
            raise Rejected(problems.NOT_ALLOWED, "You are not assigned to this session.")

    def works_on(self, reach: Reach | None, proctor_ids: Collection[str]) -> bool:
        """Whether `reach` covers a session of their organisation; one that names no proctor is every proctor's."""
        if reach is Reach.ASSIGNED:
            return not proctor_ids or self.subject in proctor_ids
        return reach in {Reach.ORGANISATION, Reach.EVERYWHERE}

    def _reach(self) -> Reach:
        if self.reach is None:
            raise RuntimeError("no action was declared for what this principal does")
        return self.reach


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
            "iat": now.timestamp(),  # to the millisecond: a revocation compares it
            "exp": now + timedelta(seconds=lifetime_s),
            "sub": principal.subject,
            "kind": principal.kind.value,
            "roles": sorted(role.value for role in principal.roles),
            "org": principal.org_id,
            "name": principal.name,
        }
        if principal.scopes:
            claims["scopes"] = sorted(scope.value for scope in principal.scopes)
        if principal.sign_in is not None:
            claims["sid"] = principal.sign_in
        if principal.locked:
            claims["locked"] = True
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
        self._known: OrderedDict[str, tuple[Principal, float]] = OrderedDict()

    def verify(self, token: str) -> Principal:
        """Raises Rejected: `sign-in-expired` for a good token too old, `not-signed-in` for anything else."""
        known = self._known.get(token)
        if known is None:
            # Whoever asks once asks several times; what was signed stays so, and only its age is looked at again.
            known = self._known[token] = self._read(token)
            if len(self._known) > TOKENS_KNOWN_MAX:
                self._known.popitem(last=False)
        principal, expires = known
        if self._now().timestamp() > expires + LEEWAY_SECONDS:
            raise Rejected(problems.SIGN_IN_EXPIRED, "Sign in again.")
        return principal

    def _read(self, token: str) -> tuple[Principal, float]:
        """Whose token it is, and when it expires. Raises Rejected `not-signed-in`."""
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
                scopes=frozenset(Scope(scope) for scope in claims.get("scopes", ())),
                sign_in=claims.get("sid"),
                locked=claims.get("locked") is True,
                issued_at=float(claims["iat"]),
            )
        except (jwt.InvalidTokenError, ValueError, TypeError) as error:
            raise Rejected(problems.NOT_SIGNED_IN, "The token is not valid.") from error
        return principal, expires


def _system_now() -> datetime:
    return datetime.now(UTC)


def new_key_pair() -> tuple[bytes, bytes]:
    """A fresh (private, public) pair in PEM."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private, public


Guard = Callable[[Request, Principal], None]
"""What the edge asks of a request beyond a good token; raises Rejected. Services behind it have none."""

_bearer: Final = HTTPBearer(auto_error=False, bearerFormat="JWT", description="A token from the gateway's sign-in")
_Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


def verified(request: Request, token: str) -> Principal:
    """Whose token a request brings. Raises Rejected, as the verifier and the guard do."""
    verifier: TokenVerifier | None = getattr(request.app.state, "verifier", None)
    if verifier is None:
        raise RuntimeError("no token key: set EXAMHALL_TOKEN_PUBLIC_KEY_FILE")
    principal = verifier.verify(token)
    guard: Guard | None = getattr(request.app.state, "guard", None)
    if guard is not None:
        guard(request, principal)
    return principal


async def signed_in(request: Request, credentials: _Credentials) -> Principal:
    """Whoever is signed in, with any role."""
    if credentials is None:
        raise Rejected(problems.NOT_SIGNED_IN, "Send an Authorization header with a bearer token.")
    principal = verified(request, credentials.credentials)
    structlog.contextvars.bind_contextvars(subject=principal.subject, org_id=principal.org_id)
    return principal
