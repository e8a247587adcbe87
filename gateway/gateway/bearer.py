"""At the edge an API token becomes a signed principal that lives a minute: everything behind verifies one kind only."""

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from chassis import problems as documents
from chassis.outcomes import Rejected, Transient
from contracts import problems
from gateway.api_tokens import PREFIX, ApiTokens
from gateway.throttle import Limit, Throttle
from gateway.tokens import TokenIssuer

_MARK: Final = f"bearer {PREFIX}".encode()
_LENGTH_MAX: Final = 200  # a token has about 85 characters


class ApiTokenBearer:
    """Pure ASGI, around the whole application; requests without an API token pass untouched."""

    def __init__(self, app: ASGIApp, tokens: ApiTokens, issuer: TokenIssuer, throttle: Throttle, limit: Limit) -> None:
        self.app = app
        self._tokens = tokens
        self._issuer = issuer
        self._throttle = throttle
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        if given[: len(_MARK)].lower() != _MARK:
            await self.app(scope, receive, send)
            return
        try:
            signed = await self._exchange(given.partition(b" ")[2].strip())
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

    async def _exchange(self, token: bytes) -> str:
        if len(token) > _LENGTH_MAX or not token.isascii():
            raise Rejected(problems.NOT_SIGNED_IN, "The API token is not valid.")
        principal = await self._tokens.principal(token.decode())
        await self._throttle.count(self._limit, principal.subject)
        return self._issuer.on_behalf(principal)
