"""What people of the staff do with their own account: their sign-ins, and their password."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from chassis.access import allowed
from chassis.auth import Principal
from chassis.outcomes import Rejected
from contracts import access, problems
from contracts.model import Id, Instant, View
from contracts.model import Request as Body
from gateway.accounts import Accounts
from gateway.audit import note
from gateway.routes.accounts import NewPassword, SignedOutView
from gateway.routes.auth import Password
from gateway.routes.forwarded import ANY_REQUEST, refusals
from gateway.settings import Settings
from gateway.staff import Staff
from gateway.throttle import Limit, Throttle

Myself = Annotated[Principal, Depends(allowed(access.ME_MANAGE))]


class OwnSignIn(View):
    """`device` is what the browser says it is; `current`: the one that asks."""

    sign_in_id: Id
    address: str
    device: str
    created_at: Instant
    last_used_at: Instant
    current: bool


class OwnSignIns(View):
    sign_ins: list[OwnSignIn]


class ChangePassword(Body):
    current: Password
    new: NewPassword


def router(accounts: Accounts, staff: Staff, throttle: Throttle, settings: Settings) -> APIRouter:
    router = APIRouter(prefix="/api/v1/auth/me")
    wrong_passwords = Limit("password-changes", settings.sign_in_failures_per_email_per_quarter_hour, 15 * 60)

    @router.get(
        "/sign-ins",
        tags=["sign-in"],
        summary="List my sign-ins",
        operation_id="list_my_sign_ins",
        responses=refusals(*ANY_REQUEST),
    )
    async def listed(principal: Myself) -> OwnSignIns:
        found = await accounts.sign_ins(principal.subject)
        return OwnSignIns(
            sign_ins=[
                OwnSignIn(
                    sign_in_id=each.sign_in_id,
                    address=each.address,
                    device=each.device,
                    created_at=each.created_at,
                    last_used_at=each.last_used_at,
                    current=each.sign_in_id == principal.sign_in,
                )
                for each in found
            ]
        )

    @router.post(
        "/sign-ins/{sign_in_id}/end",
        tags=["sign-in"],
        summary="End one of my sign-ins",
        operation_id="end_my_sign_in",
        status_code=204,
        responses=refusals(*ANY_REQUEST, problems.NOT_FOUND, problems.VALIDATION_FAILED),
    )
    async def end(sign_in_id: Id, principal: Myself, request: Request) -> None:
        """Its tokens stop working at once, on other gateways within two seconds."""
        await accounts.end_sign_in(principal.subject, sign_in_id)
        await note(request, principal, access.ME_MANAGE)

    @router.post(
        "/sign-out-everywhere",
        tags=["sign-in"],
        summary="Sign out everywhere",
        operation_id="sign_out_everywhere",
        responses=refusals(*ANY_REQUEST),
    )
    async def everywhere(principal: Myself, request: Request) -> SignedOutView:
        """The one that asks ends too."""
        ended = await accounts.end_sign_ins(principal.subject)
        await note(request, principal, access.ME_MANAGE, {"ended": str(ended)})
        return SignedOutView(ended=ended)

    @router.post(
        "/password",
        tags=["sign-in"],
        summary="Change my password",
        operation_id="change_my_password",
        status_code=204,
        responses=refusals(
            *ANY_REQUEST,
            problems.PASSWORD_WRONG,
            problems.PROVIDER_NEEDED,
            problems.VALIDATION_FAILED,
            problems.TOO_MANY_REQUESTS,
        ),
    )
    async def change_password(body: ChangePassword, principal: Myself, request: Request) -> None:
        """Every other sign-in ends."""
        await throttle.check(wrong_passwords, principal.subject)
        try:
            await staff.change_password(principal, body.current, body.new)
        except Rejected as refused:
            if refused.problem is problems.PASSWORD_WRONG:
                await throttle.failed(wrong_passwords, principal.subject)
            raise
        await note(request, principal, access.ME_MANAGE)

    return router
