"""API tokens of an organisation."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import Field

from chassis.access import allowed
from chassis.auth import Principal
from contracts import access, limits, problems
from contracts.access import Scope
from contracts.model import Id, Instant, Name, View
from contracts.model import Request as Body
from gateway.api_tokens import ApiTokens
from gateway.audit import note
from gateway.routes.forwarded import ANY_REQUEST, refusals
from gateway.store.api_tokens import ApiToken

Manager = Annotated[Principal, Depends(allowed(access.API_TOKEN_MANAGE))]


class CreateApiToken(Body):
    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(Scope))]
    days: Annotated[int, Field(ge=1, le=limits.API_TOKEN_DAYS_MAX, description="How long it works")]


class ApiTokenView(View):
    api_token_id: Id
    name: Name
    scopes: list[Scope]
    created_by: str
    created_at: Instant
    expires_at: Instant
    revoked_at: Instant | None
    last_used_at: Instant | None


class CreatedApiToken(View):
    """`token` is what a program sends as its bearer token. It is shown this once."""

    api_token: ApiTokenView
    token: str


class ApiTokensView(View):
    api_tokens: list[ApiTokenView]


def router(tokens: ApiTokens) -> APIRouter:
    router = APIRouter(prefix="/api/v1/api-tokens", tags=["api-tokens"])

    @router.post(
        "",
        summary="Make an API token",
        operation_id="create_api_token",
        status_code=201,
        responses=refusals(*ANY_REQUEST, problems.API_TOKENS_FULL, problems.VALIDATION_FAILED),
    )
    async def create(body: CreateApiToken, principal: Manager, request: Request) -> CreatedApiToken:
        """For a program: send it as `Authorization: Bearer`. It may what its scopes say, in this organisation."""
        token, secret = await tokens.create(principal, body.name, frozenset(body.scopes), body.days)
        details = {"api_token_id": token.api_token_id, "scopes": " ".join(sorted(token.scopes))}
        await note(request, principal, access.API_TOKEN_MANAGE, details)
        return CreatedApiToken(api_token=_view(token), token=secret)

    @router.get("", summary="List API tokens", operation_id="list_api_tokens", responses=refusals(*ANY_REQUEST))
    async def listed(principal: Manager) -> ApiTokensView:
        """The newest first, those that no longer work included."""
        return ApiTokensView(api_tokens=[_view(each) for each in await tokens.listed(principal.org_id)])

    @router.post(
        "/{api_token_id}/revoke",
        summary="Revoke an API token",
        operation_id="revoke_api_token",
        status_code=204,
        responses=refusals(*ANY_REQUEST, problems.NOT_FOUND, problems.VALIDATION_FAILED),
    )
    async def revoke(api_token_id: Id, principal: Manager, request: Request) -> None:
        """The next request with it is refused."""
        await tokens.revoke(principal.org_id, api_token_id)
        await note(request, principal, access.API_TOKEN_MANAGE)

    return router


def _view(token: ApiToken) -> ApiTokenView:
    return ApiTokenView(
        api_token_id=token.api_token_id,
        name=token.name,
        scopes=sorted(token.scopes),
        created_by=token.created_by,
        created_at=token.created_at,
        expires_at=token.expires_at,
        revoked_at=token.revoked_at,
        last_used_at=token.last_used_at,
    )
