"""Incidents written by proctors, with their facts in the same write."""

from typing import Any

from chassis import outbox
from chassis.mongo import ASCENDING, Collection, Database, Document, DuplicateKey, translate_errors
from contracts.attempt import IncidentRecorded
from contracts.envelope import Event
from contracts.resources.monitoring import IncidentView


class IncidentStore:
    def __init__(self, database: Database) -> None:
        self.incidents: Collection = database["incidents"]

    async def ensure_indexes(self) -> None:
        with translate_errors():
            await self.incidents.create_index([("session_id", ASCENDING), ("recorded_at", ASCENDING)], name="listing")

    async def insert(self, incident: IncidentView, digest: str, fact: Event[IncidentRecorded]) -> bool:
        """Whether it is new; False when there is one with its id."""
        document: Document = {
            "_id": incident.incident_id,
            "session_id": incident.session_id,
            "org_id": fact.org_id,
            "recorded_at": incident.recorded_at,
            "digest": digest,
            "version": 1,
            "view": incident.model_dump(mode="json"),
        }
        try:
            await outbox.insert(self.incidents, document, [fact])
        except DuplicateKey:
            return False
        return True

    async def one(self, incident_id: str) -> tuple[IncidentView, str] | None:
        """The incident and the digest of the request that recorded it."""
        with translate_errors():
            found = await self.incidents.find_one({"_id": incident_id})
        return None if found is None else (_view(found), str(found["digest"]))

    async def of_session(self, session_id: str) -> list[IncidentView]:
        with translate_errors():
            found = self.incidents.find({"session_id": session_id}, sort=[("recorded_at", ASCENDING)])
            return [_view(document) async for document in found]


def _view(document: dict[str, Any]) -> IncidentView:
    return IncidentView.model_validate(document["view"])
