"""At the edge an API token becomes a signed principal that lives a minute: everything behind verifies one kind only."""

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from chassis import problems as documents
from chassis.outcomes import Rejected, Transient
from contracts import problems
from gateway.api_tokens import PREFIX, ApiTokens
from gateway.settings import Settings
from gateway.throttle import Limit, Throttle
from gateway.tokens import TokenIssuer

_MARK: Final = f"bearer {PREFIX}".encode()
_LENGTH_MAX: Final = 200  # a token has about 85 characters


class Exchange:
    """API tokens for signed principals. Each exchange counts as one request of the token."""

    def __init__(self, tokens: ApiTokens, issuer: TokenIssuer, throttle: Throttle, settings: Settings) -> None:
        self._tokens = tokens
        self._issuer = issuer
        self._throttle = throttle
        self._limit = Limit("api-token", settings.api_token_requests_per_minute, 60)

    async def signed(self, token: str) -> str:
        """A token that services understand; anything but an API token is given back as it is.

        Raises:
            Rejected: `not-signed-in`, `sign-in-expired`, `too-many-requests`.
            Transient: MongoDB is away.

        """
        if token[: len(PREFIX)].lower() != PREFIX:
            return token
        if len(token) > _LENGTH_MAX or not token.isascii():
            raise Rejected(problems.NOT_SIGNED_IN, "The API token is not valid.")
        principal = await self._tokens.principal(token)
        await self._throttle.count(self._limit, principal.subject)
        return self._issuer.on_behalf(principal)


class ApiTokenBearer:
    """Pure ASGI, around the whole application; requests without an API token pass untouched."""

    def __init__(self, app: ASGIApp, exchange: Exchange) -> None:
        self.app = app
        self._exchange = exchange

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        if given[: len(_MARK)].lower() != _MARK:
            await self.app(scope, receive, send)
            return
        try:
            signed = await self._exchange.signed(given.partition(b" ")[2].strip().decode("latin-1"))
        except Rejected as refused:
            answer = documents.response(refused.problem, refused.detail, **refused.extensions)
            await answer(scope, receive, send)
            return
        except Transient:
            await documents.response(problems.TEMPORARILY_UNAVAILABLE)(scope, receive, send)
            return
        others = [pair for pair in scope["headers"] if pair[0] != b"authorization"]
        headers = [*others, (b"authorization", b"Bearer " + signed.encode())]
        await self.app({**scope, "headers": headers}, receive, send)
