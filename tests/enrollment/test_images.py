"""Pictures at rest: in a directory and in a real S3 bucket alike, sealed, bound to their place, gone when deleted."""

import asyncio
import base64
import secrets
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from s3_store import S3, s3_server

from chassis.outcomes import Transient
from contracts.limits import IDENTITY_IMAGE_BYTES
from enrollment_svc.settings import Settings
from enrollment_svc.store.images import Cipher, Images, Unreadable, images_of
from examhall.part import Part

CONTENT = b"\xff\xd8 a face " * 1000
PATH = "acme/s1/p1/0193580e-6c00"


def a_key() -> bytes:
    return secrets.token_bytes(32)


def key_file(directory: Path, *keys: bytes) -> Path:
    file = directory / "image-keys.txt"
    file.write_text("".join(base64.b64encode(key).decode() + "\n" for key in keys))
    return file


@pytest.fixture(scope="module")
async def bucket(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[S3, Part]]:
    async with s3_server(tmp_path_factory.mktemp("s3")) as running:
        yield running


def s3_settings(s3: S3, keys: Path, **changes: Any) -> Settings:
    return Settings(
        **{
            "images_key_file": keys,
            "images_bucket": s3.bucket,
            "images_endpoint": s3.endpoint,
            "images_access_key_id": s3.access_key,
            "images_secret_access_key": s3.secret_key,
        }
        | changes
    )


@pytest.fixture(params=["directory", "bucket"])
def settings(request: pytest.FixtureRequest, tmp_path: Path, bucket: tuple[S3, Part]) -> Settings:
    keys = key_file(tmp_path, a_key())
    if request.param == "directory":
        return Settings(images_key_file=keys, images_directory=tmp_path / "images")
    return s3_settings(bucket[0], keys)


@pytest.fixture
async def images(settings: Settings) -> AsyncIterator[Images]:
    opened = images_of(settings)
    yield opened
    await opened.close()


async def test_what_was_put_is_got_and_gone_when_deleted(images: Images) -> None:
    path = f"{PATH}-{secrets.token_hex(4)}"
    assert await images.get(path) is None
    await images.put(path, images.sealed(CONTENT, path))
    assert await images.get(path) == CONTENT
    assert await images.delete(path)
    assert await images.get(path) is None
    assert await images.delete(path), "again is the same"
    assert (await images.check()).level == "good"


async def test_what_lies_there_is_sealed(images: Images, settings: Settings) -> None:
    path = f"{PATH}-{secrets.token_hex(4)}"
    sealed = images.sealed(CONTENT, path)
    assert b"a face" not in sealed
    assert images.sealed(CONTENT, path) != sealed, "each time another nonce"
    await images.put(path, sealed)
    if settings.images_directory is not None:
        assert (settings.images_directory / path).read_bytes() == sealed


async def test_a_picture_does_not_open_in_anothers_place(images: Images) -> None:
    mine, theirs = (f"{PATH}-{secrets.token_hex(4)}" for _ in range(2))
    await images.put(theirs, images.sealed(CONTENT, mine))
    with pytest.raises(Unreadable):
        await images.get(theirs)


async def test_an_object_as_large_as_any_upload_is_kept_whole(images: Images) -> None:
    content = secrets.token_bytes(IDENTITY_IMAGE_BYTES)
    await images.put(PATH, images.sealed(content, PATH))
    assert await images.get(PATH) == content


async def test_many_at_once_do_not_hold_up_the_event_loop(images: Images) -> None:
    paths = [f"acme/s2/p{number}/i" for number in range(40)]
    longest, ended = 0.0, asyncio.Event()

    async def beat() -> None:
        nonlocal longest
        while not ended.is_set():
            began = time.perf_counter()
            await asyncio.sleep(0.005)
            longest = max(longest, time.perf_counter() - began)

    beating = asyncio.create_task(beat())
    await asyncio.gather(*(images.put(path, images.sealed(CONTENT, path)) for path in paths))
    assert await asyncio.gather(*(images.get(path) for path in paths)) == [CONTENT] * 40
    ended.set()
    await beating
    assert longest < 2.0  # a machine shared with others; blocking would take as long as all requests together


