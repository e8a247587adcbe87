"""Files that cannot be read: each is refused with a reason, and none costs more than it should."""

import io
import random
import struct
import zipfile
import zlib

import pytest
import roster_files as files

from chassis.outcomes import Rejected
from contracts import limits
from enrollment_svc.domain.files import roster
from enrollment_svc.domain.files.archive import unpack

MEGABYTE = 1024 * 1024
GOOD = [("Ada", "ada@example.org", "1", "", "")]


def refusal(data: bytes) -> tuple[str, str]:
    with pytest.raises(Rejected) as refused:
        roster.read(data)
    return refused.value.problem.name, refused.value.detail


def with_sheet(xml: bytes) -> bytes:
    parts = files.parts_of(files.workbook(GOOD))
    return files.archive(parts | {"xl/worksheets/sheet1.xml": xml})


def sheet(rows: str) -> bytes:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<?xml version="1.0"?><worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>'.encode()


def cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


ZOO = {
    "nothing": (b"", "file-empty", "empty"),
    "only a byte-order mark": (b"\xef\xbb\xbf", "file-empty", "empty rows"),
    "only empty rows": (b"\r\n;;;\r\n \r\n", "file-empty", "empty rows"),
    "only headers": (b"Name,E-mail\r\n", "file-empty", "nobody below"),
    "no header": (b"Ada,ada@example.org\r\n", "file-columns", "no column for names"),
    "no column for names": (b"E-mail,ID\r\na@example.org,1\r\n", "file-columns", "no column for names"),
    "no column to know people by": (b"Name,Group\r\nAda,x\r\n", "file-columns", "E-mail"),
    "two columns of one meaning": (b"Name,Mail,E-mail\r\nAda,a@x.org,b@x.org\r\n", "file-columns", "Columns B"),
    "too many columns": (b",".join([b"Name", b"ID", *[b"x"] * 120]) + b"\r\nAda,1\r\n", "file-columns", "100"),
    "a quotation mark never closed": (b'Name,ID\r\n"Ada,1\r\nBen,2\r\n', "file-unreadable", "Row 2"),
    "something behind a quotation mark": (b'Name,ID\r\nAda,1\r\n"Ben" B,2\r\n', "file-unreadable", "Row 3"),
    "UTF-32": ("Name,ID\nAda,1\n".encode("utf-32"), "file-unreadable", "UTF-32"),
    "half a UTF-16 character": ("Name,ID\nAda,1\n".encode("utf-16")[:-1], "file-unreadable", "UTF-16"),
    "no encoding at all": (b"Name,ID\r\nAda \x81\x8d,1\r\n", "file-unreadable", "Windows-1252"),
    "zero bytes": (b"Name,ID\r\nA\x00da,1\r\n", "file-unreadable", "control character"),
    "binary rubbish": (random.Random(7).randbytes(50_000), "file-unreadable", ""),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 10, "file-unreadable", ""),
    "a PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "file-unreadable", "PDF"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), "file-unreadable", ".xls"),
    "20,001 rows": (files.text_file(files.people(20_001)), "file-too-many-rows", "20,000"),
    "a zip of something else": (files.archive({"a.txt": b"hello"}), "file-unreadable", "neither a workbook"),
    "half a workbook": (files.workbook(GOOD)[:-100], "file-unreadable", "damaged"),
    "a workbook with forged entries": (
        files.workbook(GOOD).replace(b"PK\x01\x02", b"PK\x01\x02\xff\xff\xff\xff\xff\xff"),
        "file-unreadable",
        "damaged",
    ),
    "a workbook without sense": (files.archive({"xl/workbook.xml": b"<x/>"}), "file-unreadable", "damaged"),
    "a sheet that is no XML": (with_sheet(b"\x00\x01rubbish"), "file-unreadable", "damaged"),
    "an archive of too many files": (
        files.archive({f"{n}.txt": b"" for n in range(300)}),
        "file-unreadable",
        "at most 200",
    ),
}


@pytest.mark.parametrize("kind", ZOO)
def test_every_animal_has_its_refusal(kind: str) -> None:
    data, problem, words = ZOO[kind]
    name, detail = refusal(data)
    assert (name, words in detail) == (problem, True), detail


