"""Judging an ID token: OpenID Connect Core 1.0, section 3.1.3.7. Pure: keys and the moment are arguments."""

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import jwt

SKEW_SECONDS: Final = 60  # between the provider's clock and ours; both keep time by NTP
AGE_SECONDS_MAX: Final = 600  # it is fetched within seconds of being made
SUBJECT_LENGTH: Final = 255  # Core 1.0, section 2
TOKEN_LENGTH_MAX: Final = 64 * 1024  # with a thousand groups in it
# By the kind of key, so that a public key is never taken for a shared secret; `none` and HMAC are not among them.
ALGORITHMS: Final[Mapping[str, frozenset[str]]] = {
    "RSA": frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}),
    "EC": frozenset({"ES256", "ES384", "ES512"}),
    "OKP": frozenset({"EdDSA"}),
}


class NotGenuine(Exception):
    """The token proves nothing; the words are for the log."""


class KeyUnknown(Exception):
    """None of these keys made it: the provider may have changed them."""


def key_for(token: str, keys: Sequence[Mapping[str, Any]]) -> tuple[jwt.PyJWK, str]:
    """The key that the token names, and the algorithm to verify with. Raises NotGenuine, KeyUnknown."""
    if len(token) > TOKEN_LENGTH_MAX:
        raise NotGenuine("it is too long")
    try:
        header = jwt.get_unverified_header(token)
    except jwt.InvalidTokenError as error:
        raise NotGenuine(str(error)) from error
    algorithm, kid = header.get("alg"), header.get("kid")
    if not any(algorithm in each for each in ALGORITHMS.values()):
        raise NotGenuine(f"the algorithm {algorithm!r} is not taken")
    fitting = [
        each
        for each in keys
        if algorithm in ALGORITHMS.get(str(each.get("kty")), ())
        and each.get("use", "sig") == "sig"
        and each.get("alg", algorithm) == algorithm
        and (kid is None or each.get("kid") == kid)
    ]
    if not fitting:
        raise KeyUnknown(str(kid))
    if len(fitting) > 1:
        raise NotGenuine("it does not say which of several keys made it")
    try:
        return jwt.PyJWK(dict(fitting[0]), algorithm), str(algorithm)
    except jwt.PyJWTError as error:
        raise NotGenuine(str(error)) from error


def verified(
    token: str, keys: Sequence[Mapping[str, Any]], *, issuer: str, client_id: str, nonce: str, now: datetime
) -> dict[str, Any]:
    """The claims of a genuine token that was made for this client and this sign-in. Raises NotGenuine, KeyUnknown."""
    key, algorithm = key_for(token, keys)
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience=client_id,
            issuer=issuer,
            # Times are judged below, by the clock that all replicas share.
            options={"require": ["iss", "aud", "exp", "iat", "sub"], "verify_exp": False, "verify_iat": False},
        )
        expires, issued = float(claims["exp"]), float(claims["iat"])
    except (jwt.PyJWTError, TypeError, ValueError) as error:
        raise NotGenuine(str(error)) from error
    moment = now.timestamp()
    if moment >= expires + SKEW_SECONDS:
        raise NotGenuine("it has expired")
    if not moment - AGE_SECONDS_MAX - SKEW_SECONDS <= issued <= moment + SKEW_SECONDS:
        raise NotGenuine("it was not made just now")
    audience = claims["aud"]
    party = claims.get("azp")
    if (isinstance(audience, list) and len(audience) > 1 and party is None) or party not in {None, client_id}:
        raise NotGenuine("it was made for another party")
    given = claims.get("nonce")
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), nonce.encode()):
        raise NotGenuine("the nonce is not the one of this sign-in")
    if not 0 < len(claims["sub"]) <= SUBJECT_LENGTH:
        raise NotGenuine("the subject is empty or too long")
    return claims
