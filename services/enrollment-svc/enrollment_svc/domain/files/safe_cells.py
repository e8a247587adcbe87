"""Cells that spreadsheets would take for formulas: given out as text, and read back as they were.

Source of the list: OWASP, "CSV Injection".
"""

from typing import Final

_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
_MARK: Final = "'"  # spreadsheets take what follows for text, and do not show the mark in a workbook


def as_text(cell: str) -> str:
    """What to write so that a spreadsheet shows the cell instead of computing it."""
    return _MARK + cell if cell.startswith(_STARTS) else cell


def as_typed(cell: str) -> str:
    """What was meant by a cell: the mark that `as_text` put there is taken off again."""
    return cell[1:] if cell.startswith(_MARK) and cell[1:].startswith(_STARTS) else cell
