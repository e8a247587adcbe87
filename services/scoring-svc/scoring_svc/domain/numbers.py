"""Reads a number as people around the world type it. Never raises: what cannot be read has no reading."""

import re
import unicodedata
from decimal import Decimal
from typing import Final

EXPONENT_MAX: Final = 300  # far beyond any quantity in a test; keeps exact arithmetic on what was typed cheap
GROUP: Final = 3  # digits in a group of thousands

_MINUS: Final = "\u2212\u2010\u2011\u2012\u2013\u2014\ufe63\uff0d"  # minus sign, hyphens, dashes
_SUPERSCRIPTS: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_POWER_OF_TEN: Final = re.compile(
    r"\s*[x\u00d7*\u00b7\u22c5]\s*10(?:\s*(?:\^|\*\*)\s*([+-]?\d{1,4})|([⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]{1,5}))$", re.IGNORECASE
)
_NUMBER: Final = re.compile(r"([+-]?)\s*([\d.,' ]*\d[\d.,' ]*?)\s*(?:e\s*([+-]?\s*\d{1,4}))?")


def readings(text: str, unit: str = "") -> tuple[Decimal, ...]:
    """Every sensible reading of `text`: none when it is no number, two when a comma is ambiguous.

    Point and comma are both taken as the decimal separator. With both, the last one is, and the other groups
    thousands. A single comma before exactly three digits (`1,234`) may be either, so it has two readings; a single
    point is always the decimal point. Spaces and apostrophes group thousands. The item's unit may follow.
    """
    plain = _plain(text, unit)
    exponent = 0
    power = _POWER_OF_TEN.search(plain)
    if power is not None:
        exponent = _whole((power[1] or power[2]).translate(_SUPERSCRIPTS))
        plain = plain[: power.start()]
    match = _NUMBER.fullmatch(plain)
    if match is None:
        return ()
    exponent += _whole(match[3].replace(" ", "")) if match[3] else 0
    if abs(exponent) > EXPONENT_MAX:
        return ()
    sign = "-" if match[1] == "-" else ""
    return tuple(Decimal(f"{sign}{digits}E{exponent}") for digits in _separated(match[2]))


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:  # signs alone, as in `10⁻`
        return EXPONENT_MAX + 1


def _plain(text: str, unit: str) -> str:
    """ASCII digits, signs and separators in place of their many relatives."""
    folded = text.strip().casefold()
    wanted = unit.strip().casefold()
    if wanted and folded.endswith(wanted):
        folded = folded[: -len(wanted)]
    return "".join(_ascii(character) for character in folded).strip()


def _ascii(character: str) -> str:
    if character in _MINUS:
        return "-"
    if character in "\u2019\u02bc\u066c":  # typographic apostrophe, modifier apostrophe, Arabic thousands separator
        return "'"
    if character == "\u066b":  # Arabic decimal separator
        return "."
    if character.isspace():
        return " "
    if unicodedata.category(character) == "Cf":  # invisible marks that come with text pasted from elsewhere
        return ""
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    full_width = {"\uff0e": ".", "\uff0c": ",", "\uff0b": "+"}
    return full_width.get(character, character)


def _separated(text: str) -> tuple[str, ...]:
    """The digits of an unsigned number with a point as decimal separator, for each reading of its separators."""
    points, commas = text.count("."), text.count(",")
    if points and commas:
        decimal = max(".,", key=text.rfind)
        return _split(text, decimal, "," if decimal == "." else ".") if text.count(decimal) == 1 else ()
    if points > 1 or commas > 1:
        return _grouped(text, "." if points else ",")
    if commas == 1:
        return tuple(dict.fromkeys(_split(text, ",", "") + _grouped(text, ",")))
    return _split(text, ".", "") if points else _grouped(text, "")


def _split(text: str, decimal: str, group: str) -> tuple[str, ...]:
    whole, _, fraction = text.partition(decimal)
    if not (fraction.isdigit() or not fraction):
        return ()
    wholes = _grouped(whole, group) if whole else ("0",)
    return tuple(f"{each}.{fraction or '0'}" for each in wholes)


def _grouped(whole: str, group: str) -> tuple[str, ...]:
    """A whole number whose groups of thousands, if any, are divided by one kind of mark, each of three digits."""
    marks = {character for character in whole if not character.isdigit()}
    if not marks:
        return (whole,)
    if len(marks) > 1 or not marks <= {group, " ", "'"}:
        return ()
    first, *others = whole.split(marks.pop())
    well_formed = 1 <= len(first) <= GROUP and not first.startswith("0") and all(len(each) == GROUP for each in others)
    return (first + "".join(others),) if well_formed else ()
