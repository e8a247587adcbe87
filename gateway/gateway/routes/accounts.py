"""Staff accounts of an organisation: inviting, roles, deactivating, resetting."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import Field, StringConstraints

from chassis.access import allowed
from chassis.auth import Principal
from contracts import access, problems
from contracts.model import Email, Id, Instant, Name, View
from contracts.model import Request as Body
from contracts.statuses import Role
from gateway.accounts import Accounts
from gateway.audit import note
from gateway.passwords import PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN
from gateway.routes.forwarded import ANY_REQUEST, refusals
from gateway.staff import Handed, Staff
from gateway.store import Account
from gateway.store.links import Invitation

NewPassword = Annotated[str, StringConstraints(min_length=PASSWORD_LENGTH_MIN, max_length=PASSWORD_LENGTH_MAX)]
Roles = Annotated[list[Role], Field(min_length=1, max_length=10)]
Reader = Annotated[Principal, Depends(allowed(access.ACCOUNT_READ))]
Manager = Annotated[Principal, Depends(allowed(access.ACCOUNT_MANAGE))]


class CreateAccount(Body):
    email: Email
    name: Name
    roles: Roles
    password: NewPassword


class AccountView(View):
    """`linked`: signs in with the organisation's provider. `link_allowed`: whoever has this address there will."""

    account_id: Id
    org_id: Id
    email: str
    name: Name
    roles: list[Role]
    disabled: bool
    created_at: Instant
    linked: bool = False
    link_allowed: bool = False


class AccountsView(View):
    accounts: list[AccountView]


class Invite(Body):
    email: Email
    name: Name
    roles: Roles


class InvitationView(View):
    invitation_id: Id
    email: str
    name: Name
    roles: list[Role]
    invited_by: str
    created_at: Instant
    expires_at: Instant


class InvitationsView(View):
    invitations: list[InvitationView]


class InvitedView(View):
    """`link`: shown this once, relative to this server's address. `mailed`: it is also on its way by mail."""

    invitation: InvitationView
    link: str
    mailed: bool


class ChangeRoles(Body):
    roles: Roles


class LinkView(View):
    """`link`: shown this once, relative to this server's address, good for an hour."""

    link: str
    mailed: bool


class SignedOutView(View):
    """How many sign-ins were ended."""

    ended: int


def router(staff: Staff, accounts: Accounts) -> APIRouter:
    router = APIRouter(prefix="/api/v1")
    _accounts(router, accounts)
    _managing(router, staff)
    _inviting(router, staff)
    return router


def _accounts(router: APIRouter, accounts: Accounts) -> None:
    @router.post(
        "/accounts",
        tags=["accounts"],
        summary="Create a staff account",
        operation_id="create_account",
        status_code=201,
        responses=refusals(*ANY_REQUEST, problems.ACCOUNT_EXISTS, problems.PROVIDER_NEEDED, problems.VALIDATION_FAILED),
    )
    async def create(body: CreateAccount, principal: Manager, request: Request) -> AccountView:
        """With a password that is handed over in person. An invitation lets people choose their own."""
        account = await accounts.create(
            org_id=principal.org_id,
            email=body.email,
            name=body.name,
            roles=frozenset(body.roles),
            password=body.password,
        )
        await note(request, principal, access.ACCOUNT_MANAGE, described(account))
        return account_view(account)

    @router.get(
        "/accounts",
        tags=["accounts"],
        summary="List staff accounts",
        operation_id="list_accounts",
        responses=refusals(*ANY_REQUEST, problems.VALIDATION_FAILED),
    )
    async def listed(principal: Reader, role: Role | None = None) -> AccountsView:
        """Of the caller's organisation, by name: to find the proctors a session can be assigned to."""
        found = await accounts.listed(principal.org_id, role)
        return AccountsView(accounts=[account_view(each) for each in found])


