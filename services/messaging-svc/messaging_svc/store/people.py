"""Read models of sessions and participants, and who is invited by mail."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from typing import Final

from chassis.mongo import ASCENDING, Collection, Database, Document, DuplicateKey, translate_errors
from chassis.read_model import Told, take_over
from contracts.statuses import EnrollmentState, MailKind, SessionState
from messaging_svc.domain.people import Invitation, Notice, Participant, Schedule, Session

BEFORE_START: Final = (SessionState.SCHEDULED.value, SessionState.OPEN.value)

OVER: Final = (SessionState.ENDED.value, SessionState.CANCELLED.value)
ERASED: Final = ""


class PeopleStore:
    def __init__(self, database: Database) -> None:
        self.sessions: Collection = database["sessions"]
        self.participants: Collection = database["participants"]
        self.invitations: Collection = database["invitations"]

    async def ensure_indexes(self) -> None:
        with translate_errors():
            await self.sessions.create_index([("notice.version", ASCENDING)], name="notices", sparse=True)
            await self.sessions.create_index(
                [("state", ASCENDING), ("schedule.starts_at", ASCENDING)], name="by_state_and_start"
            )
            await self.sessions.create_index(
                [("over_at", ASCENDING)], name="to_erase", partialFilterExpression={"erased": False}
            )
            await self.invitations.create_index([("session_id", ASCENDING), ("_id", ASCENDING)], name="by_session")

    # Sessions

    async def save_session(self, session: Session, known: Session | None) -> bool:
        """Take over a session's state in place of the one known; False when that one is not there any more."""
        fields = _session_document(session)
        with translate_errors():
            if known is None:
                with suppress(DuplicateKey):
                    await self.sessions.insert_one({"_id": session.session_id, **fields})
                    return True
                return False
            replaced = await self.sessions.update_one(
                {"_id": session.session_id, "version": known.version},
                {"$set": fields, **({} if session.notice else {"$unset": {"notice": ""}})},
            )
        return replaced.matched_count == 1

    async def session(self, session_id: str) -> Session | None:
        with translate_errors():
            found = await self.sessions.find_one({"_id": session_id})
        return _session(found) if found else None

    async def sessions_with_notice(self, limit: int) -> list[Session]:
        with translate_errors():
            cursor = self.sessions.find({"notice.version": {"$gt": 0}}).sort("notice.version", ASCENDING).limit(limit)
            return [_session(each) async for each in cursor]

    async def notice_given(self, session: Session) -> None:
        """Everybody concerned has their mail queued; a newer notice stays."""
        if session.notice is None:
            return
        with translate_errors():
            await self.sessions.update_one(
                {"_id": session.session_id, "notice.version": session.notice.version}, {"$unset": {"notice": ""}}
            )

    async def sessions_starting(self, after: datetime, until: datetime) -> list[tuple[Session, frozenset[str]]]:
        """Those to come, with the reminders that have been queued, soonest first."""
        soon = {"state": {"$in": BEFORE_START}, "schedule.starts_at": {"$gt": after, "$lte": until}}
        with translate_errors():
            return [
                (_session(each), frozenset(each.get("reminded", ())))
                async for each in self.sessions.find(soon).sort("schedule.starts_at", ASCENDING)
            ]

    async def reminded(self, session_id: str, keys: Sequence[str]) -> None:
        with translate_errors():
            await self.sessions.update_one({"_id": session_id}, {"$addToSet": {"reminded": {"$each": list(keys)}}})

    # Erasing

    async def note_over(self, now: datetime) -> None:
        """Remember since when sessions are over: facts do not say it, and may come again."""
        with translate_errors():
            await self.sessions.update_many(
                {"state": {"$in": OVER}, "over_at": None}, {"$set": {"over_at": now, "erased": False}}
            )

    async def over_since(self, moment: datetime, limit: int) -> list[str]:
        """Sessions that were over by then, and of which something may be there to erase."""
        with translate_errors():
            cursor = self.sessions.find({"over_at": {"$lte": moment}, "erased": False}, {"_id": 1}).limit(limit)
            return [each["_id"] async for each in cursor]

    async def erase_codes(self, session_id: str) -> int:
        """The invitation stays, without its code: it tells that the fact of it was heard. How many had one."""
        with translate_errors():
            changed = await self.invitations.update_many(
                {"session_id": session_id, "personal_code": {"$ne": ERASED}}, {"$set": {"personal_code": ERASED}}
            )
        return changed.modified_count

    async def erased(self, session_id: str) -> None:
        with translate_errors():
            await self.sessions.update_one({"_id": session_id}, {"$set": {"erased": True}})

    # Participants

    async def record_participants(self, participants: Sequence[Participant]) -> None:
        """Take over participants' states unless these or newer ones are known already."""
        await take_over(
            self.participants,
            [
                Told(
                    each.participant_id,
                    each.version,
                    {
                        "org_id": each.org_id,
                        "session_id": each.session_id,
                        "name": each.name,
                        "state": each.state.value,
                    },
                )
                for each in participants
            ],
        )

    async def participants_named(self, participant_ids: Sequence[str]) -> list[Participant]:
        with translate_errors():
            return [
                Participant(
                    participant_id=found["_id"],
                    session_id=found["session_id"],
                    org_id=found["org_id"],
                    version=found["version"],
                    name=found["name"],
                    state=EnrollmentState(found["state"]),
                )
                async for found in self.participants.find({"_id": {"$in": list(participant_ids)}})
            ]

    # Invitations

    async def invitation(self, participant_id: str) -> Invitation | None:
        with translate_errors():
            found = await self.invitations.find_one({"_id": participant_id})
        return _invitation(found) if found else None

    async def invitation_versions(self, participant_ids: Sequence[str]) -> dict[str, int]:
        with translate_errors():
            found = self.invitations.find({"_id": {"$in": list(participant_ids)}}, {"version": 1})
            return {each["_id"]: each["version"] async for each in found}

    async def invitations_after(self, session_id: str, after: str, limit: int) -> list[Invitation]:
        """One page, by participant."""
        with translate_errors():
            cursor = self.invitations.find({"session_id": session_id, "_id": {"$gt": after}})
            return [_invitation(each) async for each in cursor.sort("_id", ASCENDING).limit(limit)]


