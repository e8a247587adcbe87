"""Staff accounts: creating them, signing in, keeping signed in, signing out.

An unknown e-mail address costs the same work as a wrong password and gets the same answer.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from chassis.auth import Principal, PrincipalKind
from chassis.clock import SharedClock
from chassis.identifiers import new_id
from chassis.outcomes import Rejected
from contracts import problems
from contracts.statuses import STAFF, Role
from gateway.domain.provider import Identity, lets_use_password
from gateway.passwords import Passwords, check_password
from gateway.revocations import Revocations
from gateway.settings import Settings
from gateway.store import Account, EmailTaken, GatewayStore, RefreshToken, SignInLink, open_database
from gateway.store.providers import ProviderStore
from gateway.store.sign_ins import SignIn, SignInStore
from gateway.tokens import TokenIssuer, Tokens

REUSE_GRACE: Final = timedelta(seconds=10)  # two tabs, or an answer lost on the way, repeat a rotation at once
ACCOUNTS_LISTED_MAX: Final = 500
SIGN_IN_LINK_LIFETIME: Final = timedelta(hours=24)  # printed now, clicked the same day


@dataclass(frozen=True, slots=True)
class SignedIn:
    principal: Principal
    tokens: Tokens


@dataclass(frozen=True, slots=True)
class Whence:
    """Where somebody signs in from. `device` is what their browser says it is."""

    address: str
    device: str


def email_key(email: str) -> str:
    return email.strip().lower()


def principal_of(account: Account, sign_in_id: str | None = None) -> Principal:
    return Principal(
        subject=account.account_id,
        kind=PrincipalKind.STAFF,
        roles=account.roles,
        org_id=account.org_id,
        name=account.name,
        sign_in=sign_in_id,
    )


class Accounts:
    def __init__(
        self,
        store: GatewayStore,
        sign_ins: SignInStore,
        providers: ProviderStore,
        passwords: Passwords,
        issuer: TokenIssuer,
        *,
        revocations: Revocations,
        clock: SharedClock,
        settings: Settings,
    ) -> None:
        self._store = store
        self._sign_ins = sign_ins
        self._providers = providers
        self._revocations = revocations
        self._passwords = passwords
        self._issuer = issuer
        self._clock = clock
        self._settings = settings

    async def create(self, *, org_id: str, email: str, name: str, roles: frozenset[Role], password: str) -> Account:
        """Raises Rejected `account-exists`, `validation-failed`, or `provider-needed` where passwords are off."""
        await self.check_password_use(org_id, roles)
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

    async def sign_in(self, email: str, password: str, whence: Whence) -> SignedIn:
        """Raises Rejected `sign-in-failed`, whichever part is wrong; `provider-needed` to who knows the password."""
        account = await self._store.account_by_email(email_key(email))
        right = await self._passwords.matches(account.password_hash if account else None, password)
        if account is None or not right or account.disabled:
            raise Rejected(problems.SIGN_IN_FAILED)
        await self.check_password_use(account.org_id, account.roles, account.identity)
        return await self.begin(account, whence)

    async def check_password_use(self, org_id: str, roles: frozenset[Role], identity: Identity | None = None) -> None:
        """Raises Rejected `provider-needed`."""
        provider = await self._providers.provider(org_id)
        if provider is not None and not lets_use_password(provider, roles, identity):
            raise Rejected(problems.PROVIDER_NEEDED, f"Sign in with {provider.name}.")

    async def sign_in_with_link(self, code: str, whence: Whence) -> SignedIn:
        """Raises Rejected `sign-in-expired`, whether the link was used, is too old or never was."""
        link = await self._store.take_sign_in_link(hash_of(code))
        account = None if link is None else await self._store.account(link.account_id)
        if link is None or self._clock.now() >= link.expires_at or account is None or account.disabled:
            raise Rejected(problems.SIGN_IN_EXPIRED, "This link has been used or is too old. Sign in another way.")
        return await self.begin(account, whence)

    async def is_familiar(self, email: str, address: str) -> bool:
        """Whether the person of this address has signed in from there lately."""
        account = await self._store.account_by_email(email_key(email))
        return account is not None and await self._sign_ins.is_familiar(account.account_id, address)

    async def refresh(self, refresh_token: str, whence: Whence) -> SignedIn:
        """Exchange a refresh token for the next one. A token shown twice ends the whole sign-in: one of the two
        who showed it is not its owner.

        Raises Rejected `sign-in-expired`.
        """
        now = self._clock.now()
        token_hash = hash_of(refresh_token)
        used = await self._store.use_refresh_token(token_hash, now)
        if used is None:
            used = await self._store.refresh_token(token_hash)
            if used is None:
                raise Rejected(problems.SIGN_IN_EXPIRED, "Sign in again.")
            if used.used_at is None or now - used.used_at > REUSE_GRACE:
                await self._end(used.account_id, [used.family_id])
                raise Rejected(problems.SIGN_IN_EXPIRED, "Sign in again.")
        if now >= used.expires_at:
            raise Rejected(problems.SIGN_IN_EXPIRED, "Sign in again.")
        account = await self._store.account(used.account_id)
        if account is None or account.disabled:
            await self._end(used.account_id, [used.family_id])
            raise Rejected(problems.SIGN_IN_EXPIRED, "Sign in again.")
        if not await self._still_proved(account):
            await self._end(used.account_id, [used.family_id])
            raise Rejected(problems.SIGN_IN_EXPIRED, "Your organisation changed how you sign in.")
        signed_in, sign_in = await self._issue(account, used.family_id, whence, used.ends_at)
        if not await self._sign_ins.go_on(sign_in):  # signed out while this was on its way
            await self._store.revoke_family(used.family_id)
            raise Rejected(problems.SIGN_IN_EXPIRED, "Sign in again.")
        return signed_in

    async def _still_proved(self, account: Account) -> bool:
        """Whether they could sign in again: when a provider is removed, or passwords are, what they began ends."""
        provider = await self._providers.provider(account.org_id)
        if account.identity is not None:
            return provider is not None and provider.issuer == account.identity.issuer
        return lets_use_password(provider, account.roles, None)

    async def sign_out(self, refresh_token: str) -> Account | None:
        """Every token of this sign-in stops working; an unknown one (None) is already signed out."""
        token = await self._store.refresh_token(hash_of(refresh_token))
        if token is None:
            return None
        await self._end(token.account_id, [token.family_id])
        return await self._store.account(token.account_id)

    async def sign_ins(self, account_id: str) -> list[SignIn]:
        return await self._sign_ins.open_ones(account_id, self._clock.now())

    async def end_sign_in(self, account_id: str, sign_in_id: str) -> None:
        """Raises Rejected `not-found` for one that is not theirs, or is over."""
        if sign_in_id not in {each.sign_in_id for each in await self.sign_ins(account_id)}:
            raise Rejected(problems.NOT_FOUND, "There is no such sign-in.")
        await self._end(account_id, [sign_in_id])

    async def end_sign_ins(self, account_id: str, but: str | None = None) -> int:
        """Sign somebody out everywhere, `but` for one sign-in. Returns how many were ended."""
        ending = [each.sign_in_id for each in await self.sign_ins(account_id) if each.sign_in_id != but]
        await self._end(account_id, ending)
        return len(ending)

    async def void_access_tokens(self, account_id: str) -> None:
        """Their sign-ins go on, but every access token is renewed: for new roles to count at once."""
        await self._revocations.revoke([each.sign_in_id for each in await self.sign_ins(account_id)])

    async def _end(self, account_id: str, sign_in_ids: list[str]) -> None:
        # First the mark that a renewal in between looks for, then the tokens.
        await self._sign_ins.end(account_id, sign_in_ids, self._clock.now())
        for each in sign_in_ids:
            await self._store.revoke_family(each)
        await self._revocations.revoke(sign_in_ids)

    async def begin(self, account: Account, whence: Whence) -> SignedIn:
        """A new sign-in of somebody who has just proved who they are.

        A password can be tried again here at any time; what a provider vouched for holds a working day, however busy.
        """
        lasting = timedelta(seconds=self._settings.staff_refresh_seconds)
        no_later_than = None if account.identity is None else self._clock.now() + lasting
        signed_in, sign_in = await self._issue(account, new_id(), whence, no_later_than)
        await self._sign_ins.begin(sign_in)
        return signed_in

    async def _issue(
        self, account: Account, sign_in_id: str, whence: Whence, no_later_than: datetime | None
    ) -> tuple[SignedIn, SignIn]:
        now = self._clock.now()
        refresh_token = secrets.token_urlsafe(32)
        ends_at = now + timedelta(seconds=self._settings.staff_refresh_seconds)
        if no_later_than is not None:
            ends_at = min(ends_at, no_later_than)
        await self._store.insert_refresh_token(
            RefreshToken(
                token_hash=hash_of(refresh_token),
                family_id=sign_in_id,
                account_id=account.account_id,
                created_at=now,
                expires_at=ends_at,
                ends_at=no_later_than,
            )
        )
        principal = principal_of(account, sign_in_id)
        tokens = Tokens(
            access_token=self._issuer.staff_access(principal),
            refresh_token=refresh_token,
            expires_in=self._settings.staff_access_seconds,
        )
        sign_in = SignIn(
            sign_in_id=sign_in_id,
            account_id=account.account_id,
            org_id=account.org_id,
            address=whence.address,
            device=whence.device,
            created_at=now,
            last_used_at=now,
            open_until=ends_at,
        )
        return SignedIn(principal, tokens), sign_in


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
        await store.insert_sign_in_link(SignInLink(hash_of(code), account.account_id, expires_at))
        return code
    finally:
        client.close()


def check_roles(roles: frozenset[Role]) -> None:
    """Raises Rejected `validation-failed`."""
    if not roles or not roles <= STAFF:
        known = ", ".join(sorted(STAFF))
        raise Rejected(
            problems.VALIDATION_FAILED,
            "An account has at least one staff role.",
            errors=[{"field": "roles", "message": f"Use some of: {known}."}],
        )


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
    check_password(password)
    check_roles(roles)
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


def hash_of(token: str) -> str:
    """Refresh tokens, links and API tokens hold 256 random bits: a plain hash protects them as well as a slow one."""
    return hashlib.sha256(token.encode()).hexdigest()
