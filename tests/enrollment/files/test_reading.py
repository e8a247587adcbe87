"""Files of people that can be read, and what is read."""

from decimal import Decimal

import pytest
import roster_files as files
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.outcomes import Rejected
from contracts.enrollment import Accommodation
from contracts.resources.imports import SourceKind, TableFormat
from enrollment_svc.domain.files import roster, sheets
from enrollment_svc.domain.files.columns import columns_of, group_names, time_in
from enrollment_svc.domain.files.safe_cells import as_text, as_typed

ROWS = [("Zoë Łuk", "zoe@example.org", "007", "Nursing, year 2; Ward 4", "x1.5"), ("José Ñu", "", "008", "", "")]
LATIN = [("Zoë Lük", "zoe@example.org", "007", "Nursing, year 2; Ward 4", "x1.5"), ("José Ñu", "", "008", "", "")]

GOOD = [files.workbook(ROWS), files.bundle(), files.text_file(ROWS)]  # made once: archives hold the time of day


def read_as_written(data: bytes) -> list[tuple[str, ...]]:
    return [
        (each.name, each.email, each.external_id, "; ".join(group.name for group in each.groups), each.time)
        for each in roster.read(data).lines
    ]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings_and_separators_are_found_out(encoding: str, separator: str) -> None:
    data = files.text_file(ROWS, separator=separator, encoding=encoding)
    assert read_as_written(data) == ROWS
    assert roster.read(data).separator == separator


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_what_is_not_utf_8_is_windows_1252(separator: str) -> None:
    data = files.text_file(LATIN, separator=separator, encoding="cp1252")
    assert read_as_written(data) == LATIN
    assert roster.read(data).encoding == "Windows-1252"


def test_a_workbook_is_read_like_text() -> None:
    read = roster.read(files.workbook(ROWS))
    assert read.source is SourceKind.XLSX
    assert read_as_written(files.workbook(ROWS)) == ROWS


def test_numbers_of_a_workbook_have_no_decimals() -> None:
    (line,) = roster.read(files.workbook([("Ada", "ada@example.org", 4711, 3.0, 90)])).lines
    assert (line.external_id, [each.name for each in line.groups], line.time) == ("4711", ["3"], "90")


def test_rows_are_numbered_as_a_spreadsheet_shows_them() -> None:
    data = b'\r\nName;E-mail\r\n\r\nAda;ada@example.org\r\n"Ben\r\nJunior";ben@example.org\r\nEve;eve@example.org\r\n'
    assert [each.number for each in roster.read(data).lines] == [4, 5, 6]


def test_a_spreadsheets_own_line_about_its_separator_is_not_a_header() -> None:
    read = roster.read(b"sep=;\r\nName;E-mail\r\nAda;ada@example.org\r\n")
    assert [(each.number, each.name) for each in read.lines] == [(3, "Ada")]


@pytest.mark.parametrize(
    "headers",
    [
        ("Full name", "E-Mail Address", "Student ID"),
        ("NAME", "email_address", "student-id"),
        (" name ", "e‑mail", "Student No."),  # noqa: RUF001 - the dash that word processors put in
        ("Nombre completo", "Correo electrónico", "Candidate number"),
        ("الاسم", "البريد الإلكتروني", "المعرّف"),
    ],
)
def test_headers_are_matched_forgivingly(headers: tuple[str, ...]) -> None:
    assert set(columns_of(headers).used.values()) == {"name", "email", "external_id"}


def test_names_in_two_columns_are_put_together_and_unknown_columns_are_told() -> None:
    read = roster.read(b"Surname,First name,Mail,Shoe size\nLovelace,Ada,ada@example.org,38\n")
    assert read.lines[0].name == "Ada Lovelace"
    assert list(read.ignored_columns) == ["Shoe size"]
    assert read.lines[0].cells == ("Lovelace", "Ada", "ada@example.org", "38")


def test_formulas_in_text_are_text() -> None:
    (line,) = roster.read(files.text_file([("=1+1", "ada@example.org", "@SUM(A1)", "", "")])).lines
    assert (line.name, line.external_id) == ("=1+1", "@SUM(A1)")


def test_a_workbooks_formula_is_not_computed() -> None:
    """There is no shown value, because no spreadsheet program ever opened it."""
    (line,) = roster.read(files.workbook([("Ada", "=CONCAT(A2)", "4711")])).lines
    assert line.email == ""


