"""The read models this service keeps of others' facts: sessions, and who takes part in them."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.mongo import ASCENDING, Database, Document, translate_errors
from chassis.mongo import Collection as MongoCollection
from chassis.read_model import Told, take_over
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

    async def record_session(self, session: Session) -> bool:
        """Take over a session's state; whether it is the newest known now."""
        snapshot = session.snapshot
        fields = {
            "org_id": session.org_id,
            "state": snapshot.state.value,
            "ended_at": snapshot.ended_at,
            "snapshot": snapshot.model_dump(mode="json"),
        }
        return bool(await take_over(self._sessions, [Told(snapshot.session_id, session.version, fields)]))

    async def record_participants(self, participants: Sequence[Participant]) -> set[str]:
        """Take over participants' states; the ids of those whose state is the newest known now."""
        return await take_over(
            self._participants,
            [
                Told(
                    each.snapshot.participant_id,
                    each.version,
                    {
                        "org_id": each.org_id,
                        "session_id": each.snapshot.session_id,
                        "state": each.snapshot.state.value,
                        "snapshot": each.snapshot.model_dump(mode="json"),
                    },
                )
                for each in participants
            ],
        )

    async def session(self, session_id: str) -> Session | None:
        with translate_errors():
            found = await self._sessions.find_one({"_id": session_id})
        return None if found is None else _session(found)

    async def sessions(self, session_ids: Collection[str]) -> dict[str, Session]:
        with translate_errors():
            found = self._sessions.find({"_id": {"$in": list(session_ids)}})
            return {document["_id"]: _session(document) async for document in found}

    async def under_way(self, ended_after: datetime) -> dict[SessionState, list[str]]:
        """By their state, the ids of sessions whose attempts may still have to follow them."""
        query: Document = {
            "$or": [
                {"state": {"$in": [SessionState.RUNNING.value, SessionState.PAUSED.value]}},
                {"state": SessionState.ENDED.value, "ended_at": {"$gt": ended_after}},
            ]
        }
        found: dict[SessionState, list[str]] = {}
        with translate_errors():
            async for document in self._sessions.find(query, {"state": 1}):
                found.setdefault(SessionState(document["state"]), []).append(document["_id"])
        return found

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
