"""Text tables: which encoding, which separator, and the rows.

Three encodings are told apart by rule, not by statistics: short files of names mislead every guesser, and a closed rule
can be written down. A byte-order mark decides; else zero bytes mean UTF-16; else what is valid UTF-8 is that; else it
is Windows-1252.
"""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from chassis.outcomes import Rejected
from contracts import limits, problems

SEPARATORS: Final = (",", ";", "\t")
_MARKS: Final = (
    (b"\xef\xbb\xbf", "utf-8-sig", "UTF-8"),
    (b"\xff\xfe", "utf-16", "UTF-16"),
    (b"\xfe\xff", "utf-16", "UTF-16"),
)
_UTF_32: Final = (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")
_LOOKED_AT: Final = 4096  # bytes: a header and some rows
_ZEROS_OF_UTF_16: Final = 0.3  # of every second byte, in a table of mostly Latin letters, digits and separators
_TEXT_CONTROLS: Final = frozenset("\t\n\r\x0b\x0c\x1a")  # the last is the end mark of very old programs

# A field may be as large as the file: what is too long for its column is that row's error, not the file's.
csv.field_size_limit(limits.IMPORT_FILE_BYTES)


@dataclass(frozen=True, slots=True)
class Row:
    """`number` counts from 1 as a spreadsheet does, empty rows included."""

    number: int
    cells: list[str]


def decoded(data: bytes) -> tuple[str, str]:
    """The text, without a byte-order mark, and the encoding's name. Raises Rejected (file-unreadable)."""
    if data.startswith(_UTF_32):
        raise Rejected(problems.FILE_UNREADABLE, "The file is in UTF-32. Save it as UTF-8.")
    codec, name = _encoding(data)
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        raise Rejected(
            problems.FILE_UNREADABLE, f"Byte {error.start:,} is no {name} text. Save the file as CSV in UTF-8."
        ) from error
    strange = next((each for each in text if each < " " and each not in _TEXT_CONTROLS), None)
    if strange is not None:
        raise Rejected(
            problems.FILE_UNREADABLE,
            f"This is no table of text: it holds the control character U+{ord(strange):04X}. Save it as CSV or XLSX.",
        )
    return text.rstrip("\x1a"), name


def _encoding(data: bytes) -> tuple[str, str]:
    for mark, codec, name in _MARKS:
        if data.startswith(mark):
            return codec, name
    start = data[:_LOOKED_AT]
    for offset, codec in ((1, "utf-16-le"), (0, "utf-16-be")):
        half = start[offset::2]
        if half and half.count(0) > _ZEROS_OF_UTF_16 * len(half) and not start[1 - offset :: 2].count(0):
            return codec, "UTF-16"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252", "Windows-1252"
    return "utf-8", "UTF-8"


def rows(text: str, separator: str) -> Iterator[Row]:
    """Raises Rejected (file-unreadable) naming the row whose quotation marks do not fit."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Rejected(
                problems.FILE_UNREADABLE,
                f"Row {number}: a quotation mark is not closed, or something follows it before the next separator.",
            ) from error
        yield Row(number, cells)


def separator_of(text: str, understands: Callable[[list[str]], int]) -> tuple[str, str, int]:
    """The separator, the text, and how many rows went before it: a spreadsheet's own `sep=` line.

    The one that makes most understood headers of the first line with anything in it, else the one it holds most of.
    `understands`: how many of some headers mean something.
    """
    first, _, rest = text.partition("\n")
    hint = first.strip().lower()
    if hint.startswith("sep=") and hint[4:] in {",", ";", ""}:
        return first.strip()[4:] or "\t", rest, 1
    header = next((line for line in text.splitlines() if line.strip()), "")

    def fitness(separator: str) -> tuple[int, int]:
        cells = next(csv.reader([header], delimiter=separator), [])
        return understands(cells), header.count(separator)

    return max(SEPARATORS, key=fitness), text, 0
