"""Attempts: one document each, written only by the command path, guarded by version."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from msgspec import Struct

from chassis.identifiers import new_id
from chassis.mongo import (
    ASCENDING,
    BulkWriteError,
    Database,
    Document,
    InsertOne,
    UpdateOne,
    duplicates_in,
    translate_errors,
)
from chassis.mongo import Collection as MongoCollection
from contracts.attempt import Terms
from contracts.envelope import Event
from contracts.statuses import Phase
from monitoring_svc.domain.attempt import Attempt
from monitoring_svc.store.documents import BY_VERSION, attempt_of, difference, facts_kept, kept_fact, whole

_KEPT: Final = f"{BY_VERSION}kept"
_BATCH_ID: Final = f"{BY_VERSION}batch_id"
_SESSIONS_ASKED: Final = 1_000  # in one query: some milliseconds of MongoDB's time
_ROW_FIELDS: Final[Document] = {"work.responses": 0, "work.flags": 0, "work.kept": 0, "applied": 0}
_STANDING_FIELDS: Final = (
    "org_id",
    "session_id",
    "work.version",
    "phase",
    "paused_with_session",
    "completes_at",
    "terms",
)


class Loaded(Struct, frozen=True, gc=False):
    """An attempt and the facts kept with it, which its last writer may not have lived to publish."""

    attempt: Attempt
    kept: tuple[Event[Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """The little that noticing needs to know of an attempt."""

    participant_id: str
    org_id: str
    session_id: str
    version: int
    phase: Phase
    paused_with_session: bool
    completes_at: datetime | None
    terms: Terms


@dataclass(frozen=True, slots=True)
class Due:
    participant_id: str
    org_id: str
    session_id: str
    at: datetime
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody connected through a gateway."""

    participant_id: str
    org_id: str
    session_id: str
    version: int
    connection_id: str


class Writing:
    """The changes of one batch, written in one round trip once all are there.

    Each is made ready as it comes, while the processor still has the attempt at hand. The batch's id is its own: it
    tells our write from another's of the same version, which a count of matches cannot do when the driver repeats a
    write whose acknowledgement was lost.
    """

    def __init__(self, attempts: MongoCollection) -> None:
        self._attempts = attempts
        self._batch_id = new_id()
        self._operations: dict[str, InsertOne[Document] | UpdateOne] = {}

    def add(self, before: Attempt | None, after: Attempt, kept: Sequence[Event[Any]]) -> None:
        """`before` None: a new attempt. `kept`: the facts to keep with it."""
        self._operations[after.participant_id] = _operation(before, after, kept, self._batch_id)

    async def done(self) -> set[str]:
        """The participants whose attempt somebody else had changed meanwhile: theirs is not written.

        Raises:
            Transient: some or all may have been written.

        """
        if not self._operations:
            return set()
        with translate_errors():
            try:
                result = await self._attempts.bulk_write(list(self._operations.values()), ordered=False)
            except BulkWriteError as error:
                duplicates_in(error)  # somebody else created it first: a conflict like any other
            else:
                if result.modified_count + result.inserted_count == len(self._operations):
                    return set()  # the batch's id is new, so whatever is written is modified
            ours = self._attempts.find(
                {"_id": {"$in": list(self._operations)}, "work.batch_id": self._batch_id}, {"_id": 1}
            )
            written = {document["_id"] async for document in ours}
        return self._operations.keys() - written