@settings(deadline=None)  # a busy machine is not a failure
@given(st.text(max_size=60))
def test_a_cell_given_out_and_read_back_is_the_same(cell: str) -> None:
    assert as_typed(as_text(cell)) == cell
    assert not as_text(cell).startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize("kind", list(TableFormat))
def test_the_template_is_a_file_that_can_be_read(kind: TableFormat) -> None:
    lines = roster.read(sheets.template(kind)).lines
    assert [each.name for each in lines] == [row[0] for row in sheets.TEMPLATE_ROWS]
    assert not [objection for each in lines for objection in each.objections]


@pytest.mark.parametrize("kind", list(TableFormat))
def test_what_looks_like_a_formula_is_given_out_as_text(kind: TableFormat) -> None:
    names = ["=HYPERLINK(1)", "+351 1", "-2", "@x", "plain"]
    data = sheets.table(kind, files.HEADERS, [(name, "a@example.org", "", "", "") for name in names], ",")
    if kind is TableFormat.XLSX:
        sheet = files.parts_of(data)["xl/worksheets/sheet1.xml"]
        assert b"<f>" not in sheet
    else:
        assert b"\n=" not in data
        assert b"\n'=HYPERLINK" in data
    assert [each.name for each in roster.read(data).lines] == names


@pytest.mark.parametrize(
    ("cell", "accommodation"),
    [
        ("", Accommodation()),
        ("90", Accommodation(time_limit_seconds=5400)),
        ("90 min", Accommodation(time_limit_seconds=5400)),
        ("0,5", Accommodation(time_limit_seconds=30)),
        ("x1.5", Accommodation(time_multiplier=Decimal("1.5"))),
        ("1,25×", Accommodation(time_multiplier=Decimal("1.25"))),  # noqa: RUF001
        ("150%", Accommodation(time_multiplier=Decimal("1.5"))),
    ],
)
def test_individual_time_is_minutes_or_a_multiple(cell: str, accommodation: Accommodation) -> None:
    assert time_in(cell) == accommodation


@pytest.mark.parametrize("cell", ["soon", "x0.5", "99999", "50%", "0", "-5", "=90", "9" * 100_000])
def test_other_times_are_objected_to(cell: str) -> None:
    assert not isinstance(time_in(cell), Accommodation)


def test_several_groups_stand_in_one_cell() -> None:
    assert group_names(" Nursing,  year 2 ; Ward 4|Ward 5;;") == ["Nursing, year 2", "Ward 4", "Ward 5"]


# Properties

plain = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=30)
tables = st.lists(st.tuples(plain, plain, plain), min_size=1, max_size=20)


def filled(row: tuple[str, ...]) -> bool:
    return any(each.strip() for each in row)


@settings(deadline=None)  # a busy machine is not a failure
@given(tables, st.sampled_from([",", ";", "\t"]), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_whatever_is_written_is_read(rows: list[tuple[str, ...]], separator: str, encoding: str) -> None:
    rows = [("Ada", "ada@example.org", "1"), *rows]
    read = roster.read(files.text_file(rows, separator=separator, encoding=encoding))
    expected = [tuple(as_typed(cell) for cell in row) for row in rows if filled(row)]
    assert [(each.name, each.email, each.external_id) for each in read.lines] == expected


def refusal_of(data: bytes) -> Rejected | None:
    try:
        assert roster.read(data).lines
    except Rejected as refusal:
        return refusal
    return None


@settings(deadline=None)  # a busy machine is not a failure
@given(st.binary(max_size=2_000))
def test_any_bytes_are_read_or_refused_with_a_reason(data: bytes) -> None:
    refusal = refusal_of(data)
    assert refusal is None or (refusal.problem.name.startswith("file-") and refusal.detail)


@settings(deadline=None)  # a busy machine is not a failure
@given(st.data())
def test_any_change_to_a_good_file_is_read_or_refused_with_a_reason(data: st.DataObject) -> None:
    good = bytearray(data.draw(st.sampled_from(GOOD)))
    for _ in range(data.draw(st.integers(1, 4))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    refusal = refusal_of(bytes(good))
    assert refusal is None or (refusal.problem.name.startswith("file-") and refusal.detail)
