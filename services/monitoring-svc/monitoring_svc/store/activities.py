"""The activity feed: one document a line, derived from facts, so that writing a line again does nothing."""

from collections.abc import Sequence
from typing import Final

from chassis.mongo import ASCENDING, DESCENDING, Database, Document, translate_errors
from chassis.mongo import Collection as MongoCollection
from contracts.live import Activity
from monitoring_svc.store.inserting import insert_missing

LISTED_MAX: Final = 500  # what a page can show; the whole history is in the report


class ActivityStore:
    def __init__(self, database: Database) -> None:
        self._activities: MongoCollection = database["activities"]

    async def ensure_indexes(self) -> None:
        with translate_errors():
            await self._activities.create_index([("session_id", ASCENDING), ("at", DESCENDING)], name="by_session")
            await self._activities.create_index([("participant_id", ASCENDING), ("at", DESCENDING)], name="by_person")

    async def add(self, activities: Sequence[tuple[str, Activity]]) -> None:
        """Pairs of session id and line."""
        await insert_missing(self._activities, [_document(session_id, activity) for session_id, activity in activities])

    async def of_session(self, session_id: str) -> list[Activity]:
        """The newest, newest first."""
        return await self._newest({"session_id": session_id})

    async def of_participant(self, participant_id: str) -> list[Activity]:
        return await self._newest({"participant_id": participant_id})

    async def _newest(self, query: Document) -> list[Activity]:
        with translate_errors():
            found = self._activities.find(query, {"session_id": 0}, sort=[("at", DESCENDING)], limit=LISTED_MAX)
            return [Activity(activity_id=document.pop("_id"), **document) async for document in found]


def _document(session_id: str, activity: Activity) -> Document:
    document = activity.model_dump(exclude={"activity_id"})
    return {
        **document,
        "_id": activity.activity_id,
        "session_id": session_id,
        "severity": activity.severity.value,
    }
