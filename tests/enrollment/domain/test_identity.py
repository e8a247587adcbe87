"""Who is who: tidying, comparing and refusing names, addresses and IDs."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrollment_svc.domain.identity import email_key, external_id_key, objections, tidied


def problems(name: str = "Ada", email: str | None = "ada@example.org", external_id: str | None = None) -> list[str]:
    return [each.problem for each in objections(tidied(name, email, external_id))]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada@Example.org", "ada@example.ORG"),
        ("ａｄａ@ｅｘａｍｐｌｅ.org", "ada@example.org"),  # noqa: RUF001
        ("ﬁona@example.org", "fiona@example.org"),
        ("zoe\u0308@example.org", "zo\u00eb@example.org"),
        ("STRASSE@example.org", "straße@example.org"),
    ],
)
def test_addresses_that_people_consider_equal_are(one: str, other: str) -> None:
    assert email_key(tidied("x", one, None).email or "") == email_key(tidied("x", other, None).email or "")


def test_ids_are_equal_only_exactly_but_wide_digits_are_digits() -> None:
    assert tidied("x", None, "１２３").external_id == "123"  # noqa: RUF001
    assert external_id_key("a1") != external_id_key("A1")


def test_an_address_in_another_alphabet_stays_another() -> None:
    latin, cyrillic = "a@example.org", "\u0430@example.org"
    assert email_key(latin) != email_key(cyrillic)
    assert problems(email=cyrillic) == []


@pytest.mark.parametrize("email", ["\u0430da@example.org", "ada@ex\u0430mple.org", "ad\u03b1@example.org"])
def test_a_word_of_two_alphabets_is_refused(email: str) -> None:
    assert problems(email=email) == ["mixed-alphabets"]


def test_words_of_different_alphabets_may_stand_together() -> None:
    assert problems(email="\u0438\u0432\u0430\u043d.smith@example.org") == []


def test_invisible_characters_go_from_around_and_are_refused_inside() -> None:
    assert tidied("\u00a0Ada\u200b ", "\ufeffada@example.org\u200b", "\u00a0 7\t").external_id == "7"
    assert problems("\u00a0Ada\u200b ", "\ufeffada@example.org\u200b", "\u00a0 7\t") == []
    assert problems(email="a\u200bda@example.org") == ["invisible-character"]
    assert problems(external_id="4\u200b7") == ["invisible-character"]
    assert problems(name="Ada \u202egnp.exe") == ["invisible-character"]
    assert problems(name="Ad\x07a") == ["invisible-character"]


def test_names_that_need_joiners_are_names() -> None:
    assert problems(name="\u0639\u0644\u06cc\u200c\u0631\u0636\u0627") == []


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("name", "", "missing"),
        ("name", "\u200b ", "missing"),
        ("name", "x" * 201, "too-long"),
        ("email", "ada", "not-an-address"),
        ("email", "ada@example", "not-an-address"),
        ("email", "a da@example.org", "not-an-address"),
        ("email", "a@" + "x" * 300 + ".org", "too-long"),
        ("external_id", "7" * 201, "too-long"),
        ("email", None, "no-key"),
    ],
)
def test_what_is_wrong_is_named(field: str, value: str | None, problem: str) -> None:
    assert problems(**{field: value}) == [problem]


@settings(deadline=None)  # a busy machine is not a failure
@given(st.text(max_size=50), st.text(max_size=50))
def test_tidying_twice_changes_nothing(name: str, key: str) -> None:
    once = tidied(name, key, key)
    assert tidied(once.name, once.email, once.external_id) == once


@settings(deadline=None)  # a busy machine is not a failure
@given(st.text(max_size=30))
def test_the_key_of_an_address_is_its_own_key(text: str) -> None:
    assert email_key(email_key(text)) == email_key(text)
    assert email_key(unicodedata.normalize("NFD", text)) == email_key(unicodedata.normalize("NFC", text))
