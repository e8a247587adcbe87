"""OneRoster 1.2 bundles: a zip of `manifest.csv` and tables that point at one another.

Source: 1EdTech OneRoster, CSV Binding 1.2.1, sections 3 (format) and 4 (tables). Read are orgs, users, classes and
enrollments; every active and enabled user becomes a person, every class that one of them attends a group. Only whole
exports are taken (mode `bulk`): a `delta` says what changed since a state that this side does not have.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from chassis.outcomes import Rejected
from contracts import limits, problems
from enrollment_svc.domain.files import text
from enrollment_svc.domain.files.archive import Archive

MANIFEST, ORGS, USERS, CLASSES, ENROLLMENTS = "manifest.csv", "orgs.csv", "users.csv", "classes.csv", "enrollments.csv"
VERSIONS: Final = ("1.1", "1.2")  # 1.1 has the columns read here under the same names
ATTENDS: Final = "student"
SUFFIX_LENGTH: Final = 64  # a school's name, or an id
USED: Final[Mapping[str, str]] = {
    "givenName": "name",
    "familyName": "name",
    "email": "email",
    "sourcedId": "external_id",
    "title": "groups",
}
_ABSENT, _BULK = "absent", "bulk"
_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    MANIFEST: ("propertyname", "value"),
    ORGS: ("sourcedid", "name"),
    USERS: ("sourcedid", "enableduser", "givenname", "familyname", "email"),
    CLASSES: ("sourcedid", "title", "schoolsourcedid"),
    ENROLLMENTS: ("classsourcedid", "usersourcedid", "role"),
}


@dataclass(frozen=True, slots=True)
class User:
    """`classes`: pairs of sourcedId and the name its group gets."""

    number: int
    sourced_id: str
    name: str
    email: str
    classes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Dangling:
    """A line that names something the bundle does not have."""

    file: str
    number: int
    detail: str


@dataclass(frozen=True, slots=True)
class Bundle:
    users: tuple[User, ...]
    dangling: tuple[Dangling, ...]


@dataclass(frozen=True, slots=True)
class _Record:
    number: int
    fields: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, "")


def is_bundle(archive: Archive) -> bool:
    return any(_base(name) == MANIFEST for name in archive.parts)


def read(archive: Archive) -> Bundle:
    """Raises Rejected: file-unreadable, file-columns, file-empty or file-too-many-rows."""
    tables = {_base(name): content for name, content in archive.parts.items() if _base(name) in _NEEDED}
    present = _check_manifest(tables)
    users = _active(_records(tables, USERS, limits.IMPORT_ROWS_MAX, "people"))
    if not users:
        raise Rejected(problems.FILE_EMPTY, "The bundle has no active user.")
    names = _class_names(tables, present)
    classes, dangling = _attended(tables, present, {each["sourcedid"] for each in users}, names)
    return Bundle(
        users=tuple(
            User(
                number=each.number,
                sourced_id=each["sourcedid"],
                name=_name(each),
                email=each["email"],
                classes=tuple((sourced_id, names[sourced_id]) for sourced_id in classes.get(each["sourcedid"], ())),
            )
            for each in users
        ),
        dangling=tuple(dangling),
    )


def _base(name: str) -> str:
    """Some systems pack a folder; letter case and the folder's name do not matter."""
    return name.replace("\\", "/").rpartition("/")[2].lower()


def _check_manifest(tables: Mapping[str, bytes]) -> frozenset[str]:
    """The tables that are there to be read."""
    says = {each["propertyname"].lower(): each["value"].lower() for each in _records(tables, MANIFEST, 1000, "lines")}
    version = says.get("oneroster.version", "")
    if version not in VERSIONS:
        raise Rejected(
            problems.FILE_UNREADABLE,
            f"{MANIFEST} says OneRoster version “{version}”; read are {' and '.join(VERSIONS)}.",
        )
    present = set()
    for name in (ORGS, USERS, CLASSES, ENROLLMENTS):
        mode = says.get(f"file.{name.removesuffix('.csv')}", _ABSENT)
        if mode not in {_ABSENT, _BULK}:
            raise Rejected(
                problems.FILE_UNREADABLE, f"{MANIFEST} says “{mode}” for {name}. Export everything (mode bulk)."
            )
        if mode == _BULK:
            if name not in tables:
                raise Rejected(problems.FILE_UNREADABLE, f"{MANIFEST} promises {name}, but it is not in the bundle.")
            present.add(name)
    if USERS not in present:
        raise Rejected(problems.FILE_UNREADABLE, f"The bundle has no {USERS}.")
    return frozenset(present)


def _records(tables: Mapping[str, bytes], name: str, most: int, what: str) -> Iterator[_Record]:
    """Every refusal says in which file."""
    try:
        yield from _read(tables[name], _NEEDED[name], most, what)
    except Rejected as refusal:
        raise Rejected(refusal.problem, f"{name}: {refusal.detail}") from refusal


