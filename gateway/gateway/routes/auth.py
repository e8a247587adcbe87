"""Staff: signing in, keeping signed in, signing out."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import StringConstraints

from chassis.access import allowed, public
from chassis.auth import Principal, PrincipalKind
from chassis.outcomes import Rejected
from contracts import access, limits, problems
from contracts.model import Email, Id, View
from contracts.model import Request as Body
from contracts.statuses import Role
from gateway.accounts import Accounts, SignedIn, Whence
from gateway.audit import client_address
from gateway.passwords import PASSWORD_LENGTH_MAX
from gateway.routes.forwarded import refusals
from gateway.settings import Settings
from gateway.throttle import SignInBrake, Throttle

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
    """`expires_in`: seconds until `access_token` has to be refreshed. `provider`: the name of the one that vouched for
    this sign-in, when it begins.
    """

    access_token: str
    refresh_token: str
    expires_in: int
    principal: PrincipalView
    provider: str | None = None


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
    brake = SignInBrake(throttle, accounts, settings)

    @router.post(
        "/auth/sign-in",
        tags=["sign-in"],
        summary="Sign in",
        operation_id="sign_in",
        dependencies=[Depends(public(access.SIGN_IN))],
        responses=refusals(
            problems.SIGN_IN_FAILED, problems.PROVIDER_NEEDED, problems.VALIDATION_FAILED, problems.TOO_MANY_REQUESTS
        ),
    )
    async def sign_in(body: SignIn, request: Request) -> SignInView:
        """The same answer, in the same time, whether the e-mail address or the password is wrong."""
        whence = whence_of(request)
        await brake.before(whence.address, body.email)
        try:
            signed_in = await accounts.sign_in(body.email, body.password, whence)
        except Rejected as refused:
            if refused.problem is not problems.PROVIDER_NEEDED:  # the password was right
                await brake.failed(whence.address, body.email)
            raise
        return sign_in_view(signed_in)

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
        whence = whence_of(request)
        await brake.before(whence.address)
        try:
            signed_in = await accounts.sign_in_with_link(body.code, whence)
        except Rejected:
            await brake.failed(whence.address)
            raise
        return sign_in_view(signed_in)

    @router.post(
        "/auth/refresh",
        tags=["sign-in"],
        summary="Refresh a sign-in",
        operation_id="refresh_sign_in",
        dependencies=[Depends(public(access.SIGN_IN_KEEP))],
        responses=refusals(problems.SIGN_IN_EXPIRED, problems.VALIDATION_FAILED),
    )
    async def refresh(body: RefreshSignIn, request: Request) -> SignInView:
        """Each refresh token works once; the answer holds the next one. A token used twice ends the sign-in."""
        return sign_in_view(await accounts.refresh(body.refresh_token, whence_of(request)))

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
        responses=refusals(problems.NOT_SIGNED_IN, problems.SIGN_IN_EXPIRED, problems.NOT_ALLOWED),
    )
    async def me(principal: Annotated[Principal, Depends(allowed(access.ME_READ))]) -> PrincipalView:
        return principal_view(principal)

    return router


def whence_of(request: Request) -> Whence:
    device = request.headers.get("user-agent", "")[: limits.DEVICE_LENGTH]
    return Whence(client_address(request), device)


def sign_in_view(signed_in: SignedIn, provider: str | None = None) -> SignInView:
    return SignInView(
        access_token=signed_in.tokens.access_token,
        refresh_token=signed_in.tokens.refresh_token,
        expires_in=signed_in.tokens.expires_in,
        principal=principal_view(signed_in.principal),
        provider=provider,
    )
