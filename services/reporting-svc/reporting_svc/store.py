"""The only room that touches MongoDB: facts as they came, and counters that say whether anything new did.

Facts are only ever inserted, under the id of the message that brought them, so that handling one again changes nothing
and no order matters. Bodies are kept as their JSON text: it is what a report reads back, unchanged.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from chassis.mongo import (
    ASCENDING,
    DESCENDING,
    BulkWriteError,
    Collection,
    Database,
    Document,
    UpdateOne,
    duplicates_in,
    translate_errors,
)
from contracts.registry import registration_named
from reporting_svc.domain.facts import RecordedFact

TRIES_MAX: Final = 3  # two writers may insert the same counter at once; the loser's next try finds it there
REBUILD: Final = "rebuild"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFact:
    """A fact to keep, with its body as text. `progress`: only the newest of the participant is worth keeping."""

    fact_id: str
    org_id: str
    session_id: str
    participant_id: str | None
    type: str
    time: datetime
    version: int
    body: str
    progress: bool


class ReportingStore:
    def __init__(self, database: Database) -> None:
        self.facts: Collection = database["facts"]
        self.progress: Collection = database["progress"]
        self.sessions: Collection = database["sessions"]
        self.control: Collection = database["control"]
        self.partitions: Collection = database["partitions"]

    async def ensure_indexes(self) -> None:
        with translate_errors():
            await self.facts.create_index([("session_id", ASCENDING), ("time", ASCENDING)])
            await self.facts.create_index(
                [("session_id", ASCENDING), ("participant_id", ASCENDING), ("time", ASCENDING)]
            )
            await self.progress.create_index([("session_id", ASCENDING)])

    # Facts in

    async def record(self, facts: Sequence[NewFact]) -> None:
        """Keep what is new, then count for each session that something came.

        The counters move after the facts are there, and also when all of them were known: a crash in between leaves a
        batch that comes again, never a summary that is wrongly taken for current.
        """
        lasting = [_document(fact) for fact in facts if not fact.progress]
        newest = _newest_progress(fact for fact in facts if fact.progress)
        if lasting:
            try:
                with translate_errors():
                    await self.facts.insert_many(lasting, ordered=False)
            except BulkWriteError as error:
                duplicates_in(error)
        if newest:
            await self._upsert_progress(newest)
        orgs = {fact.session_id: fact.org_id for fact in facts}
        await self._count(orgs)

    async def _upsert_progress(self, facts: Sequence[NewFact]) -> None:
        updates = []
        for fact in facts:
            changes = _document(fact) | {"fact_id": fact.fact_id}
            del changes["_id"]
            query = {"_id": fact.participant_id, "version": {"$lt": fact.version}}
            updates.append(UpdateOne(query, {"$set": changes}, upsert=True))
        try:
            with translate_errors():
                await self.progress.bulk_write(updates, ordered=False)
        except BulkWriteError as error:
            duplicates_in(error)  # a newer one is there

    async def _count(self, orgs: Mapping[str, str]) -> None:
        waiting = [
            UpdateOne({"_id": session_id}, {"$inc": {"arrivals": 1}, "$setOnInsert": {"org_id": org_id}}, upsert=True)
            for session_id, org_id in orgs.items()
        ]
        for remaining in reversed(range(TRIES_MAX)):
            try:
                with translate_errors():
                    await self.sessions.bulk_write(waiting, ordered=False)
            except BulkWriteError as error:
                taken = duplicates_in(error)
                if not remaining:
                    raise
                waiting = [waiting[each] for each in taken]
            else:
                return

    # Facts out

    async def arrivals(self, org_id: str, session_id: str) -> int | None:
        """A number that grows whenever something new came; None for a session nothing was heard of."""
        with translate_errors():
            document = await self.sessions.find_one({"_id": session_id, "org_id": org_id})
        return document["arrivals"] if document else None

    async def facts_of(self, org_id: str, session_id: str) -> list[Document]:
        """Everything kept about a session, still as documents: `recorded` reads them, outside the event loop."""
        query = {"org_id": org_id, "session_id": session_id}
        with translate_errors():
            return [each async for each in self.facts.find(query)] + [
                each | {"_id": each["fact_id"]} async for each in self.progress.find(query)
            ]

    async def newest_facts(
        self, org_id: str, session_id: str, participant_id: str | None, *, silent: Iterable[str], limit: int
    ) -> list[Document]:
        """The newest `limit` facts, those of the types `silent` left out; of a participant and of incidents only."""
        query: Document = {"org_id": org_id, "session_id": session_id, "type": {"$nin": sorted(silent)}}
        if participant_id is not None:
            query["participant_id"] = {"$in": [participant_id, None]}
        with translate_errors():
            cursor = self.facts.find(query, sort=[("time", DESCENDING), ("_id", DESCENDING)], limit=limit)
            return [each async for each in cursor]

    # Rebuilding

    async def empty(self) -> None:
        """Forget all facts. Counters stay and move on: a number once used never stands for other facts."""
        with translate_errors():
            await self.facts.delete_many({})
            await self.progress.delete_many({})
            await self.sessions.update_many({}, {"$inc": {"arrivals": 1}})

    async def begin_generation(self, now: datetime, by: str) -> None:
        change = {"$inc": {"generation": 1}, "$set": {"requested_at": now, "requested_by": by}}
        with translate_errors():
            await self.control.update_one({"_id": REBUILD}, change, upsert=True)

    async def generation(self) -> int:
        """How many rebuilds were asked for."""
        with translate_errors():
            document = await self.control.find_one({"_id": REBUILD})
        return document["generation"] if document else 0

    async def rewound(self) -> dict[tuple[str, int], int]:
        """For each partition, the rebuild for which it was last set back to its beginning."""
        with translate_errors():
            return {
                (document["topic"], document["partition"]): document["generation"]
                async for document in self.partitions.find({})
            }

    async def mark_rewound(self, partitions: Iterable[tuple[str, int]], generation: int) -> None:
        updates = [
            UpdateOne(
                {"_id": f"{topic}:{partition}"},
                {"$max": {"generation": generation}, "$set": {"topic": topic, "partition": partition}},
                upsert=True,
            )
            for topic, partition in partitions
        ]
        with translate_errors():
            await self.partitions.bulk_write(updates, ordered=False)


def recorded(document: Mapping[str, Any]) -> RecordedFact:
    registration = registration_named(document["type"])
    if registration is None:
        raise LookupError(f"this build does not know {document['type']}, which was recorded by another")
    return RecordedFact(
        fact_id=document["_id"],
        type=document["type"],
        time=document["time"],
        version=document["version"],
        participant_id=document["participant_id"],
        data=registration.model.model_validate_json(document["body"]),
    )


def _document(fact: NewFact) -> Document:
    return {
        "_id": fact.fact_id,
        "org_id": fact.org_id,
        "session_id": fact.session_id,
        "participant_id": fact.participant_id,
        "type": fact.type,
        "time": fact.time,
        "version": fact.version,
        "body": fact.body,
    }


def _newest_progress(facts: Iterable[NewFact]) -> list[NewFact]:
    newest: dict[str | None, NewFact] = {}
    for fact in facts:
        known = newest.get(fact.participant_id)
        if known is None or known.version < fact.version:
            newest[fact.participant_id] = fact
    return list(newest.values())