@pytest.mark.parametrize("name", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/media/image.png"])
def test_a_workbook_that_unpacks_to_gigabytes_is_refused(name: str) -> None:
    parts = files.parts_of(files.workbook(GOOD))
    bomb = files.archive(parts | {name: bytes(limits.IMPORT_UNPACKED_BYTES + 1)})
    assert len(bomb) < MEGABYTE
    assert refusal(bomb) == ("file-too-large", "The file unpacks to more than 64 MB.")


def test_many_small_bombs_are_counted_together() -> None:
    bomb = files.bundle(**{f"extra{n}__csv": bytes(10 * MEGABYTE) for n in range(7)})
    assert len(bomb) < MEGABYTE
    assert refusal(bomb)[0] == "file-too-large"


def test_a_bundle_that_unpacks_to_gigabytes_is_refused() -> None:
    assert refusal(files.bundle(courses__csv=bytes(70 * MEGABYTE)))[0] == "file-too-large"


def test_an_archive_that_lies_about_its_sizes_is_not_believed() -> None:
    """What it hides behind a small claimed size never reaches a reader that would believe it."""
    parts = files.parts_of(files.workbook(GOOD))
    bomb = files.archive(parts | {"xl/sharedStrings.xml": bytes(40 * MEGABYTE)})
    forged = files.lying(bomb, "xl/sharedStrings.xml", 1000)
    assert refusal(forged) == ("file-unreadable", "The archive is damaged. Save the file again.")


def test_an_archive_that_lies_with_a_fitting_checksum_gives_only_what_it_claims() -> None:
    content = bytes(40 * MEGABYTE)
    bomb = files.archive({"a.bin": content})
    crc = struct.pack("<I", zlib.crc32(content[:1000]))
    real = struct.pack("<I", zipfile.ZipFile(io.BytesIO(bomb)).getinfo("a.bin").CRC)
    forged = files.lying(bomb, "a.bin", 1000).replace(real, crc)
    assert unpack(forged).parts == {"a.bin": content[:1000]}
    assert len(unpack(forged).repacked().getvalue()) < 2000


def test_a_workbook_of_two_far_corners_is_not_spread_out() -> None:
    """Readers that hold a sheet as a grid would need hundreds of gigabytes."""
    header = f'<row r="1">{cell("A1", "Name")}{cell("B1", "ID")}</row>'
    corner = f'<row r="1048576">{cell("A1048576", "Ada")}{cell("B1048576", "1")}{cell("XFD1048576", "far")}</row>'
    (line,) = roster.read(with_sheet(sheet(header + corner))).lines
    assert (line.name, line.number) == ("Ada", 1_048_576)


def test_a_row_beyond_the_format_is_not_waited_for() -> None:
    header = f'<row r="1">{cell("A1", "Name")}{cell("B1", "ID")}</row>'
    far = f'<row r="99999999999">{cell("A99999999999", "Ada")}</row>'
    assert refusal(with_sheet(sheet(header + far)))[0] in {"file-empty", "file-unreadable"}


def test_entities_that_multiply_are_refused() -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY l0 "ha">{laughs}]>'.encode()
    header = sheet(f'<row r="1">{cell("A1", "&l9;")}</row>').removeprefix(b'<?xml version="1.0"?>')
    assert refusal(with_sheet(bomb + header))[0] == "file-unreadable"


def test_files_of_the_computer_are_not_read() -> None:
    outside = b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    header = sheet(f'<row r="1">{cell("A1", "&x;")}</row>').removeprefix(b'<?xml version="1.0"?>')
    assert refusal(with_sheet(outside + header))[0] == "file-unreadable"


def test_a_cell_of_a_megabyte_is_its_rows_error_and_not_kept_whole() -> None:
    read = roster.read(files.text_file([*GOOD, ("x" * MEGABYTE, "b@example.org", "2", "", "")]))
    assert len(read.lines) == 2
    assert len(read.lines[1].cells[0]) == limits.IMPORT_CELL_KEPT


def test_more_cells_than_headers_are_the_rows_error() -> None:
    read = roster.read(b"Name,E-mail\r\nLovelace, Ada,ada@example.org\r\nBen,ben@example.org,,\r\n")
    assert [[each.problem for each in line.objections] for line in read.lines] == [["too-many-cells"], []]


# OneRoster


def test_a_bundle_gives_people_and_their_classes() -> None:
    read = roster.read(files.bundle())
    assert [(each.name, each.email, each.external_id, [g.name for g in each.groups]) for each in read.lines] == [
        ("Ada Lovelace", "ada@example.org", "u1", ["Nursing (North School)", "Biology"]),
        ("Alan Turing", "alan@example.org", "u2", ["Nursing (South)"]),
        ("Grace Hopper", "grace@example.org", "u4", []),
    ]


def test_a_bundle_in_a_folder_is_read_too() -> None:
    assert len(roster.read(files.bundle(folder="Export 2026/")).lines) == 3


def test_lines_that_point_nowhere_are_rows_of_their_own() -> None:
    extra = [("e8", "", "c1", "o1", "nobody", "student"), ("e9", "", "c9", "o1", "u1", "student")]
    lines = roster.read(files.bundle(enrollments=[*files.ENROLLMENTS, *extra])).lines
    assert [(each.file, each.number, each.objections[0].problem) for each in lines[3:]] == [
        ("enrollments.csv", 6, "points-nowhere"),
        ("enrollments.csv", 7, "points-nowhere"),
    ]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (files.bundle(manifest=files.MANIFEST | {"oneroster.version": "1.0"}), "1.0"),
        (files.bundle(manifest=files.MANIFEST | {"file.users": "delta"}), "delta"),
        (files.bundle(manifest=files.MANIFEST | {"file.users": "absent"}), "no users.csv"),
        (files.bundle(users=[("sourcedId", "email"), ("u1", "a@example.org")]), "users.csv: It has no column"),
        (files.bundle(users=[files.USERS[0]]), "no active user"),
        (files.archive({"manifest.csv": b"\x00\x01\x02"}), "manifest.csv: "),
        (files.archive({"manifest.csv": b"propertyName,value\noneroster.version,1.2\nfile.users,bulk\n"}), "promises"),
    ],
)
def test_a_bundle_that_is_not_whole_says_what_it_lacks(data: bytes, words: str) -> None:
    name, detail = refusal(data)
    assert name.startswith("file-")
    assert words in detail
