"""Sessions: one document each, with its outbox, the code it holds while live, and when it next acts by itself."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from pydantic import TypeAdapter

from chassis import outbox
from chassis.identifiers import normalise_code
from chassis.mongo import ASCENDING, DESCENDING, Database, Document, DuplicateKey, translate_errors
from chassis.outcomes import Rejected
from contracts import problems
from contracts.envelope import Event
from contracts.items import SectionOutline
from contracts.session import SessionSettings
from contracts.statuses import SessionState
from session_svc.domain.request_key import RequestKey
from session_svc.domain.session import LIVE, Session, Sitting, due_step

_CODE_INDEX: Final = "live_code"
_outline: Final[TypeAdapter[tuple[SectionOutline, ...]]] = TypeAdapter(tuple[SectionOutline, ...])


class CodeInUse(Rejected):
    """Another live session holds the code: candidates say nothing but the code, so it is unique among all of them."""

    def __init__(self) -> None:
        super().__init__(problems.CODE_IN_USE, "Choose another code, or leave it out and get one made.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list of sessions is narrowed to; `mine` is a person's id: assigned to it, or who created it."""

    states: tuple[SessionState, ...] = ()
    search: str = ""
    mine: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a list the last page ended."""

    scheduled_at: datetime
    session_id: str


class SessionStore:
    """`open_lead`: how long before its time a session opens by itself."""

    def __init__(self, database: Database, open_lead: timedelta) -> None:
        self.sessions = database["sessions"]
        self._lead = open_lead

    async def ensure_indexes(self) -> None:
        with translate_errors():
            await self.sessions.create_index(
                [("live_code", ASCENDING)],
                name=_CODE_INDEX,
                unique=True,
                partialFilterExpression={"live_code": {"$type": "string"}},
            )
            await self.sessions.create_index(
                [("due_at", ASCENDING)], name="due", partialFilterExpression={"due_at": {"$type": "date"}}
            )
            await self.sessions.create_index(
                [("org_id", ASCENDING), ("scheduled_at", DESCENDING), ("_id", DESCENDING)], name="list"
            )
            await self.sessions.create_index(
                [("org_id", ASCENDING), ("request.key", ASCENDING)],
                name="request_key",
                unique=True,
                partialFilterExpression={"request.key": {"$type": "string"}},
            )

    async def insert(self, session: Session, request: RequestKey | None, events: Sequence[Event[Any]]) -> None:
        """Raises CodeInUse, or DuplicateKey when the request's key was used meanwhile."""
        document = {"_id": session.session_id, **self._document(session), **self._passing(session)}
        if request is not None:
            document["request"] = {"key": request.key, "digest": request.digest}
        try:
            await outbox.insert(self.sessions, document, events)
        except DuplicateKey as error:
            if _collides_in_code(error):
                raise CodeInUse from error
            raise

    async def save(self, session: Session, events: Sequence[Event[Any]]) -> None:
        """Raises VersionConflict: somebody saved another change since it was loaded; CodeInUse."""
        passing = self._passing(session)
        gone = {name: "" for name in ("live_code", "due_at") if name not in passing}
        changes: Document = {"$set": {**self._document(session), **passing}}
        if gone:
            changes["$unset"] = gone
        try:
            await outbox.save(self.sessions, session.session_id, session.version - 1, changes, events)
        except DuplicateKey as error:
            raise CodeInUse from error

    async def load(self, session_id: str, org_id: str | None) -> Session | None:
        """None as `org_id` looks in every organisation."""
        wanted = {"_id": session_id} if org_id is None else {"_id": session_id, "org_id": org_id}
        with translate_errors():
            document = await self.sessions.find_one(wanted, {"outbox": 0})
        return None if document is None else _session(document)

    async def created_by(self, org_id: str, request: RequestKey) -> tuple[Session, str] | None:
        """What a request with this key created, and the digest of that request."""
        with translate_errors():
            document = await self.sessions.find_one({"org_id": org_id, "request.key": request.key}, {"outbox": 0})
        return None if document is None else (_session(document), document["request"]["digest"])

    async def page(self, org_id: str, wanted: Wanted, after: Place | None, limit: int) -> list[Session]:
        """The latest scheduled first."""
        conditions: list[Document] = [{"org_id": org_id}]
        if wanted.states:
            conditions.append({"state": {"$in": [state.value for state in wanted.states]}})
        if wanted.search:
            conditions.append({"search": {"$regex": re.escape(wanted.search.casefold())}})
        if wanted.mine is not None:
            conditions.append({"$or": [{"settings.proctor_ids": wanted.mine}, {"created_by": wanted.mine}]})
        if after is not None:
            same_moment = {"scheduled_at": after.scheduled_at, "_id": {"$lt": after.session_id}}
            conditions.append({"$or": [{"scheduled_at": {"$lt": after.scheduled_at}}, same_moment]})
        order = [("scheduled_at", DESCENDING), ("_id", DESCENDING)]
        with translate_errors():
            cursor = self.sessions.find({"$and": conditions}, {"outbox": 0}, sort=order, limit=limit)
            return [_session(document) async for document in cursor]

    async def due(self, now: datetime, limit: int) -> list[str]:
        """Ids of sessions that should have acted by themselves by `now`, the longest waiting first."""
        with translate_errors():
            cursor = self.sessions.find(
                {"due_at": {"$lte": now}}, {"_id": 1}, sort=[("due_at", ASCENDING)], limit=limit
            )
            return [document["_id"] async for document in cursor]

    async def forget_due(self, session: Session) -> None:
        """It will not act by itself any more, unless it is changed again."""
        with translate_errors():
            await self.sessions.update_one(
                {"_id": session.session_id, "version": session.version}, {"$unset": {"due_at": ""}}
            )

    def _passing(self, session: Session) -> Document:
        """Fields that are there only while they mean something; their indexes hold only those."""
        fields: Document = {}
        if session.code is not None and session.state in LIVE:
            fields["live_code"] = normalise_code(session.code)
        due = due_step(session, self._lead)
        if due is not None:
            fields["due_at"] = due[1]
        return fields

    def _document(self, session: Session) -> Document:
        sitting = session.sitting
        return {
            "org_id": session.org_id,
            "version": session.version,
            "state": session.state.value,
            "settings": session.settings.model_dump(mode="json"),
            "code": session.code,
            "sitting": {
                "title": sitting.title,
                "time_limit_seconds": sitting.time_limit_seconds,
                "pass_mark_percent": str(sitting.pass_mark_percent),
                "outline": _outline.dump_json(sitting.outline).decode(),
            },
            "scheduled_at": session.settings.scheduled_at,
            "search": "\n".join((session.settings.name, sitting.title, session.code or "")).casefold(),
            "created_by": session.created_by,
            "changed_at": session.changed_at,
            "opened_at": session.opened_at,
            "started_at": session.started_at,
            "ended_at": session.ended_at,
        }


def _collides_in_code(error: DuplicateKey) -> bool:
    return "live_code" in (error.details or {}).get("keyPattern", {})


def _session(document: Document) -> Session:
    sitting = document["sitting"]
    return Session(
        session_id=document["_id"],
        org_id=document["org_id"],
        version=document["version"],
        state=SessionState(document["state"]),
        settings=SessionSettings.model_validate(document["settings"]),
        code=document["code"],
        sitting=Sitting(
            title=sitting["title"],
            time_limit_seconds=sitting["time_limit_seconds"],
            pass_mark_percent=Decimal(sitting["pass_mark_percent"]),
            outline=_outline.validate_json(sitting["outline"]),
        ),
        created_by=document["created_by"],
        changed_at=document["changed_at"],
        opened_at=document["opened_at"],
        started_at=document["started_at"],
        ended_at=document["ended_at"],
    )
