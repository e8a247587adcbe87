"""Who is who: how names, e-mail addresses and IDs are tidied, compared and refused.

The rule, which the service's README repeats for people:

* What looks the same is stored the same: names in NFC, e-mail addresses and IDs in NFKC (full-width and ligature forms
  become plain letters); white space and invisible characters around them go.
* E-mail addresses are equal without regard to case, IDs only exactly.
* Letters of different alphabets that look alike (the Latin and the Cyrillic `a`) stay different: nobody's address is
  taken for another's. An address or ID that mixes such alphabets in one word is refused, because no honest one does.
* Invisible characters inside, control characters, and those that turn the writing direction around are refused.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from pydantic import TypeAdapter, ValidationError

from contracts import limits
from contracts.model import Email

# Alphabets whose letters are taken for one another: Unicode Technical Standard 39, section 5.
_ALIKE: Final = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC")
# Marks, embeddings, overrides and isolates of the bidirectional algorithm (Unicode Standard Annex 9, section 2).
_DIRECTIONS: Final = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_JOINERS: Final = frozenset("\u200c\u200d")  # Persian and Indic names need them
_WORD: Final = re.compile(r"[^@.\s_+-]+")
_email: Final = TypeAdapter(Email)


@dataclass(frozen=True, slots=True)
class Objection:
    """What is wrong with one field. `problem` is a stable name, `detail` is for people."""

    field: str
    problem: str
    detail: str


@dataclass(frozen=True, slots=True)
class Details:
    """A person as written down, tidied."""

    name: str
    email: str | None
    external_id: str | None


def email_key(email: str) -> str:
    """Equal for addresses people consider equal. Case of the local part is ignored: no real provider tells it apart."""
    if email.isascii():
        return email.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", email).casefold())


def external_id_key(external_id: str) -> str:
    """Case counts: some systems tell `a1` from `A1`."""
    return external_id if external_id.isascii() else unicodedata.normalize("NFKC", external_id)


def name_key(name: str) -> str:
    """By which listings are sorted and group names compared."""
    return name.lower() if name.isascii() else unicodedata.normalize("NFKC", name).casefold()


def tidied(name: str, email: str | None, external_id: str | None) -> Details:
    return Details(
        name=tidy_name(name),
        email=_tidy_key(email) or None,
        external_id=_tidy_key(external_id) or None,
    )


def tidy_name(name: str) -> str:
    return " ".join(_trimmed(unicodedata.normalize("NFC", name)).split())


def _tidy_key(text: str | None) -> str:
    return _trimmed(unicodedata.normalize("NFKC", text)) if text else ""


def _trimmed(text: str) -> str:
    start, end = 0, len(text)
    while start < end and _around(text[start]):
        start += 1
    while end > start and _around(text[end - 1]):
        end -= 1
    return text[start:end]


def _around(character: str) -> bool:
    return character.isspace() or (not character.isascii() and unicodedata.category(character) == "Cf")


def objections(details: Details) -> Iterator[Objection]:
    """What keeps these details from being somebody's. Lengths are in characters, as everywhere."""
    yield from name_objections("name", details.name)
    if details.email is None and details.external_id is None:
        yield Objection("email", "no-key", "Give an e-mail address or an ID, by which to know this person again.")
    if details.email is not None:
        yield from _email_objections(details.email)
    if details.external_id is not None:
        yield from _key_objections("external_id", details.external_id, limits.NAME_LENGTH)


def name_objections(field: str, name: str) -> Iterator[Objection]:
    if not name:
        yield Objection(field, "missing", "A name is needed.")
    elif len(name) > limits.NAME_LENGTH:
        yield too_long(field, len(name), limits.NAME_LENGTH)
    else:
        bad = next((each for each in name if _unprintable(each) and each not in _JOINERS), None)
        if bad is not None:
            yield _invisible(field, bad)


def too_long(field: str, length: int, limit: int) -> Objection:
    return Objection(field, "too-long", f"{length:,} characters; at most {limit} are possible.")


def _email_objections(email: str) -> Iterator[Objection]:
    found = list(_key_objections("email", email, limits.EMAIL_LENGTH))
    yield from found
    if found:
        return
    try:
        _email.validate_python(email)
    except ValidationError:
        yield Objection("email", "not-an-address", "This is no e-mail address; one looks like name@example.org.")


def _key_objections(field: str, text: str, limit: int) -> Iterator[Objection]:
    if len(text) > limit:
        yield too_long(field, len(text), limit)
        return
    bad = next((each for each in text if _unprintable(each)), None)
    if bad is not None:
        yield _invisible(field, bad)
        return
    if text.isascii():
        return
    for word in _WORD.findall(text):
        alphabets = {alphabet for each in word if (alphabet := _alphabet(each)) is not None}
        if len(alphabets) > 1:
            listed = " and ".join(sorted(each.capitalize() for each in alphabets))
            yield Objection(
                field, "mixed-alphabets", f"“{word}” mixes {listed} letters, which look alike. Type it again in one."
            )
            return


def _unprintable(character: str) -> bool:
    if character.isascii():
        return not character.isprintable()
    return character in _DIRECTIONS or unicodedata.category(character) in {"Cf", "Cc", "Cs", "Co", "Cn", "Zl", "Zp"}


def _invisible(field: str, character: str) -> Objection:
    name = unicodedata.name(character, "a control character").lower()
    return Objection(
        field,
        "invisible-character",
        f"It holds an invisible character (U+{ord(character):04X}, {name}). Type it again.",
    )


@lru_cache(maxsize=4096)
def _alphabet(character: str) -> str | None:
    name = unicodedata.name(character, "")
    return next((each for each in _ALIKE if name.startswith(each)), None) if character.isalpha() else None
