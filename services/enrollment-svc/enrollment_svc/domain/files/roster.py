"""A file of people: told apart by its content, and read into lines, whatever kind it is."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Final

from chassis.outcomes import Rejected
from contracts import limits, problems
from contracts.resources.imports import SourceKind
from enrollment_svc.domain.files import archive as archives
from enrollment_svc.domain.files import columns, oneroster, text, workbook
from enrollment_svc.domain.files.safe_cells import as_typed
from enrollment_svc.domain.files.text import Row
from enrollment_svc.domain.identity import Objection

_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"  # the container of .xls, and of .xlsx files under a password
_PDF: Final = b"%PDF"


@dataclass(frozen=True, slots=True)
class GroupNamed:
    """A group as the file names it. `external_id`: a OneRoster class."""

    name: str
    external_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One person's line as it stands in the file; `cells` are all of its cells, for giving it back."""

    number: int
    file: str | None = None
    name: str = ""
    email: str = ""
    external_id: str = ""
    groups: tuple[GroupNamed, ...] = ()
    time: str = ""
    cells: tuple[str, ...] = ()
    objections: tuple[Objection, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterFile:
    """`places`: for each field what its column is called within a cell's name: a letter, or a header of a bundle."""

    source: SourceKind
    lines: Sequence[Line]
    headers: tuple[str, ...]
    places: Mapping[str, str] = field(default_factory=dict)
    used_columns: Mapping[str, str] = field(default_factory=dict)
    ignored_columns: Sequence[str] = ()
    encoding: str | None = None
    separator: str = ","


def read(data: bytes) -> RosterFile:
    """Raises Rejected with a `file-...` problem type and what to mend."""
    if not data:
        raise Rejected(problems.FILE_EMPTY, "The file is empty.")
    if data.startswith(archives.SIGNATURE):
        return _archive(data)
    if data.startswith(_OLD_EXCEL):
        raise Rejected(
            problems.FILE_UNREADABLE, "This is an old workbook (.xls) or one under a password. Save it as plain .xlsx."
        )
    if data.startswith(_PDF):
        raise Rejected(problems.FILE_UNREADABLE, "This is a PDF. Export the table as CSV or XLSX.")
    return _text(data)


def _archive(data: bytes) -> RosterFile:
    archive = archives.unpack(data)
    if workbook.MAIN_PART in archive.parts:
        return _table(SourceKind.XLSX, workbook.rows(archive))
    if oneroster.is_bundle(archive):
        return _bundle(oneroster.read(archive))
    raise Rejected(
        problems.FILE_UNREADABLE,
        "The archive is neither a workbook (.xlsx) nor a OneRoster bundle, which has a manifest.csv.",
    )


def _text(data: bytes) -> RosterFile:
    content, encoding = text.decoded(data)
    separator, content, before = text.separator_of(content, columns.fields_in)
    rows = (Row(each.number + before, each.cells) for each in text.rows(content, separator))
    return _table(SourceKind.CSV, rows, encoding=encoding, separator=separator)


def _table(source: SourceKind, rows: Iterator[Row], *, encoding: str | None = None, separator: str = ",") -> RosterFile:
    filled = (row for row in rows if any(each.strip() for each in row.cells))
    head = next(filled, None)
    if head is None:
        raise Rejected(problems.FILE_EMPTY, "The file holds nothing but empty rows.")
    found = columns.columns_of(head.cells)
    first = next(filled, None)
    if first is None:
        raise Rejected(problems.FILE_EMPTY, "The file has headers, but nobody below them.")
    lines = [_line(row, found) for row in islice(chain([first], filled), limits.IMPORT_ROWS_MAX + 1)]
    check_count(lines)
    return RosterFile(
        source=source,
        lines=lines,
        headers=found.headers,
        places={name: columns.column_letter(place) for name, place in found.places.items()},
        used_columns=found.used,
        ignored_columns=found.ignored,
        encoding=encoding,
        separator=separator,
    )


def check_count(lines: Sequence[object]) -> None:
    """Raises Rejected (file-too-many-rows)."""
    if len(lines) > limits.IMPORT_ROWS_MAX:
        raise Rejected(
            problems.FILE_TOO_MANY_ROWS, f"At most {limits.IMPORT_ROWS_MAX:,} people are read. Split the file."
        )


def _line(row: Row, found: columns.Columns) -> Line:
    cells = [as_typed(each) for each in row.cells]

    def cell(name: str) -> str:
        place = found.places.get(name)
        return cells[place] if place is not None and place < len(cells) else ""

    name = cell(columns.NAME) or " ".join(filter(None, (cell(columns.GIVEN), cell(columns.FAMILY))))
    return Line(
        number=row.number,
        name=name,
        email=cell(columns.EMAIL),
        external_id=cell(columns.EXTERNAL_ID),
        groups=tuple(GroupNamed(each) for each in columns.group_names(cell(columns.GROUPS))),
        time=cell(columns.TIME),
        cells=tuple(each[: limits.IMPORT_CELL_KEPT] for each in cells[: len(found.headers)]),
        objections=_shape_objections(cells, len(found.headers)),
    )


def _shape_objections(cells: Sequence[str], width: int) -> tuple[Objection, ...]:
    if any(each.strip() for each in cells[width:]):
        return (
            Objection(
                "row",
                "too-many-cells",
                f"{len(cells)} cells under {width} headers. Is a cell with a separator in quotes?",
            ),
        )
    return ()


def _bundle(bundle: oneroster.Bundle) -> RosterFile:
    lines = [
        Line(
            number=user.number,
            file=oneroster.USERS,
            name=user.name,
            email=user.email,
            external_id=user.sourced_id,
            groups=tuple(GroupNamed(name, sourced_id) for sourced_id, name in user.classes),
            cells=(
                user.name,
                user.email,
                user.sourced_id,
                "; ".join(name for _, name in user.classes),
                oneroster.USERS,
            ),
        )
        for user in bundle.users
    ]
    check_count(lines)
    lines += _dangling(bundle.dangling)
    return RosterFile(
        source=SourceKind.ONEROSTER,
        lines=lines,
        headers=("Name", "E-mail", "ID", "Groups", "File"),
        places={columns.NAME: "givenName", columns.EMAIL: "email", columns.EXTERNAL_ID: "sourcedId"},
        used_columns=oneroster.USED,
        encoding="UTF-8",
    )


def _dangling(found: Iterable[oneroster.Dangling]) -> list[Line]:
    """Lines of other files that point nowhere: shown as rows of their own, because nobody's row is wrong."""
    return [
        Line(
            number=each.number,
            file=each.file,
            cells=("", "", "", "", each.file),
            objections=(Objection("row", "points-nowhere", each.detail),),
        )
        for each in found
    ]
