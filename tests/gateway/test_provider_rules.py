"""Who a provider lets in, and what is sealed: the rules alone."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.auth import new_key_pair
from chassis.outcomes import Rejected
from contracts.statuses import STAFF, Role
from gateway.domain.provider import Identity, Provider, RoleRule, admitted, lets_use_password, roles_of, value_at
from gateway.sealing import Seal, Unsealable

SEAL, OTHER_SEAL = Seal(new_key_pair()[0]), Seal(new_key_pair()[0])
words = st.text(min_size=1, max_size=12)
staff_roles = st.sampled_from(sorted(STAFF))
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | words, lambda more: st.lists(more) | st.dictionaries(words, more)
)


def provider(**changes: Any) -> Provider:
    values: dict[str, Any] = {
        "org_id": "acme",
        "version": 1,
        "name": "Acme",
        "issuer": "https://id.acme.example",
        "client_id": "examhall",
        "sealed_secret": "",
        "scopes": (),
        "role_claim": "groups",
        "rules": (RoleRule("staff", Role.PROCTOR),),
        "domains": ("acme.example",),
        "creates_accounts": True,
        "passwords_off": False,
    }
    return Provider(**(values | changes))


@given(st.lists(st.builds(RoleRule, words, staff_roles)), anything)
def test_a_role_is_given_by_a_rule_for_a_value_that_is_there_and_by_nothing_else(
    rules: list[RoleRule], claim: Any
) -> None:
    values = [claim] if isinstance(claim, str) else claim if isinstance(claim, list) else []
    given_roles = roles_of(provider(rules=tuple(rules)), {"groups": claim})
    assert given_roles == {
        rule.role for rule in rules if rule.value in [each for each in values if isinstance(each, str)]
    }


@given(anything, anything, anything)
def test_whatever_a_provider_says_nobody_comes_in_without_a_verified_address_of_the_domain_and_a_role(
    email: Any, verified: Any, groups: Any
) -> None:
    claims = {"sub": "1", "email": email, "email_verified": verified, "groups": groups}
    try:
        visitor = admitted(provider(), claims)
    except Rejected:
        return
    assert verified is True
    assert visitor.email.endswith("@acme.example")
    assert visitor.roles == {Role.PROCTOR}


def test_a_claims_own_name_comes_before_the_steps_to_one() -> None:
    assert value_at({"a.b": 1, "a": {"b": 2}}, "a.b") == 1
    assert value_at({"a": {"b": 2}}, "a.b") == 2
    assert value_at({"a": ["b"]}, "a.b") is None


@given(st.sets(staff_roles, min_size=1), st.booleans(), st.booleans())
def test_a_linked_account_has_no_password_and_without_passwords_only_administrators_do(
    roles: set[Role], linked: bool, passwords_off: bool
) -> None:
    identity = Identity("https://id.acme.example", "1") if linked else None
    may = lets_use_password(provider(passwords_off=passwords_off), frozenset(roles), identity)
    assert may == (not linked and (not passwords_off or Role.ADMIN in roles))
    assert lets_use_password(None, frozenset(roles), identity)


@given(st.text(), st.text(max_size=50), st.text(max_size=50))
def test_a_seal_opens_for_its_own_use_and_key_alone(secret: str, use: str, other: str) -> None:
    sealed = SEAL.close(secret, use)
    assert SEAL.open(sealed, use) == secret
    assert sealed != SEAL.close(secret, use), "equal secrets do not look equal"
    if other != use:
        with pytest.raises(Unsealable):
            SEAL.open(sealed, other)
    for opener, text in ((OTHER_SEAL, sealed), (SEAL, sealed[:-8] + "AAAAAAA="), (SEAL, "nonsense"), (SEAL, "")):
        with pytest.raises(Unsealable):
            opener.open(text, use)
