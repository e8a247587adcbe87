"""Messages, and marks of what was read.

Messages are numbered from 1 without gaps by the unique key (session, number): the next message is inserted under the
last number seen plus one, and whoever loses that race tries the next. Message, number and fact are one insert, so no
crash can leave a number without a message, and there is no counter to disagree with the messages.
"""

import asyncio
import random
import weakref
from asyncio import Lock
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from chassis import outbox
from chassis.identifiers import derived_id
from chassis.mongo import ASCENDING, DESCENDING, Collection, Database, Document, DuplicateKey, translate_errors
from chassis.outcomes import Transient
from contracts.attempt import Actor
from contracts.envelope import Event
from contracts.messaging import Message, MessageKind, MessageSent
from contracts.statuses import ActorKind
from messaging_svc.domain.conversation import Draft, Mark, MarkFact

NUMBER_ATTEMPTS: Final = 50  # replicas race each other only; each miss means that another replica's message got in
RACE_PAUSE_SECONDS: Final = 0.02  # about a journaled write: by then the winner's message is visible


@dataclass(frozen=True, slots=True)
class Reached:
    """Numbers of the newest messages of a thread that arrived, and that were read."""

    delivered: int = 0
    read: int = 0


NOWHERE: Final = Reached()


@dataclass(frozen=True, slots=True)
class ThreadSummary:
    """A thread's newest message, and the numbers of those in it that somebody else than the reader sent."""

    participant_id: str
    last_message: Message
    numbers_of_others: tuple[int, ...]