async def test_while_the_store_is_away_everything_waits_and_health_says_so(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async with s3_server(tmp_path_factory.mktemp("s3-away")) as (s3, part):
        images = images_of(s3_settings(s3, key_file(tmp_path, a_key())))
        await images.put(PATH, images.sealed(CONTENT, PATH))
        await part.stop()
        began = time.monotonic()
        for ask in (images.get(PATH), images.put(PATH, CONTENT), images.delete(PATH)):
            with pytest.raises(Transient):
                await ask
        assert time.monotonic() - began < 3 * 20
        assert (await images.check()).level == "warning"
        await part.start()
        async with asyncio.timeout(60):  # its volume reports to its master again within seconds
            while True:
                try:
                    assert await images.get(PATH) == CONTENT
                    break
                except Transient:
                    await asyncio.sleep(0.5)
        assert (await images.check()).level == "good"
        await images.close()


async def test_a_wrong_account_is_an_outage_and_not_a_missing_picture(tmp_path: Path, bucket: tuple[S3, Part]) -> None:
    s3, _ = bucket
    images = images_of(s3_settings(s3, key_file(tmp_path, a_key()), images_secret_access_key="another"))
    for ask in (images.get(PATH), images.delete(PATH)):
        with pytest.raises(Transient):
            await ask
    assert "another" not in (await images.check()).detail
    await images.close()


async def test_without_a_store_or_a_key_nothing_is_kept_and_health_says_what_is_missing(tmp_path: Path) -> None:
    for settings in (
        Settings(),
        Settings(images_directory=tmp_path / "images"),
        Settings(images_key_file=key_file(tmp_path, a_key())),
        Settings(images_key_file=tmp_path / "nowhere", images_directory=tmp_path / "images"),
    ):
        images = images_of(settings)
        with pytest.raises(Transient):
            images.sealed(CONTENT, PATH)
        with pytest.raises(Transient):
            await images.delete(PATH)
        assert "EXAMHALL_IMAGES_KEY_FILE" in (await images.check()).detail
        await images.close()
    assert not (tmp_path / "images").exists()


def test_a_new_key_in_front_seals_and_the_old_one_still_opens() -> None:
    old, new = a_key(), a_key()
    sealed = Cipher([old]).encrypt(CONTENT, PATH)
    rotated = Cipher([new, old])
    assert rotated.decrypt(sealed, PATH) == CONTENT
    fresh = rotated.encrypt(CONTENT, PATH)
    assert Cipher([new]).decrypt(fresh, PATH) == CONTENT
    with pytest.raises(Unreadable):
        Cipher([old]).decrypt(fresh, PATH)


@pytest.mark.parametrize("text", ["", "not base64!\n", base64.b64encode(b"short").decode()])
def test_keys_that_are_none_keep_the_service_from_starting_and_are_not_told(tmp_path: Path, text: str) -> None:
    file = tmp_path / "keys.txt"
    file.write_text(text)
    with pytest.raises(ValueError) as error:
        images_of(Settings(images_key_file=file, images_directory=tmp_path / "images"))
    assert not text or text.strip() not in str(error.value)


@given(st.binary(max_size=200), st.integers(0, 400), st.integers(1, 255))
def test_whatever_was_changed_does_not_open(content: bytes, where: int, change: int) -> None:
    cipher = Cipher([b"k" * 32])
    sealed = bytearray(cipher.encrypt(content, PATH))
    sealed[where % len(sealed)] ^= change
    with pytest.raises(Unreadable):
        cipher.decrypt(bytes(sealed), PATH)
    with pytest.raises(Unreadable):
        cipher.decrypt(bytes(sealed)[: where % 40], PATH)
