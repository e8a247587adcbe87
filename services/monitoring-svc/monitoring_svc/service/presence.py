"""Gateways that died without saying goodbye: their people are disconnected on their behalf."""

import time
from collections.abc import Callable
from typing import Any, Final

import structlog
from redis.exceptions import RedisError

from chassis.clock import SharedClock
from chassis.outcomes import Transient
from chassis.settings import Settings
from contracts.attempt import SYSTEM, DisconnectCause, DisconnectParticipant
from contracts.live import GATEWAY_LEASE_KEY
from monitoring_svc.domain.leases import LeaseWatch
from monitoring_svc.service.commands import Commands, command
from monitoring_svc.store import Store

CHUNK: Final = 1_000
SCAN_COUNT: Final = 1_000

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
            leases = await self._leases()
        except (RedisError, OSError, TimeoutError) as error:
            self._watch.reset()
            raise Transient(f"Redis: {error!r}") from error
        lost = self._watch.observe(gateways, gateways & leases, len(leases - gateways), self._monotonic())
        return sum([await self._disconnect(gateway_id) for gateway_id in sorted(lost)])

    async def _leases(self) -> set[str]:
        """The gateways whose lease is there."""
        prefix = self._settings.key(GATEWAY_LEASE_KEY.format(gateway_id=""))
        return {
            key.decode().removeprefix(prefix)
            async for key in self._redis.scan_iter(match=f"{prefix}*", count=SCAN_COUNT)
        }

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