class MessagingStore:
    def __init__(self, database: Database) -> None:
        self.messages: Collection = database["messages"]
        self.marks: Collection = database["marks"]
        self._turns: weakref.WeakValueDictionary[str, Lock] = weakref.WeakValueDictionary()

    async def ensure_indexes(self) -> None:
        with translate_errors():
            await self.messages.create_index(
                [("session_id", ASCENDING), ("number", ASCENDING)], name="unique_number", unique=True
            )
            await self.messages.create_index(
                [("session_id", ASCENDING), ("participant_id", ASCENDING), ("number", ASCENDING)], name="by_thread"
            )
            await self.marks.create_index([("session_id", ASCENDING), ("reader.id", ASCENDING)], name="by_reader")
            await self.marks.create_index(
                [("session_id", ASCENDING), ("reader.kind", ASCENDING), ("participant_id", ASCENDING)], name="by_side"
            )

    # Messages

    async def append(self, draft: Draft, event_of: Callable[[Message], Event[MessageSent]]) -> Message:
        """Give the draft the session's next number and save it with its fact; a message with this id stays as it is.

        Within a process the senders of a session take turns, so only replicas ever race for a number.

        Raises:
            Transient: MongoDB is away, or other replicas won every race; nothing or all of it is saved.

        """
        async with self._turns.setdefault(draft.session_id, Lock()):
            for _ in range(NUMBER_ATTEMPTS):
                message = draft.numbered(await self.last_number(draft.session_id) + 1)
                event = event_of(message)
                try:
                    await outbox.insert(self.messages, _document(message, event.org_id), [event])
                except DuplicateKey:
                    earlier = await self.message(draft.message_id)
                    if earlier is not None:
                        return earlier
                    await asyncio.sleep(random.uniform(0, RACE_PAUSE_SECONDS))  # noqa: S311 - spreads the racers
                else:
                    return message
        raise Transient(f"too many messages at once in session {draft.session_id}")

    async def last_number(self, session_id: str) -> int:
        with translate_errors():
            found = await self.messages.find_one(
                {"session_id": session_id}, {"number": 1, "_id": 0}, sort=[("number", DESCENDING)]
            )
        return int(found["number"]) if found else 0

    async def message(self, message_id: str) -> Message | None:
        with translate_errors():
            found = await self.messages.find_one({"_id": message_id}, {"outbox": 0})
        return _message(found) if found else None

    async def messages_after(
        self, session_id: str, after: int, limit: int | None, *, seen_by: str | None = None
    ) -> list[Message]:
        """Oldest first. `seen_by` a participant: their own thread, and the broadcasts that reached them."""
        query: Document = {"session_id": session_id, "number": {"$gt": after}}
        if seen_by is not None:
            query["$or"] = [
                {"participant_id": seen_by},
                {"kind": MessageKind.BROADCAST.value, "recipients": {"$in": [None, seen_by]}},
            ]
        with translate_errors():
            cursor = self.messages.find(query, {"outbox": 0}).sort("number", ASCENDING)
            return [_message(each) async for each in (cursor if limit is None else cursor.limit(limit))]

    async def threads(self, session_id: str, reader_id: str) -> list[ThreadSummary]:
        """Every thread with a message in it, the one with the newest first."""
        by_others = {"$cond": [{"$ne": ["$sender.id", reader_id]}, "$number", "$$REMOVE"]}
        stages: list[Document] = [
            {"$match": {"session_id": session_id, "participant_id": {"$type": "string"}}},
            {"$unset": "outbox"},
            {"$sort": {"number": 1}},
            {"$group": {"_id": "$participant_id", "last": {"$last": "$$ROOT"}, "numbers": {"$push": by_others}}},
            {"$sort": {"last.number": -1}},
        ]
        with translate_errors():
            return [
                ThreadSummary(each["_id"], _message(each["last"]), tuple(each["numbers"]))
                async for each in self.messages.aggregate(stages)
            ]

    # Marks

    async def mark(self, session_id: str, participant_id: str, reader_id: str) -> Mark | None:
        with translate_errors():
            found = await self.marks.find_one({"_id": _mark_id(session_id, participant_id, reader_id)}, {"outbox": 0})
        return _mark(found) if found else None

    async def marks_of(self, session_id: str, reader_id: str) -> dict[str, Reached]:
        """How far a reader has got in each thread, by participant."""
        return await self._reached({"session_id": session_id, "reader.id": reader_id})

    async def marks_by(self, session_id: str, side: ActorKind, participant_id: str | None = None) -> dict[str, Reached]:
        """How far a side has got in each thread, or in one, by participant: of several proctors the furthest."""
        query: Document = {"session_id": session_id, "reader.kind": side.value}
        if participant_id is not None:
            query["participant_id"] = participant_id
        return await self._reached(query)

    async def _reached(self, query: Document) -> dict[str, Reached]:
        reached: dict[str, Reached] = {}
        with translate_errors():
            async for each in self.marks.find(query, {"participant_id": 1, "delivered": 1, "read": 1}):
                furthest = reached.get(each["participant_id"], NOWHERE)
                reached[each["participant_id"]] = Reached(
                    max(each["delivered"], furthest.delivered), max(each["read"], furthest.read)
                )
        return reached

    async def save_mark(self, mark: Mark, event: Event[MarkFact]) -> bool:
        """False when somebody was quicker: load the mark again."""
        mark_id = _mark_id(mark.session_id, mark.participant_id, mark.reader.id)
        document: Document = {
            "_id": mark_id,
            "org_id": mark.org_id,
            "session_id": mark.session_id,
            "participant_id": mark.participant_id,
            "reader": mark.reader.model_dump(mode="json"),
            "delivered": mark.delivered,
            "read": mark.read,
            "version": mark.version,
        }
        try:
            if mark.version == 1:
                await outbox.insert(self.marks, document, [event])
            else:
                await outbox.save(self.marks, mark_id, mark.version - 1, document, [event])
        except (DuplicateKey, outbox.VersionConflict):
            return False
        return True


def _mark_id(session_id: str, participant_id: str, reader_id: str) -> str:
    return derived_id("mark", session_id, participant_id, reader_id)


def _document(message: Message, org_id: str) -> Document:
    document = message.model_dump(mode="json", exclude={"message_id"})
    return {"_id": message.message_id, "org_id": org_id, **document, "sent_at": message.sent_at}


def _message(document: Document) -> Message:
    return Message.model_validate({**document, "message_id": document["_id"]})


def _mark(document: Document) -> Mark:
    return Mark(
        session_id=document["session_id"],
        org_id=document["org_id"],
        participant_id=document["participant_id"],
        reader=Actor.model_validate(document["reader"]),
        delivered=document["delivered"],
        read=document["read"],
        version=document["version"],
    )
