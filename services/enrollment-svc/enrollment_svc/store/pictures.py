"""Which pictures the object store holds, or may hold: noted before each is put there, forgotten when it is gone."""

from collections.abc import Iterable
from datetime import datetime

from chassis.mongo import ASCENDING, Collection, Database, Document, translate_errors
from contracts.statuses import IdentityImage
from enrollment_svc.domain.verification import Picture


class PictureStore:
    def __init__(self, database: Database) -> None:
        self._pictures: Collection = database["identity_pictures"]

    async def ensure_indexes(self) -> None:
        with translate_errors():
            await self._pictures.create_index([("look_at", ASCENDING)], name="to_look_at")
            await self._pictures.create_index([("participant_id", ASCENDING)], name="by_participant")

    async def note(self, picture: Picture) -> None:
        with translate_errors():
            await self._pictures.insert_one(_document(picture))

    async def named(self, image_ids: Iterable[str]) -> dict[str, Picture]:
        with translate_errors():
            return {
                each["_id"]: _picture(each) async for each in self._pictures.find({"_id": {"$in": list(image_ids)}})
            }

    async def count_of(self, participant_id: str) -> int:
        with translate_errors():
            return int(await self._pictures.count_documents({"participant_id": participant_id}))

    async def to_look_at(self, now: datetime, limit: int) -> list[Picture]:
        """The longest waiting first."""
        cursor = self._pictures.find({"look_at": {"$lte": now}}).sort("look_at", ASCENDING).limit(limit)
        with translate_errors():
            return [_picture(each) async for each in cursor]

    async def look_again(self, image_id: str, at: datetime) -> None:
        with translate_errors():
            await self._pictures.update_one({"_id": image_id}, {"$set": {"look_at": at}})

    async def forget(self, image_ids: Iterable[str]) -> None:
        with translate_errors():
            await self._pictures.delete_many({"_id": {"$in": list(image_ids)}})


def _document(picture: Picture) -> Document:
    return {
        "_id": picture.image_id,
        "org_id": picture.org_id,
        "session_id": picture.session_id,
        "participant_id": picture.participant_id,
        "image": picture.image.value,
        "path": picture.path,
        "sha256": picture.sha256,
        "size": picture.size,
        "added_at": picture.added_at,
        "look_at": picture.look_at,
    }


def _picture(document: Document) -> Picture:
    return Picture(
        image_id=document["_id"],
        org_id=document["org_id"],
        session_id=document["session_id"],
        participant_id=document["participant_id"],
        image=IdentityImage(document["image"]),
        path=document["path"],
        sha256=document["sha256"],
        size=document["size"],
        added_at=document["added_at"],
        look_at=document["look_at"],
    )
