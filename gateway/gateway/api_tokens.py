"""API tokens: for an organisation's programs, named, limited to scopes, dated, shown once.

`exh_<id>_<secret>`: the prefix lets scanners find a token that was published by mistake, the id finds the record, and
the secret's 256 random bits are compared as SHA-256 in constant time.
"""

import hmac
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

import structlog

from chassis.auth import Principal, PrincipalKind
from chassis.clock import SharedClock
from chassis.identifiers import new_id
from chassis.outcomes import Rejected, Transient
from contracts import limits, problems
from contracts.access import Scope
from contracts.statuses import Role
from gateway.accounts import hash_of
from gateway.store.api_tokens import ApiToken, ApiTokenStore

PREFIX: Final = "exh_"
SECRET_BYTES: Final = 32
LISTED_MAX: Final = 500  # revoked and expired ones stay visible for as long as there is room
USE_NOTED_EVERY: Final = timedelta(minutes=1)  # "last used" is for people: a write a minute, not one a request

log = structlog.get_logger(__name__)


class ApiTokens:
    def __init__(self, store: ApiTokenStore, clock: SharedClock) -> None:
        self._store = store
        self._clock = clock

    async def create(self, by: Principal, name: str, scopes: frozenset[Scope], days: int) -> tuple[ApiToken, str]:
        """The token with what its owner has to send, which nobody sees again. Raises Rejected `api-tokens-full`."""
        now = self._clock.now()
        if await self._store.count_working(by.org_id, now) >= limits.API_TOKENS_MAX:
            raise Rejected(problems.API_TOKENS_FULL, f"At most {limits.API_TOKENS_MAX} can work at once: revoke some.")
        secret = secrets.token_urlsafe(SECRET_BYTES)
        token = ApiToken(
            api_token_id=new_id(),
            org_id=by.org_id,
            name=name,
            scopes=scopes,
            secret_hash=hash_of(secret),
            created_by=by.name or by.subject,
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
        await self._store.insert(token)
        return token, f"{PREFIX}{token.api_token_id}_{secret}"

    async def listed(self, org_id: str) -> list[ApiToken]:
        return await self._store.of_organisation(org_id, LISTED_MAX)

    async def revoke(self, org_id: str, api_token_id: str) -> None:
        """The next request with it is refused. Raises Rejected `not-found`."""
        if not await self._store.revoke(org_id, api_token_id, self._clock.now()):
            raise Rejected(problems.NOT_FOUND, "There is no such API token.")

    async def principal(self, text: str) -> Principal:
        """Whom a token stands for. Raises Rejected `not-signed-in`, `sign-in-expired`."""
        api_token_id, _, secret = text.removeprefix(PREFIX).partition("_")
        token = await self._store.one(api_token_id)
        known = token.secret_hash if token is not None else hash_of("")
        right = hmac.compare_digest(hash_of(secret), known)
        if token is None or not right:
            raise Rejected(problems.NOT_SIGNED_IN, "The API token is not valid.")
        now = self._clock.now()
        if token.revoked_at is not None or now >= token.expires_at:
            raise Rejected(problems.SIGN_IN_EXPIRED, "The API token was revoked or has expired.")
        await self._note_use(token, now)
        return Principal(
            subject=token.api_token_id,
            kind=PrincipalKind.PROGRAM,
            roles=frozenset({Role.PROGRAM}),
            org_id=token.org_id,
            name=token.name,
            scopes=token.scopes,
        )

    async def stopped(self, api_token_ids: Collection[str]) -> set[str]:
        """Which of them no longer count: what is open by them is closed."""
        return await self._store.stopped(api_token_ids, self._clock.now())

    async def _note_use(self, token: ApiToken, now: datetime) -> None:
        if token.last_used_at is not None and now - token.last_used_at < USE_NOTED_EVERY:
            return
        try:
            await self._store.used(token.api_token_id, now)
        except Transient as error:
            log.warning("use of an API token not noted", error=str(error))
