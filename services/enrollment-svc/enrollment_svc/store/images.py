"""The only room that touches the object store: pictures of faces and documents, encrypted before they leave here.

An object is one byte for the format, four to name the key, a nonce of twelve, and AES-256-GCM's ciphertext with its
tag, bound to the object's path: one that was moved to another path does not open. Nonces are random; one key is good
for some four thousand million pictures (NIST SP 800-38D, section 8.3).
"""

import asyncio
import base64
import binascii
import hashlib
import secrets
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import obstore
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from chassis.health import CheckResult
from chassis.outcomes import Transient
from enrollment_svc.settings import Settings

if TYPE_CHECKING:
    from obstore.store import S3Config

KEY_BYTES: Final = 32
FORMAT: Final = b"\x01"
KEY_ID_BYTES: Final = 4
NONCE_BYTES: Final = 12
REQUEST_TIME: Final = timedelta(seconds=5)  # a few hundred kilobytes within one data centre
RETRY_TIME: Final = timedelta(seconds=8)  # in all; the gateway waits 15 s for an answer
RETRIES: Final = 2
AT_ONCE: Final = 8  # requests; a store answers within some 20 ms, so that is hundreds a second
NOT_SET_UP: Final = (
    "EXAMHALL_IMAGES_KEY_FILE names no file, or neither EXAMHALL_IMAGES_BUCKET nor EXAMHALL_IMAGES_DIRECTORY is set"
)


Store = LocalStore | S3Store
Answer = TypeVar("Answer")


class Unreadable(Exception):
    """An object that none of the keys opens at its path: foreign, moved, changed, or its key was taken away."""


class Cipher:
    def __init__(self, keys: list[bytes]) -> None:
        """`keys`: `KEY_BYTES` each; the first encrypts, all decrypt. Raises ValueError for none or another length."""
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise ValueError(f"keys for pictures have {KEY_BYTES} bytes each, and there is at least one")
        self._first = _key_id(keys[0])
        self._keys: Mapping[bytes, AESGCM] = {_key_id(key): AESGCM(key) for key in keys}

    @classmethod
    def from_file(cls, file: Path) -> "Cipher":
        """Raises ValueError naming the line, never what stands on it."""
        keys = []
        for number, line in enumerate(file.read_text().split(), start=1):
            try:
                keys.append(base64.b64decode(line, validate=True))
            except binascii.Error:
                raise ValueError(f"{file}: key {number} is not base64") from None
        return cls(keys)

    def encrypt(self, content: bytes, path: str) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return FORMAT + self._first + nonce + self._keys[self._first].encrypt(nonce, content, path.encode())

    def decrypt(self, stored: bytes, path: str) -> bytes:
        """Raises Unreadable."""
        key = self._keys.get(stored[1 : 1 + KEY_ID_BYTES])
        if stored[:1] != FORMAT or key is None:
            raise Unreadable(f"{path}: of no format or key known here")
        start = 1 + KEY_ID_BYTES + NONCE_BYTES
        try:
            return key.decrypt(stored[1 + KEY_ID_BYTES : start], stored[start:], path.encode())
        except (InvalidTag, ValueError) as error:
            raise Unreadable(f"{path}: it was changed or moved") from error


class Images:
    """Everything raises Transient while the store is away, or was never set up.

    Requests run in threads of their own. obstore's awaitable ones wake Python from threads that nobody joins, which
    aborts the process when it ends just then (PyO3/pyo3-async-runtimes, issue 40).
    """

    def __init__(self, store: Store | None, cipher: Cipher | None) -> None:
        """Both None: not set up; sessions that verify nobody need no pictures."""
        self._store = store
        self._cipher = cipher
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="images")
        self._problem = ""

    def sealed(self, content: bytes, path: str) -> bytes:
        """The object to put at this path."""
        if self._cipher is None:
            raise Transient(NOT_SET_UP)
        return self._cipher.encrypt(content, path)

    async def put(self, path: str, sealed: bytes) -> None:
        await self._ask(lambda store: obstore.put(store, path, sealed))

    async def get(self, path: str) -> bytes | None:
        """The picture; None when there is none. Raises Unreadable."""
        try:
            stored = await self._ask(lambda store: bytes(obstore.get(store, path).bytes()))
        except FileNotFoundError:
            return None
        assert self._cipher is not None  # there is a store, so there is a cipher
        return self._cipher.decrypt(stored, path)

    async def delete(self, path: str) -> bool:
        """Whether it is gone now, by what the store itself says when asked again. Again is the same."""
        with suppress(FileNotFoundError):  # a directory says so, a bucket does not
            await self._ask(lambda store: obstore.delete(store, path))
        try:
            await self._ask(lambda store: obstore.head(store, path))
        except FileNotFoundError:
            return True
        return False

    async def check(self) -> CheckResult:
        """By what became of the last request; asking the store at every probe would cost money."""
        if self._store is None:
            return CheckResult.warning(f"identities cannot be verified: {NOT_SET_UP}")
        return CheckResult.warning(self._problem) if self._problem else CheckResult.good()

    async def close(self) -> None:
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)

    async def _ask(self, request: Callable[[Store], Answer]) -> Answer:
        """Raises FileNotFoundError as it is, and whatever else the store has as Transient."""
        if self._store is None:
            raise Transient(NOT_SET_UP)
        try:
            answer = await asyncio.get_running_loop().run_in_executor(self._threads, request, self._store)
        except FileNotFoundError:
            self._problem = ""
            raise
        except (BaseError, OSError) as error:
            self._problem = f"the pictures' store failed: {type(error).__name__}"
            raise Transient(f"{self._problem}: {error}") from error
        self._problem = ""
        return answer


def images_of(settings: Settings) -> Images:
    """Raises ValueError or OSError for keys that cannot be read: better not to start than to start with others."""
    keys = settings.images_key_file
    if keys is None or not keys.exists() or not (settings.images_bucket or settings.images_directory):
        return Images(None, None)
    cipher = Cipher.from_file(keys)
    if settings.images_bucket:
        return Images(_bucket(settings), cipher)
    assert settings.images_directory is not None
    return Images(LocalStore(settings.images_directory, mkdir=True), cipher)


def _bucket(settings: Settings) -> S3Store:
    """Without keys of its own, the surroundings' identity is used, as Amazon's and Kubernetes' services offer it."""
    config: S3Config = {"region": settings.images_region}
    if settings.images_endpoint:
        config["endpoint"] = settings.images_endpoint
    secret = settings.images_secret_access_key.get_secret_value()
    if secret:
        config["access_key_id"] = settings.images_access_key_id
        config["secret_access_key"] = secret
    return S3Store(
        settings.images_bucket,
        config=config,
        client_options={
            "timeout": REQUEST_TIME,
            "connect_timeout": REQUEST_TIME,
            "allow_http": settings.images_endpoint.startswith("http://"),
        },
        retry_config={"max_retries": RETRIES, "retry_timeout": RETRY_TIME},
    )


def digest_of(sealed: bytes) -> str:
    return hashlib.sha256(sealed).hexdigest()


def _key_id(key: bytes) -> bytes:
    """Tells keys apart, and tells nothing about them."""
    return hashlib.sha256(b"examhall picture key\x00" + key).digest()[:KEY_ID_BYTES]