def _managing(router: APIRouter, staff: Staff) -> None:
    @router.put(
        "/accounts/{account_id}/roles",
        tags=["accounts"],
        summary="Change the roles of an account",
        operation_id="change_roles",
        responses=refusals(*ANY_REQUEST, problems.NOT_FOUND, problems.LAST_ADMINISTRATOR, problems.VALIDATION_FAILED),
    )
    async def change_roles(account_id: Id, body: ChangeRoles, principal: Manager, request: Request) -> AccountView:
        """They count at once: access tokens issued before have to be refreshed."""
        account = await staff.change_roles(principal.org_id, account_id, frozenset(body.roles))
        await note(request, principal, access.ACCOUNT_MANAGE, described(account))
        return account_view(account)

    @router.post(
        "/accounts/{account_id}/deactivate",
        tags=["accounts"],
        summary="Deactivate an account",
        operation_id="deactivate_account",
        responses=refusals(*ANY_REQUEST, problems.NOT_FOUND, problems.LAST_ADMINISTRATOR, problems.VALIDATION_FAILED),
    )
    async def deactivate(account_id: Id, principal: Manager, request: Request) -> AccountView:
        """Every sign-in of theirs ends at once, on other gateways within two seconds."""
        account = await staff.deactivate(principal.org_id, account_id)
        await note(request, principal, access.ACCOUNT_MANAGE, {"email": account.email})
        return account_view(account)

    @router.post(
        "/accounts/{account_id}/reactivate",
        tags=["accounts"],
        summary="Reactivate an account",
        operation_id="reactivate_account",
        responses=refusals(*ANY_REQUEST, problems.NOT_FOUND, problems.VALIDATION_FAILED),
    )
    async def reactivate(account_id: Id, principal: Manager, request: Request) -> AccountView:
        account = await staff.reactivate(principal.org_id, account_id)
        await note(request, principal, access.ACCOUNT_MANAGE, {"email": account.email})
        return account_view(account)

    @router.post(
        "/accounts/{account_id}/sign-out",
        tags=["accounts"],
        summary="Sign a colleague out everywhere",
        operation_id="sign_colleague_out",
        responses=refusals(*ANY_REQUEST, problems.NOT_FOUND, problems.VALIDATION_FAILED),
    )
    async def sign_out(account_id: Id, principal: Manager, request: Request) -> SignedOutView:
        ended = await staff.sign_out(principal.org_id, account_id)
        await note(request, principal, access.ACCOUNT_MANAGE, {"ended": str(ended)})
        return SignedOutView(ended=ended)

    @router.post(
        "/accounts/{account_id}/reset-link",
        tags=["accounts"],
        summary="Make a link that resets a password",
        operation_id="make_reset_link",
        responses=refusals(
            *ANY_REQUEST,
            problems.NOT_FOUND,
            problems.ACCOUNT_DEACTIVATED,
            problems.PROVIDER_NEEDED,
            problems.VALIDATION_FAILED,
        ),
    )
    async def reset_link(account_id: Id, principal: Manager, request: Request) -> LinkView:
        """For a colleague who cannot get in. It is shown once and also goes by mail, where mail is set up."""
        handed = await staff.reset(principal.org_id, account_id)
        await note(request, principal, access.ACCOUNT_MANAGE)
        return LinkView(link=handed.path, mailed=handed.mailed)


def _inviting(router: APIRouter, staff: Staff) -> None:
    @router.post(
        "/invitations",
        tags=["accounts"],
        summary="Invite a colleague",
        operation_id="invite",
        status_code=201,
        responses=refusals(
            *ANY_REQUEST, problems.ACCOUNT_EXISTS, problems.VALIDATION_FAILED, problems.TOO_MANY_REQUESTS
        ),
    )
    async def invite(body: Invite, principal: Manager, request: Request) -> InvitedView:
        """Whoever has the link can become this colleague, once, within a week. Inviting again replaces the link."""
        invitation, handed = await staff.invite(principal, body.email, body.name, frozenset(body.roles))
        await note(request, principal, access.ACCOUNT_MANAGE, _invited(invitation))
        return _invited_view(invitation, handed)

    @router.get(
        "/invitations",
        tags=["accounts"],
        summary="List open invitations",
        operation_id="list_invitations",
        responses=refusals(*ANY_REQUEST),
    )
    async def listed(principal: Manager) -> InvitationsView:
        found = await staff.invitations(principal.org_id)
        return InvitationsView(invitations=[_invitation_view(each) for each in found])

    @router.post(
        "/invitations/{invitation_id}/withdraw",
        tags=["accounts"],
        summary="Withdraw an invitation",
        operation_id="withdraw_invitation",
        status_code=204,
        responses=refusals(*ANY_REQUEST, problems.NOT_FOUND, problems.VALIDATION_FAILED),
    )
    async def withdraw(invitation_id: Id, principal: Manager, request: Request) -> None:
        """Its link stops working."""
        invitation = await staff.withdraw(principal.org_id, invitation_id)
        await note(request, principal, access.ACCOUNT_MANAGE, _invited(invitation))


def account_view(account: Account) -> AccountView:
    return AccountView(
        account_id=account.account_id,
        org_id=account.org_id,
        email=account.email,
        name=account.name,
        roles=sorted(account.roles),
        disabled=account.disabled,
        created_at=account.created_at,
        linked=account.identity is not None,
        link_allowed=account.link_allowed,
    )


def described(account: Account) -> dict[str, str]:
    return {"email": account.email, "roles": " ".join(sorted(account.roles))}


def _invited(invitation: Invitation) -> dict[str, str]:
    return {"email": invitation.email, "roles": " ".join(sorted(invitation.roles))}


def _invitation_view(invitation: Invitation) -> InvitationView:
    return InvitationView(
        invitation_id=invitation.invitation_id,
        email=invitation.email,
        name=invitation.name,
        roles=sorted(invitation.roles),
        invited_by=invitation.invited_by_name,
        created_at=invitation.created_at,
        expires_at=invitation.expires_at,
    )


def _invited_view(invitation: Invitation, handed: Handed) -> InvitedView:
    return InvitedView(invitation=_invitation_view(invitation), link=handed.path, mailed=handed.mailed)
