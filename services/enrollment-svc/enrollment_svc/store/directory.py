"""People and groups of the directory. Unique within an organisation by the keys of `domain.identity`."""

from collections.abc import Collection as Many
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any, Final

from chassis.mongo import (
    ASCENDING,
    BulkWriteError,
    Collection,
    Database,
    Document,
    DuplicateKey,
    InsertOne,
    ReplaceOne,
    duplicates_in,
    translate_errors,
)
from chassis.outbox import VersionConflict
from contracts import limits
from enrollment_svc.domain.identity import email_key, external_id_key, name_key
from enrollment_svc.domain.imports import Write
from enrollment_svc.domain.person import Group, Person
from enrollment_svc.store.participants import After

BEHIND_ALL: Final = "\U0010ffff"


class Taken(StrEnum):
    """Which unique key somebody else has."""

    ID = "_id"
    EMAIL = "email_key"
    EXTERNAL_ID = "external_id_key"
    NAME = "name_key"


class DirectoryStore:
    def __init__(self, database: Database) -> None:
        self.people: Collection = database["people"]
        self.groups: Collection = database["groups"]

    async def ensure_indexes(self) -> None:
        org = ("org_id", ASCENDING)
        unique = (
            (self.people, "email_key"),
            (self.people, "external_id_key"),
            (self.groups, "name_key"),
            (self.groups, "external_id"),
        )
        with translate_errors():
            for collection, key in unique:
                await collection.create_index(
                    [org, (key, ASCENDING)],
                    name=f"unique_{key}",
                    unique=True,
                    partialFilterExpression={key: {"$type": "string"}},
                )
            listing = [("name_key", ASCENDING), ("_id", ASCENDING)]
            await self.people.create_index([org, *listing], name="listing")
            await self.people.create_index([org, ("groups", ASCENDING), *listing], name="by_group")
            await self.people.create_index([org, ("words", ASCENDING)], name="by_word")

    # People

    async def person(self, org_id: str, person_id: str) -> Person | None:
        with translate_errors():
            found = await self.people.find_one({"_id": person_id, "org_id": org_id})
        return _person(found) if found else None

    async def people_named(self, org_id: str, person_ids: Iterable[str]) -> dict[str, Person]:
        found = await self._many({"_id": {"$in": list(person_ids)}, "org_id": org_id})
        return {each.person_id: each for each in found}

    async def known(self, org_id: str, emails: Iterable[str], external_ids: Iterable[str]) -> list[Person]:
        """Everybody with one of these e-mail addresses or IDs: two queries, each on its own index."""
        by_email = {"org_id": org_id, "email_key": {"$in": sorted({email_key(each) for each in emails})}}
        by_id = {"org_id": org_id, "external_id_key": {"$in": sorted({external_id_key(each) for each in external_ids})}}
        return [*await self._many(by_email), *await self._many(by_id)]

    async def count(self, org_id: str) -> int:
        with translate_errors():
            return await self.people.count_documents({"org_id": org_id})

    async def insert(self, person: Person) -> Taken | None:
        try:
            with translate_errors():
                await self.people.insert_one(_document(person))
        except DuplicateKey as error:
            return _taken(error.details)
        return None

    async def save(self, person: Person) -> Taken | None:
        """Raises VersionConflict unless the stored version is the one before the person's."""
        try:
            with translate_errors():
                result = await self.people.replace_one(_before(person), _document(person))
        except DuplicateKey as error:
            return _taken(error.details)
        if result.matched_count == 0:
            raise VersionConflict(person.person_id, person.version - 1)
        return None

    async def write_all(self, writes: Sequence[Write]) -> None:
        """Write what can be written: who was changed meanwhile, or whose key was taken, is left as they are.

        Raises:
            Transient: some may be written already; the same call, repeated, writes the others.

        """
        if not writes:
            return
        operations = [
            InsertOne(_document(each.person))
            if each.inserted
            else ReplaceOne(_before(each.person), _document(each.person))
            for each in writes
        ]
        with translate_errors():
            try:
                await self.people.bulk_write(operations, ordered=False)
            except BulkWriteError as error:
                duplicates_in(error)

    async def delete(self, org_id: str, person_id: str) -> bool:
        with translate_errors():
            result = await self.people.delete_one({"_id": person_id, "org_id": org_id})
        return bool(result.deleted_count)

    async def listing(
        self, org_id: str, *, words: Sequence[str], group_id: str | None, after: After | None, limit: int
    ) -> list[Person]:
        """By name, then id. Each of `words` begins a word of the name, the e-mail address or the ID."""
        wanted: list[Document] = [{"org_id": org_id}]
        if group_id is not None:
            wanted.append({"groups": group_id})
        wanted += [{"words": {"$elemMatch": {"$gte": each, "$lt": each + BEHIND_ALL}}} for each in words]
        if after is not None:
            behind = {"name_key": after.name_key, "_id": {"$gt": after.participant_id}}
            wanted.append({"$or": [{"name_key": {"$gt": after.name_key}}, behind]})
        cursor = self.people.find({"$and": wanted}).sort([("name_key", ASCENDING), ("_id", ASCENDING)]).limit(limit)
        with translate_errors():
            return [_person(each) async for each in cursor]

    async def ids_in(self, org_id: str, group_ids: Sequence[str], limit: int) -> list[str]:
        """People in any of the groups, by name."""
        cursor = self.people.find({"org_id": org_id, "groups": {"$in": list(group_ids)}}, {"_id": 1})
        with translate_errors():
            ordered = cursor.sort([("name_key", ASCENDING), ("_id", ASCENDING)]).limit(limit)
            return [each["_id"] async for each in ordered]

    # Groups

    async def group(self, org_id: str, group_id: str) -> Group | None:
        with translate_errors():
            found = await self.groups.find_one({"_id": group_id, "org_id": org_id})
        return _group(found) if found else None

    async def groups_named(self, org_id: str, group_ids: Many[str]) -> dict[str, Group]:
        with translate_errors():
            found = self.groups.find({"_id": {"$in": list(group_ids)}, "org_id": org_id})
            return {each["_id"]: _group(each) async for each in found}

    async def all_groups(self, org_id: str) -> list[Group]:
        with translate_errors():
            return [_group(each) async for each in self.groups.find({"org_id": org_id})]

    async def insert_group(self, group: Group) -> Taken | None:
        try:
            with translate_errors():
                await self.groups.insert_one(_group_document(group))
        except DuplicateKey as error:
            return _taken(error.details)
        return None

    async def save_group(self, group: Group) -> Taken | None:
        """Raises VersionConflict unless the stored version is the one before the group's."""
        guard = {"_id": group.group_id, "org_id": group.org_id, "version": group.version - 1}
        try:
            with translate_errors():
                result = await self.groups.replace_one(guard, _group_document(group))
        except DuplicateKey as error:
            return _taken(error.details)
        if result.matched_count == 0:
            raise VersionConflict(group.group_id, group.version - 1)
        return None

    async def delete_group(self, org_id: str, group_id: str) -> bool:
        """The group first: a crash leaves people with the id of no group, which is nowhere shown."""
        with translate_errors():
            result = await self.groups.delete_one({"_id": group_id, "org_id": org_id})
            await self.people.update_many(
                {"org_id": org_id, "groups": group_id}, {"$pull": {"groups": group_id}, "$inc": {"version": 1}}
            )
        return bool(result.deleted_count)

    async def group_listing(self, org_id: str, *, search: str, after: After | None, limit: int) -> list[Group]:
        """By name. `search` begins the name."""
        wanted: list[Document] = [{"org_id": org_id}]
        if search:
            wanted.append({"name_key": {"$gte": search, "$lt": search + BEHIND_ALL}})
        if after is not None:
            wanted.append({"name_key": {"$gt": after.name_key}})
        cursor = self.groups.find({"$and": wanted}).sort([("name_key", ASCENDING)]).limit(limit)
        with translate_errors():
            return [_group(each) async for each in cursor]

    async def sizes(self, org_id: str, group_ids: Sequence[str]) -> dict[str, int]:
        stages: list[Document] = [
            {"$match": {"org_id": org_id, "groups": {"$in": list(group_ids)}}},
            {"$project": {"_id": 0, "groups": 1}},
            {"$unwind": "$groups"},
            {"$group": {"_id": "$groups", "people": {"$sum": 1}}},
        ]
        with translate_errors():
            return {each["_id"]: each["people"] async for each in self.people.aggregate(stages)}

    async def change_members(self, org_id: str, group_id: str, add: Sequence[str], remove: Sequence[str]) -> None:
        """Whoever has as many groups as anybody may, or is a member already, is left as they are."""
        full = f"groups.{limits.PERSON_GROUPS_MAX - 1}"
        with translate_errors():
            if add:
                await self.people.update_many(
                    {
                        "org_id": org_id,
                        "_id": {"$in": list(add)},
                        "groups": {"$ne": group_id},
                        full: {"$exists": False},
                    },
                    {"$push": {"groups": group_id}, "$inc": {"version": 1}},
                )
            if remove:
                await self.people.update_many(
                    {"org_id": org_id, "_id": {"$in": list(remove)}, "groups": group_id},
                    {"$pull": {"groups": group_id}, "$inc": {"version": 1}},
                )

    async def _many(self, query: Document) -> list[Person]:
        with translate_errors():
            return [_person(each) async for each in self.people.find(query)]


