"""How fast one may guess: counters per address, code and e-mail address, shared by all replicas through Redis.

Windows are fixed and short. What failed for an account counts against the address it came from; an account closes to
unfamiliar addresses alone, so that nobody can lock another out where they usually sign in.
While Redis is away each replica counts for itself: signing in during an outage must work, guessing must not become
free, and with few replicas the limits are at most multiplied by their number until Redis is back.
"""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any, Final, Protocol

import structlog
from redis.exceptions import RedisError

from chassis.outcomes import Rejected
from chassis.settings import Settings
from contracts import problems
from contracts.problems import ProblemType
from gateway.settings import Settings as GatewaySettings

LOCAL_COUNTERS_MAX: Final = 50_000  # a few megabytes; beyond it the oldest windows are dropped

ANY_CODE: Final = "*"  # no code is written so: guesses of codes count together, whatever was guessed
JOINED: Final = "joined-from"
JOINED_SECONDS: Final = 24 * 3600  # whoever sits at the end of a long day came from there in the morning
PEOPLE_GUESSED: Final = frozenset({problems.ALREADY_JOINED, problems.ALREADY_ENROLLED})

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `times` in each window of `seconds`."""

    name: str
    times: int
    seconds: int


Of = tuple[Limit, str]  # a limit, and the subject whose counter is meant


class Familiar(Protocol):
    async def is_familiar(self, email: str, address: str) -> bool: ...


class Throttle:
    def __init__(self, redis: Any, settings: Settings) -> None:
        self._redis = redis
        self._settings = settings
        self._local: dict[str, int] = {}
        self._away = False

    async def count(self, limit: Limit, subject: str, *, and_look_at: Sequence[Of] = ()) -> list[bool]:
        """Count one attempt; tell of other counters, in the same round trip, whether they are `reached`.

        Raises:
            Rejected: `too-many-requests`, with `retry_after_s`.

        """
        used, *seen = await self._add(1, (limit, subject), *and_look_at)
        if used > limit.times:
            self._refuse(limit)
        return [each >= other.times for each, (other, _) in zip(seen, and_look_at, strict=True)]

    async def check(self, limit: Limit, subject: str) -> None:
        """Like `count`, without counting: for limits on failures, before the attempt."""
        if await self.reached(limit, subject):
            self._refuse(limit)

    async def failed(self, limit: Limit, subject: str) -> None:
        """Count one failure; the next `check` judges."""
        await self._add(1, (limit, subject))

    async def reached(self, limit: Limit, subject: str) -> bool:
        """Whether the next one would be one too many, without counting."""
        (used,) = await self._add(0, (limit, subject))
        return used >= limit.times

    async def remember(self, name: str, subject: str, seconds: int) -> None:
        """While Redis is away nothing is remembered, and everybody counts as remembered."""
        try:
            await self._redis.set(self._key(name, subject), 1, ex=seconds)
        except (RedisError, OSError) as error:
            log.debug("not remembered", name=name, error=repr(error))

    async def remembers(self, name: str, subject: str) -> bool:
        try:
            return bool(await self._redis.exists(self._key(name, subject)))
        except (RedisError, OSError):
            return True

    def _key(self, name: str, subject: str) -> str:
        hidden = hashlib.sha256(subject.encode()).hexdigest()[:32]  # addresses and codes do not lie about in Redis
        return self._settings.key(f"throttle:{name}:{hidden}")

    async def _add(self, by: int, of: Of, *looked_at: Of) -> list[int]:
        """Add to the first, and see how much of each is used; one round trip."""
        now = int(time.time())
        keys = [f"{self._key(limit.name, subject)}:{now // limit.seconds}" for limit, subject in (of, *looked_at)]
        try:
            pipeline = self._redis.pipeline(transaction=False)
            if by:
                pipeline.incrby(keys[0], by)
                pipeline.expire(keys[0], of[0].seconds + 1)
            pipeline.mget(keys)
            used = [int(each or 0) for each in (await pipeline.execute())[-1]]
        except (RedisError, OSError) as error:
            if not self._away:
                log.warning("Redis is away: guesses are counted by this replica alone", error=repr(error))
            self._away = True
            return self._add_locally(keys, by)
        self._away = False
        return used

    def _add_locally(self, keys: Sequence[str], by: int) -> list[int]:
        if by:
            self._local[keys[0]] = self._local.get(keys[0], 0) + by
        while len(self._local) > LOCAL_COUNTERS_MAX:
            self._local.pop(next(iter(self._local)))
        return [self._local.get(key, 0) for key in keys]

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


class JoinBrake:
    """Slows two kinds of guessing down: of codes, and, with a session's code, of who is in the session.

    Refusals that follow from the session's state (not open yet, full, over) are no guesses: a whole hall may hear them.
    """

    def __init__(self, throttle: Throttle, settings: GatewaySettings) -> None:
        self._throttle = throttle
        self._per_address = Limit("joins", settings.joins_per_address_per_minute, 60)
        self._failures = Limit("join-failures", settings.join_failures_per_address_per_minute, 60)
        self._anywhere = Limit("join-failures-anywhere", settings.join_failures_from_anywhere_per_minute, 60)
        # The same counter, judged more strictly.
        self._of_strangers = Limit(self._failures.name, settings.join_failures_of_strangers_per_minute, 60)

    async def before(self, address: str, code: str) -> None:
        """Raises Rejected `too-many-requests`."""
        network = network_of(address)
        kinds = [(what, f"{network} {what}") for what in (ANY_CODE, code)]
        reached = await self._throttle.count(
            self._per_address, network, and_look_at=[(self._of_strangers, subject) for _, subject in kinds]
        )
        for (what, subject), guessed_much in zip(kinds, reached, strict=True):
            if not guessed_much:
                continue
            await self._throttle.check(self._failures, subject)
            guessed = await self._throttle.reached(self._anywhere, what)
            if guessed and not await self._throttle.remembers(JOINED, network):
                await self._throttle.check(self._of_strangers, subject)

    async def refused(self, address: str, code: str, problem: ProblemType) -> None:
        if problem is problems.CODE_UNKNOWN:
            what = ANY_CODE
        elif problem in PEOPLE_GUESSED:
            what = code
        else:
            return
        await self._throttle.failed(self._failures, f"{network_of(address)} {what}")
        await self._throttle.failed(self._anywhere, what)

    async def joined(self, address: str) -> None:
        await self._throttle.remember(JOINED, network_of(address), JOINED_SECONDS)


def network_of(address: str) -> str:
    """Whom an address counts for: one IPv4 address, but a whole IPv6 /64, which is one customer's."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or IPv6Network((parsed, 64), strict=False))
    return address
