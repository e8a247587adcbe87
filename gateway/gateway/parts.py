"""The gateway's parts, made once and handed to whoever needs them."""

from chassis.service import Service
from gateway.accounts import Accounts, Passwords
from gateway.interventions import Interventions
from gateway.live import Hub
from gateway.presence import CommandQueue, Lease
from gateway.settings import Settings
from gateway.sockets.edge import Edge
from gateway.store import GatewayStore
from gateway.throttle import Throttle
from gateway.tokens import TokenIssuer
from gateway.upstream import Upstream


class Parts:
    def __init__(self, service: Service, settings: Settings) -> None:
        self.store = GatewayStore(service.mongo)
        self.issuer = TokenIssuer(settings, service.clock)
        self.upstream = Upstream(settings)
        self.throttle = Throttle(service.redis, settings)
        self.passwords = Passwords()
        self.accounts = Accounts(self.store, self.passwords, self.issuer, service.clock, settings)
        self.commands = CommandQueue(service.publisher)
        self.lease = Lease(service.redis, settings)
        self.hub = Hub(service.redis, settings, self.upstream, self.issuer)
        self.edge = Edge(
            hub=self.hub,
            upstream=self.upstream,
            issuer=self.issuer,
            clock=service.clock,
            publisher=service.publisher,
            commands=self.commands,
            metrics=service.metrics,
            gateway_id=self.lease.gateway_id,
            staff_access_seconds=settings.staff_access_seconds,
        )
        self.interventions = Interventions(
            hub=self.hub,
            upstream=self.upstream,
            store=self.store,
            publisher=service.publisher,
            clock=service.clock,
            source=self.edge.source,
        )

    async def close(self) -> None:
        """After everybody left: what waits is sent, then the lease is given up."""
        await self.edge.drain()
        await self.commands.stop()
        await self.lease.give_up()
        await self.hub.stop()
        await self.upstream.close()
        self.passwords.close()
