"""Identifiers and codes: time-ordered ids, ids derived from what they name, and codes people type."""

import hashlib
import secrets
import threading
import time
import uuid
from typing import Final

CODE_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base32: no I, L, O, U
CODE_GROUP: Final = 4  # people read and say four characters at a time
_LOOK_ALIKES: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})
_NAMESPACE: Final = uuid.UUID("6f1f6b0e-5d7c-5a53-9d4e-2f6f3c3f8b11")
_COUNTER_BITS: Final = 12

_lock = threading.Lock()
_last: tuple[int, int] = (0, 0)


def new_id() -> str:
    """A UUID of version 7 (RFC 9562, section 5.7): ordered by time, and strictly increasing within this process."""
    global _last  # noqa: PLW0603 - the previous id is what "increasing" is measured against
    with _lock:
        milliseconds = time.time_ns() // 1_000_000
        last_milliseconds, counter = _last
        if milliseconds > last_milliseconds:
            counter = secrets.randbits(_COUNTER_BITS - 1)
        else:
            milliseconds, counter = last_milliseconds, counter + 1
            if counter >> _COUNTER_BITS:
                milliseconds, counter = milliseconds + 1, 0
        _last = (milliseconds, counter)
    value = (milliseconds & ((1 << 48) - 1)) << 80
    value |= 0x7 << 76 | counter << 64
    value |= 0b10 << 62 | secrets.randbits(62)
    text = f"{value:032x}"  # as str(uuid.UUID(int=value)), which takes three times as long
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def derived_id(*parts: str) -> str:
    """The same parts always give the same id (UUID version 5), and no two lists of parts share one."""
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return str(uuid.uuid5(_NAMESPACE, text))


def new_code(groups: int = 2) -> str:
    """A random code of `groups` groups of four characters, such as `7KXD-02QM`; each group holds 20 bits."""
    return "-".join("".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_GROUP)) for _ in range(groups))


def normalise_code(text: str) -> str:
    """What a typed code means: case, spaces and dashes do not matter, and look-alikes are read as their digits."""
    return "".join(character for character in text.upper() if character.isalnum()).translate(_LOOK_ALIKES)


def code_hash(text: str) -> str:
    """What is stored in place of a code. Equal codes, however they were typed, have equal hashes.

    It keeps codes out of plain sight; a short code is protected by the limits on guessing, not by this hash.
    """
    return hashlib.sha256(b"examhall-code:" + normalise_code(text).encode()).hexdigest()
