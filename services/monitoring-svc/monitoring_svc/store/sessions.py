"""The read models this service keeps of others' facts: sessions, and who takes part in them."""

from collections.abc import AsyncIterator, Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.mongo import ASCENDING, Database, Document, DuplicateKey, translate_errors
from chassis.mongo import Collection as MongoCollection
from contracts.enrollment import ParticipantSnapshot
from contracts.session import SessionSnapshot
from contracts.statuses import EnrollmentState, SessionState


@dataclass(frozen=True, slots=True)
class Session:
    org_id: str
    version: int
    snapshot: SessionSnapshot


@dataclass(frozen=True, slots=True)
class Participant:
    org_id: str
    version: int
    snapshot: ParticipantSnapshot


class SessionStore:
    def __init__(self, database: Database) -> None:
        self._sessions: MongoCollection = database["sessions"]
        self._participants: MongoCollection = database["participants"]

    async def ensure_indexes(self) -> None:
        with translate_errors():
            await self._sessions.create_index([("state", ASCENDING), ("ended_at", ASCENDING)], name="by_state")
            await self._participants.create_index([("session_id", ASCENDING)], name="by_session")

    async def record_session(self, session: Session) -> None:
        """Take over a session's state unless this one or a newer one is known already."""
        snapshot = session.snapshot
        await self._upsert(
            self._sessions,
            snapshot.session_id,
            session.version,
            {
                "org_id": session.org_id,
                "state": snapshot.state.value,
                "ended_at": snapshot.ended_at,
                "snapshot": snapshot.model_dump(mode="json"),
            },
        )

    async def record_participant(self, participant: Participant) -> None:
        snapshot = participant.snapshot
        await self._upsert(
            self._participants,
            snapshot.participant_id,
            participant.version,
            {
                "org_id": participant.org_id,
                "session_id": snapshot.session_id,
                "state": snapshot.state.value,
                "snapshot": snapshot.model_dump(mode="json"),
            },
        )

    async def _upsert(self, collection: MongoCollection, document_id: str, version: int, fields: Document) -> None:
        with translate_errors(), suppress(DuplicateKey):  # the upsert found one that is not older
            await collection.update_one(
                {"_id": document_id, "version": {"$lt": version}}, {"$set": {**fields, "version": version}}, upsert=True
            )

    async def session(self, session_id: str) -> Session | None:
        with translate_errors():
            found = await self._sessions.find_one({"_id": session_id})
        return None if found is None else _session(found)

    async def sessions(self, session_ids: Collection[str]) -> dict[str, Session]:
        with translate_errors():
            found = self._sessions.find({"_id": {"$in": list(session_ids)}})
            return {document["_id"]: _session(document) async for document in found}

    async def under_way(self, ended_after: datetime) -> AsyncIterator[Session]:
        """Sessions whose attempts may still have to follow them."""
        query: Document = {
            "$or": [
                {"state": {"$in": [SessionState.RUNNING.value, SessionState.PAUSED.value]}},
                {"state": SessionState.ENDED.value, "ended_at": {"$gt": ended_after}},
            ]
        }
        with translate_errors():
            async for document in self._sessions.find(query):
                yield _session(document)

    async def participant(self, participant_id: str) -> Participant | None:
        with translate_errors():
            found = await self._participants.find_one({"_id": participant_id})
        return None if found is None else _participant(found)

    async def participants_of(self, session_id: str) -> AsyncIterator[Participant]:
        """Everybody with a place in the session; those removed have none."""
        query: Document = {"session_id": session_id, "state": {"$ne": EnrollmentState.REMOVED.value}}
        with translate_errors():
            async for document in self._participants.find(query):
                yield _participant(document)


def _session(document: dict[str, Any]) -> Session:
    return Session(document["org_id"], document["version"], SessionSnapshot.model_validate(document["snapshot"]))


def _participant(document: dict[str, Any]) -> Participant:
    snapshot = ParticipantSnapshot.model_validate(document["snapshot"])
    return Participant(document["org_id"], document["version"], snapshot)
