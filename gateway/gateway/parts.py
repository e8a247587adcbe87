"""The gateway's parts, made once and handed to whoever needs them."""

from chassis.garbage import Looks
from chassis.redis import LivePublisher
from chassis.service import Service
from gateway.accounts import Accounts
from gateway.admission import Admission, Load
from gateway.alerts import Alerts
from gateway.api_tokens import ApiTokens
from gateway.audit import Audit
from gateway.bearer import Exchange
from gateway.commanding import Commanding
from gateway.discovery import Discovery
from gateway.interventions import Interventions
from gateway.live import Hub
from gateway.mail import Mails
from gateway.outward import Outward
from gateway.passwords import Passwords
from gateway.presence import CommandQueue, Lease
from gateway.provider_sign_in import ProviderSignIn
from gateway.providers import Providers
from gateway.revocations import Revocations
from gateway.settings import Settings
from gateway.sockets.edge import Edge
from gateway.sockets.typing import TypingNotices
from gateway.staff import Staff
from gateway.store import GatewayStore
from gateway.store.api_tokens import ApiTokenStore
from gateway.store.audit import AuditStore
from gateway.store.links import LinkStore
from gateway.store.providers import ProviderStore
from gateway.store.sign_ins import SignInStore
from gateway.throttle import Throttle
from gateway.tokens import TokenIssuer
from gateway.upstream import Upstream


class Parts:
    def __init__(self, service: Service, settings: Settings) -> None:
        self.store = GatewayStore(service.mongo)
        self.sign_ins = SignInStore(service.mongo)
        self.provider_store = ProviderStore(service.mongo)
        self.links = LinkStore(service.mongo)
        self.api_token_store = ApiTokenStore(service.mongo)
        self.audit_store = AuditStore(service.mongo)
        self.revocations = Revocations(service.redis, settings, service.clock)
        self.issuer = TokenIssuer(settings, service.clock, self.revocations)
        self.upstream = Upstream(settings)
        self.throttle = Throttle(service.redis, settings)
        self.passwords = Passwords()
        self.accounts = Accounts(
            self.store,
            self.sign_ins,
            self.provider_store,
            self.passwords,
            self.issuer,
            revocations=self.revocations,
            clock=service.clock,
            settings=settings,
        )
        self.mails = Mails(self.upstream, self.issuer, settings.public_url)
        self.staff = Staff(
            self.store,
            self.links,
            self.accounts,
            passwords=self.passwords,
            mails=self.mails,
            clock=service.clock,
        )
        self.outward = Outward(private_addresses=settings.provider_private_addresses)
        self.discovery = Discovery(self.outward)
        self.providers = Providers(
            self.provider_store, self.store, self.discovery, self.issuer.seal, settings.public_url
        )
        self.provider_sign_in = ProviderSignIn(
            self.providers,
            provider_store=self.provider_store,
            store=self.store,
            links=self.links,
            accounts=self.accounts,
            discovery=self.discovery,
            outward=self.outward,
            seal=self.issuer.seal,
            clock=service.clock,
        )
        self.api_tokens = ApiTokens(self.api_token_store, service.clock)
        self.exchange = Exchange(self.api_tokens, self.issuer, self.throttle, settings)
        self.audit = Audit(self.audit_store, service.clock)
        self.commands = CommandQueue(service.publisher)
        self.lease = Lease(service.redis, settings)
        self.hub = Hub(service.redis, settings, self.upstream, self.issuer)
        self.admission = Admission(service.redis, settings, service.metrics)
        self.edge = Edge(
            admission=self.admission,
            hub=self.hub,
            upstream=self.upstream,
            issuer=self.issuer,
            exchange=self.exchange,
            clock=service.clock,
            publisher=service.publisher,
            commands=self.commands,
            typing=TypingNotices(LivePublisher(service.redis, settings)),
            metrics=service.metrics,
            gateway_id=self.lease.gateway_id,
            staff_access_seconds=settings.staff_access_seconds,
        )
        self.commanding = Commanding(
            hub=self.hub,
            upstream=self.upstream,
            publisher=service.publisher,
            clock=service.clock,
            source=self.edge.source,
        )
        self.interventions = Interventions(
            self.commanding, upstream=self.upstream, store=self.store, clock=service.clock
        )
        self.alerts = Alerts(self.commanding)
        self._service = service
        self.looks = Looks()

    async def ensure_indexes(self) -> None:
        for store in (
            self.store,
            self.sign_ins,
            self.provider_store,
            self.links,
            self.api_token_store,
            self.audit_store,
        ):
            await store.ensure_indexes()

    async def measure_load(self) -> None:
        """Whether newcomers may still come in."""
        await self.admission.measure(lambda: Load(len(self.edge), self.edge.pipe.slowest_seconds(), len(self.commands)))

    async def end_revoked(self) -> None:
        """Revocations reach requests by themselves; open sockets are told."""
        await self.revocations.read()
        self.edge.end_voided(self.revocations.voids)
        programs = self.edge.programs()
        if programs:
            stopped = await self.api_tokens.stopped(programs)
            self.edge.end_voided(lambda principal: principal.subject in stopped)

    async def look_at_garbage(self) -> None:
        """While nobody is connected nobody is held up; a gateway of a testing window is empty every night. A process of
        somebody else's was not settled: a look at all it holds would take a second.
        """
        if not self._service.owns_process:
            return
        if len(self.edge):
            self.looks.at_young()
        else:
            self.looks.at_old()

    async def close(self) -> None:
        """After everybody left: what waits is sent, then the lease is given up."""
        await self.edge.drain()
        await self.commands.stop()
        await self.lease.give_up()
        await self.hub.stop()
        await self.staff.close()
        await self.outward.close()
        await self.upstream.close()
        self.passwords.close()