class AttemptStore:
    def __init__(self, database: Database) -> None:
        self._attempts: MongoCollection = database["attempts"]

    async def ensure_indexes(self) -> None:
        with translate_errors():
            await self._attempts.create_index([("session_id", ASCENDING), ("phase", ASCENDING)], name="by_session")
            for name in ("expires_at", "warns_at", "looks_at"):
                # Partial: a timer's scan reads only attempts whose clock has something to say.
                await self._attempts.create_index(
                    [(name, ASCENDING)], name=f"by_{name}", partialFilterExpression={name: {"$type": "date"}}
                )
            # By $gt, not by $type: a `distinct` by type fetches every document, by $gt it skips from key to key.
            await self._attempts.create_index(
                [("connection.gateway_id", ASCENDING)],
                name="by_gateway_id",
                partialFilterExpression={"connection.gateway_id": {"$gt": ""}},
            )

    # The command path

    async def load(self, participant_ids: Collection[str]) -> dict[str, Loaded]:
        with translate_errors():
            documents = self._attempts.find({"_id": {"$in": list(participant_ids)}})
            return {
                document["_id"]: Loaded(attempt_of(document), tuple(facts_kept(document)))
                async for document in documents
            }

    def writing(self) -> Writing:
        return Writing(self._attempts)

    # Reading

    async def one(self, participant_id: str) -> Attempt | None:
        with translate_errors():
            document = await self._attempts.find_one({"_id": participant_id}, {"work.kept": 0})
        return None if document is None else attempt_of(document)

    async def of_session(self, session_id: str) -> list[Attempt]:
        """Without responses, flags and applied commands: enough for rows."""
        with translate_errors():
            documents = self._attempts.find({"session_id": session_id}, _ROW_FIELDS)
            return [attempt_of(document) async for document in documents]

    async def applied_among(self, asked: dict[str, str], org_id: str | None) -> set[str]:
        """Of `asked` (command id -> participant id), the commands that changed their attempt."""
        query: Document = {"_id": {"$in": sorted(set(asked.values()))}}
        if org_id is not None:
            query["org_id"] = org_id
        with translate_errors():
            documents = [document async for document in self._attempts.find(query, {"applied.id": 1})]
        applied = {(each["id"], document["_id"]) for document in documents for each in document["applied"]}
        return {command_id for command_id, participant_id in asked.items() if (command_id, participant_id) in applied}

    # Noticing

    async def standings(self, session_id: str, **conditions: Any) -> AsyncIterator[Standing]:
        fields = dict.fromkeys(_STANDING_FIELDS, 1)
        with translate_errors():
            async for document in self._attempts.find({"session_id": session_id, **conditions}, fields):
                yield Standing(
                    participant_id=document["_id"],
                    org_id=document["org_id"],
                    session_id=document["session_id"],
                    version=document["work"][0]["version"],
                    phase=Phase(document["phase"]),
                    paused_with_session=document["paused_with_session"],
                    completes_at=document["completes_at"],
                    terms=Terms.model_validate(document["terms"]),
                )

    async def sessions_with(self, session_ids: Sequence[str], conditions: Document) -> set[str]:
        """Of these sessions, those with an attempt of which `conditions` hold."""
        found: set[str] = set()
        with translate_errors():
            for first in range(0, len(session_ids), _SESSIONS_ASKED):
                among = {"session_id": {"$in": list(session_ids[first : first + _SESSIONS_ASKED])}}
                found.update(await self._attempts.distinct("session_id", among | conditions))
        return found

    async def expiring(self, before: datetime, limit: int) -> list[Due]:
        return await self._due("expires_at", before, limit)

    async def warning(self, before: datetime, limit: int) -> list[Due]:
        return await self._due("warns_at", before, limit)

    async def looking(self, before: datetime, limit: int) -> list[Due]:
        return await self._due("looks_at", before, limit)

    async def _due(self, name: str, before: datetime, limit: int) -> list[Due]:
        with translate_errors():
            documents = self._attempts.find(
                {name: {"$type": "date", "$lte": before}}, _ROW_FIELDS, sort=[(name, ASCENDING)], limit=limit
            )
            return [
                Due(document["_id"], document["org_id"], document["session_id"], document[name], attempt_of(document))
                async for document in documents
            ]

    async def gateways(self) -> set[str]:
        """Those through which somebody counts as connected."""
        with translate_errors():
            found = await self._attempts.distinct("connection.gateway_id", {"connection.gateway_id": {"$gt": ""}})
        return set(found)

    async def connected_through(self, gateway_id: str, limit: int) -> list[Present]:
        with translate_errors():
            documents = self._attempts.find(
                {"connection.gateway_id": gateway_id},
                {"org_id": 1, "session_id": 1, "work.version": 1, "connection": 1},
                limit=limit,
            )
            return [
                Present(
                    document["_id"],
                    document["org_id"],
                    document["session_id"],
                    document["work"][0]["version"],
                    document["connection"]["connection_id"],
                )
                async for document in documents
            ]


def _operation(
    before: Attempt | None, after: Attempt, facts: Sequence[Event[Any]], batch_id: str
) -> InsertOne[Document] | UpdateOne:
    kept = [kept_fact(each) for each in facts]
    if before is None:
        return InsertOne(whole(after, kept, batch_id))
    version = before.version
    work, rest = difference(before, after)
    work[_KEPT], work[_BATCH_ID] = kept, batch_id
    if rest:
        changes = rest | {name.replace(BY_VERSION, "work.0.", 1): value for name, value in work.items()}
        return UpdateOne({"_id": after.participant_id, "work.version": version}, {"$set": changes})
    return UpdateOne({"_id": after.participant_id}, {"$set": work}, array_filters=[{"now.version": version}])
