"""Staff: signing in, keeping signed in, signing out, and the accounts themselves."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import Field, StringConstraints

from chassis.access import allowed, public
from chassis.auth import Principal, PrincipalKind
from chassis.outcomes import Rejected
from contracts import access, problems
from contracts.model import Email, Id, Instant, Name, View
from contracts.model import Request as Body
from contracts.statuses import Role
from gateway.accounts import PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN, Accounts, SignedIn, email_key
from gateway.routes.forwarded import refusals
from gateway.settings import Settings
from gateway.store import Account
from gateway.throttle import Limit, Throttle

Password = Annotated[str, StringConstraints(min_length=1, max_length=PASSWORD_LENGTH_MAX)]
RefreshTokenText = Annotated[str, StringConstraints(min_length=1, max_length=4_000)]


class SignIn(Body):
    email: Email
    password: Password


class SignInWithLink(Body):
    code: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class RefreshSignIn(Body):
    refresh_token: RefreshTokenText


class PrincipalView(View):
    """`subject` is the account's id; sessions name their proctors by it."""

    subject: Id
    kind: PrincipalKind
    roles: list[Role]
    org_id: Id
    name: str
    session_id: Id | None = None
    participant_id: Id | None = None


class SignInView(View):
    """`expires_in`: seconds until `access_token` has to be refreshed."""

    access_token: str
    refresh_token: str
    expires_in: int
    principal: PrincipalView


class CreateAccount(Body):
    email: Email
    name: Name
    roles: Annotated[list[Role], Field(min_length=1, max_length=10)]
    password: Annotated[str, StringConstraints(min_length=PASSWORD_LENGTH_MIN, max_length=PASSWORD_LENGTH_MAX)]


class AccountView(View):
    account_id: Id
    org_id: Id
    email: str
    name: Name
    roles: list[Role]
    disabled: bool
    created_at: Instant


class AccountsView(View):
    accounts: list[AccountView]


def principal_view(principal: Principal) -> PrincipalView:
    return PrincipalView(
        subject=principal.subject,
        kind=principal.kind,
        roles=sorted(principal.roles),
        org_id=principal.org_id,
        name=principal.name,
        session_id=principal.session_id,
        participant_id=principal.participant_id,
    )


def router(accounts: Accounts, throttle: Throttle, settings: Settings) -> APIRouter:
    router = APIRouter(prefix="/api/v1")
    _signing_in(router, accounts, throttle, settings)
    _accounts(router, accounts)
    return router


