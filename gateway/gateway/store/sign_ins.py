"""Sign-ins as people know them: on which device, from where, used last when. Each is one family of refresh tokens.

Collections: `sign_ins` (by family; expire by themselves after being kept a while, so that a familiar address is known).
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final

from chassis.mongo import ASCENDING, DESCENDING, Database, Document, translate_errors

FAMILIAR_FOR: Final = timedelta(days=30)  # how long an address counts as one's own; longer than most holidays
LISTED_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class SignIn:
    """`open_until`: its newest refresh token works until then; in the past, the sign-in was ended."""

    sign_in_id: str
    account_id: str
    org_id: str
    address: str
    device: str
    created_at: datetime
    last_used_at: datetime
    open_until: datetime


class SignInStore:
    def __init__(self, database: Database) -> None:
        self._sign_ins = database["sign_ins"]

    async def ensure_indexes(self) -> None:
        with translate_errors():
            await self._sign_ins.create_index([("account_id", ASCENDING), ("last_used_at", DESCENDING)])
            seconds = int(FAMILIAR_FOR.total_seconds())
            await self._sign_ins.create_index([("last_used_at", ASCENDING)], expireAfterSeconds=seconds)

    async def begin(self, sign_in: SignIn) -> None:
        document = asdict(sign_in)
        document["_id"] = document.pop("sign_in_id")
        with translate_errors():
            await self._sign_ins.insert_one(document)

    async def go_on(self, sign_in: SignIn) -> bool:
        """Note a renewal; when it began stays. False when it was ended meanwhile."""
        document = asdict(sign_in)
        sign_in_id, _ = document.pop("sign_in_id"), document.pop("created_at")
        still_open = {"_id": sign_in_id, "open_until": {"$gt": sign_in.last_used_at}}
        with translate_errors():
            return (await self._sign_ins.update_one(still_open, {"$set": document})).matched_count == 1

    async def open_ones(self, account_id: str, now: datetime) -> list[SignIn]:
        """Newest use first."""
        wanted = {"account_id": account_id, "open_until": {"$gt": now}}
        with translate_errors():
            found = await self._sign_ins.find(wanted).sort("last_used_at", DESCENDING).to_list(LISTED_MAX)
        return [_sign_in(each) for each in found]

    async def end(self, account_id: str, sign_in_ids: list[str], now: datetime) -> None:
        with translate_errors():
            await self._sign_ins.update_many(
                {"_id": {"$in": sign_in_ids}, "account_id": account_id}, {"$set": {"open_until": now}}
            )

    async def is_familiar(self, account_id: str, address: str) -> bool:
        """Whether this person has signed in from this address lately."""
        with translate_errors():
            return await self._sign_ins.find_one({"account_id": account_id, "address": address}, {"_id": 1}) is not None


def _sign_in(document: Document) -> SignIn:
    return SignIn(
        sign_in_id=document["_id"],
        account_id=document["account_id"],
        org_id=document["org_id"],
        address=document["address"],
        device=document["device"],
        created_at=document["created_at"],
        last_used_at=document["last_used_at"],
        open_until=document["open_until"],
    )
