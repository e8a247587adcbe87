"""The audit trail. Collection: `audit`, inserted only; its `_id` holds organisation and number: each exists once."""

from chassis.mongo import DESCENDING, Database, Document, DuplicateKey, translate_errors
from gateway.domain.trail import Entry


class AuditStore:
    def __init__(self, database: Database) -> None:
        self._entries = database["audit"]

    async def ensure_indexes(self) -> None:
        with translate_errors():
            await self._entries.create_index([("org_id", DESCENDING), ("number", DESCENDING)], unique=True)

    async def newest(self, org_id: str) -> Entry | None:
        with translate_errors():
            document = await self._entries.find_one({"org_id": org_id}, sort=[("number", DESCENDING)])
        return None if document is None else _entry(document)

    async def append(self, entry: Entry) -> bool:
        """False: somebody else has this number already."""
        document = entry.model_dump()
        document["_id"] = f"{entry.org_id}:{entry.number}"
        try:
            with translate_errors():
                await self._entries.insert_one(document)
        except DuplicateKey:
            return False
        return True

    async def before(self, org_id: str, number: int | None, limit: int) -> list[Entry]:
        """The newest first, below `number`."""
        wanted: Document = {"org_id": org_id}
        if number is not None:
            wanted["number"] = {"$lt": number}
        with translate_errors():
            found = await self._entries.find(wanted).sort("number", DESCENDING).to_list(limit)
        return [_entry(each) for each in found]

    async def after(self, org_id: str, number: int, limit: int) -> list[Entry]:
        """The oldest first, above `number`."""
        wanted = {"org_id": org_id, "number": {"$gt": number}}
        with translate_errors():
            found = await self._entries.find(wanted).sort("number", 1).to_list(limit)
        return [_entry(each) for each in found]


def _entry(document: Document) -> Entry:
    document.pop("_id")
    return Entry.model_validate(document)
