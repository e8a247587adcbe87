"""What one-time links let people do who have no sign-in: accept an invitation, set a forgotten password."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import StringConstraints

from chassis.access import public
from chassis.outcomes import Rejected
from contracts import access, problems
from contracts.model import Email, Id, Instant, Name, View
from contracts.model import Request as Body
from contracts.statuses import Role
from gateway.accounts import Accounts, email_key, principal_of
from gateway.audit import client_address, note
from gateway.domain.provider import lets_use_password
from gateway.providers import Providers
from gateway.routes.accounts import NewPassword, described
from gateway.routes.auth import SignInView, sign_in_view, whence_of
from gateway.routes.forwarded import refusals
from gateway.settings import Settings
from gateway.staff import Staff
from gateway.throttle import Limit, Throttle, network_of

LinkCode = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class InvitationOffer(View):
    """What somebody with the link may know. `provider`: they can sign in with it instead of choosing a password, and
    have to where `passwords` do not work.
    """

    org_id: Id
    email: str
    name: Name
    roles: list[Role]
    invited_by: str
    expires_at: Instant
    provider: str | None = None
    passwords: bool = True


class LinkHolder(Body):
    code: LinkCode


class SetPassword(Body):
    code: LinkCode
    password: NewPassword


class AskForReset(Body):
    email: Email


def router(staff: Staff, accounts: Accounts, providers: Providers, throttle: Throttle, settings: Settings) -> APIRouter:
    router = APIRouter(prefix="/api/v1", tags=["sign-in"])
    link_failures = Limit("link-failures", settings.link_failures_per_address_per_minute, 60)
    resets_per_address = Limit("resets", settings.resets_per_address_per_hour, 3600)
    resets_per_email = Limit("resets-email", settings.resets_per_email_per_hour, 3600)
    unusable = (
        problems.LINK_UNKNOWN,
        problems.VALIDATION_FAILED,
        problems.TOO_MANY_REQUESTS,
        problems.TEMPORARILY_UNAVAILABLE,
    )

    @router.post(
        "/invitations/look",
        summary="Read an invitation with its link",
        operation_id="look_at_invitation",
        dependencies=[Depends(public(access.INVITATION_ACCEPT))],
        responses=refusals(*unusable),
    )
    async def look(body: LinkHolder, request: Request) -> InvitationOffer:
        address = network_of(client_address(request))
        await throttle.check(link_failures, address)
        try:
            invitation = await staff.invitation(body.code)
        except Rejected:
            await throttle.failed(link_failures, address)
            raise
        provider = await providers.found(invitation.org_id)
        return InvitationOffer(
            org_id=invitation.org_id,
            email=invitation.email,
            name=invitation.name,
            roles=sorted(invitation.roles),
            invited_by=invitation.invited_by_name,
            expires_at=invitation.expires_at,
            provider=None if provider is None else provider.name,
            passwords=lets_use_password(provider, invitation.roles, None),
        )

    @router.post(
        "/invitations/accept",
        summary="Accept an invitation",
        operation_id="accept_invitation",
        status_code=201,
        dependencies=[Depends(public(access.INVITATION_ACCEPT))],
        responses=refusals(*unusable, problems.ACCOUNT_EXISTS, problems.PROVIDER_NEEDED),
    )
    async def accept(body: SetPassword, request: Request) -> SignInView:
        """Makes the account with a password of one's own, and signs in."""
        address = network_of(client_address(request))
        await throttle.check(link_failures, address)
        try:
            account = await staff.accept(body.code, body.password)
        except Rejected:
            await throttle.failed(link_failures, address)
            raise
        signed_in = await accounts.begin(account, whence_of(request))
        await note(request, signed_in.principal, access.INVITATION_ACCEPT, described(account))
        return sign_in_view(signed_in)

    @router.post(
        "/auth/password-reset",
        summary="Ask for a link that resets a password",
        operation_id="ask_for_reset",
        status_code=202,
        dependencies=[Depends(public(access.PASSWORD_RESET))],
        responses=refusals(problems.VALIDATION_FAILED, problems.TOO_MANY_REQUESTS),
    )
    async def ask_for_reset(body: AskForReset, request: Request) -> None:
        """The same answer whether or not there is such an account. The link goes by mail and to nobody else."""
        await throttle.count(resets_per_address, network_of(client_address(request)))
        try:
            await throttle.count(resets_per_email, email_key(body.email))
        except Rejected:
            return  # enough mails for one person; saying so would tell that they exist
        staff.ask_for_reset(body.email)

    @router.post(
        "/auth/password",
        summary="Set a password with a reset link",
        operation_id="set_password",
        status_code=204,
        dependencies=[Depends(public(access.PASSWORD_RESET))],
        responses=refusals(*unusable, problems.PROVIDER_NEEDED),
    )
    async def set_password(body: SetPassword, request: Request) -> None:
        """The link works once. Every sign-in of the account ends: sign in with the new password."""
        address = network_of(client_address(request))
        await throttle.check(link_failures, address)
        try:
            account = await staff.set_password(body.code, body.password)
        except Rejected:
            await throttle.failed(link_failures, address)
            raise
        await note(request, principal_of(account), access.PASSWORD_RESET)

    return router
