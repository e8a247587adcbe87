"""An organisation's own OpenID provider: whom it lets in, and as what. Pure rules.

Deny first: without a verified address of an allowed domain, and without a claim that gives a role, nobody comes in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chassis.outcomes import Rejected
from contracts import problems
from contracts.statuses import Role


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is at their provider. OpenID Connect Core 1.0, section 5.7: nothing else is unique and lasting."""

    issuer: str
    subject: str


@dataclass(frozen=True, slots=True)
class RoleRule:
    """Whoever's claim holds `value` has `role`."""

    value: str
    role: Role


@dataclass(frozen=True, slots=True)
class Provider:
    """`sealed_secret` is the client secret as `gateway.sealing` seals it. `version` counts the changes."""

    org_id: str
    version: int
    name: str
    issuer: str
    client_id: str
    sealed_secret: str
    scopes: tuple[str, ...]
    role_claim: str
    rules: tuple[RoleRule, ...]
    domains: tuple[str, ...]
    creates_accounts: bool
    passwords_off: bool


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody whom the provider vouches for and the organisation's rules let in."""

    identity: Identity
    email: str
    name: str
    roles: frozenset[Role]


def domain_of(email: str) -> str:
    return email.rpartition("@")[2].strip().lower()


def value_at(claims: Mapping[str, Any], path: str) -> Any:
    """A claim by its name, which may hold dots; else by steps, as in Keycloak's `realm_access.roles`."""
    if path in claims:
        return claims[path]
    value: Any = claims
    for step in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(step)
    return value


def roles_of(provider: Provider, claims: Mapping[str, Any]) -> frozenset[Role]:
    """Every role that a rule gives for a text or one in a list, compared exactly; any other claim gives none."""
    found = value_at(claims, provider.role_claim)
    listed = [found] if isinstance(found, str) else found if isinstance(found, list) else []
    values = {each for each in listed if isinstance(each, str)}
    return frozenset(rule.role for rule in provider.rules if rule.value in values)


def admitted(provider: Provider, claims: Mapping[str, Any]) -> Visitor:
    """Whoever these verified claims are about.

    Raises Rejected `provider-email-refused`, `provider-no-role`.
    """
    email = claims.get("email")
    if not isinstance(email, str) or email.count("@") != 1 or claims.get("email_verified") is not True:
        raise Rejected(problems.PROVIDER_EMAIL_REFUSED, "Your provider names no e-mail address that it has verified.")
    if domain_of(email) not in provider.domains:
        raise Rejected(problems.PROVIDER_EMAIL_REFUSED, "Your e-mail address is of a domain that may not sign in here.")
    roles = roles_of(provider, claims)
    if not roles:
        raise Rejected(problems.PROVIDER_NO_ROLE, "Ask an administrator which group lets you in.")
    name = claims.get("name")
    return Visitor(
        identity=Identity(provider.issuer, str(claims["sub"])),
        email=email.strip().lower(),
        name=name.strip() if isinstance(name, str) and name.strip() else email,
        roles=roles,
    )


def lets_use_password(provider: Provider | None, roles: frozenset[Role], identity: Identity | None) -> bool:
    """Linked accounts sign in with the provider alone, or leaving it would not close the door behind them. Where the
    organisation does without passwords, administrators who are not linked keep theirs: when the provider is away or
    was set wrongly, somebody can still come in and mend it.
    """
    if provider is None:
        return True
    if identity is not None and identity.issuer == provider.issuer:
        return False
    return not provider.passwords_off or Role.ADMIN in roles
