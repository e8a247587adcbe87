"""The gateway's own database: accounts, refresh tokens, and which request an Idempotency-Key was used for.

Collections: `accounts` (unique e-mail), `refresh_tokens` (by SHA-256 of the token, expire by themselves),
`sign_in_links` (by SHA-256 of the code, gone once used),
`requests` (by organisation, person and Idempotency-Key; expire by themselves).
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from chassis import mongo
from chassis.mongo import ASCENDING, Database, Document, DuplicateKey, ReturnDocument, translate_errors
from chassis.settings import Settings
from contracts.statuses import Role
from gateway.domain.provider import Identity

REQUEST_KEPT: Final = timedelta(hours=24)  # a client that retries later than this has lost its own state


@dataclass(frozen=True, slots=True)
class Account:
    """`password_hash` None: no password opens it. `identity`: whom it belongs to at the organisation's provider.
    `link_allowed`: an administrator lets the provider's next person with its e-mail address have it.
    """

    account_id: str
    org_id: str
    email: str
    name: str
    roles: frozenset[Role]
    password_hash: str | None
    disabled: bool
    created_at: datetime
    identity: Identity | None = None
    link_allowed: bool = False


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """`family_id` is one sign-in; every token that follows from it shares it, and none outlives `ends_at`."""

    token_hash: str
    family_id: str
    account_id: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SignInLink:
    """Signs one person in, once."""

    code_hash: str
    account_id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class KeptRequest:
    """What an Idempotency-Key stood for when it was first used."""

    digest: str
    participant_ids: list[str]


class EmailTaken(Exception):
    """Another account has this e-mail address."""


class GatewayStore:
    def __init__(self, database: Database) -> None:
        self._accounts = database["accounts"]
        self._refresh_tokens = database["refresh_tokens"]
        self._sign_in_links = database["sign_in_links"]
        self._requests = database["requests"]

    async def ensure_indexes(self) -> None:
        with translate_errors():
            await self._accounts.create_index([("email", ASCENDING)], unique=True)
            await self._accounts.create_index([("org_id", ASCENDING), ("name", ASCENDING)])
            await self._accounts.create_index(
                [("org_id", ASCENDING), ("identity.issuer", ASCENDING), ("identity.subject", ASCENDING)],
                unique=True,
                partialFilterExpression={"identity.subject": {"$type": "string"}},
            )
            await self._refresh_tokens.create_index([("expires_at", ASCENDING)], expireAfterSeconds=0)
            await self._refresh_tokens.create_index([("family_id", ASCENDING)])
            await self._sign_in_links.create_index([("expires_at", ASCENDING)], expireAfterSeconds=0)
            await self._requests.create_index([("expires_at", ASCENDING)], expireAfterSeconds=0)

    # Accounts

    async def insert_account(self, account: Account) -> None:
        """Raises EmailTaken."""
        try:
            with translate_errors():
                await self._accounts.insert_one(_document(account))
        except DuplicateKey as error:
            raise EmailTaken from error

    async def account_by_email(self, email: str) -> Account | None:
        with translate_errors():
            document = await self._accounts.find_one({"email": email})
        return _account(document)

    async def account(self, account_id: str) -> Account | None:
        with translate_errors():
            document = await self._accounts.find_one({"_id": account_id})
        return _account(document)

    async def accounts(self, org_id: str, role: Role | None, limit: int) -> list[Account]:
        wanted: dict[str, Any] = {"org_id": org_id}
        if role is not None:
            wanted["roles"] = role.value
        with translate_errors():
            documents = await self._accounts.find(wanted).sort("name", ASCENDING).limit(limit).to_list(limit)
        return [account for each in documents if (account := _account(each)) is not None]

    async def set_roles(self, org_id: str, account_id: str, roles: frozenset[Role]) -> Account | None:
        """The account as it was; None when the organisation has none of this id."""
        return await self._set(org_id, account_id, {"roles": sorted(role.value for role in roles)})

    async def set_disabled(self, org_id: str, account_id: str, *, disabled: bool) -> Account | None:
        """The account as it was; None when the organisation has none of this id."""
        return await self._set(org_id, account_id, {"disabled": disabled})

    async def set_password(self, account_id: str, password_hash: str) -> None:
        """Whoever has a password is not linked: leaving the provider has to close the door."""
        changes = {"password_hash": password_hash, "identity": None}
        with translate_errors():
            await self._accounts.update_one({"_id": account_id}, {"$set": changes})

    async def account_by_identity(self, org_id: str, identity: Identity) -> Account | None:
        wanted = {"org_id": org_id, "identity.issuer": identity.issuer, "identity.subject": identity.subject}
        with translate_errors():
            return _account(await self._accounts.find_one(wanted))

    async def allow_link(self, org_id: str, account_id: str, issuer: str, *, allowed: bool) -> Account | None:
        """The account as it was; None when the organisation has none of this id that is not linked to the issuer."""
        return await self._set(org_id, account_id, {"link_allowed": allowed}, {"identity.issuer": {"$ne": issuer}})

    async def link(self, org_id: str, account_id: str, identity: Identity, roles: frozenset[Role]) -> Account | None:
        """Its password goes. The account as it was; None when nobody allows it (any more)."""
        changes: Document = {
            "identity": asdict(identity),
            "roles": sorted(role.value for role in roles),
            "password_hash": None,
            "link_allowed": False,
        }
        return await self._set(org_id, account_id, changes, {"link_allowed": True})

    async def put_back(self, account: Account) -> None:
        """As it was before `link`."""
        document = _document(account)
        with translate_errors():
            await self._accounts.replace_one({"_id": document["_id"]}, document)

    async def _set(
        self, org_id: str, account_id: str, changes: Document, only: Document | None = None
    ) -> Account | None:
        with translate_errors():
            document = await self._accounts.find_one_and_update(
                {"_id": account_id, "org_id": org_id, **(only or {})},
                {"$set": changes},
                return_document=ReturnDocument.BEFORE,
            )
        return _account(document)

    async def has_administrator(self, org_id: str) -> bool:
        """One with a password: others cannot come in while their provider is away or set wrongly."""
        wanted = {
            "org_id": org_id,
            "roles": Role.ADMIN.value,
            "disabled": False,
            "password_hash": {"$type": "string"},
        }
        with translate_errors():
            return await self._accounts.find_one(wanted, {"_id": 1}) is not None

    # Refresh tokens

    async def insert_refresh_token(self, token: RefreshToken) -> None:
        document = asdict(token)
        document["_id"] = document.pop("token_hash")
        with translate_errors():
            await self._refresh_tokens.insert_one(document)

    async def refresh_token(self, token_hash: str) -> RefreshToken | None:
        with translate_errors():
            return _refresh_token(await self._refresh_tokens.find_one({"_id": token_hash}))

    async def use_refresh_token(self, token_hash: str, now: datetime) -> RefreshToken | None:
        """Mark it used and return it as it was; None when it is unknown or was used before."""
        with translate_errors():
            document = await self._refresh_tokens.find_one_and_update(
                {"_id": token_hash, "used_at": None},
                {"$set": {"used_at": now}},
                return_document=ReturnDocument.BEFORE,
            )
        return _refresh_token(document)

    async def revoke_family(self, family_id: str) -> None:
        with translate_errors():
            await self._refresh_tokens.delete_many({"family_id": family_id})

    # Sign-in links

    async def insert_sign_in_link(self, link: SignInLink) -> None:
        document = asdict(link)
        document["_id"] = document.pop("code_hash")
        with translate_errors():
            await self._sign_in_links.insert_one(document)

    async def take_sign_in_link(self, code_hash: str) -> SignInLink | None:
        """Whoever takes it first has it: it is gone for everybody else."""
        with translate_errors():
            document: Document | None = await self._sign_in_links.find_one_and_delete({"_id": code_hash})
        if document is None:
            return None
        return SignInLink(
            code_hash=document["_id"], account_id=document["account_id"], expires_at=document["expires_at"]
        )

    # Requests

    async def keep_request(self, key: str, request: KeptRequest, now: datetime) -> KeptRequest:
        """Keep what `key` stands for. The one kept is returned: the earlier one when the key was used before."""
        document = {**asdict(request), "_id": key, "expires_at": now + REQUEST_KEPT}
        try:
            with translate_errors():
                await self._requests.insert_one(document)
        except DuplicateKey:
            return await self.kept_request(key) or request
        return request

    async def kept_request(self, key: str) -> KeptRequest | None:
        with translate_errors():
            document = await self._requests.find_one({"_id": key})
        if document is None:
            return None
        return KeptRequest(digest=document["digest"], participant_ids=list(document["participant_ids"]))


def _document(account: Account) -> Document:
    document = asdict(account)
    document["_id"] = document.pop("account_id")
    document["roles"] = sorted(role.value for role in account.roles)
    return document


def _account(document: Document | None) -> Account | None:
    if document is None:
        return None
    identity = document.get("identity")
    return Account(
        account_id=document["_id"],
        org_id=document["org_id"],
        email=document["email"],
        name=document["name"],
        roles=frozenset(Role(each) for each in document["roles"]),
        password_hash=document["password_hash"],
        disabled=document["disabled"],
        created_at=document["created_at"],
        identity=None if identity is None else Identity(**identity),
        link_allowed=document.get("link_allowed", False),
    )


def _refresh_token(document: Document | None) -> RefreshToken | None:
    if document is None:
        return None
    return RefreshToken(
        token_hash=document["_id"],
        family_id=document["family_id"],
        account_id=document["account_id"],
        created_at=document["created_at"],
        expires_at=document["expires_at"],
        used_at=document["used_at"],
        ends_at=document.get("ends_at"),
    )


def open_database(settings: Settings) -> tuple[mongo.MongoClient, Database]:
    """The gateway's database outside a running gateway, for the command line. The caller closes the client."""
    client = mongo.connect(settings)
    return client, mongo.database(client, settings.database("gateway"))
