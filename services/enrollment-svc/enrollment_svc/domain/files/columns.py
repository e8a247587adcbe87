"""Columns: which header means which field, and what a cell about individual time says."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from chassis.outcomes import Rejected
from contracts import limits, problems
from contracts.enrollment import Accommodation
from enrollment_svc.domain.identity import Objection

NAME, GIVEN, FAMILY, EMAIL, EXTERNAL_ID, GROUPS, TIME = (
    "name",
    "given",
    "family",
    "email",
    "external_id",
    "groups",
    "time",
)

# In normal form (`_header`). What student and staff systems in several languages write over their columns.
_HEADERS: Final[Mapping[str, str]] = {
    header: field
    for field, headers in {
        NAME: "name fullname displayname candidate candidatename participant student studentname person"
        " nombrecompleto nomcomplet nomecompleto الاسم الاسمالكامل",
        GIVEN: "firstname givenname forename first given vorname prenom nombre primeironome الاسمالاول",
        FAMILY: "lastname surname familyname last family nachname familienname nom apellido apellidos apelido"
        " sobrenome اسمالعايلة اسمالعائلة",
        EMAIL: "email emailaddress mail mailaddress emailadresse courriel correo correoelectronico البريدالالكتروني",
        EXTERNAL_ID: "id externalid personid studentid studentno studentnumber employeeid employeeno employeenumber"
        " candidateid candidateno candidatenumber number matriculationnumber matrikelnummer personalnummer"
        " sourcedid المعرف الرقم رقمالطالب",
        GROUPS: "group groups class classes course courses cohort cohorts department team teams gruppe gruppen"
        " klasse groupe groupes grupo grupos المجموعة المجموعات الصف",
        TIME: "time individualtime extratime accommodation accommodations minutes timelimit multiplier zeit temps"
        " tiempo tempo الوقت الوقتالفردي",
    }.items()
    for header in headers.split()
}
_SPLIT: Final = re.compile(r"[;|\n]")
# People write the letter and the multiplication sign.
_MULTIPLE: Final = re.compile(r"(?:[x×*]\s*(\d+(?:[.,]\d{1,2})?))|(?:(\d+(?:[.,]\d{1,2})?)\s*[x×])")  # noqa: RUF001
_PERCENT: Final = re.compile(r"(\d{1,4})\s*%")
_MINUTES: Final = re.compile(r"(\d{1,5}(?:[.,]\d{1,2})?)\s*(?:m|min|mins|minutes|د|دقيقة)?")
_TIME_LENGTH: Final = 40  # longer is no time; keeps the patterns' work small


@dataclass(frozen=True, slots=True)
class Columns:
    """`places`: index of each field's column. `headers`: all of them, as written."""

    places: Mapping[str, int]
    headers: tuple[str, ...]

    @property
    def used(self) -> dict[str, str]:
        return {self.headers[place]: field for field, place in self.places.items()}

    @property
    def ignored(self) -> list[str]:
        used = set(self.places.values())
        return [each for place, each in enumerate(self.headers) if place not in used and each]


def fields_in(headers: Sequence[str]) -> int:
    """How many different fields these headers name."""
    return len({field for each in headers if (field := _HEADERS.get(_header(each))) is not None})


def columns_of(headers: Sequence[str]) -> Columns:
    """Raises Rejected (file-columns) when a field is missing or named twice, naming what was found."""
    written = tuple(" ".join(each.split())[: limits.NAME_LENGTH] for each in headers)
    while written and not written[-1]:
        written = written[:-1]
    if len(written) > limits.IMPORT_COLUMNS_MAX:
        raise Rejected(problems.FILE_COLUMNS, f"There are more than {limits.IMPORT_COLUMNS_MAX} columns.")
    places: dict[str, int] = {}
    for place, header in enumerate(written):
        field = _HEADERS.get(_header(header))
        if field is None:
            continue
        if field in places:
            other = written[places[field]]
            raise Rejected(
                problems.FILE_COLUMNS,
                f"Columns {column_letter(places[field])} (“{other}”) and {column_letter(place)} (“{header}”) mean the"
                " same. Rename or remove one.",
            )
        places[field] = place
    _check_complete(places, written)
    return Columns(places, written)


def _check_complete(places: Mapping[str, int], written: Sequence[str]) -> None:
    found = ", ".join(f"“{each}”" for each in written[:10] if each) or "none"
    if NAME not in places and not {GIVEN, FAMILY} & places.keys():
        raise Rejected(
            problems.FILE_COLUMNS,
            f"There is no column for names. Head it “Name”. The first row's headers are: {found}.",
        )
    if EMAIL not in places and EXTERNAL_ID not in places:
        raise Rejected(
            problems.FILE_COLUMNS,
            f"There is no column to know people by. Head one “E-mail” or “ID”. The first row's headers are: {found}.",
        )


def _header(text: str) -> str:
    """Letters and digits alone, without case or accents: `E-Mail Address` and `email_address` are one."""
    plain = unicodedata.normalize("NFKD", text[: limits.NAME_LENGTH]).casefold()
    return "".join(each for each in plain if each.isalnum())


def column_letter(place: int) -> str:
    """As spreadsheets call it: 0 is A, 26 is AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def group_names(cell: str) -> list[str]:
    """Several groups stand in one cell, separated by `;` or `|`."""
    return [name for each in _SPLIT.split(cell) if (name := " ".join(each.split()))]


def time_in(cell: str) -> Accommodation | Objection:
    """`90`, `90 min`: a limit of one's own; `x1.5`, `1.5x`, `150%`: a multiple of everybody's; nothing: neither."""
    text = unicodedata.normalize("NFKC", cell).strip().casefold()
    if not text:
        return Accommodation()
    if len(text) <= _TIME_LENGTH:
        if multiple := _MULTIPLE.fullmatch(text):
            return _multiplied(Decimal((multiple[1] or multiple[2]).replace(",", ".")))
        if percent := _PERCENT.fullmatch(text):
            return _multiplied(Decimal(percent[1]) / 100)
        if minutes := _MINUTES.fullmatch(text):
            return _limited(Decimal(minutes[1].replace(",", ".")))
    return Objection(
        TIME, "not-a-time", "This is no time. Write minutes (90) or a multiple of everybody's time (x1.5)."
    )


def _multiplied(times: Decimal) -> Accommodation | Objection:
    if not Decimal(limits.MULTIPLIER_MIN) <= times <= Decimal(limits.MULTIPLIER_MAX):
        return Objection(
            TIME, "time-out-of-range", f"Times {limits.MULTIPLIER_MIN} to {limits.MULTIPLIER_MAX} are possible."
        )
    return Accommodation(time_multiplier=times.quantize(Decimal("0.01")))


def _limited(minutes: Decimal) -> Accommodation | Objection:
    seconds = int(minutes * 60)
    if not limits.TIME_LIMIT_SECONDS_MIN <= seconds <= limits.TIME_LIMIT_SECONDS_MAX:
        least, most = limits.TIME_LIMIT_SECONDS_MIN / 60, limits.TIME_LIMIT_SECONDS_MAX // 60
        return Objection(TIME, "time-out-of-range", f"{least:g} to {most:,} minutes are possible.")
    return Accommodation(time_limit_seconds=seconds)
