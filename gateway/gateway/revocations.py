"""Access tokens that stopped counting before they expire: after signing out, a change of roles, a deactivation.

Kept in Redis for as long as such a token could live, and read by every replica each `READ_SECONDS`: asking for each
request would cost a round trip each. The replica that revokes knows at once. While Redis is away a revoked token may
work until it expires (`staff_access_seconds`); its refresh token is gone from the database in any case.
"""

from typing import Any, Final

import structlog
from redis.exceptions import RedisError

from chassis.auth import Principal, TokenVerifier
from chassis.clock import SharedClock
from chassis.outcomes import Rejected
from contracts import problems
from gateway.settings import Settings

READ_SECONDS: Final = 2.0
MARGIN_SECONDS: Final = 60  # over the lifetime of an access token: for the leeway of verifiers

log = structlog.get_logger(__name__)


class Revocations:
    """Every access token of a sign-in that was issued up to a moment is void; a later one is good again."""

    def __init__(self, redis: Any, settings: Settings, clock: SharedClock) -> None:
        self._redis = redis
        self._key = settings.key("revoked-sign-ins")
        self._kept_seconds = settings.staff_access_seconds + MARGIN_SECONDS
        self._clock = clock
        self._cuts: dict[str, float] = {}

    async def revoke(self, sign_in_ids: list[str]) -> None:
        if not sign_in_ids:
            return
        now = self._clock.now().timestamp()
        self._cuts |= dict.fromkeys(sign_in_ids, now)
        try:
            await self._redis.zadd(self._key, {f"{each}|{now!r}": now + self._kept_seconds for each in sign_in_ids})
            await self._redis.expire(self._key, self._kept_seconds)
        except (RedisError, OSError) as error:
            log.warning("other replicas learn of a revocation when its tokens expire", error=repr(error))

    async def read(self) -> None:
        """Learn what other replicas revoked, and forget what has expired by itself."""
        now = self._clock.now().timestamp()
        try:
            await self._redis.zremrangebyscore(self._key, 0, now)
            members = await self._redis.zrange(self._key, 0, -1)
        except (RedisError, OSError) as error:
            log.debug("revocations not read", error=repr(error))
            return
        cuts = {name: cut for name, cut in self._cuts.items() if cut + self._kept_seconds > now}
        for member in members:
            name, _, cut = (member.decode() if isinstance(member, bytes) else member).rpartition("|")
            cuts[name] = max(cuts.get(name, 0.0), float(cut))
        self._cuts = cuts

    def voids(self, principal: Principal) -> bool:
        return principal.sign_in is not None and principal.issued_at <= self._cuts.get(principal.sign_in, 0.0)

    def __len__(self) -> int:
        return len(self._cuts)


class EdgeVerifier(TokenVerifier):
    """Verifies like any service, and also knows what was revoked."""

    def __init__(self, public_key_pem: bytes, clock: SharedClock, revocations: Revocations) -> None:
        super().__init__(public_key_pem, clock.now)
        self._revocations = revocations

    def verify(self, token: str) -> Principal:
        principal = super().verify(token)
        if self._revocations.voids(principal):
            raise Rejected(problems.SIGN_IN_EXPIRED, "This sign-in was ended. Sign in again.")
        return principal
