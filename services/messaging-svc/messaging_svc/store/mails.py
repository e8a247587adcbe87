"""The mail queue, and each organisation's templates and settings.

A mail's id follows from its cause and recipient, so inserting it again is refused by the one key that is always unique.
`due_at` exists exactly on mails that wait: it is the time of the next try, and while somebody tries, the end of their
lease. A worker writes the outcome only under the lease token it took the mail with, so one that was given up for dead
cannot overwrite what its successor did.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from chassis import mongo
from chassis.mongo import (
    ASCENDING,
    DESCENDING,
    DUPLICATE_KEY,
    BulkWriteError,
    Collection,
    Database,
    Document,
    InsertOne,
    ReturnDocument,
    UpdateMany,
    UpdateOne,
    translate_errors,
)
from contracts.resources.mail import MailSettings
from contracts.statuses import MailKind, MailStatus
from messaging_svc.domain.mail import FINISHED, REQUESTED_KINDS, Mail
from messaging_svc.domain.people import Invitation
from messaging_svc.domain.templates import MailTemplate
from messaging_svc.store.people import invitation_document

ANNOUNCING: Final = (MailKind.INVITATION.value, MailKind.REMINDER.value, MailKind.RESCHEDULE.value)


class AlreadyRecorded(Exception):
    """What was to be recorded is there."""


class MailStore:
    def __init__(self, database: Database) -> None:
        self._client = database.client
        self.invitations: Collection = database["invitations"]
        self.mails: Collection = database["mails"]
        self.templates: Collection = database["mail_templates"]
        self.settings: Collection = database["mail_settings"]

    async def ensure_indexes(self) -> None:
        with translate_errors():
            await self.mails.create_index([("due_at", ASCENDING)], name="due", sparse=True)
            await self.mails.create_index(
                [("session_id", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)], name="by_session"
            )
            await self.mails.create_index([("session_id", ASCENDING), ("status", ASCENDING)], name="by_status")
            await self.mails.create_index([("participant_id", ASCENDING), ("kind", ASCENDING)], name="by_participant")
            await self.mails.create_index(
                [("kind", ASCENDING), ("created_at", ASCENDING)],
                name="to_erase",
                partialFilterExpression={"fields": {"$exists": True}},
            )

    # Causes

    async def record_invitations(self, caused: Sequence[tuple[Invitation, Mail]]) -> None:
        """Invitations and the mails they cause in one step, with what the people missed for not being invited yet.

        Raises:
            AlreadyRecorded: one of them is known already, or a newer one; nothing of this call was recorded.

        """
        if not caused:
            return
        people = [
            UpdateOne(
                {"_id": invitation.participant_id, "version": {"$lt": invitation.version}},
                {"$set": invitation_document(invitation)},
                upsert=True,
            )
            for invitation, _ in caused
        ]
        missed = [
            UpdateMany(
                {"participant_id": invitation.participant_id, "unasked": True},
                {
                    "$set": {"due_at": mail.created_at, "name": invitation.name, "email": invitation.email},
                    "$unset": {"unasked": ""},
                },
            )
            for invitation, mail in caused
        ]
        try:
            async with mongo.transaction(self._client) as session:
                await self.invitations.bulk_write(people, session=session)
                await self.mails.bulk_write([InsertOne(_document(mail)) for _, mail in caused], session=session)
                await self.mails.bulk_write(missed, session=session)
        except BulkWriteError as error:
            if not _only_duplicates(error):
                raise
            raise AlreadyRecorded from error

    async def insert(self, mails: Sequence[Mail]) -> None:
        """Queue mails; those queued before stay as they are."""
        if not mails:
            return
        with translate_errors():
            try:
                await self.mails.bulk_write([InsertOne(_document(each)) for each in mails], ordered=False)
            except BulkWriteError as error:
                if not _only_duplicates(error):
                    raise

    # Sending

    async def due(self, now: datetime, limit: int) -> list[str]:
        """Ids of mails that wait, longest first."""
        with translate_errors():
            cursor = self.mails.find({"due_at": {"$lte": now}}, {"_id": 1}).sort("due_at", ASCENDING).limit(limit)
            return [each["_id"] async for each in cursor]

    async def claim(self, mail_id: str, token: str, now: datetime, until: datetime) -> Mail | None:
        """Take a mail for oneself until the lease ends; None when somebody else has it, or it is done."""
        with translate_errors():
            found = await self.mails.find_one_and_update(
                {"_id": mail_id, "due_at": {"$lte": now}},
                {
                    "$set": {"status": MailStatus.SENDING.value, "lease_token": token, "due_at": until},
                    "$inc": {"attempts": 1},
                },
                return_document=ReturnDocument.AFTER,
            )
        return _mail(found) if found else None

    async def settle(
        self,
        mail: Mail,
        token: str,
        status: MailStatus,
        *,
        reason: str | None = None,
        due_at: datetime | None = None,
        sent_at: datetime | None = None,
        counts: bool = True,
    ) -> bool:
        """Write what became of a mail, and give up the lease; False when the lease was lost.

        `counts` False takes the attempt back: nobody was asked to take the mail.
        """
        kept: Document = {"status": status.value, "reason": reason}
        gone: Document = {"lease_token": ""}
        if due_at is not None:
            kept["due_at"] = due_at
        else:
            gone["due_at"] = ""
        if sent_at is not None:
            kept["sent_at"] = sent_at
        if status in FINISHED and mail.kind in REQUESTED_KINDS:
            gone["fields"] = ""  # a link that lets somebody in
        update: Document = {"$set": kept, "$unset": gone}
        if not counts:
            update["$inc"] = {"attempts": -1}
        with translate_errors():
            done = await self.mails.update_one({"_id": mail.mail_id, "lease_token": token}, update)
        return done.matched_count == 1

    async def invitation_still_waits(self, participant_id: str) -> bool:
        """Whether an invitation to this person waits without anybody sending it: it will say how things are then."""
        waiting = [MailStatus.QUEUED.value, MailStatus.RETRYING.value]
        query = {
            "participant_id": participant_id,
            "kind": MailKind.INVITATION.value,
            "status": {"$in": waiting},
            "due_at": {"$type": "date"},
        }
        with translate_errors():
            return await self.mails.find_one(query, {"_id": 1}) is not None

    async def announced(self, participant_id: str) -> list[MailStatus]:
        """Of each mail that this person would have to forget and that a server was ever asked to take."""
        query = {"participant_id": participant_id, "kind": {"$in": ANNOUNCING}, "attempts": {"$gt": 0}}
        with translate_errors():
            return [MailStatus(each["status"]) async for each in self.mails.find(query, {"status": 1})]

    # Erasing

    async def erase_texts(self, session_id: str) -> int:
        """What the mails of a session said beyond their template, of those that wait for nothing. How many had any."""
        return await self._erase({"session_id": session_id, "kind": {"$ne": MailKind.RESULT.value}})

    async def erase_results(self, before: datetime) -> int:
        """Of mails about results, which may go out long after a session, by their own age."""
        return await self._erase({"kind": MailKind.RESULT.value, "created_at": {"$lte": before}})

    async def _erase(self, of: Document) -> int:
        wanted = {**of, "fields": {"$exists": True}, "due_at": None}
        with translate_errors():
            changed = await self.mails.update_many(wanted, {"$unset": {"fields": ""}})
        return changed.modified_count

    # Looking

    async def mail(self, mail_id: str) -> Mail | None:
        with translate_errors():
            found = await self.mails.find_one({"_id": mail_id})
        return _mail(found) if found else None

    async def of_session(
        self,
        session_id: str,
        *,
        statuses: Sequence[MailStatus] | None,
        after: tuple[datetime, str] | None,
        limit: int,
    ) -> list[Mail]:
        """Newest first; `after` is where the page before ended."""
        query: Document = {"session_id": session_id, "unasked": {"$ne": True}}
        if statuses is not None:
            query["status"] = {"$in": [each.value for each in statuses]}
        if after is not None:
            created_at, mail_id = after
            query["$or"] = [
                {"created_at": {"$lt": created_at}},
                {"created_at": created_at, "_id": {"$lt": mail_id}},
            ]
        cursor = self.mails.find(query).sort([("created_at", DESCENDING), ("_id", DESCENDING)]).limit(limit)
        with translate_errors():
            return [_mail(each) async for each in cursor]

    async def counts(self, session_id: str) -> dict[MailStatus, int]:
        stages: list[Mapping[str, Any]] = [
            {"$match": {"session_id": session_id, "unasked": {"$ne": True}}},
            {"$group": {"_id": "$status", "count": {"$sum": 1}}},
        ]
        with translate_errors():
            return {MailStatus(each["_id"]): each["count"] async for each in self.mails.aggregate(stages)}

    # Templates and settings

    async def template(self, org_id: str, kind: MailKind) -> MailTemplate | None:
        with translate_errors():
            found = await self.templates.find_one({"_id": f"{org_id}/{kind.value}"})
        return _template(found) if found else None

    async def templates_of(self, org_id: str) -> dict[MailKind, MailTemplate]:
        with translate_errors():
            return {MailKind(each["kind"]): _template(each) async for each in self.templates.find({"org_id": org_id})}

    async def save_template(self, org_id: str, kind: MailKind, template: MailTemplate) -> None:
        document = {"org_id": org_id, "kind": kind.value, **asdict(template)}
        with translate_errors():
            await self.templates.replace_one({"_id": f"{org_id}/{kind.value}"}, document, upsert=True)

    async def drop_template(self, org_id: str, kind: MailKind) -> None:
        with translate_errors():
            await self.templates.delete_one({"_id": f"{org_id}/{kind.value}"})

    async def settings_of(self, org_id: str) -> MailSettings:
        with translate_errors():
            found = await self.settings.find_one({"_id": org_id}, {"_id": 0})
        return MailSettings.model_validate(found or {})

    async def save_settings(self, org_id: str, settings: MailSettings) -> None:
        with translate_errors():
            await self.settings.replace_one({"_id": org_id}, settings.model_dump(), upsert=True)


def _only_duplicates(error: BulkWriteError) -> bool:
    failures = (error.details or {}).get("writeErrors", ())
    return bool(failures) and all(each.get("code") == DUPLICATE_KEY for each in failures)


def _document(mail: Mail) -> Document:
    """Absent instead of null: the index of what is due holds only what waits."""
    document = {name: value for name, value in asdict(mail).items() if value is not None and name != "mail_id"}
    if not mail.unasked:
        del document["unasked"]
    return {"_id": mail.mail_id, **document, "kind": mail.kind.value, "status": mail.status.value}


def _mail(document: Document) -> Mail:
    return Mail(
        mail_id=document["_id"],
        org_id=document["org_id"],
        kind=MailKind(document["kind"]),
        session_id=document.get("session_id"),
        participant_id=document.get("participant_id"),
        name=document["name"],
        email=document["email"],
        fields=document.get("fields", {}),
        status=MailStatus(document["status"]),
        reason=document.get("reason"),
        attempts=document["attempts"],
        created_at=document["created_at"],
        due_at=document.get("due_at"),
        expires_at=document.get("expires_at"),
        sent_at=document.get("sent_at"),
        resend_of=document.get("resend_of"),
        unasked=document.get("unasked", False),
    )


def _template(document: Document) -> MailTemplate:
    return MailTemplate(subject=document["subject"], text=document["text"], changed_at=document["changed_at"])
