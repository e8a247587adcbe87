"""Sign-in providers of organisations, and sign-ins that are on their way through one.

Collections: `providers` (one for each organisation; an e-mail domain belongs to one of them),
`provider_sign_ins` (by SHA-256 of the state, gone once used; expire by themselves).
"""

from dataclasses import asdict, dataclass
from datetime import datetime

from chassis.mongo import ASCENDING, Database, Document, DuplicateKey, translate_errors
from contracts.statuses import Role
from gateway.domain.provider import Provider, RoleRule


class DomainTaken(Exception):
    """Another organisation's provider has one of these domains."""


class ProviderChanged(Exception):
    """It is not the version that the change was made from."""


@dataclass(frozen=True, slots=True)
class StartedSignIn:
    """Between leaving for the provider and coming back. `browser_hash`: of what only the browser that left knows."""

    state_hash: str
    org_id: str
    provider_version: int
    issuer: str
    browser_hash: str
    nonce: str
    code_verifier: str
    expires_at: datetime


class ProviderStore:
    def __init__(self, database: Database) -> None:
        self._providers = database["providers"]
        self._started = database["provider_sign_ins"]

    async def ensure_indexes(self) -> None:
        with translate_errors():
            await self._providers.create_index([("domains", ASCENDING)], unique=True)
            await self._started.create_index([("expires_at", ASCENDING)], expireAfterSeconds=0)

    async def provider(self, org_id: str) -> Provider | None:
        with translate_errors():
            return _provider(await self._providers.find_one({"_id": org_id}))

    async def provider_for_domain(self, domain: str) -> Provider | None:
        with translate_errors():
            return _provider(await self._providers.find_one({"domains": domain}))

    async def keep(self, provider: Provider) -> None:
        """Raises ProviderChanged, DomainTaken."""
        document = asdict(provider)
        document["_id"] = document.pop("org_id")
        document["rules"] = [{"value": each.value, "role": each.role.value} for each in provider.rules]
        for name in ("scopes", "domains"):
            document[name] = list(document[name])
        try:
            with translate_errors():
                if provider.version == 1:
                    await self._providers.insert_one(document)
                    return
                of_before = {"_id": provider.org_id, "version": provider.version - 1}
                replaced = await self._providers.replace_one(of_before, document)
        except DuplicateKey as error:
            if provider.version == 1 and await self.provider(provider.org_id) is not None:
                raise ProviderChanged from error
            raise DomainTaken from error
        if replaced.matched_count == 0:
            raise ProviderChanged

    async def remove(self, org_id: str) -> Provider | None:
        with translate_errors():
            return _provider(await self._providers.find_one_and_delete({"_id": org_id}))

    async def start(self, started: StartedSignIn) -> None:
        document = asdict(started)
        document["_id"] = document.pop("state_hash")
        with translate_errors():
            await self._started.insert_one(document)

    async def take_started(self, state_hash: str) -> StartedSignIn | None:
        """Whoever takes it first has it: a state works once."""
        with translate_errors():
            document: Document | None = await self._started.find_one_and_delete({"_id": state_hash})
        if document is None:
            return None
        document["state_hash"] = document.pop("_id")
        return StartedSignIn(**document)


def _provider(document: Document | None) -> Provider | None:
    if document is None:
        return None
    values = {name: value for name, value in document.items() if name not in {"_id", "rules", "scopes", "domains"}}
    return Provider(
        org_id=document["_id"],
        rules=tuple(RoleRule(each["value"], Role(each["role"])) for each in document["rules"]),
        scopes=tuple(document["scopes"]),
        domains=tuple(document["domains"]),
        **values,
    )