def _read(content: bytes, needed: Sequence[str], most: int, what: str) -> Iterator[_Record]:
    written, _ = text.decoded(content)
    rows = (each for each in text.rows(written, ",") if any(cell.strip() for cell in each.cells))
    head = next(rows, None)
    headers = [each.strip().lower() for each in head.cells] if head else []
    missing = [each for each in needed if each not in headers]
    if missing:
        raise Rejected(problems.FILE_COLUMNS, f"It has no column {', '.join(missing)}.")
    for count, row in enumerate(rows):
        if count == most:
            raise Rejected(problems.FILE_TOO_MANY_ROWS, f"At most {most:,} {what} are read.")
        yield _Record(row.number, dict(zip(headers, (each.strip() for each in row.cells), strict=False)))


def _active(records: Iterator[_Record]) -> list[_Record]:
    return [
        each for each in records if each["status"].lower() in {"", "active"} and each["enableduser"].lower() != "false"
    ]


def _name(user: _Record) -> str:
    """As the person is called: preferred names stand before those of the papers."""
    given = user["preferredgivenname"] or user["givenname"]
    family = user["preferredfamilyname"] or user["familyname"]
    return " ".join(filter(None, (given, family)))


def _class_names(tables: Mapping[str, bytes], present: frozenset[str]) -> dict[str, str]:
    """What each class's group is called: its title; where two share it, with the school's name; else with its id."""
    if CLASSES not in present:
        return {}
    schools = (
        {each["sourcedid"]: each["name"] for each in _records(tables, ORGS, limits.GROUPS_MAX, "organisations")}
        if ORGS in present
        else {}
    )
    classes = [
        each
        for each in _records(tables, CLASSES, limits.GROUPS_MAX, "classes")
        if each["status"].lower() in {"", "active"} and each["sourcedid"]
    ]
    if any(len(each["sourcedid"]) > limits.NAME_LENGTH for each in classes):
        raise Rejected(problems.FILE_UNREADABLE, f"{CLASSES}: a sourcedId is longer than {limits.NAME_LENGTH}.")
    titles = {each["sourcedid"]: each["title"] or each["sourcedid"] for each in classes}
    long_titles = {
        each["sourcedid"]: suffixed(
            titles[each["sourcedid"]], schools.get(each["schoolsourcedid"]) or each["sourcedid"]
        )
        for each in classes
    }
    names: dict[str, str] = {}
    often, long_often = _tally(titles), _tally(long_titles)
    for sourced_id, title in titles.items():
        if often[title.casefold()] == 1:
            names[sourced_id] = title
        elif long_often[long_titles[sourced_id].casefold()] == 1:
            names[sourced_id] = long_titles[sourced_id]
        else:
            names[sourced_id] = suffixed(title, sourced_id)
    return names


def suffixed(name: str, suffix: str) -> str:
    """The name with what tells it from its like, within the length of a name."""
    ending = f" ({suffix[:SUFFIX_LENGTH]})"
    return name[: limits.NAME_LENGTH - len(ending)] + ending


def _tally(names: Mapping[str, str]) -> dict[str, int]:
    tally: dict[str, int] = {}
    for name in names.values():
        tally[name.casefold()] = tally.get(name.casefold(), 0) + 1
    return tally


def _attended(
    tables: Mapping[str, bytes], present: frozenset[str], users: set[str], names: Mapping[str, str]
) -> tuple[dict[str, list[str]], list[Dangling]]:
    """Classes of each user, and the lines that point nowhere."""
    classes: dict[str, list[str]] = {}
    dangling: list[Dangling] = []
    if ENROLLMENTS not in present:
        return classes, dangling
    unlisted = 0
    everybody = {each["sourcedid"] for each in _records(tables, USERS, limits.IMPORT_ROWS_MAX, "people")}
    for each in _records(tables, ENROLLMENTS, limits.IMPORT_LINES_MAX, "enrolments"):
        if each["role"].lower() != ATTENDS or each["status"].lower() not in {"", "active"}:
            continue
        user, class_ = each["usersourcedid"], each["classsourcedid"]
        missing = None
        if user not in everybody:
            missing = f"It names the user “{user[:100]}”, who is not in {USERS}."
        elif class_ not in names:
            missing = f"It names the class “{class_[:100]}”, which is not in {CLASSES}."
        if missing is None:
            if user in users:
                classes.setdefault(user, []).append(class_)
        elif len(dangling) < limits.IMPORT_ERRORS_LISTED:
            dangling.append(Dangling(ENROLLMENTS, each.number, missing))
        else:
            unlisted += 1
    if unlisted:
        dangling.append(Dangling(ENROLLMENTS, 0, f"{unlisted:,} more lines point nowhere."))
    return classes, dangling