def words_of(text: str) -> list[str]:
    """The words by which something is found, and which are looked for."""
    return list(dict.fromkeys(name_key(text).split()))


def _before(person: Person) -> Document:
    return {"_id": person.person_id, "org_id": person.org_id, "version": person.version - 1}


def _taken(details: Any) -> Taken:
    key = list((details or {})["keyPattern"])[-1]
    return Taken.EXTERNAL_ID if key == "external_id" else Taken(key)


def _document(person: Person) -> Document:
    email = email_key(person.email) if person.email else None
    external_id = external_id_key(person.external_id) if person.external_id else None
    searched = [person.name, person.email or "", person.external_id or ""]
    document: Document = {
        "_id": person.person_id,
        "org_id": person.org_id,
        "version": person.version,
        "name": person.name,
        "name_key": name_key(person.name),
        "email": person.email,
        "email_key": email,
        "external_id": person.external_id,
        "external_id_key": external_id,
        "groups": list(person.group_ids),
        "words": words_of(" ".join(searched)),
        "changed_at": person.changed_at,
        "import_id": person.import_id,
    }
    return {field: value for field, value in document.items() if value is not None}


def _person(document: Document) -> Person:
    return Person(
        person_id=document["_id"],
        org_id=document["org_id"],
        version=document["version"],
        name=document["name"],
        email=document.get("email"),
        external_id=document.get("external_id"),
        group_ids=tuple(document["groups"]),
        changed_at=document["changed_at"],
        import_id=document.get("import_id"),
    )


def _group_document(group: Group) -> Document:
    document: Document = {
        "_id": group.group_id,
        "org_id": group.org_id,
        "version": group.version,
        "name": group.name,
        "name_key": name_key(group.name),
        "external_id": group.external_id,
    }
    return {field: value for field, value in document.items() if value is not None}


def _group(document: Document) -> Group:
    return Group(
        group_id=document["_id"],
        org_id=document["org_id"],
        version=document["version"],
        name=document["name"],
        external_id=document.get("external_id"),
    )
