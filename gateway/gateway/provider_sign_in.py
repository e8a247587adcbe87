"""Signing in with an organisation's provider: OpenID Connect's authorization code flow with PKCE (RFC 7636).

    page      -> begin:   state, nonce and code verifier are made and kept; the page keeps `browser_code` for itself
    page      -> provider, which asks for whatever it asks for, -> page, with code and state
    page      -> finish:  state (once), browser code, issuer, code, ID token, rules, account; then a sign-in like others

The browser code binds the way back to the browser that left: a link with another's code and state signs nobody in.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

import httpx
import structlog

from chassis.clock import SharedClock
from chassis.identifiers import new_id
from chassis.outcomes import Rejected, Transient
from contracts import limits, problems
from contracts.problems import ProblemType
from gateway.accounts import Accounts, SignedIn, Whence, hash_of
from gateway.discovery import Discovery, Metadata
from gateway.domain import id_token
from gateway.domain.id_token import KeyUnknown, NotGenuine
from gateway.domain.provider import Identity, Provider, Visitor, admitted, value_at
from gateway.outward import Outward
from gateway.providers import Providers, use_of
from gateway.sealing import Seal, Unsealable
from gateway.store import Account, EmailTaken, GatewayStore
from gateway.store.links import LinkStore
from gateway.store.providers import ProviderStore, StartedSignIn

RANDOM_BYTES: Final = 32  # 256 bits; as a verifier 43 characters, the shortest RFC 7636 allows
STANDARD_SCOPES: Final = ("openid", "email", "profile")
AGAIN: Final = "Start again from the sign-in page."

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Departure:
    """Where the page goes, and what it keeps until it is back."""

    url: str
    browser_code: str


@dataclass(frozen=True, slots=True)
class Return:
    """What came back in the address, and what the browser kept."""

    code: str
    state: str
    issuer: str | None
    browser_code: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """`how`: known, created, invited or linked."""

    signed_in: SignedIn
    provider: Provider
    how: str


class TurnedAway(Rejected):
    """Somebody whom the provider vouched for is not let in."""

    def __init__(self, problem: ProblemType, detail: str, org_id: str, identity: Identity, email: str) -> None:
        super().__init__(problem, detail)
        self.org_id = org_id
        self.identity = identity
        self.email = email


class ProviderSignIn:
    def __init__(
        self,
        providers: Providers,
        *,
        provider_store: ProviderStore,
        store: GatewayStore,
        links: LinkStore,
        accounts: Accounts,
        discovery: Discovery,
        outward: Outward,
        seal: Seal,
        clock: SharedClock,
    ) -> None:
        self._providers = providers
        self._provider_store = provider_store
        self._store = store
        self._links = links
        self._accounts = accounts
        self._discovery = discovery
        self._outward = outward
        self._seal = seal
        self._clock = clock

    async def begin(self, org_id: str) -> Departure:
        """Raises Rejected `provider-unusable`; Transient."""
        provider = await self._providers.provider(org_id)
        metadata = await self._discovery.metadata(provider.issuer)
        state, nonce, verifier, browser_code = (secrets.token_urlsafe(RANDOM_BYTES) for _ in range(4))
        await self._provider_store.start(
            StartedSignIn(
                state_hash=hash_of(state),
                org_id=org_id,
                provider_version=provider.version,
                issuer=provider.issuer,
                browser_hash=hash_of(browser_code),
                nonce=nonce,
                code_verifier=verifier,
                expires_at=self._clock.now() + timedelta(minutes=limits.PROVIDER_SIGN_IN_MINUTES),
            )
        )
        asked = {
            "response_type": "code",
            "client_id": provider.client_id,
            "redirect_uri": self._return_url(),
            "scope": " ".join(dict.fromkeys((*STANDARD_SCOPES, *provider.scopes))),
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
        }
        return Departure(with_query(metadata.authorization_endpoint, asked), browser_code)

    async def finish(self, back: Return, whence: Whence) -> Arrival:
        """Raises:
        Rejected: `provider-failed`, whatever of it does not fit; `provider-unusable`.
        TurnedAway: `provider-email-refused`, `provider-no-role`, `provider-no-account`, `account-deactivated`.
        Transient: the provider does not answer.

        """
        started = await self._provider_store.take_started(hash_of(back.state))
        if started is None or self._clock.now() >= started.expires_at:
            raise Rejected(problems.PROVIDER_FAILED, f"This sign-in was used already or took too long. {AGAIN}")
        if not hmac.compare_digest(hash_of(back.browser_code), started.browser_hash):
            raise _failed("it came back to another browser")
        provider = await self._provider_store.provider(started.org_id)
        if provider is None or (provider.version, provider.issuer) != (started.provider_version, started.issuer):
            raise Rejected(problems.PROVIDER_FAILED, f"The settings were changed meanwhile. {AGAIN}")
        metadata = await self._discovery.metadata(provider.issuer)
        if back.issuer != provider.issuer and (metadata.names_itself or back.issuer is not None):
            raise _failed("another provider answered")  # RFC 9207: a mix-up
        tokens = await self._exchanged(provider, metadata, back.code, started.code_verifier)
        claims = await self._claims(provider, metadata, tokens, started.nonce)
        identity = Identity(provider.issuer, claims["sub"])
        try:
            visitor = admitted(provider, claims)
            account, how = await self._account_of(provider, visitor)
        except Rejected as refused:
            known = await self._store.account_by_identity(provider.org_id, identity)
            if known is not None:
                await self._accounts.end_sign_ins(known.account_id)
            email = str(claims.get("email", ""))[: limits.EMAIL_LENGTH]
            raise TurnedAway(refused.problem, refused.detail, provider.org_id, identity, email) from refused
        return Arrival(await self._accounts.begin(account, whence), provider, how)

    async def sign_out(self, refresh_token: str) -> str | None:
        """Ends our sign-in; where the provider offers it, the address at which people end theirs.

        OpenID Connect RP-Initiated Logout 1.0, without a hint: the ID token is not kept.
        """
        account = await self._accounts.sign_out(refresh_token)
        left_url = self._providers.left_url
        if account is None or account.identity is None or left_url is None:
            return None
        provider = await self._provider_store.provider(account.org_id)
        if provider is None or provider.issuer != account.identity.issuer:
            return None
        try:
            metadata = await self._discovery.metadata(provider.issuer)
        except (Rejected, Transient) as error:
            log.warning("signed out here alone: the provider does not say where", error=str(error))
            return None
        if metadata.sign_out_endpoint is None:
            return None
        asked = {"client_id": provider.client_id, "post_logout_redirect_uri": left_url}
        return with_query(metadata.sign_out_endpoint, asked)

    # What the provider says

    async def _exchanged(self, provider: Provider, metadata: Metadata, code: str, verifier: str) -> dict[str, Any]:
        try:
            secret = self._seal.open(provider.sealed_secret, use_of(provider))
        except Unsealable as error:
            raise Rejected(
                problems.PROVIDER_UNUSABLE, "An administrator has to enter the client secret again."
            ) from error
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._return_url(),
            "code_verifier": verifier,
        }
        auth: httpx.Auth | None = None
        if metadata.secret_in_body:
            form |= {"client_id": provider.client_id, "client_secret": secret}
        else:
            auth = basic_auth(provider.client_id, secret)
        status, answer = await self._outward.post(metadata.token_endpoint, form, auth)
        if status != httpx.codes.OK:
            raise _failed(f"the token endpoint answered {status} {str(answer.get('error'))[:100]!r}")
        return answer

    async def _claims(
        self, provider: Provider, metadata: Metadata, tokens: dict[str, Any], nonce: str
    ) -> dict[str, Any]:
        token = tokens.get("id_token")
        if not isinstance(token, str):
            raise _failed("there is no ID token")
        claims = await self._verified(provider, token, nonce)
        wanted = [claims.get("email"), value_at(claims, provider.role_claim)]
        access_token = tokens.get("access_token")
        if metadata.userinfo_endpoint is None or None not in wanted or not isinstance(access_token, str):
            return claims
        more = await self._outward.get(metadata.userinfo_endpoint, token=access_token)
        if more.get("sub") != claims["sub"]:  # Core 1.0, section 5.3.2
            raise _failed("the provider speaks of somebody else")
        return {**more, **claims}

    async def _verified(self, provider: Provider, token: str, nonce: str) -> dict[str, Any]:
        for missing in (False, True):
            keys = await self._discovery.keys(provider.issuer, missing=missing)
            try:
                return id_token.verified(
                    token,
                    keys,
                    issuer=provider.issuer,
                    client_id=provider.client_id,
                    nonce=nonce,
                    now=self._clock.now(),
                )
            except KeyUnknown as error:
                if missing:
                    raise _failed(f"no key is known for it: {error}") from error
            except NotGenuine as error:
                raise _failed(str(error)) from error
        raise AssertionError("unreachable: the second round raises")

    # Whose account it is

    async def _account_of(self, provider: Provider, visitor: Visitor) -> tuple[Account, str]:
        """By issuer and subject. An address alone opens no account that is there: it would be enough to have the
        provider say somebody else's. An administrator allows that for one account, or invites the person.
        """
        account = await self._store.account_by_identity(provider.org_id, visitor.identity)
        if account is not None:
            return await self._refreshed(account, visitor), "known"
        there = await self._store.account_by_email(visitor.email)
        if there is None:
            return await self._made(provider, visitor)
        if there.org_id == provider.org_id and there.identity == visitor.identity:  # since just now: another window
            return await self._refreshed(there, visitor), "known"
        if there.org_id != provider.org_id or not there.link_allowed:
            raise Rejected(problems.PROVIDER_NO_ACCOUNT, "Ask an administrator to let your account be linked.")
        return await self._linked(there, visitor), "linked"

    async def _refreshed(self, account: Account, visitor: Visitor) -> Account:
        if account.disabled:
            raise Rejected(problems.ACCOUNT_DEACTIVATED)
        if account.roles != visitor.roles:
            await self._store.set_roles(account.org_id, account.account_id, visitor.roles)
            await self._accounts.void_access_tokens(account.account_id)
        return replace(account, roles=visitor.roles)

    async def _made(self, provider: Provider, visitor: Visitor) -> tuple[Account, str]:
        now = self._clock.now()
        invitation = await self._links.invitation_of(provider.org_id, visitor.email)
        invited = invitation is not None and invitation.expires_at > now
        if not invited and not provider.creates_accounts:
            raise Rejected(problems.PROVIDER_NO_ACCOUNT, "Ask an administrator to invite you.")
        account = Account(
            account_id=new_id(),
            org_id=provider.org_id,
            email=visitor.email,
            name=visitor.name[: limits.NAME_LENGTH],
            roles=visitor.roles,
            password_hash=None,
            disabled=False,
            created_at=now,
            identity=visitor.identity,
        )
        try:
            await self._store.insert_account(account)
        except EmailTaken as error:  # by themselves, in another window, or by a colleague just now
            known = await self._store.account_by_identity(provider.org_id, visitor.identity)
            if known is None:
                raise Rejected(problems.PROVIDER_NO_ACCOUNT, AGAIN) from error
            return known, "known"
        if invitation is None:
            return account, "created"
        await self._links.drop_invitation(provider.org_id, invitation.invitation_id)
        return account, "invited"

    async def _linked(self, account: Account, visitor: Visitor) -> Account:
        if account.disabled:
            raise Rejected(problems.ACCOUNT_DEACTIVATED)
        before = await self._store.link(account.org_id, account.account_id, visitor.identity, visitor.roles)
        if before is None:
            linked = await self._store.account_by_identity(account.org_id, visitor.identity)
            if linked is not None:  # by another window
                return linked
            raise Rejected(problems.PROVIDER_NO_ACCOUNT, AGAIN)
        if not await self._store.has_administrator(account.org_id):
            await self._store.put_back(before)
            raise Rejected(
                problems.PROVIDER_NO_ACCOUNT, "This is the last administrator with a password, who stays outside."
            )
        await self._accounts.end_sign_ins(account.account_id)  # those began with a password that is gone
        return replace(before, roles=visitor.roles, password_hash=None, identity=visitor.identity, link_allowed=False)

    def _return_url(self) -> str:
        url = self._providers.return_url
        if url is None:
            raise Rejected(problems.PROVIDER_UNUSABLE, "The operator has to set EXAMHALL_PUBLIC_URL first.")
        return url


def challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def basic_auth(client_id: str, secret: str) -> httpx.BasicAuth:
    """Both are form-encoded first (RFC 6749, section 2.3.1)."""
    encoded = urlencode({client_id: secret}).partition("=")
    return httpx.BasicAuth(encoded[0], encoded[2])


def with_query(url: str, parameters: dict[str, str]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(parameters)}"


def _failed(why: str) -> Rejected:
    """People learn that it did not work; why is for whoever reads the log."""
    log.warning("a sign-in with a provider failed", why=why)
    return Rejected(problems.PROVIDER_FAILED, AGAIN)
