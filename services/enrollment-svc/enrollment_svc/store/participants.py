"""Participants with their facts in one write, and the read model of the sessions they are in.

A seat is a number on the participant's own document under a unique index, so a seat is taken by the same single write
that makes the participant: there is no counter that could disagree with the people after a crash.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from chassis import outbox
from chassis.mongo import (
    ASCENDING,
    DUPLICATE_KEY,
    BulkWriteError,
    Collection,
    Database,
    Document,
    DuplicateKey,
    InsertOne,
    ReturnDocument,
    translate_errors,
)
from chassis.outcomes import Transient
from contracts.envelope import Event
from contracts.model import Fact
from contracts.statuses import (
    EnrollmentState,
    IdentityState,
)
from enrollment_svc.domain.identity import email_key
from enrollment_svc.domain.participant import Participant
from enrollment_svc.domain.session import Session
from enrollment_svc.store.documents import participant_document, participant_of, session_document, session_of

Events = Sequence[Event[Fact]]


class Clash(StrEnum):
    """Which unique key of a participant was taken already."""

    PARTICIPANT = "_id"
    SEAT = "seat"
    PERSONAL_CODE = "personal_code_key"
    EMAIL = "email_key"
    EXTERNAL_ID = "external_id"


@dataclass(frozen=True, slots=True)
class After:
    """Where a listing goes on: behind this name and id."""

    name_key: str
    participant_id: str


class EnrollmentStore:
    def __init__(self, database: Database) -> None:
        self.sessions: Collection = database["sessions"]
        self.participants: Collection = database["participants"]

    async def ensure_indexes(self) -> None:
        with translate_errors():
            await self.sessions.create_index([("code_key", ASCENDING)], name="by_code", sparse=True)
            await self.participants.create_index(
                [("personal_code_key", ASCENDING)], name="unique_personal_code", unique=True
            )
            for key in ("seat", "email_key", "external_id"):
                # Only those who hold a seat: whoever was removed may be enrolled again.
                held: Document = {"seat": {"$type": "number"}}
                if key != "seat":
                    held[key] = {"$type": "string"}
                await self.participants.create_index(
                    [("session_id", ASCENDING), (key, ASCENDING)],
                    name=f"unique_{key}",
                    unique=True,
                    partialFilterExpression=held,
                )
            for key in ("email_key", "external_id"):
                # The other way round, for finding everybody who ever had a place, out or in.
                await self.participants.create_index([(key, ASCENDING), ("session_id", ASCENDING)], name=f"by_{key}")
            await self.participants.create_index(
                [("session_id", ASCENDING), ("name_key", ASCENDING), ("_id", ASCENDING)], name="listing"
            )
            await self.participants.create_index(
                [
                    ("session_id", ASCENDING),
                    ("state", ASCENDING),
                    ("identity.state", ASCENDING),
                    ("identity.submitted_at", ASCENDING),
                    ("_id", ASCENDING),
                ],
                name="by_session_and_states",
            )
            await self.participants.create_index(
                [("session_id", ASCENDING), ("invited_at", ASCENDING)], name="by_session_and_invitation"
            )

    # Sessions

    async def record_session(self, session: Session) -> None:
        """Take over a session's state unless this one or a newer one is known already.

        A code that was withdrawn still finds its session, so that people are told what became of it.
        """
        fields = session_document(session)
        if session.code_key is None:
            del fields["code_key"]
        with translate_errors(), suppress(DuplicateKey):  # the upsert found a session that is not older
            await self.sessions.update_one(
                {"_id": session.session_id, "version": {"$lt": session.version}}, {"$set": fields}, upsert=True
            )

    async def session(self, session_id: str) -> Session | None:
        with translate_errors():
            found = await self.sessions.find_one({"_id": session_id})
        return session_of(found) if found else None

    async def sessions_with_code(self, code_key: str) -> list[Session]:
        with translate_errors():
            return [session_of(each) async for each in self.sessions.find({"code_key": code_key})]

    # Seats

    async def next_seats(self, session_id: str, count: int) -> int:
        """The first of `count` seat numbers that no other caller was given. They are suggestions, not yet seats: a
        number that nobody comes to sit on is found again by `taken_seats`.
        """
        with translate_errors():
            found = await self.sessions.find_one_and_update(
                {"_id": session_id},
                {"$inc": {"seats_suggested": count}},
                {"seats_suggested": 1},
                return_document=ReturnDocument.AFTER,
            )
        return int(found["seats_suggested"]) - count + 1 if found else 1

    async def taken_seats(self, session_id: str) -> list[int]:
        held = {"session_id": session_id, "seat": {"$type": "number"}}
        with translate_errors():
            return [each["seat"] async for each in self.participants.find(held, {"_id": 0, "seat": 1})]

    async def count_taken_seats(self, session_id: str) -> int:
        with translate_errors():
            return await self.participants.count_documents({"session_id": session_id, "seat": {"$type": "number"}})

    # Participants

    async def insert(self, participant: Participant, events: Events) -> Clash | None:
        """Add a participant with their facts. The key that was taken already, None when they are in."""
        return (await self.insert_all([(participant, events)]))[0]

    async def insert_all(self, newcomers: Sequence[tuple[Participant, Events]]) -> list[Clash | None]:
        """Add many, each for themselves; what became of each, in order.

        Raises:
            Transient: some may be in already; the same call, repeated, clashes on `PARTICIPANT` for those.

        """
        if not newcomers:
            return []
        outcomes: list[Clash | None] = [None] * len(newcomers)
        writes = [InsertOne(_with_outbox(participant, events)) for participant, events in newcomers]
        with translate_errors():
            try:
                await self.participants.bulk_write(writes, ordered=False)
            except BulkWriteError as error:
                for failure in (error.details or {}).get("writeErrors", ()):
                    if failure.get("code") != DUPLICATE_KEY:
                        raise Transient(f"MongoDB: {failure.get('errmsg')}") from error
                    outcomes[failure["index"]] = _clash(failure)
                if None in outcomes and (error.details or {}).get("writeConcernErrors"):
                    raise Transient("MongoDB: not acknowledged by a majority") from error
        return outcomes

    async def save(self, participant: Participant, expected_version: int, events: Events) -> Clash | None:
        """Change a participant, adding facts; the key that was taken already, None when saved.

        Raises:
            VersionConflict: somebody else changed the participant meanwhile.

        """
        steps = participant.version - expected_version
        try:
            await outbox.save(
                self.participants,
                participant.participant_id,
                expected_version,
                participant_document(participant),
                events,
                steps=steps,
            )
        except DuplicateKey as error:
            return _clash(error.details or {})
        return None

    async def participant(self, participant_id: str) -> Participant | None:
        return await self._one({"_id": participant_id})

    async def participant_with_code(self, code_key: str) -> Participant | None:
        return await self._one({"personal_code_key": code_key})

    async def participants_named(self, participant_ids: Sequence[str]) -> dict[str, Participant]:
        return {each.participant_id: each for each in await self._many({"_id": {"$in": list(participant_ids)}})}

    async def known_people(
        self, session_id: str, emails: Iterable[str], external_ids: Iterable[str]
    ) -> list[Participant]:
        """Everybody of the session, out or in, who has one of these e-mail addresses or external ids."""
        either: list[Document] = []
        if keys := sorted({email_key(each) for each in emails}):
            either.append({"email_key": {"$in": keys}, "session_id": session_id})
        if ids := sorted(set(external_ids)):
            either.append({"external_id": {"$in": ids}, "session_id": session_id})
        return await self._many({"$or": either}) if either else []

    async def not_invited(self, session_id: str, limit: int) -> list[str]:
        """The ids of some who hold a seat, have an e-mail address and were not invited."""
        with translate_errors():
            cursor = self.participants.find(_not_invited(session_id, email={"$type": "string"}), {"_id": 1}).limit(
                limit
            )
            return [each["_id"] async for each in cursor]

    async def count_not_invited(self, session_id: str) -> tuple[int, int]:
        """Of those who hold a seat: how many have an e-mail address, and how many have none."""
        with translate_errors():
            with_email = await self.participants.count_documents(_not_invited(session_id, email={"$type": "string"}))
            without = await self.participants.count_documents(_not_invited(session_id, email=None))
        return with_email, without

    async def waiting_for_admission(self, session_id: str) -> list[Participant]:
        return await self._many({"session_id": session_id, "state": EnrollmentState.JOINED.value})

    async def verifications(self, session_id: str, state: IdentityState | None, limit: int) -> list[Participant]:
        """Those who joined and are not admitted yet, in this state of verification; the longest waiting first."""
        query: Document = {"session_id": session_id, "state": EnrollmentState.JOINED.value}
        if state is IdentityState.MISSING:
            query["identity.state"] = {"$in": [None, state.value]}
        elif state is not None:
            query["identity.state"] = state.value
        cursor = self.participants.find(query, {"outbox": 0}).sort(
            [("identity.submitted_at", ASCENDING), ("_id", ASCENDING)]
        )
        with translate_errors():
            return [participant_of(each) async for each in cursor.limit(limit)]

    async def count_verifications(self, session_id: str) -> dict[IdentityState, int]:
        """How many of those who joined and are not admitted yet are in each state."""
        match: Document = {"session_id": session_id, "state": EnrollmentState.JOINED.value}
        group: Document = {"_id": {"$ifNull": ["$identity.state", IdentityState.MISSING.value]}, "count": {"$sum": 1}}
        found = dict.fromkeys(IdentityState, 0)
        with translate_errors():
            async for each in self.participants.aggregate([{"$match": match}, {"$group": group}]):
                found[IdentityState(each["_id"])] = each["count"]
        return found

    async def listing(
        self, session_id: str, *, state: EnrollmentState | None, search: str | None, after: After | None, limit: int
    ) -> list[Participant]:
        """By name, then id. `search` matches the beginning of the name, the e-mail address or the external id."""
        wanted: list[Document] = [{"session_id": session_id}]
        if state is not None:
            wanted.append({"state": state.value})
        if search:
            starts = {"$gte": search.casefold(), "$lt": search.casefold() + "\U0010ffff"}
            exact = {"$gte": search, "$lt": search + "\U0010ffff"}
            wanted.append({"$or": [{"name_key": starts}, {"email_key": starts}, {"external_id": exact}]})
        if after is not None:
            behind = {"name_key": after.name_key, "_id": {"$gt": after.participant_id}}
            wanted.append({"$or": [{"name_key": {"$gt": after.name_key}}, behind]})
        cursor = self.participants.find({"$and": wanted}, {"outbox": 0})
        with translate_errors():
            return [
                participant_of(each)
                async for each in cursor.sort([("name_key", ASCENDING), ("_id", ASCENDING)]).limit(limit)
            ]

    async def _one(self, query: Document) -> Participant | None:
        with translate_errors():
            found = await self.participants.find_one(query, {"outbox": 0})
        return participant_of(found) if found else None

    async def _many(self, query: Document) -> list[Participant]:
        with translate_errors():
            return [participant_of(each) async for each in self.participants.find(query, {"outbox": 0})]


def _not_invited(session_id: str, *, email: Any) -> Document:
    return {"session_id": session_id, "invited_at": None, "seat": {"$type": "number"}, "email": email}


def _clash(failure: Any) -> Clash:
    """The last field of the violated index: `session_id` stands first in those of a session."""
    return Clash(list(failure["keyPattern"])[-1])


def _with_outbox(participant: Participant, events: Events) -> Document:
    made = outbox.entries(events)
    return {**participant_document(participant), "outbox": made, "outbox_since": made[0]["at"]}
