"""The organisation's sign-in provider, as its administrators set it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import AfterValidator, Field, StringConstraints

from chassis.access import allowed
from chassis.auth import Principal
from contracts import access, limits, problems
from contracts.model import Id, Name, View
from contracts.model import Request as Body
from contracts.statuses import STAFF, Role
from gateway.audit import note
from gateway.domain.provider import Provider, RoleRule
from gateway.providers import Providers
from gateway.routes.accounts import AccountView, account_view, described
from gateway.routes.forwarded import ANY_REQUEST, refusals
from gateway.staff import Staff

Manager = Annotated[Principal, Depends(allowed(access.PROVIDER_MANAGE))]
Url = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=limits.PROVIDER_URL_LENGTH)]
Domain = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        to_lower=True,
        max_length=253,  # RFC 1035, section 2.3.4
        pattern=r"^[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$",
    ),
]
ScopeName = Annotated[str, StringConstraints(pattern=r"^[\x21\x23-\x5B\x5D-\x7E]{1,100}$")]  # RFC 6749, section 3.3
ClaimText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=limits.NAME_LENGTH)]


def _staff_role(role: Role) -> Role:
    if role not in STAFF:
        raise ValueError("is not a role of the staff")
    return role


class RoleRuleView(Body):
    value: ClaimText
    role: Annotated[Role, AfterValidator(_staff_role)]


class ConfigureProvider(Body):
    """`version`: of the settings this was made from, 0 for the first. `client_secret`: null keeps the one that is set,
    which works while issuer and client stay the same. `role_claim`: a claim's name, or steps to it with dots between.
    """

    version: Annotated[int, Field(ge=0)]
    name: Name
    issuer: Url
    client_id: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=limits.CLIENT_ID_LENGTH)
    ]
    client_secret: Annotated[str | None, StringConstraints(min_length=1, max_length=limits.CLIENT_SECRET_LENGTH)] = None
    scopes: Annotated[list[ScopeName], Field(max_length=limits.PROVIDER_SCOPES_MAX)] = []
    role_claim: ClaimText
    rules: Annotated[list[RoleRuleView], Field(min_length=1, max_length=limits.ROLE_RULES_MAX)]
    domains: Annotated[list[Domain], Field(min_length=1, max_length=limits.EMAIL_DOMAINS_MAX)]
    creates_accounts: bool
    passwords_off: bool


class ProviderView(View):
    """Everything but the client secret."""

    version: int
    name: Name
    issuer: str
    client_id: str
    scopes: list[str]
    role_claim: str
    rules: list[RoleRuleView]
    domains: list[str]
    creates_accounts: bool
    passwords_off: bool


class ProviderSettingsView(View):
    """`return_url`: to be entered at the provider; null while the operator has not set this server's address."""

    org_id: Id
    provider: ProviderView | None
    return_url: str | None


class AllowLink(Body):
    allowed: bool


def router(providers: Providers, staff: Staff) -> APIRouter:
    router = APIRouter(prefix="/api/v1", tags=["accounts"])

    def view(org_id: str, provider: Provider | None) -> ProviderSettingsView:
        return ProviderSettingsView(
            org_id=org_id,
            provider=None if provider is None else provider_view(provider),
            return_url=providers.return_url,
        )

    @router.get(
        "/provider",
        summary="Read the sign-in provider",
        operation_id="read_provider",
        responses=refusals(*ANY_REQUEST),
    )
    async def read(principal: Manager) -> ProviderSettingsView:
        """Its client secret is shown to nobody."""
        return view(principal.org_id, await providers.found(principal.org_id))

    @router.put(
        "/provider",
        summary="Set the sign-in provider",
        operation_id="configure_provider",
        responses=refusals(
            *ANY_REQUEST,
            problems.VALIDATION_FAILED,
            problems.PROVIDER_UNUSABLE,
            problems.STALE_VERSION,
            problems.DOMAIN_TAKEN,
            problems.LAST_ADMINISTRATOR,
        ),
    )
    async def configure(body: ConfigureProvider, principal: Manager, request: Request) -> ProviderSettingsView:
        """OpenID Connect. What it publishes is read before anything is kept."""
        made = await providers.configure(_provider(principal.org_id, body), body.client_secret)
        await note(request, principal, access.PROVIDER_MANAGE, audited(made, secret=body.client_secret is not None))
        return view(principal.org_id, made)

    @router.delete(
        "/provider",
        summary="Remove the sign-in provider",
        operation_id="remove_provider",
        status_code=204,
        responses=refusals(*ANY_REQUEST),
    )
    async def remove(principal: Manager, request: Request) -> None:
        """People linked to it are signed out within quarter of an hour, and need a link for a new password."""
        removed = await providers.remove(principal.org_id)
        if removed is not None:
            await note(request, principal, access.PROVIDER_MANAGE, {"removed": removed.issuer})

    @router.put(
        "/accounts/{account_id}/provider-link",
        summary="Let an account be linked to the sign-in provider",
        operation_id="allow_provider_link",
        responses=refusals(*ANY_REQUEST, problems.NOT_FOUND, problems.PROVIDER_UNUSABLE, problems.VALIDATION_FAILED),
    )
    async def allow_link(account_id: Id, body: AllowLink, principal: Manager, request: Request) -> AccountView:
        """Whoever the provider next vouches for under this account's e-mail address has it then; its password goes."""
        provider = await providers.found(principal.org_id)
        issuer = None if provider is None else provider.issuer
        account = await staff.allow_link(principal.org_id, account_id, issuer, allowed=body.allowed)
        details = {**described(account), "link_allowed": str(body.allowed).lower()}
        await note(request, principal, access.PROVIDER_MANAGE, details)
        return account_view(account)

    return router


def _provider(org_id: str, body: ConfigureProvider) -> Provider:
    return Provider(
        org_id=org_id,
        version=body.version,
        name=body.name,
        issuer=body.issuer,
        client_id=body.client_id,
        sealed_secret="",
        scopes=tuple(dict.fromkeys(body.scopes)),
        role_claim=body.role_claim,
        rules=tuple(dict.fromkeys(RoleRule(each.value, each.role) for each in body.rules)),
        domains=tuple(dict.fromkeys(body.domains)),
        creates_accounts=body.creates_accounts,
        passwords_off=body.passwords_off,
    )


def provider_view(provider: Provider) -> ProviderView:
    return ProviderView(
        version=provider.version,
        name=provider.name,
        issuer=provider.issuer,
        client_id=provider.client_id,
        scopes=list(provider.scopes),
        role_claim=provider.role_claim,
        rules=[RoleRuleView(value=each.value, role=each.role) for each in provider.rules],
        domains=list(provider.domains),
        creates_accounts=provider.creates_accounts,
        passwords_off=provider.passwords_off,
    )


def audited(provider: Provider, *, secret: bool) -> dict[str, str]:
    """What an auditor wants to see: who can come in, and as what."""
    return {
        "issuer": provider.issuer,
        "client_id": provider.client_id,
        "secret": "entered" if secret else "kept",
        "role_claim": provider.role_claim,
        "rules": ", ".join(f"{each.value}={each.role.value}" for each in provider.rules),
        "domains": " ".join(provider.domains),
        "creates_accounts": str(provider.creates_accounts).lower(),
        "passwords_off": str(provider.passwords_off).lower(),
    }
