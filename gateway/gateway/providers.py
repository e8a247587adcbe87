"""What administrators decide about their organisation's sign-in provider. Its client secret goes in and never out."""

from dataclasses import dataclass, replace
from typing import Final

from chassis.outcomes import Rejected, Transient
from contracts import problems
from gateway.discovery import Discovery
from gateway.domain.provider import Provider, domain_of
from gateway.sealing import Seal
from gateway.store import GatewayStore
from gateway.store.providers import DomainTaken, ProviderChanged, ProviderStore

RETURN_PAGE: Final = "/staff/signed-in"
LEFT_PAGE: Final = "/staff"


@dataclass(frozen=True, slots=True)
class Ways:
    """How people of an organisation sign in. `provider` None: with a password, as far as anybody may know."""

    org_id: str | None
    provider: str | None
    passwords: bool


WITH_PASSWORDS: Final = Ways(None, None, passwords=True)


class Providers:
    def __init__(
        self, store: ProviderStore, accounts: GatewayStore, discovery: Discovery, seal: Seal, public_url: str | None
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._discovery = discovery
        self._seal = seal
        self._public_url = public_url.rstrip("/") if public_url else None

    @property
    def return_url(self) -> str | None:
        """Where providers send people back to: configured there, and never taken from a request."""
        return None if self._public_url is None else self._public_url + RETURN_PAGE

    @property
    def left_url(self) -> str | None:
        """Where providers send people who signed out."""
        return None if self._public_url is None else self._public_url + LEFT_PAGE

    async def found(self, org_id: str) -> Provider | None:
        return await self._store.provider(org_id)

    async def provider(self, org_id: str) -> Provider:
        """Raises Rejected `provider-unusable`: there is none."""
        found = await self._store.provider(org_id)
        if found is None:
            raise Rejected(problems.PROVIDER_UNUSABLE, "This organisation has no sign-in provider.")
        return found

    async def configure(self, wanted: Provider, client_secret: str | None) -> Provider:
        """`wanted.version` is the version it was made from, 0 for the first. Without a secret the one kept serves on,
        while it goes to the same client at the same provider: a changed issuer would be handed the secret of another.

        Raises:
            Rejected: `provider-unusable`, it does not answer us, or what it publishes is not enough;
                `validation-failed`, a secret is needed; `stale-version`; `domain-taken`; `last-administrator`,
                passwords cannot go while no administrator would keep one.

        """
        if self.return_url is None:
            raise Rejected(problems.PROVIDER_UNUSABLE, "The operator has to set EXAMHALL_PUBLIC_URL first.")
        before = await self._store.provider(wanted.org_id)
        if (before.version if before else 0) != wanted.version:
            raise Rejected(problems.STALE_VERSION)
        sealed = self._sealed(wanted, client_secret, before)
        await self._check_answers(wanted.issuer)
        if wanted.passwords_off and not await self._accounts.has_administrator(wanted.org_id):
            raise Rejected(problems.LAST_ADMINISTRATOR)
        made = replace(wanted, version=wanted.version + 1, sealed_secret=sealed)
        try:
            await self._store.keep(made)
        except ProviderChanged as error:
            raise Rejected(problems.STALE_VERSION) from error
        except DomainTaken as error:
            raise Rejected(problems.DOMAIN_TAKEN) from error
        return made

    async def _check_answers(self, issuer: str) -> None:
        """Whoever sets a provider is told that it is not there, and not to try again later."""
        try:
            await self._discovery.metadata(issuer, afresh=True)
            await self._discovery.keys(issuer, missing=True)
        except Transient as error:
            raise Rejected(problems.PROVIDER_UNUSABLE, f"It does not answer: {issuer}") from error

    def _sealed(self, wanted: Provider, client_secret: str | None, before: Provider | None) -> str:
        if client_secret is not None:
            return self._seal.close(client_secret, use_of(wanted))
        if before is None or use_of(before) != use_of(wanted):
            raise Rejected(
                problems.VALIDATION_FAILED,
                "Another provider or client has another secret.",
                errors=[{"field": "client_secret", "message": "Enter the client secret."}],
            )
        return before.sealed_secret

    async def remove(self, org_id: str) -> Provider | None:
        """Whoever is linked to it is signed out within quarter of an hour. None: there was none."""
        return await self._store.remove(org_id)

    async def ways(self, *, org_id: str | None, email: str | None) -> Ways:
        """Of an organisation, by its id or by an e-mail address; an unknown one looks like one without a provider."""
        found = None
        if org_id is not None:
            found = await self._store.provider(org_id)
        elif email is not None:
            found = await self._store.provider_for_domain(domain_of(email))
        if found is None:
            return WITH_PASSWORDS
        return Ways(found.org_id, found.name, passwords=not found.passwords_off)


def use_of(provider: Provider) -> str:
    """Who gets to see its secret."""
    return f"client secret\n{provider.org_id}\n{provider.issuer}\n{provider.client_id}"
