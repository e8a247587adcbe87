"""The stack's secrets: the Ed25519 key pair with which the gateway signs tokens and every service verifies them, and
the key under which enrollment-svc seals pictures.
"""

import base64
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from chassis.auth import new_key_pair

IMAGE_KEYS: Final = "image-keys.txt"
IMAGE_KEY_BYTES: Final = 32  # AES-256


@dataclass(frozen=True, slots=True)
class KeyPair:
    private_file: Path
    public_file: Path


def ensure_key_pair(directory: Path) -> KeyPair:
    """The key pair kept in `directory`; made on first use, readable by the owner only."""
    pair = KeyPair(directory / "token-private.pem", directory / "token-public.pem")
    if pair.private_file.exists() and pair.public_file.exists():
        return pair
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    private, public = new_key_pair()
    _write_private(pair.private_file, private)
    _write_private(pair.public_file, public)
    return pair


def ensure_image_keys(directory: Path) -> Path:
    """The file of picture keys in `directory`, with one key on first use. To rotate, put a new line in front of it."""
    file = directory / IMAGE_KEYS
    if not file.exists():
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_private(file, base64.b64encode(secrets.token_bytes(IMAGE_KEY_BYTES)) + b"\n")
    return file


def _write_private(file: Path, content: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
