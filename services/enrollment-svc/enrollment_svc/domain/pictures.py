"""Pictures from strangers: judged by what they hold, never by what they are called, and drawn anew.

Only pixels survive: where and with what a picture was taken, a second file hidden behind it, and whatever else was not
seen, is left behind. Pure, but slow (some 50 ms) and hungry (100 MB at most): run it in a thread, a few at a time.
"""

import io
import struct
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from chassis.outcomes import Rejected
from contracts import limits, problems

FORMATS: Final = ("JPEG", "PNG", "WEBP")
MEDIA_TYPE: Final = "image/jpeg"
QUALITY: Final = 85  # the small print of a document stays legible; 1,600 pixels take some 300 kB
_SIDES: Final = (limits.IDENTITY_IMAGE_SIDE_MAX, limits.IDENTITY_IMAGE_SIDE_MAX)
_WHITE: Final = (255, 255, 255)
# What Pillow's decoders raise on damaged files, as its own fuzzing lists them.
_DAMAGED: Final = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    struct.error,
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A JPEG of at most `IDENTITY_IMAGE_SIDE_MAX` pixels a side, upright, without metadata."""

    content: bytes
    width: int
    height: int


def drawn_anew(content: bytes) -> Drawn:
    """The picture and nothing else.

    Raises:
        Rejected: image-type-unknown, image-unreadable, image-too-large or image-too-small.

    """
    if not content:
        raise Rejected(problems.IMAGE_UNREADABLE, "The file is empty.")
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
            _check_size(opened.size)
            return _redrawn(opened)
    except UnidentifiedImageError:
        raise Rejected(problems.IMAGE_TYPE_UNKNOWN, "Send a JPEG, PNG or WebP picture.") from None
    except Image.DecompressionBombError:
        raise _too_large() from None
    except _DAMAGED as error:
        raise Rejected(problems.IMAGE_UNREADABLE, "Take the picture again, or save it anew.") from error


def _check_size(size: tuple[int, int]) -> None:
    """By the header, before anything is unpacked. The decoders allot memory by it and refuse data that disagrees."""
    width, height = size
    if width * height > limits.IDENTITY_IMAGE_PIXELS:
        raise _too_large()
    if min(width, height) < limits.IDENTITY_IMAGE_SIDE_MIN:
        raise Rejected(
            problems.IMAGE_TOO_SMALL,
            f"It has {width} x {height} pixels; each side needs {limits.IDENTITY_IMAGE_SIDE_MIN}.",
        )


def _redrawn(opened: Image.Image) -> Drawn:
    opened.draft("RGB", _SIDES)  # a JPEG is unpacked at half, quarter or eighth size where that is enough
    opened.load()  # of several frames, the first
    upright = ImageOps.exif_transpose(opened)
    upright.thumbnail(_SIDES)
    if upright.has_transparency_data:
        layer = upright.convert("RGBA")
        plain = Image.new("RGB", layer.size, _WHITE)
        plain.paste(layer, mask=layer)
    else:
        plain = upright.convert("RGB")
    plain.info.clear()
    target = io.BytesIO()
    plain.save(target, "JPEG", quality=QUALITY, optimize=True)
    return Drawn(target.getvalue(), plain.width, plain.height)


def _too_large() -> Rejected:
    return Rejected(
        problems.IMAGE_TOO_LARGE, f"At most {limits.IDENTITY_IMAGE_PIXELS // 1_000_000} megapixels are read."
    )
