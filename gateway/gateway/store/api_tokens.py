"""API tokens of organisations. Collection: `api_tokens` (by id; the secret as SHA-256 only)."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime

from chassis.mongo import ASCENDING, DESCENDING, Database, Document, translate_errors
from contracts.access import Scope


@dataclass(frozen=True, slots=True)
class ApiToken:
    api_token_id: str
    org_id: str
    name: str
    scopes: frozenset[Scope]
    secret_hash: str
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None


class ApiTokenStore:
    def __init__(self, database: Database) -> None:
        self._tokens = database["api_tokens"]

    async def ensure_indexes(self) -> None:
        with translate_errors():
            await self._tokens.create_index([("org_id", ASCENDING), ("created_at", DESCENDING)])

    async def insert(self, token: ApiToken) -> None:
        document = asdict(token)
        document["_id"] = document.pop("api_token_id")
        document["scopes"] = sorted(scope.value for scope in token.scopes)
        with translate_errors():
            await self._tokens.insert_one(document)

    async def one(self, api_token_id: str) -> ApiToken | None:
        with translate_errors():
            document = await self._tokens.find_one({"_id": api_token_id})
        return None if document is None else _token(document)

    async def of_organisation(self, org_id: str, limit: int) -> list[ApiToken]:
        with translate_errors():
            found = await self._tokens.find({"org_id": org_id}).sort("created_at", DESCENDING).to_list(limit)
        return [_token(each) for each in found]

    async def count_working(self, org_id: str, now: datetime) -> int:
        with translate_errors():
            return await self._tokens.count_documents(
                {"org_id": org_id, "revoked_at": None, "expires_at": {"$gt": now}}
            )

    async def stopped(self, api_token_ids: Collection[str], now: datetime) -> set[str]:
        """Which of them are revoked or expired."""
        ended = [{"revoked_at": {"$ne": None}}, {"expires_at": {"$lte": now}}]
        wanted = {"_id": {"$in": list(api_token_ids)}, "$or": ended}
        with translate_errors():
            return {each["_id"] async for each in self._tokens.find(wanted, {"_id": 1})}

    async def revoke(self, org_id: str, api_token_id: str, now: datetime) -> bool:
        """False when there is none; revoking again keeps the first moment."""
        with translate_errors():
            await self._tokens.update_one(
                {"_id": api_token_id, "org_id": org_id, "revoked_at": None}, {"$set": {"revoked_at": now}}
            )
            return await self._tokens.find_one({"_id": api_token_id, "org_id": org_id}, {"_id": 1}) is not None

    async def used(self, api_token_id: str, now: datetime) -> None:
        with translate_errors():
            await self._tokens.update_one({"_id": api_token_id}, {"$max": {"last_used_at": now}})


def _token(document: Document) -> ApiToken:
    return ApiToken(
        api_token_id=document["_id"],
        org_id=document["org_id"],
        name=document["name"],
        scopes=frozenset(Scope(each) for each in document["scopes"]),
        secret_hash=document["secret_hash"],
        created_by=document["created_by"],
        created_at=document["created_at"],
        expires_at=document["expires_at"],
        revoked_at=document["revoked_at"],
        last_used_at=document["last_used_at"],
    )
