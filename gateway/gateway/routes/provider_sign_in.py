"""Signing in with an organisation's own provider: how people sign in, leaving for it, coming back, signing out."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import StringConstraints, model_validator

from chassis.access import public
from chassis.auth import Principal, PrincipalKind
from chassis.outcomes import Rejected
from contracts import access, limits, problems
from contracts.model import Email, Id, View
from contracts.model import Request as Body
from gateway.audit import client_address, note
from gateway.provider_sign_in import Arrival, ProviderSignIn, Return, TurnedAway
from gateway.providers import Providers
from gateway.routes.auth import RefreshSignIn, SignInView, sign_in_view, whence_of
from gateway.routes.forwarded import refusals
from gateway.settings import Settings
from gateway.throttle import Limit, Throttle, network_of

Random = Annotated[str, StringConstraints(min_length=1, max_length=200)]
TURNED_AWAY = (
    problems.PROVIDER_EMAIL_REFUSED,
    problems.PROVIDER_NO_ROLE,
    problems.PROVIDER_NO_ACCOUNT,
    problems.ACCOUNT_DEACTIVATED,
)


class AskWays(Body):
    """By the organisation of a sign-in page, or by one's e-mail address: one of them."""

    org_id: Id | None = None
    email: Email | None = None

    @model_validator(mode="after")
    def _one(self) -> "AskWays":
        if (self.org_id is None) == (self.email is None):
            raise ValueError("Name an organisation or an e-mail address.")
        return self


class WaysView(View):
    """`provider`: the name of the one to sign in with, null for none. `passwords`: whether they work as well."""

    org_id: Id | None
    provider: str | None
    passwords: bool


class BeginSignIn(Body):
    org_id: Id


class DepartureView(View):
    """`url`: the provider's, to open. `browser_code`: to be kept by this page alone and sent with what comes back."""

    url: str
    browser_code: str


class FinishSignIn(Body):
    """`iss`: as it came back (RFC 9207), null if it did not."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=4_000)]
    state: Random
    iss: Annotated[str | None, StringConstraints(max_length=limits.PROVIDER_URL_LENGTH)] = None
    browser_code: Random


class SignedOutAtView(View):
    """`continue_at`: where to end the sign-in at the provider, null where it offers no such place."""

    continue_at: str | None


def router(sign_in: ProviderSignIn, providers: Providers, throttle: Throttle, settings: Settings) -> APIRouter:
    router = APIRouter(prefix="/api/v1/auth", tags=["sign-in"])
    per_address = Limit("provider-sign-ins", settings.provider_sign_ins_per_address_per_minute, 60)
    failures = Limit("sign-in-failures", settings.sign_in_failures_per_address_per_minute, 60)
    any_sign_in = (problems.VALIDATION_FAILED, problems.TOO_MANY_REQUESTS, problems.TEMPORARILY_UNAVAILABLE)

    @router.post(
        "/ways",
        summary="Ask how somebody signs in",
        operation_id="ask_ways",
        dependencies=[Depends(public(access.SIGN_IN_PROVIDER))],
        responses=refusals(*any_sign_in),
    )
    async def ways(body: AskWays, request: Request) -> WaysView:
        """Tells of e-mail domains and organisations with a provider, never whether there is such an account."""
        await throttle.count(per_address, network_of(client_address(request)))
        found = await providers.ways(org_id=body.org_id, email=body.email)
        return WaysView(org_id=found.org_id, provider=found.provider, passwords=found.passwords)

    @router.post(
        "/provider/begin",
        summary="Begin to sign in with a provider",
        operation_id="begin_provider_sign_in",
        dependencies=[Depends(public(access.SIGN_IN_PROVIDER))],
        responses=refusals(*any_sign_in, problems.PROVIDER_UNUSABLE),
    )
    async def begin(body: BeginSignIn, request: Request) -> DepartureView:
        """Good for ten minutes, once, in the browser that begins."""
        await throttle.count(per_address, network_of(client_address(request)))
        departure = await sign_in.begin(body.org_id)
        return DepartureView(url=departure.url, browser_code=departure.browser_code)

    @router.post(
        "/provider/finish",
        summary="Finish signing in with a provider",
        operation_id="finish_provider_sign_in",
        dependencies=[Depends(public(access.SIGN_IN_PROVIDER))],
        responses=refusals(*any_sign_in, problems.PROVIDER_FAILED, problems.PROVIDER_UNUSABLE, *TURNED_AWAY),
    )
    async def finish(body: FinishSignIn, request: Request) -> SignInView:
        """With what the provider sent back. Roles are what its claims give at this moment."""
        address = network_of(client_address(request))
        await throttle.check(failures, address)
        try:
            arrival = await sign_in.finish(
                Return(body.code, body.state, body.iss, body.browser_code), whence_of(request)
            )
        except TurnedAway as refused:
            await _note_refusal(request, refused)
            raise
        except Rejected:
            await throttle.failed(failures, address)
            raise
        await note(request, arrival.signed_in.principal, access.SIGN_IN_PROVIDER, _audited(arrival))
        return sign_in_view(arrival.signed_in, arrival.provider.name)

    @router.post(
        "/provider/sign-out",
        summary="Sign out, and learn where to sign out at the provider",
        operation_id="sign_out_of_provider",
        dependencies=[Depends(public(access.SIGN_IN_KEEP))],
        responses=refusals(problems.VALIDATION_FAILED),
    )
    async def sign_out(body: RefreshSignIn) -> SignedOutAtView:
        """Like `/auth/sign-out`, for sign-ins that a provider vouched for."""
        return SignedOutAtView(continue_at=await sign_in.sign_out(body.refresh_token))

    return router


def _audited(arrival: Arrival) -> dict[str, str]:
    return {
        "how": arrival.how,
        "issuer": arrival.provider.issuer,
        "roles": " ".join(sorted(arrival.signed_in.principal.roles)),
    }


async def _note_refusal(request: Request, refused: TurnedAway) -> None:
    """Somebody the provider knows: their organisation wants to see who was turned away, and why."""
    nobody_here = Principal(
        subject=refused.identity.subject,
        kind=PrincipalKind.STAFF,
        roles=frozenset(),
        org_id=refused.org_id,
        name=refused.email,
    )
    details = {"refused": refused.problem.name, "issuer": refused.identity.issuer}
    await note(request, nobody_here, access.SIGN_IN_PROVIDER, details)