def _signing_in(router: APIRouter, accounts: Accounts, throttle: Throttle, settings: Settings) -> None:
    per_address = Limit("sign-ins", settings.sign_ins_per_address_per_minute, 60)
    failures_per_address = Limit("sign-in-failures", settings.sign_in_failures_per_address_per_minute, 60)
    failures_per_email = Limit("sign-in-failures-email", settings.sign_in_failures_per_email_per_quarter_hour, 15 * 60)

    @router.post(
        "/auth/sign-in",
        tags=["sign-in"],
        summary="Sign in",
        operation_id="sign_in",
        dependencies=[Depends(public(access.SIGN_IN))],
        responses=refusals(problems.SIGN_IN_FAILED, problems.VALIDATION_FAILED, problems.TOO_MANY_REQUESTS),
    )
    async def sign_in(body: SignIn, request: Request) -> SignInView:
        """The same answer, in the same time, whether the e-mail address or the password is wrong."""
        address, email = client_address(request), email_key(body.email)
        await throttle.count(per_address, address)
        await throttle.check(failures_per_address, address)
        await throttle.check(failures_per_email, email)
        try:
            signed_in = await accounts.sign_in(body.email, body.password)
        except Rejected:
            await throttle.failed(failures_per_address, address)
            await throttle.failed(failures_per_email, email)
            raise
        return _sign_in_view(signed_in)

    @router.post(
        "/auth/sign-in-link",
        tags=["sign-in"],
        summary="Sign in with a link",
        operation_id="sign_in_with_link",
        dependencies=[Depends(public(access.SIGN_IN))],
        responses=refusals(problems.SIGN_IN_EXPIRED, problems.VALIDATION_FAILED, problems.TOO_MANY_REQUESTS),
    )
    async def sign_in_with_link(body: SignInWithLink, request: Request) -> SignInView:
        """A link's code works once. Operators make links with the `examhall` command."""
        address = client_address(request)
        await throttle.count(per_address, address)
        await throttle.check(failures_per_address, address)
        try:
            signed_in = await accounts.sign_in_with_link(body.code)
        except Rejected:
            await throttle.failed(failures_per_address, address)
            raise
        return _sign_in_view(signed_in)

    @router.post(
        "/auth/refresh",
        tags=["sign-in"],
        summary="Refresh a sign-in",
        operation_id="refresh_sign_in",
        dependencies=[Depends(public(access.SIGN_IN_KEEP))],
        responses=refusals(problems.SIGN_IN_EXPIRED, problems.VALIDATION_FAILED),
    )
    async def refresh(body: RefreshSignIn) -> SignInView:
        """Each refresh token works once; the answer holds the next one. A token used twice ends the sign-in."""
        return _sign_in_view(await accounts.refresh(body.refresh_token))

    @router.post(
        "/auth/sign-out",
        tags=["sign-in"],
        summary="Sign out",
        operation_id="sign_out",
        dependencies=[Depends(public(access.SIGN_IN_KEEP))],
        status_code=204,
        responses=refusals(problems.VALIDATION_FAILED),
    )
    async def sign_out(body: RefreshSignIn) -> None:
        """No token of this sign-in can be refreshed any more."""
        await accounts.sign_out(body.refresh_token)

    @router.get(
        "/auth/me",
        tags=["sign-in"],
        summary="Read who is signed in",
        operation_id="read_me",
        responses=refusals(problems.NOT_SIGNED_IN, problems.SIGN_IN_EXPIRED),
    )
    async def me(principal: Annotated[Principal, Depends(allowed(access.ME_READ))]) -> PrincipalView:
        return principal_view(principal)


def _accounts(router: APIRouter, accounts: Accounts) -> None:
    @router.post(
        "/accounts",
        tags=["accounts"],
        summary="Create a staff account",
        operation_id="create_account",
        status_code=201,
        responses=refusals(problems.NOT_ALLOWED, problems.ACCOUNT_EXISTS, problems.VALIDATION_FAILED),
    )
    async def create(
        body: CreateAccount, principal: Annotated[Principal, Depends(allowed(access.ACCOUNT_MANAGE))]
    ) -> AccountView:
        account = await accounts.create(
            org_id=principal.org_id,
            email=body.email,
            name=body.name,
            roles=frozenset(body.roles),
            password=body.password,
        )
        return _account_view(account)

    @router.get(
        "/accounts",
        tags=["accounts"],
        summary="List staff accounts",
        operation_id="list_accounts",
        responses=refusals(problems.NOT_ALLOWED),
    )
    async def listed(
        principal: Annotated[Principal, Depends(allowed(access.ACCOUNT_READ))], role: Role | None = None
    ) -> AccountsView:
        """Of the caller's organisation, by name: to find the proctors a session can be assigned to."""
        found = await accounts.listed(principal.org_id, role)
        return AccountsView(accounts=[_account_view(each) for each in found])


def client_address(request: Request) -> str:
    """The peer, or what a trusted proxy says about it (uvicorn's FORWARDED_ALLOW_IPS)."""
    return request.client.host if request.client else "unknown"


def _sign_in_view(signed_in: SignedIn) -> SignInView:
    return SignInView(
        access_token=signed_in.tokens.access_token,
        refresh_token=signed_in.tokens.refresh_token,
        expires_in=signed_in.tokens.expires_in,
        principal=principal_view(signed_in.principal),
    )


def _account_view(account: Account) -> AccountView:
    return AccountView(
        account_id=account.account_id,
        org_id=account.org_id,
        email=account.email,
        name=account.name,
        roles=sorted(account.roles),
        disabled=account.disabled,
        created_at=account.created_at,
    )
