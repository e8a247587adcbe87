"""Gateways that died without saying goodbye: their people are disconnected on their behalf."""

import time
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Any, Final

import structlog
from redis.exceptions import RedisError

from chassis.clock import SharedClock
from chassis.outcomes import Transient
from chassis.settings import Settings
from contracts.attempt import SYSTEM, DisconnectCause, DisconnectParticipant
from contracts.live import GATEWAY_LEASE_KEY, GATEWAYS_KEY
from monitoring_svc.domain.leases import LeaseWatch
from monitoring_svc.service.commands import Commands, command
from monitoring_svc.store import Store

CHUNK: Final = 1_000

log = structlog.get_logger(__name__)


class Presence:
    def __init__(
        self,
        store: Store,
        commands: Commands,
        clock: SharedClock,
        redis: Any,
        settings: Settings,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._commands = commands
        self._clock = clock
        self._redis = redis
        self._settings = settings
        self._monotonic = monotonic
        self._watch = LeaseWatch()

    async def watch_gateways(self) -> int:
        """Look at the leases once; how many people were disconnected.

        Raises:
            Transient: Redis is away; what was observed before is forgotten.

        """
        gateways = await self._store.attempts.gateways()
        try:
            leases = await self._leases(gateways)
        except (RedisError, OSError, TimeoutError) as error:
            self._watch.reset()
            raise Transient(f"Redis: {error!r}") from error
        lost = self._watch.observe(gateways, gateways & leases, len(leases - gateways), self._monotonic())
        return sum([await self._disconnect(gateway_id) for gateway_id in sorted(lost)])

    async def _leases(self, asked_for: AbstractSet[str]) -> set[str]:
        """The gateways whose lease is there: of those asked for, and of all others that ever had one."""
        index = self._settings.key(GATEWAYS_KEY)
        listed = {each.decode() for each in await self._redis.smembers(index)}
        gateways = sorted(listed | asked_for)
        if not gateways:
            return set()
        keys = [self._settings.key(GATEWAY_LEASE_KEY.format(gateway_id=each)) for each in gateways]
        found = await self._redis.mget(keys)
        leases = {gateway_id for gateway_id, lease in zip(gateways, found, strict=True) if lease is not None}
        if gone := listed - leases:  # one that comes back lists itself again
            await self._redis.srem(index, *gone)
        return leases

    async def _disconnect(self, gateway_id: str) -> int:
        people = await self._store.attempts.connected_through(gateway_id, CHUNK)
        now = self._clock.now()
        given = await self._commands.remind(
            [
                command(
                    DisconnectParticipant(
                        actor=SYSTEM, connection_id=each.connection_id, cause=DisconnectCause.GATEWAY_LOST
                    ),
                    each.participant_id,
                    each.session_id,
                    each.org_id,
                    now,
                    each.connection_id,
                    str(each.version),
                )
                for each in people
            ]
        )
        if given:
            log.warning("a gateway is gone: its people are disconnected", gateway_id=gateway_id, people=given)
        return given
