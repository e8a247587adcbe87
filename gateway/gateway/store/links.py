"""What lies behind one-time links: invitations of staff and resets of passwords. Codes are kept as SHA-256 only.

Collections: `invitations` (one for each address in an organisation; unique code; expire by themselves),
`password_resets` (one for each account; expire by themselves).
"""

from dataclasses import asdict, dataclass
from datetime import datetime

from chassis.mongo import ASCENDING, Database, Document, translate_errors
from contracts.statuses import Role


@dataclass(frozen=True, slots=True)
class Invitation:
    invitation_id: str
    code_hash: str
    org_id: str
    email: str
    name: str
    roles: frozenset[Role]
    invited_by: str
    invited_by_name: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PasswordReset:
    code_hash: str
    account_id: str
    created_at: datetime
    expires_at: datetime


class LinkStore:
    def __init__(self, database: Database) -> None:
        self._invitations = database["invitations"]
        self._resets = database["password_resets"]

    async def ensure_indexes(self) -> None:
        with translate_errors():
            await self._invitations.create_index([("org_id", ASCENDING), ("email", ASCENDING)], unique=True)
            await self._invitations.create_index([("code_hash", ASCENDING)], unique=True)
            await self._invitations.create_index([("expires_at", ASCENDING)], expireAfterSeconds=0)
            await self._resets.create_index([("code_hash", ASCENDING)], unique=True)
            await self._resets.create_index([("expires_at", ASCENDING)], expireAfterSeconds=0)

    async def keep_invitation(self, invitation: Invitation) -> None:
        """Whoever is invited again gets a new link, and the old one is dead."""
        document = asdict(invitation)
        document["_id"] = document.pop("invitation_id")
        document["roles"] = sorted(role.value for role in invitation.roles)
        with translate_errors():
            await self._invitations.delete_many({"org_id": invitation.org_id, "email": invitation.email})
            await self._invitations.insert_one(document)

    async def invitation(self, code_hash: str) -> Invitation | None:
        with translate_errors():
            return _invitation(await self._invitations.find_one({"code_hash": code_hash}))

    async def invitation_of(self, org_id: str, email: str) -> Invitation | None:
        with translate_errors():
            return _invitation(await self._invitations.find_one({"org_id": org_id, "email": email}))

    async def invitations(self, org_id: str, limit: int) -> list[Invitation]:
        with translate_errors():
            found = await self._invitations.find({"org_id": org_id}).sort("email", ASCENDING).to_list(limit)
        return [each for document in found if (each := _invitation(document)) is not None]

    async def drop_invitation(self, org_id: str, invitation_id: str) -> Invitation | None:
        with translate_errors():
            return _invitation(await self._invitations.find_one_and_delete({"_id": invitation_id, "org_id": org_id}))

    async def keep_reset(self, reset: PasswordReset) -> None:
        """One link for each account: the newest."""
        document = asdict(reset)
        account_id = document.pop("account_id")
        with translate_errors():
            await self._resets.replace_one({"_id": account_id}, document, upsert=True)

    async def reset(self, code_hash: str) -> PasswordReset | None:
        with translate_errors():
            return _reset(await self._resets.find_one({"code_hash": code_hash}))

    async def take_reset(self, code_hash: str) -> PasswordReset | None:
        """Whoever takes it first has it."""
        with translate_errors():
            return _reset(await self._resets.find_one_and_delete({"code_hash": code_hash}))


def _invitation(document: Document | None) -> Invitation | None:
    if document is None:
        return None
    return Invitation(
        invitation_id=document["_id"],
        code_hash=document["code_hash"],
        org_id=document["org_id"],
        email=document["email"],
        name=document["name"],
        roles=frozenset(Role(each) for each in document["roles"]),
        invited_by=document["invited_by"],
        invited_by_name=document["invited_by_name"],
        created_at=document["created_at"],
        expires_at=document["expires_at"],
    )


def _reset(document: Document | None) -> PasswordReset | None:
    if document is None:
        return None
    return PasswordReset(
        code_hash=document["code_hash"],
        account_id=document["_id"],
        created_at=document["created_at"],
        expires_at=document["expires_at"],
    )
