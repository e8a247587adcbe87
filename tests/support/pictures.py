"""Pictures for tests: honest ones, and those that strangers send."""

import io
import struct
import zlib
from typing import Any

from PIL import Image

GPS_PLACE = b"52 30 59 N"


def a_picture(kind: str = "JPEG", size: tuple[int, int] = (640, 480), *, mode: str = "RGB", **options: Any) -> bytes:
    """Left half dark, right half light, so that turning and flattening can be seen."""
    picture = Image.new(mode, size, "black")
    picture.paste(Image.new(mode, (size[0] // 2, size[1]), "white"), (size[0] // 2, 0))
    target = io.BytesIO()
    picture.save(target, kind, **options)
    return target.getvalue()


def with_whereabouts(size: tuple[int, int] = (640, 480), orientation: int = 1) -> bytes:
    """A telephone's picture: where it was taken, with what, and which way up it is."""
    exif = Image.Exif()
    exif[0x0110] = "A telephone"
    exif[0x0112] = orientation
    place = exif.get_ifd(0x8825)
    place[1], place[2], place[29] = "N", (52.0, 30.0, 59.0), GPS_PLACE.decode()
    return a_picture(size=size, exif=exif, comment=b"taken at home")


def a_bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A PNG of a few kilobytes that says it unpacks to gigabytes, and would."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\x00" * 1_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def a_text_bomb() -> bytes:
    """A small PNG whose comment unpacks to a hundred megabytes."""
    honest = a_picture("PNG")
    comment = b"Comment\x00\x00" + zlib.compress(b"a" * 100_000_000, 9)
    return honest[:33] + _chunk(b"zTXt", comment) + honest[33:]


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
