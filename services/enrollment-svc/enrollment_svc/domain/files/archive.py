"""Zip archives from strangers: counted while they are unpacked, so that a small file cannot become a large one.

What an archive says about its sizes is not believed. Every part is unpacked in small steps against one budget.
"""

import io
import zipfile
from dataclasses import dataclass
from typing import Final

from chassis.outcomes import Rejected
from contracts import limits, problems

STEP_BYTES: Final = 64 * 1024
SIGNATURE: Final = b"PK\x03\x04"
_ENCRYPTED: Final = 0x1


@dataclass(frozen=True, slots=True)
class Archive:
    """Everything an archive holds, by name."""

    parts: dict[str, bytes]

    def repacked(self) -> io.BytesIO:
        """An archive of exactly what was counted: other readers of zip files trust what the original says of itself."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
            for name, content in self.parts.items():
                archive.writestr(name, content)
        packed.seek(0)
        return packed


def unpack(data: bytes) -> Archive:
    """Raises Rejected: file-unreadable for what is no plain archive, file-too-large for what unpacks to too much."""
    try:
        return Archive(_parts(data))
    except Rejected:
        raise
    except Exception as error:  # forged archives make zipfile raise anything, IndexError included
        raise Rejected(problems.FILE_UNREADABLE, "The archive is damaged. Save the file again.") from error


def _parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = [each for each in archive.infolist() if not each.is_dir()]
        if len(entries) > limits.IMPORT_ZIP_ENTRIES:
            raise Rejected(
                problems.FILE_UNREADABLE,
                f"The archive holds {len(entries):,} files; at most {limits.IMPORT_ZIP_ENTRIES} are read.",
            )
        if len({each.filename for each in entries}) < len(entries):
            raise Rejected(problems.FILE_UNREADABLE, "The archive holds two files of the same name.")
        if any(each.flag_bits & _ENCRYPTED for each in entries):
            raise Rejected(problems.FILE_UNREADABLE, "The file is protected by a password. Save it without one.")
        budget = limits.IMPORT_UNPACKED_BYTES
        parts: dict[str, bytes] = {}
        for entry in entries:
            parts[entry.filename] = _unpacked(archive, entry, budget)
            budget -= len(parts[entry.filename])
    return parts


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: int) -> bytes:
    content = bytearray()
    with archive.open(entry) as part:
        while step := part.read(STEP_BYTES):
            content += step
            if len(content) > budget:
                limit = limits.IMPORT_UNPACKED_BYTES // (1024 * 1024)
                raise Rejected(problems.FILE_TOO_LARGE, f"The file unpacks to more than {limit} MB.")
    return bytes(content)
