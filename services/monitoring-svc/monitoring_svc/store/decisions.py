"""Commands that were decided without changing an attempt: refusals, and what had no effect."""

from collections.abc import Collection, Sequence
from typing import Any, Final

from chassis.mongo import ASCENDING, Database, Document, translate_errors
from chassis.mongo import Collection as MongoCollection
from monitoring_svc.domain.batch import Decided
from monitoring_svc.store.inserting import insert_missing

KEPT_SECONDS: Final = 30 * 24 * 3600  # as long as the commands' topic keeps the commands themselves


class DecisionStore:
    def __init__(self, database: Database) -> None:
        self._decisions: MongoCollection = database["refusals"]

    async def ensure_indexes(self) -> None:
        with translate_errors():
            await self._decisions.create_index([("at", ASCENDING)], name="expiry", expireAfterSeconds=KEPT_SECONDS)

    async def remember(self, decided: Sequence[Decided]) -> None:
        """The first decision about a command stands."""
        await insert_missing(self._decisions, [_document(each) for each in decided])

    async def among(self, command_ids: Collection[str]) -> dict[str, Decided]:
        if not command_ids:
            return {}
        with translate_errors():
            found = self._decisions.find({"_id": {"$in": list(command_ids)}})
            return {document["_id"]: _decided(document) async for document in found}


def _document(decided: Decided) -> Document:
    return {
        "_id": decided.command_id,
        "participant_id": decided.participant_id,
        "org_id": decided.org_id,
        "session_id": decided.session_id,
        "at": decided.at,
        "problem": decided.problem,
        "detail": decided.detail,
        "seq": decided.seq,
    }


def _decided(document: dict[str, Any]) -> Decided:
    return Decided(
        command_id=document["_id"],
        participant_id=document["participant_id"],
        org_id=document["org_id"],
        session_id=document["session_id"],
        at=document["at"],
        problem=document["problem"],
        detail=document["detail"],
        seq=document["seq"],
    )
