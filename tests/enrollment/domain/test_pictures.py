"""Pictures from strangers: honest ones come out clean, all others are refused by name, and none does harm."""

import io
import resource
import tracemalloc
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import GPS_PLACE, a_bomb, a_picture, a_text_bomb, with_whereabouts
from PIL import Image

from chassis.outcomes import Rejected
from contracts import limits
from enrollment_svc.domain.pictures import drawn_anew

ANSWERS = {"image-type-unknown", "image-unreadable", "image-too-large", "image-too-small"}


def look(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_what_cameras_make_becomes_a_plain_jpeg(kind: str) -> None:
    drawn = drawn_anew(a_picture(kind))
    seen = look(drawn.content)
    assert (seen.format, seen.mode, seen.size) == ("JPEG", "RGB", (640, 480))
    assert (drawn.width, drawn.height) == (640, 480)
    assert seen.getpixel((600, 240))[0] > 240
    assert seen.getpixel((40, 240))[0] < 15


def test_where_and_with_what_it_was_taken_stays_behind() -> None:
    sent = with_whereabouts()
    assert GPS_PLACE in sent
    kept = drawn_anew(sent).content
    assert not look(kept).getexif()
    for secret in (GPS_PLACE, b"A telephone", b"taken at home", b"Exif"):
        assert secret not in kept


def test_a_picture_taken_sideways_is_turned_upright() -> None:
    drawn = drawn_anew(with_whereabouts(orientation=6))
    assert (drawn.width, drawn.height) == (480, 640)
    assert look(drawn.content).getpixel((240, 600))[0] > 240


def test_a_large_picture_is_made_smaller_and_keeps_its_shape() -> None:
    drawn = drawn_anew(a_picture(size=(4000, 3000)))
    assert (drawn.width, drawn.height) == (1600, 1200)


def test_what_is_transparent_becomes_white_and_not_black() -> None:
    transparent = Image.new("RGBA", (300, 300), (255, 0, 0, 0))
    target = io.BytesIO()
    transparent.save(target, "PNG")
    assert look(drawn_anew(target.getvalue()).content).getpixel((150, 150)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "I;16"])
def test_unusual_kinds_of_pixels_are_read(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    picture = Image.new(mode, (300, 300))
    target = io.BytesIO()
    picture.save(target, kind)
    assert look(drawn_anew(target.getvalue()).content).mode == "RGB"


def test_of_a_moving_picture_the_first_frame_is_kept() -> None:
    frames = [Image.new("RGB", (300, 300), colour) for colour in ("white", "black")]
    target = io.BytesIO()
    frames[0].save(target, "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    assert look(drawn_anew(target.getvalue()).content).getpixel((150, 150)) == (255, 255, 255)


def test_a_second_file_behind_the_picture_stays_behind() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("secret.txt", "exam questions")
    for hidden in (archive.getvalue(), b"<script>alert(1)</script>", b"%PDF-1.7 and so on"):
        kept = drawn_anew(a_picture() + hidden).content
        assert hidden not in kept
        assert kept.endswith(b"\xff\xd9")


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("nothing", b"", "image-unreadable"),
        ("text", b"a photo of me", "image-type-unknown"),
        ("zeros", bytes(5000), "image-type-unknown"),
        ("a PDF", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "image-type-unknown"),
        (
            "an SVG with a script",
            b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
            "image-type-unknown",
        ),
        ("a GIF", a_picture("GIF"), "image-type-unknown"),
        ("a TIFF", a_picture("TIFF"), "image-type-unknown"),
        ("a bitmap", a_picture("BMP"), "image-type-unknown"),
        ("a JPEG cut off", a_picture()[:-2000], "image-unreadable"),
        ("a PNG cut off", a_picture("PNG")[:200], "image-unreadable"),
        ("a WebP cut off", a_picture("WEBP")[:100], "image-unreadable"),
        ("only the beginning", a_picture()[:4], "image-type-unknown"),
        ("a PNG with a wrong checksum", a_picture("PNG").replace(b"IDAT", b"IDAT\xff", 1), "image-unreadable"),
        ("too many pixels", a_picture("PNG", (6000, 5000)), "image-too-large"),
        ("a bomb", a_bomb(), "image-too-large"),
        ("a bomb of one row", a_bomb(2**30, 1), "image-too-large"),
        ("one of negative size", a_bomb(2**31, 2**31), "image-too-large"),
        ("a bomb within bounds that holds less than it says", a_bomb(5000, 5000), "image-unreadable"),
        ("a bomb in the comment", a_text_bomb(), "image-unreadable"),
        ("a stamp", a_picture(size=(199, 400)), "image-too-small"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_what_is_refused_and_why(name: str, content: bytes, problem: str) -> None:
    with pytest.raises(Rejected) as refusal:
        drawn_anew(content)
    assert refusal.value.problem.name == problem, name


def test_a_bomb_takes_no_memory() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    tracemalloc.start()
    try:
        for bomb in (a_bomb(), a_bomb(2**30, 1)):
            with pytest.raises(Rejected):
                drawn_anew(bomb)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # kilobytes


def test_the_limits_fit_each_other() -> None:
    largest = a_picture(size=(5000, 5000), quality=95)
    assert len(largest) < limits.IDENTITY_IMAGE_BYTES
    assert drawn_anew(largest).width == limits.IDENTITY_IMAGE_SIDE_MAX


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["JPEG", "PNG", "WEBP"]),
    st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=8)), min_size=1, max_size=6),
    st.floats(0, 1),
)
def test_whatever_is_damaged_is_drawn_or_refused_and_never_a_defect(
    kind: str, damage: list[tuple[float, bytes]], keep: float
) -> None:
    content = bytearray(a_picture(kind, (220, 210)))
    for where, what in damage:
        at = int(where * (len(content) - 1))
        content[at : at + len(what)] = what
    cut = bytes(content[: int(len(content) * max(keep, 0.02))]) if keep < 0.5 else bytes(content)
    try:
        outcome = str(look(drawn_anew(cut).content).format)
    except Rejected as refusal:
        outcome = refusal.problem.name
    assert outcome in ANSWERS | {"JPEG"}
