"""What providers publish about themselves (OpenID Connect Discovery 1.0) and their keys, kept for a while."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from chassis.outcomes import Rejected, Transient
from contracts import problems
from gateway.outward import Outward

KEPT_SECONDS: Final = 3600.0  # providers announce changes days ahead; keys that are missing are fetched at once
LONGEST_SECONDS: Final = 24 * 3600.0  # what is known serves on while the provider's metadata is away
NEW_KEYS_EVERY_SECONDS: Final = 30.0  # tokens that name invented keys must not become requests to the provider
ISSUERS_MAX: Final = 500  # some kilobytes each
KEYS_MAX: Final = 50
WELL_KNOWN: Final = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Metadata:
    """`secret_in_body`: the client proves itself in the form, not by HTTP Basic. `names_itself`: answers carry `iss`
    (RFC 9207).
    """

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    keys_url: str
    userinfo_endpoint: str | None
    sign_out_endpoint: str | None
    secret_in_body: bool
    names_itself: bool


@dataclass(slots=True)
class _Known:
    """Moments are of `time.monotonic`. `keys` are JSON Web Keys (RFC 7517)."""

    metadata: Metadata
    read_at: float
    keys: list[dict[str, Any]] = field(default_factory=list)
    keys_read_at: float = float("-inf")


class Discovery:
    def __init__(self, outward: Outward, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._outward = outward
        self._now = monotonic
        self._known: dict[str, _Known] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def metadata(self, issuer: str, *, afresh: bool = False) -> Metadata:
        """Raises Rejected `provider-unusable`, Transient."""
        return (await self._about(issuer, afresh=afresh)).metadata

    async def keys(self, issuer: str, *, missing: bool = False) -> list[dict[str, Any]]:
        """`missing`: the ones known lack one; they are read again, unless that was just done."""
        known = await self._about(issuer)
        async with self._lock(issuer):
            age = self._now() - known.keys_read_at
            if age < (NEW_KEYS_EVERY_SECONDS if missing else KEPT_SECONDS):
                return known.keys

            async def read() -> None:
                document = await self._outward.get(known.metadata.keys_url)
                found = document.get("keys")
                if not isinstance(found, list):
                    raise Rejected(problems.PROVIDER_UNUSABLE, f"{known.metadata.keys_url} holds no keys.")
                known.keys = [each for each in found if isinstance(each, dict)][:KEYS_MAX]
                known.keys_read_at = self._now()

            await _or_go_on(read, known.keys_read_at + LONGEST_SECONDS > self._now())
            return known.keys

    async def _about(self, issuer: str, *, afresh: bool = False) -> _Known:
        async with self._lock(issuer):
            known = self._known.get(issuer)
            if known is not None and not afresh and self._now() - known.read_at < KEPT_SECONDS:
                return known

            async def read() -> None:
                document = await self._outward.get(issuer.rstrip("/") + WELL_KNOWN)
                metadata = read_metadata(issuer, document, self._outward.check)
                if known is None or known.metadata != metadata:
                    self._known[issuer] = _Known(metadata, self._now())
                else:
                    known.read_at = self._now()

            serves_on = known is not None and not afresh and known.read_at + LONGEST_SECONDS > self._now()
            await _or_go_on(read, serves_on)
            return self._known[issuer]

    def _lock(self, issuer: str) -> asyncio.Lock:
        """One of all who wait asks the provider."""
        if len(self._known) > ISSUERS_MAX:
            self._known.pop(next(iter(self._known)))
        if len(self._locks) > ISSUERS_MAX:
            self._locks = {name: lock for name, lock in self._locks.items() if lock.locked()}
        return self._locks.setdefault(issuer, asyncio.Lock())


async def _or_go_on(read: Callable[[], Awaitable[None]], serves_on: bool) -> None:
    try:
        await read()
    except Transient:
        if not serves_on:
            raise


def read_metadata(issuer: str, document: dict[str, Any], check: Callable[[str], str]) -> Metadata:
    """Raises Rejected `provider-unusable`: it names another issuer, or lacks what a sign-in needs."""
    if document.get("issuer") != issuer:
        raise Rejected(problems.PROVIDER_UNUSABLE, f"It calls itself {str(document.get('issuer'))[:200]!r}.")

    def url(name: str) -> str:
        value = document.get(name)
        if not isinstance(value, str):
            raise Rejected(problems.PROVIDER_UNUSABLE, f"It names no {name}.")
        return check(value)

    def url_or_none(name: str) -> str | None:
        return url(name) if document.get(name) is not None else None

    if "code" not in document.get("response_types_supported", ["code"]):
        raise Rejected(problems.PROVIDER_UNUSABLE, "It does not offer the authorization code flow.")
    methods = document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    if not {"client_secret_basic", "client_secret_post"} & set(methods):
        raise Rejected(problems.PROVIDER_UNUSABLE, "It takes no client secret.")
    if "S256" not in document.get("code_challenge_methods_supported", ["S256"]):
        raise Rejected(problems.PROVIDER_UNUSABLE, "It does not offer PKCE with S256.")
    return Metadata(
        issuer=issuer,
        authorization_endpoint=url("authorization_endpoint"),
        token_endpoint=url("token_endpoint"),
        keys_url=url("jwks_uri"),
        userinfo_endpoint=url_or_none("userinfo_endpoint"),
        sign_out_endpoint=url_or_none("end_session_endpoint"),
        secret_in_body="client_secret_basic" not in methods,
        names_itself=document.get("authorization_response_iss_parameter_supported") is True,
    )