def invitation_document(invitation: Invitation) -> Document:
    """Everything but the id."""
    return {name: value for name, value in asdict(invitation).items() if name != "participant_id"}


def _invitation(document: Document) -> Invitation:
    return Invitation(
        participant_id=document["_id"],
        session_id=document["session_id"],
        org_id=document["org_id"],
        version=document["version"],
        name=document["name"],
        email=document["email"],
        personal_code=document["personal_code"],
        invited_at=document["invited_at"],
    )


def _session_document(session: Session) -> Document:
    document: Document = {
        "org_id": session.org_id,
        "version": session.version,
        "state": session.state.value,
        "proctor_ids": list(session.proctor_ids),
        "name": session.name,
        "assessment_title": session.assessment_title,
        "schedule": asdict(session.schedule) if session.schedule else None,
        "schedule_version": session.schedule_version,
        "previous": asdict(session.previous) if session.previous else None,
        "instructions": session.instructions,
        "support_contact": session.support_contact,
        "cancel_reason": session.cancel_reason,
    }
    if session.notice is not None:
        document["notice"] = {"kind": session.notice.kind.value, "version": session.notice.version}
    return document


def _session(document: Document) -> Session:
    """Documents from before mail existed lack its fields, until the next fact of their session."""
    notice = document.get("notice")
    return Session(
        session_id=document["_id"],
        org_id=document["org_id"],
        version=document["version"],
        state=SessionState(document["state"]),
        proctor_ids=tuple(document["proctor_ids"]),
        name=document.get("name", ""),
        assessment_title=document.get("assessment_title", ""),
        schedule=_schedule(document.get("schedule")),
        schedule_version=document.get("schedule_version", 0),
        previous=_schedule(document.get("previous")),
        instructions=document.get("instructions", ""),
        support_contact=document.get("support_contact", ""),
        cancel_reason=document.get("cancel_reason", ""),
        notice=Notice(MailKind(notice["kind"]), notice["version"]) if notice else None,
    )


def _schedule(document: Document | None) -> Schedule | None:
    if document is None:
        return None
    return Schedule(document["starts_at"], document["duration_seconds"], document["time_zone"])
