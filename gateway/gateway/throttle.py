"""How fast one may guess: counters per address, code and e-mail address, shared by all replicas through Redis.

Windows are fixed and short. What failed for an account counts against the address it came from; an account closes to
unfamiliar addresses alone, so that nobody can lock another out where they usually sign in.
While Redis is away each replica counts for itself: signing in during an outage must work, guessing must not become
free, and with few replicas the limits are at most multiplied by their number until Redis is back.
"""

import hashlib
import time
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any, Final, Protocol

import structlog
from redis.exceptions import RedisError

from chassis.outcomes import Rejected
from chassis.settings import Settings
from contracts import problems
from gateway.settings import Settings as GatewaySettings

LOCAL_COUNTERS_MAX: Final = 50_000  # a few megabytes; beyond it the oldest windows are dropped

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `times` in each window of `seconds`."""

    name: str
    times: int
    seconds: int


class Familiar(Protocol):
    async def is_familiar(self, email: str, address: str) -> bool: ...


class Throttle:
    def __init__(self, redis: Any, settings: Settings) -> None:
        self._redis = redis
        self._settings = settings
        self._local: dict[str, int] = {}
        self._away = False

    async def count(self, limit: Limit, subject: str) -> None:
        """Count one attempt.

        Raises:
            Rejected: `too-many-requests`, with `retry_after_s`.

        """
        used = await self._add(limit, subject, 1)
        if used > limit.times:
            self._refuse(limit)

    async def check(self, limit: Limit, subject: str) -> None:
        """Like `count`, without counting: for limits on failures, before the attempt."""
        used = await self._add(limit, subject, 0)
        if used >= limit.times:
            self._refuse(limit)

    async def failed(self, limit: Limit, subject: str) -> None:
        """Count one failure; the next `check` judges."""
        await self._add(limit, subject, 1)

    async def _add(self, limit: Limit, subject: str, by: int) -> int:
        window = int(time.time()) // limit.seconds
        hidden = hashlib.sha256(subject.encode()).hexdigest()[:32]  # addresses and codes do not lie about in Redis
        key = self._settings.key(f"throttle:{limit.name}:{hidden}:{window}")
        try:
            pipeline = self._redis.pipeline(transaction=False)
            pipeline.incrby(key, by)
            pipeline.expire(key, limit.seconds + 1)
            used = int((await pipeline.execute())[0])
        except (RedisError, OSError) as error:
            if not self._away:
                log.warning("Redis is away: guesses are counted by this replica alone", error=repr(error))
            self._away = True
            return self._add_locally(key, by)
        self._away = False
        return used

    def _add_locally(self, key: str, by: int) -> int:
        used = self._local.get(key, 0) + by
        if by:
            self._local[key] = used
        while len(self._local) > LOCAL_COUNTERS_MAX:
            self._local.pop(next(iter(self._local)))
        return used

    def _refuse(self, limit: Limit) -> None:
        left = limit.seconds - int(time.time()) % limit.seconds
        raise Rejected(problems.TOO_MANY_REQUESTS, f"Try again in {left} seconds.", retry_after_s=left)


class SignInBrake:
    """Slows guessing down: by address, by address and account, and by account from all unfamiliar addresses."""

    def __init__(self, throttle: Throttle, accounts: Familiar, settings: GatewaySettings) -> None:
        self._throttle = throttle
        self._accounts = accounts
        self._per_address = Limit("sign-ins", settings.sign_ins_per_address_per_minute, 60)
        self._failures = Limit("sign-in-failures", settings.sign_in_failures_per_address_per_minute, 60)
        self._for_account = Limit(
            "sign-in-failures-email", settings.sign_in_failures_per_email_per_quarter_hour, 15 * 60
        )
        self._from_anywhere = Limit(
            "sign-in-failures-anywhere", settings.sign_in_failures_from_anywhere_per_email_per_hour, 3600
        )

    async def before(self, address: str, email: str | None = None) -> None:
        """Raises Rejected `too-many-requests`. `email` None: with a link, which names nobody."""
        network = network_of(address)
        await self._throttle.count(self._per_address, network)
        await self._throttle.check(self._failures, network)
        if email is None:
            return
        await self._throttle.check(self._for_account, f"{network} {email.strip().lower()}")
        try:
            await self._throttle.check(self._from_anywhere, email.strip().lower())
        except Rejected:
            if not await self._accounts.is_familiar(email, address):
                raise

    async def failed(self, address: str, email: str | None = None) -> None:
        network = network_of(address)
        await self._throttle.failed(self._failures, network)
        if email is not None:
            await self._throttle.failed(self._for_account, f"{network} {email.strip().lower()}")
            await self._throttle.failed(self._from_anywhere, email.strip().lower())


def network_of(address: str) -> str:
    """Whom an address counts for: one IPv4 address, but a whole IPv6 /64, which is one customer's."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or IPv6Network((parsed, 64), strict=False))
    return address
