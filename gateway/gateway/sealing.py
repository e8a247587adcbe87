"""Secrets that the gateway must be able to use but never shows: sealed with AES-256-GCM before they are stored.

The key is derived (HKDF, RFC 5869) from the token signing key, the one secret that only gateways hold, so there is no
second one to hand out and lose. Whoever replaces that key enters the sealed secrets again.
"""

import base64
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import load_pem_private_key

NONCE_BYTES: Final = 12  # what GCM is made for
KEY_BYTES: Final = 32
PURPOSE: Final = b"examhall sealed secrets v1"


class Unsealable(Exception):
    """Sealed with another key, for something else, or tampered with."""


class Seal:
    def __init__(self, token_private_key_pem: bytes) -> None:
        key = load_pem_private_key(token_private_key_pem, password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError("the token key must be an Ed25519 private key in PEM")
        derived = HKDF(SHA256(), KEY_BYTES, salt=None, info=PURPOSE).derive(key.private_bytes_raw())
        self._cipher = AESGCM(derived)

    def close(self, secret: str, use: str) -> str:
        """`use` says what it is for and who gets to see it; it opens for exactly that."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, secret.encode(), use.encode())).decode()

    def open(self, sealed: str, use: str) -> str:
        """Raises Unsealable."""
        try:
            raw = base64.b64decode(sealed, validate=True)
            return self._cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], use.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise Unsealable(use) from error
