"""Files of people as they come from the world: good ones, and a zoo of bad ones."""

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence

from openpyxl import Workbook

HEADERS = ("Name", "E-mail", "ID", "Groups", "Time")
Table = Sequence[Sequence[object]]

MANIFEST = {
    "manifest.version": "1.0",
    "oneroster.version": "1.2",
    "file.orgs": "bulk",
    "file.users": "bulk",
    "file.classes": "bulk",
    "file.enrollments": "bulk",
    "file.courses": "absent",
}
ORGS = (("sourcedId", "status", "name", "type"), ("o1", "", "North School", "school"), ("o2", "", "South", "school"))
USERS = (
    ("sourcedId", "status", "enabledUser", "username", "givenName", "familyName", "email", "preferredGivenName"),
    ("u1", "", "true", "ada", "Augusta", "Lovelace", "ada@example.org", "Ada"),
    ("u2", "", "true", "alan", "Alan", "Turing", "alan@example.org", ""),
    ("u3", "", "false", "gone", "Gone", "Away", "gone@example.org", ""),
    ("u4", "", "true", "teach", "Grace", "Hopper", "grace@example.org", ""),
)
CLASSES = (
    ("sourcedId", "status", "title", "schoolSourcedId", "courseSourcedId"),
    ("c1", "", "Nursing", "o1", "k1"),
    ("c2", "", "Nursing", "o2", "k1"),
    ("c3", "", "Biology", "o1", "k2"),
)
ENROLLMENTS = (
    ("sourcedId", "status", "classSourcedId", "schoolSourcedId", "userSourcedId", "role"),
    ("e1", "", "c1", "o1", "u1", "student"),
    ("e2", "", "c3", "o1", "u1", "student"),
    ("e3", "", "c2", "o2", "u2", "student"),
    ("e4", "", "c1", "o1", "u4", "teacher"),
)


def people(count: int, start: int = 0) -> list[tuple[str, str, str, str]]:
    """Name, e-mail address, ID and group of that many people."""
    return [
        (f"Person {n:05}", f"person{n:05}@example.org", f"{n:05}", f"Year {n % 7}") for n in range(start, start + count)
    ]


def text_file(rows: Table, headers: Sequence[str] = HEADERS, *, separator: str = ",", encoding: str = "utf-8") -> bytes:
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=separator)
    writer.writerow(headers[: max((len(row) for row in rows), default=len(headers))])
    writer.writerows(rows)
    return written.getvalue().encode(encoding)


def workbook(rows: Table, headers: Sequence[str] = HEADERS) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("People")
    sheet.append(list(headers))
    for row in rows:
        sheet.append(list(row))
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def archive(parts: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", compression) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return packed.getvalue()


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return {each: packed.read(each) for each in packed.namelist()}


def bundle(
    *,
    manifest: Mapping[str, str] = MANIFEST,
    users: Table = USERS,
    classes: Table = CLASSES,
    enrollments: Table = ENROLLMENTS,
    folder: str = "",
    **more: bytes,
) -> bytes:
    """A OneRoster bundle."""
    tables: dict[str, Table] = {
        "manifest.csv": [("propertyName", "value"), *manifest.items()],
        "orgs.csv": ORGS,
        "users.csv": users,
        "classes.csv": classes,
        "enrollments.csv": enrollments,
    }
    written = {f"{folder}{name}": text_file(rows[1:], [str(each) for each in rows[0]]) for name, rows in tables.items()}
    return archive(written | {name.replace("__", "."): content for name, content in more.items()})


def lying(data: bytes, name: str, claimed: int) -> bytes:
    """The archive, in which a part claims a size that is not its own, in both places where sizes stand."""
    info = zipfile.ZipFile(io.BytesIO(data)).getinfo(name)
    real, forged = info.file_size.to_bytes(4, "little"), claimed.to_bytes(4, "little")
    packed = info.compress_size.to_bytes(4, "little")
    assert data.count(packed + real) == 2
    return data.replace(packed + real, packed + forged)
