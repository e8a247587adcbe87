"""Passwords: argon2id (RFC 9106, second recommended option) on threads of their own, a few at a time, so that a rush of
sign-ins neither stops the event loop nor takes all memory.
"""

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from chassis.outcomes import Rejected, Transient
from contracts import problems

PASSWORD_LENGTH_MIN: Final = 12  # NIST SP 800-63B-4 asks for 15 without a second factor, 8 with one; a middle for both
PASSWORD_LENGTH_MAX: Final = 256
HASHES_AT_ONCE: Final = 2  # 64 MiB and a core each
HASHES_WAITING_MAX: Final = 64  # about three seconds of work; who comes later is asked to try again


class Passwords:
    """argon2id on a few threads. Raises Transient when too many wait already."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._threads = ThreadPoolExecutor(HASHES_AT_ONCE, thread_name_prefix="argon2")
        self._waiting = 0
        self._nobodys: str | None = None

    async def hashed(self, password: str) -> str:
        return await self._run_hash(password)

    async def matches(self, password_hash: str | None, password: str) -> bool:
        """With no hash, the same work is done against nobody's password, and the answer is no."""
        if self._nobodys is None:
            self._nobodys = await self._run_hash(secrets.token_urlsafe())
        right = await self._run_verify(password_hash or self._nobodys, password)
        return right and password_hash is not None

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _run_hash(self, password: str) -> str:
        self._enter()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._hasher.hash, password)
        finally:
            self._waiting -= 1

    async def _run_verify(self, password_hash: str, password: str) -> bool:
        self._enter()
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._threads, self._hasher.verify, password_hash, password
            )
        except (VerificationError, InvalidHashError):
            return False
        finally:
            self._waiting -= 1

    def _enter(self) -> None:
        if self._waiting >= HASHES_WAITING_MAX:
            raise Transient("too many sign-ins at once")
        self._waiting += 1


def check_password(password: str) -> None:
    """Raises Rejected `validation-failed`."""
    if not PASSWORD_LENGTH_MIN <= len(password) <= PASSWORD_LENGTH_MAX:
        raise Rejected(
            problems.VALIDATION_FAILED,
            f"A password has {PASSWORD_LENGTH_MIN} to {PASSWORD_LENGTH_MAX} characters.",
            errors=[{"field": "password", "message": f"Use at least {PASSWORD_LENGTH_MIN} characters."}],
        )
