"""Numbers are read as people type them."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring_svc.domain.numbers import readings


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("42", "42"),
        ("  42 ", "42"),
        ("+42", "42"),
        ("-42", "-42"),
        ("- 42", "-42"),
        ("\u221242", "-42"),
        ("\u201342", "-42"),
        ("3.14", "3.14"),
        ("3,14", "3.14"),
        ("3,1415", "3.1415"),
        (".5", "0.5"),
        (",5", "0.5"),
        ("5.", "5"),
        ("0,125", "0.125"),
        ("1.234", "1.234"),
        ("1 234", "1234"),
        ("1\u00a0234,5", "1234.5"),
        ("1\u202f234\u202f567.25", "1234567.25"),
        ("1'234.5", "1234.5"),
        ("1\u2019234", "1234"),
        ("1,234.5", "1234.5"),
        ("1.234,5", "1234.5"),
        ("1,234,567", "1234567"),
        ("1.234.567", "1234567"),
        ("1.234.567,89", "1234567.89"),
        ("1234,567", "1234.567"),
        ("6.02e23", "6.02e23"),
        ("6,02E+23", "6.02e23"),
        ("1e-3", "0.001"),
        ("1 e \u22123", "0.001"),
        ("6.02 x 10^23", "6.02e23"),
        ("6,02 \u00d7 10^23", "6.02e23"),
        ("6.02\u00b710\u00b2\u00b3", "6.02e23"),
        ("5 * 10**-2", "0.05"),
        ("5\u00d710\u207b\u00b2", "0.05"),
        ("\u0661\u0662\u066b\u0665", "12.5"),
        ("\uff11\uff12\uff0e\uff15", "12.5"),
        ("\u200e12", "12"),
    ],
)
def test_it_is_read_as_meant(typed: str, read: str) -> None:
    assert readings(typed) == (Decimal(read),)


@pytest.mark.parametrize(
    "typed",
    ["", " ", "abc", "1.2.3", "1,2,3", "12,34.5.6", "1 2", "1 23", "--1", "1-2", "e5", "1e", "1e9999", "10\u00b2",
     "1/2", "NaN", "Infinity", "1_000", "0x10", "1'23", "1.234,567,8", "\u00bd", "5 kg", "10\u207b", "1\u00d710\u207b"],
)  # fmt: skip
def test_what_is_no_number_has_no_reading(typed: str) -> None:
    assert readings(typed) == ()


def test_a_comma_before_exactly_three_digits_has_both_readings() -> None:
    assert set(readings("1,234")) == {Decimal("1.234"), Decimal(1234)}


def test_the_items_own_unit_may_follow() -> None:
    assert readings("5 kg", "kg") == readings("5KG", "kg") == readings("5", "kg") == (Decimal(5),)


@settings(deadline=None)  # a busy machine is not a failure
@given(st.text(max_size=100), st.text(max_size=5))
def test_reading_never_raises(text: str, unit: str) -> None:
    assert all(each.is_finite() for each in readings(text, unit))


@settings(deadline=None)  # a busy machine is not a failure
@given(st.text("0123456789.,e+- '\u2212\u00d7^\u00b2\u207b", max_size=40))
def test_reading_never_raises_on_what_looks_like_a_number(text: str) -> None:
    assert all(each.is_finite() for each in readings(text))


@settings(deadline=None)  # a busy machine is not a failure
@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=5))
def test_plain_decimals_are_read_back_with_either_separator(value: Decimal) -> None:
    text = f"{value:f}"
    assert value in readings(text)
    assert value in readings(text.replace(".", ","))
