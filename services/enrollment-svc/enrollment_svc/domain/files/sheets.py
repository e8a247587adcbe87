"""Tables given out: the template to fill in, and the rows that were refused."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from contracts.resources.imports import TableFormat
from enrollment_svc.domain.files.safe_cells import as_text

TEMPLATE_HEADERS: Final = ("Name", "E-mail", "ID", "Groups", "Time")
TEMPLATE_ROWS: Final = (
    ("Ada Lovelace", "ada@example.org", "4711", "Nursing 2026; Ward 4", ""),
    ("Alan Turing", "alan@example.org", "4712", "Nursing 2026", "x1.25"),
    ("Grace Hopper", "grace@example.org", "", "", "90 min"),
)
MEDIA_TYPES: Final = {
    TableFormat.CSV: "text/csv; charset=utf-8",
    TableFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_WIDTH: Final = 28  # of a column, in characters: an address fits


def template(kind: TableFormat) -> bytes:
    return table(kind, TEMPLATE_HEADERS, TEMPLATE_ROWS, ",")


def table(kind: TableFormat, headers: Sequence[str], rows: Iterable[Sequence[str]], separator: str) -> bytes:
    """Cells that look like formulas are given out as text."""
    return _csv(headers, rows, separator) if kind is TableFormat.CSV else _xlsx(headers, rows)


def _csv(headers: Sequence[str], rows: Iterable[Sequence[str]], separator: str) -> bytes:
    """With a byte-order mark, by which spreadsheet programs know UTF-8."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=separator)
    writer.writerow([as_text(each) for each in headers])
    writer.writerows([as_text(each) for each in row] for row in rows)
    return written.getvalue().encode("utf-8-sig")


def _xlsx(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("People")
    for column in range(1, len(headers) + 1):
        sheet.column_dimensions[get_column_letter(column)].width = _WIDTH

    def cell(value: str, *, bold: bool = False) -> Cell:
        made = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", as_text(value)))
        made.data_type = "s"  # text, whatever it begins with
        made.number_format = "@"  # and it stays text when somebody edits the cell: IDs keep their zeros
        if bold:
            made.font = Font(bold=True)
        return made

    sheet.append([cell(each, bold=True) for each in headers])
    for row in rows:
        sheet.append([cell(each) for each in row])
    packed = io.BytesIO()
    workbook.save(packed)
    return packed.getvalue()
