"""Workbooks (XLSX): the first sheet that is shown, cell by cell as text.

Formulas are never computed: where a cell holds one, the value that the spreadsheet program last showed is read.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, time
from typing import Any, Final

from openpyxl import load_workbook
from openpyxl.xml import DEFUSEDXML

from chassis.outcomes import Rejected
from contracts import limits, problems
from enrollment_svc.domain.files.archive import Archive
from enrollment_svc.domain.files.text import Row

MAIN_PART: Final = "xl/workbook.xml"
ROWS_OF_THE_FORMAT: Final = (
    1_048_576  # a row number beyond it is forged; without an end the gap would be filled for ever
)

if not DEFUSEDXML:  # openpyxl uses it when it is there, and says nothing when it is not
    raise ImportError("defusedxml is needed to read workbooks from strangers")


def rows(archive: Archive) -> Iterator[Row]:
    """Those with anything in them. Raises Rejected (file-unreadable)."""
    try:
        yield from _rows(archive)
    except Rejected:
        raise
    except Exception as error:  # openpyxl raises whatever its parsers do
        raise Rejected(
            problems.FILE_UNREADABLE, "The workbook is damaged. Open it in a spreadsheet program and save it as .xlsx."
        ) from error


def _rows(archive: Archive) -> Iterator[Row]:
    workbook = load_workbook(archive.repacked(), read_only=True, data_only=True, keep_links=False)
    try:
        shown = [each for each in workbook.worksheets if each.sheet_state == "visible"]
        if not shown:
            raise Rejected(problems.FILE_UNREADABLE, "The workbook has no sheet that is shown.")
        sheet = shown[0]
        with suppress(AttributeError):
            sheet.reset_dimensions()  # what the file says of its extent is not believed
        values = sheet.iter_rows(max_row=ROWS_OF_THE_FORMAT, max_col=limits.IMPORT_COLUMNS_MAX + 1, values_only=True)
        for number, cells in enumerate(values, start=1):
            if cells.count(None) < len(cells):  # a forged gap of a million empty rows is passed over in a second or two
                width = next(index for index in range(len(cells), 0, -1) if cells[index - 1] is not None)
                yield Row(number, [_text(each) for each in cells[:width]])
    finally:
        workbook.close()


def _text(value: Any) -> str:
    """As a person reads it: an ID typed as a number has no decimals."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case float() if value.is_integer():
            return str(int(value))
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return str(value)
