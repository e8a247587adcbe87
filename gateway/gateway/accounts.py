"""Staff accounts: creating them, signing in, keeping signed in, signing out.

Passwords are hashed with argon2id (RFC 9106, second recommended option) on threads of their own, a few at a time, so
that a rush of sign-ins neither stops the event loop nor takes all memory. An unknown e-mail address costs the same
work as a wrong password and gets the same answer.
"""

import asyncio
import hashlib
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from chassis.auth import Principal, PrincipalKind
from chassis.clock import SharedClock
from chassis.identifiers import new_id
from chassis.outcomes import Rejected, Transient
from contracts import problems
from contracts.statuses import STAFF, Role
from gateway.settings import Settings
from gateway.store import Account, EmailTaken, GatewayStore, RefreshToken, SignInLink, open_database
from gateway.tokens import TokenIssuer, Tokens

PASSWORD_LENGTH_MIN: Final = 12  # NIST SP 800-63B-4 asks for 15 without a second factor, 8 with one; a middle for both
PASSWORD_LENGTH_MAX: Final = 256
HASHES_AT_ONCE: Final = 2  # 64 MiB and a core each
HASHES_WAITING_MAX: Final = 64  # about three seconds of work; who comes later is asked to try again
REUSE_GRACE: Final = timedelta(seconds=10)  # two tabs, or an answer lost on the way, repeat a rotation at once
ACCOUNTS_LISTED_MAX: Final = 500
SIGN_IN_LINK_LIFETIME: Final = timedelta(hours=24)  # printed now, clicked the same day


@dataclass(frozen=True, slots=True)
class SignedIn:
    principal: Principal
    tokens: Tokens


def email_key(email: str) -> str:
    return email.strip().lower()


def principal_of(account: Account) -> Principal:
    return Principal(
        subject=account.account_id,
        kind=PrincipalKind.STAFF,
        roles=account.roles,
        org_id=account.org_id,
        name=account.name,
    )


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


class Accounts:
    def __init__(
        self, store: GatewayStore, passwords: Passwords, issuer: TokenIssuer, clock: SharedClock, settings: Settings
    ) -> None:
        self._store = store
        self._passwords = passwords
        self._issuer = issuer
        self._clock = clock
        self._settings = settings

    async def create(self, *, org_id: str, email: str, name: str, roles: frozenset[Role], password: str) -> Account:
        """Raises Rejected `account-exists` or `validation-failed`."""
        return await _create(
            self._store,
            self._passwords,
            org_id=org_id,
            email=email,
            name=name,
            roles=roles,
            password=password,
            now=self._clock.now(),
        )

    async def listed(self, org_id: str, role: Role | None) -> list[Account]:
        return await self._store.accounts(org_id, role, ACCOUNTS_LISTED_MAX)

    async def sign_in(self, email: str, password: str) -> SignedIn:
        """Raises Rejected `sign-in-failed`, whichever part of it is wrong."""
        account = await self._store.account_by_email(email_key(email))
        right = await self._passwords.matches(account.password_hash if account else None, password)
        if account is None or not right or account.disabled:
            raise Rejected(problems.SIGN_IN_FAILED)
        return await self._signed_in(account, family_id=new_id())

    async def sign_in_with_link(self, code: str) -> SignedIn:
        """Raises Rejected `sign-in-expired`, whether the link was used, is too old or never was."""
        link = await self._store.take_sign_in_link(_hash(code))
        account = None if link is None else await self._store.account(link.account_id)
        if link is None or self._clock.now() >= link.expires_at or account is None or account.disabled:
            raise Rejected(problems.SIGN_IN_EXPIRED, "This link has been used or is too old. Sign in another way.")
        return await self._signed_in(account, family_id=new_id())

    async def refresh(self, refresh_token: str) -> SignedIn:
        """Exchange a refresh token for the next one. A token shown twice ends the whole sign-in: one of the two
        who showed it is not its owner.

        Raises Rejected `sign-in-expired`.
        """
        now = self._clock.now()
        token_hash = _hash(refresh_token)
        used = await self._store.use_refresh_token(token_hash, now)
        if used is None:
            used = await self._store.refresh_token(token_hash)
            if used is None:
                raise Rejected(problems.SIGN_IN_EXPIRED, "Sign in again.")
            if used.used_at is None or now - used.used_at > REUSE_GRACE:
                await self._store.revoke_family(used.family_id)
                raise Rejected(problems.SIGN_IN_EXPIRED, "Sign in again.")
        if now >= used.expires_at:
            raise Rejected(problems.SIGN_IN_EXPIRED, "Sign in again.")
        account = await self._store.account(used.account_id)
        if account is None or account.disabled:
            await self._store.revoke_family(used.family_id)
            raise Rejected(problems.SIGN_IN_EXPIRED, "Sign in again.")
        return await self._signed_in(account, family_id=used.family_id)

    async def sign_out(self, refresh_token: str) -> None:
        """Every token of this sign-in stops working; an unknown one is already signed out."""
        token = await self._store.refresh_token(_hash(refresh_token))
        if token is not None:
            await self._store.revoke_family(token.family_id)

    async def _signed_in(self, account: Account, *, family_id: str) -> SignedIn:
        now = self._clock.now()
        refresh_token = secrets.token_urlsafe(32)
        await self._store.insert_refresh_token(
            RefreshToken(
                token_hash=_hash(refresh_token),
                family_id=family_id,
                account_id=account.account_id,
                created_at=now,
                expires_at=now + timedelta(seconds=self._settings.staff_refresh_seconds),
            )
        )
        principal = principal_of(account)
        tokens = Tokens(
            access_token=self._issuer.staff_access(principal),
            refresh_token=refresh_token,
            expires_in=self._settings.staff_access_seconds,
        )
        return SignedIn(principal, tokens)


