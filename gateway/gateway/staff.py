"""What administrators do with staff accounts: invite, change roles, deactivate, reset; and what the invited do."""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from chassis.auth import Principal
from chassis.clock import SharedClock
from chassis.identifiers import new_id
from chassis.outcomes import Rejected, Transient
from contracts import limits, problems
from contracts.statuses import MailKind, Role
from gateway.accounts import Accounts, check_roles, email_key, hash_of
from gateway.mail import Mails
from gateway.passwords import Passwords, check_password
from gateway.store import Account, GatewayStore
from gateway.store.links import Invitation, LinkStore, PasswordReset

INVITATION_PAGE: Final = "/staff/invitation#"  # after the #: browsers send it to no server, and it is in no log
RESET_PAGE: Final = "/staff/new-password#"
CODE_BYTES: Final = 32  # 256 random bits cannot be guessed, so a plain hash protects them

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Handed:
    """A link that is shown once. `path` is relative to wherever the page is served; `mailed`: it also goes by mail."""

    path: str
    mailed: bool


class Staff:
    def __init__(
        self,
        store: GatewayStore,
        links: LinkStore,
        accounts: Accounts,
        *,
        passwords: Passwords,
        mails: Mails,
        clock: SharedClock,
    ) -> None:
        self._store = store
        self._links = links
        self._accounts = accounts
        self._passwords = passwords
        self._mails = mails
        self._clock = clock
        self._errands: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Let reset mails that are being asked for be asked for."""
        if self._errands:
            await asyncio.wait(self._errands, timeout=2)

    # Inviting

    async def invite(self, by: Principal, email: str, name: str, roles: frozenset[Role]) -> tuple[Invitation, Handed]:
        """Raises Rejected `account-exists` for a colleague, `validation-failed`, `too-many-requests`.

        That another organisation has an account of this address is told to nobody but its owner, when they accept.
        """
        check_roles(roles)
        key = email_key(email)
        known = await self._store.account_by_email(key)
        if known is not None and known.org_id == by.org_id:
            raise Rejected(problems.ACCOUNT_EXISTS)
        if len(await self._links.invitations(by.org_id, limits.INVITATIONS_MAX)) >= limits.INVITATIONS_MAX:
            raise Rejected(problems.TOO_MANY_REQUESTS, f"At most {limits.INVITATIONS_MAX} invitations can be open.")
        now = self._clock.now()
        code = secrets.token_urlsafe(CODE_BYTES)
        invitation = Invitation(
            invitation_id=new_id(),
            code_hash=hash_of(code),
            org_id=by.org_id,
            email=key,
            name=name,
            roles=roles,
            invited_by=by.subject,
            invited_by_name=by.name or by.subject,
            created_at=now,
            expires_at=now + timedelta(days=limits.INVITATION_DAYS),
        )
        await self._links.keep_invitation(invitation)
        path = INVITATION_PAGE + code
        mailed = await self._mails.ask(
            MailKind.STAFF_INVITATION,
            by.org_id,
            cause=invitation.invitation_id,
            email=key,
            name=name,
            path=path,
            until=invitation.expires_at,
            invited_by=invitation.invited_by_name,
        )
        return invitation, Handed(path, mailed)

    async def invitations(self, org_id: str) -> list[Invitation]:
        now = self._clock.now()
        found = await self._links.invitations(org_id, limits.INVITATIONS_MAX)
        return [each for each in found if each.expires_at > now]

    async def withdraw(self, org_id: str, invitation_id: str) -> Invitation:
        """Raises Rejected `not-found`."""
        dropped = await self._links.drop_invitation(org_id, invitation_id)
        if dropped is None:
            raise Rejected(problems.NOT_FOUND, "There is no such invitation.")
        return dropped

    async def invitation(self, code: str) -> Invitation:
        """Raises Rejected `link-unknown`."""
        found = await self._links.invitation(hash_of(code))
        if found is None or self._clock.now() >= found.expires_at:
            raise Rejected(problems.LINK_UNKNOWN)
        return found

    async def accept(self, code: str, password: str) -> Account:
        """The new account. Raises Rejected `link-unknown`, `validation-failed`, `account-exists`, `provider-needed`.

        The account first and the invitation after: of two who accept at once, one gets `account-exists`.
        """
        check_password(password)
        invitation = await self.invitation(code)
        account = await self._accounts.create(
            org_id=invitation.org_id,
            email=invitation.email,
            name=invitation.name,
            roles=invitation.roles,
            password=password,
        )
        await self._links.drop_invitation(invitation.org_id, invitation.invitation_id)
        return account

    # Accounts of the organisation

    async def change_roles(self, org_id: str, account_id: str, roles: frozenset[Role]) -> Account:
        """They count at once. Raises Rejected `not-found`, `validation-failed`, `last-administrator`."""
        check_roles(roles)
        before = _there(await self._store.set_roles(org_id, account_id, roles))
        if Role.ADMIN in before.roles and not await self._store.has_administrator(org_id):
            await self._store.set_roles(org_id, account_id, before.roles)
            raise Rejected(problems.LAST_ADMINISTRATOR)
        await self._accounts.void_access_tokens(account_id)
        return _there(await self._store.account(account_id))

    async def deactivate(self, org_id: str, account_id: str) -> Account:
        """All their sign-ins end. Raises Rejected `not-found`, `last-administrator`."""
        before = _there(await self._store.set_disabled(org_id, account_id, disabled=True))
        if not await self._store.has_administrator(org_id):
            await self._store.set_disabled(org_id, account_id, disabled=before.disabled)
            raise Rejected(problems.LAST_ADMINISTRATOR)
        await self._accounts.end_sign_ins(account_id)
        return _there(await self._store.account(account_id))

    async def reactivate(self, org_id: str, account_id: str) -> Account:
        """Raises Rejected `not-found`."""
        _there(await self._store.set_disabled(org_id, account_id, disabled=False))
        return _there(await self._store.account(account_id))

    async def allow_link(self, org_id: str, account_id: str, issuer: str | None, *, allowed: bool) -> Account:
        """Let the provider's next person with this account's e-mail address have it, once.

        Raises Rejected `not-found`, also for an account that is linked to it already; `provider-unusable`.
        """
        await self._of(org_id, account_id)
        if issuer is None:
            raise Rejected(problems.PROVIDER_UNUSABLE, "This organisation has no sign-in provider.")
        _there(await self._store.allow_link(org_id, account_id, issuer, allowed=allowed))
        return _there(await self._store.account(account_id))

    async def sign_out(self, org_id: str, account_id: str) -> int:
        """End every sign-in of a colleague. Raises Rejected `not-found`."""
        account = await self._of(org_id, account_id)
        return await self._accounts.end_sign_ins(account.account_id)

    async def reset(self, org_id: str, account_id: str) -> Handed:
        """A link with which a colleague sets a new password.

        Raises Rejected `not-found`, `account-deactivated`, `provider-needed`.
        """
        account = await self._of(org_id, account_id)
        if account.disabled:
            raise Rejected(problems.ACCOUNT_DEACTIVATED)
        await self._accounts.check_password_use(org_id, account.roles, account.identity)
        return await self._make_reset(account)

    async def _of(self, org_id: str, account_id: str) -> Account:
        account = await self._store.account(account_id)
        if account is None or account.org_id != org_id:
            raise Rejected(problems.NOT_FOUND, "There is no such account.")
        return account

    # Forgotten passwords

    def ask_for_reset(self, email: str) -> None:
        """Returns at once: neither the answer nor its time tells whether there is such an account.

        Where no mail can go, nothing is made: it would only void a link that an administrator handed over.
        """
        if not self._mails.configured:
            log.warning("a reset was asked for, but EXAMHALL_PUBLIC_URL is not set")
            return
        errand = asyncio.create_task(self._reset_by_mail(email), name="password reset")
        self._errands.add(errand)
        errand.add_done_callback(self._errands.discard)

    async def _reset_by_mail(self, email: str) -> None:
        try:
            account = await self._store.account_by_email(email_key(email))
            if account is not None and not account.disabled:
                await self._accounts.check_password_use(account.org_id, account.roles, account.identity)
                await self._make_reset(account)
        except Rejected:
            log.info("a reset was asked for by somebody who signs in with a provider")
        except Transient as error:
            log.warning("a reset was asked for in vain; the person asks again", error=str(error))

    async def _make_reset(self, account: Account) -> Handed:
        now = self._clock.now()
        code = secrets.token_urlsafe(CODE_BYTES)
        reset = PasswordReset(
            code_hash=hash_of(code),
            account_id=account.account_id,
            created_at=now,
            expires_at=now + timedelta(minutes=limits.RESET_LINK_MINUTES),
        )
        await self._links.keep_reset(reset)
        path = RESET_PAGE + code
        mailed = await self._mails.ask(
            MailKind.PASSWORD_RESET,
            account.org_id,
            cause=new_id(),
            email=account.email,
            name=account.name,
            path=path,
            until=reset.expires_at,
        )
        return Handed(path, mailed)

    async def set_password(self, code: str, password: str) -> Account:
        """With a reset link. Every sign-in ends.

        Raises Rejected `link-unknown`, `validation-failed`, `provider-needed`.
        """
        check_password(password)
        found = await self._links.reset(hash_of(code))
        if found is None or self._clock.now() >= found.expires_at:
            raise Rejected(problems.LINK_UNKNOWN)
        hashed = await self._passwords.hashed(password)
        if await self._links.take_reset(hash_of(code)) is None:
            raise Rejected(problems.LINK_UNKNOWN)
        account = await self._store.account(found.account_id)
        if account is None or account.disabled:
            raise Rejected(problems.LINK_UNKNOWN)
        await self._accounts.check_password_use(account.org_id, account.roles, account.identity)
        await self._store.set_password(account.account_id, hashed)
        await self._accounts.end_sign_ins(account.account_id)
        return account

    async def change_password(self, principal: Principal, current: str, new: str) -> None:
        """One's own; other sign-ins end. Raises Rejected `password-wrong`, `validation-failed`."""
        check_password(new)
        account = await self._of(principal.org_id, principal.subject)
        if not await self._passwords.matches(account.password_hash, current):
            raise Rejected(problems.PASSWORD_WRONG)
        await self._accounts.check_password_use(account.org_id, account.roles, account.identity)
        await self._store.set_password(account.account_id, await self._passwords.hashed(new))
        await self._accounts.end_sign_ins(account.account_id, but=principal.sign_in)


def _there(account: Account | None) -> Account:
    if account is None:
        raise Rejected(problems.NOT_FOUND, "There is no such account.")
    return account