async def create_account(
    settings: Settings, *, org_id: str, email: str, name: str, roles: frozenset[Role], password: str
) -> Account:
    """Create an account without a running gateway, for the command line.

    Raises:
        Rejected: `account-exists`, or `validation-failed` for a weak password or a role that is not a staff role.
        Transient: MongoDB is away.

    """
    client, database = open_database(settings)
    passwords = Passwords()
    try:
        store = GatewayStore(database)
        await store.ensure_indexes()
        now = datetime.now(UTC)
        return await _create(
            store,
            passwords,
            org_id=org_id,
            email=email,
            name=name,
            roles=roles,
            password=password,
            now=now.replace(microsecond=now.microsecond // 1000 * 1000),
        )
    finally:
        passwords.close()
        client.close()


async def create_sign_in_link(settings: Settings, email: str) -> str:
    """The code of a link that signs this person in once, within a day; for the command line.

    Raises:
        Rejected: `not-found`, there is no such account.
        Transient: MongoDB is away.

    """
    client, database = open_database(settings)
    try:
        store = GatewayStore(database)
        await store.ensure_indexes()
        account = await store.account_by_email(email_key(email))
        if account is None:
            raise Rejected(problems.NOT_FOUND, "There is no account with this e-mail address.")
        code = secrets.token_urlsafe(32)
        expires_at = datetime.now(UTC) + SIGN_IN_LINK_LIFETIME
        await store.insert_sign_in_link(SignInLink(_hash(code), account.account_id, expires_at))
        return code
    finally:
        client.close()


async def _create(
    store: GatewayStore,
    passwords: Passwords,
    *,
    org_id: str,
    email: str,
    name: str,
    roles: frozenset[Role],
    password: str,
    now: datetime,
) -> Account:
    if not PASSWORD_LENGTH_MIN <= len(password) <= PASSWORD_LENGTH_MAX:
        raise Rejected(
            problems.VALIDATION_FAILED,
            f"A password has {PASSWORD_LENGTH_MIN} to {PASSWORD_LENGTH_MAX} characters.",
            errors=[{"field": "password", "message": f"Use at least {PASSWORD_LENGTH_MIN} characters."}],
        )
    if not roles or not roles <= STAFF:
        known = ", ".join(sorted(STAFF))
        raise Rejected(
            problems.VALIDATION_FAILED,
            "An account has at least one staff role.",
            errors=[{"field": "roles", "message": f"Use some of: {known}."}],
        )
    account = Account(
        account_id=new_id(),
        org_id=org_id,
        email=email_key(email),
        name=name,
        roles=roles,
        password_hash=await passwords.hashed(password),
        disabled=False,
        created_at=now,
    )
    try:
        await store.insert_account(account)
    except EmailTaken as error:
        raise Rejected(problems.ACCOUNT_EXISTS) from error
    return account


def _hash(token: str) -> str:
    """Refresh tokens and links hold 256 random bits: a plain hash protects them as well as a slow one."""
    return hashlib.sha256(token.encode()).hexdigest()
