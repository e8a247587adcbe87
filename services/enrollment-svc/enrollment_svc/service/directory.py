"""The directory as staff keep it: people, groups, and who is in which."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from chassis.auth import Principal
from chassis.identifiers import derived_id, new_id
from chassis.outbox import VersionConflict
from chassis.outcomes import Rejected
from contracts import limits, problems
from contracts.resources.directory import (
    ChangeMembers,
    EditGroup,
    EditPerson,
    GroupName,
    GroupView,
    PersonView,
    WriteGroup,
    WritePerson,
)
from contracts.resources.paging import Page
from enrollment_svc.domain.identity import name_key
from enrollment_svc.domain.person import Group, Person, checked, checked_group_name
from enrollment_svc.service.desk import Clock
from enrollment_svc.service.paging import cursor_after, read_cursor
from enrollment_svc.store.directory import DirectoryStore, Taken, words_of

SEARCH_WORDS_MAX: Final = 5  # more narrow nothing down and cost an index scan each


class Directory:
    def __init__(self, store: DirectoryStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    # People

    async def add(self, principal: Principal, request: WritePerson, key: str | None) -> PersonView:
        """The same `key` gives the same person again.

        Raises:
            Rejected: validation-failed, person-exists, directory-full, or not-found for a group.

        """
        org_id = principal.org_id
        person = await self._written(
            principal, request, person_id=derived_id("person", org_id, key) if key else new_id()
        )
        if await self._store.count(org_id) >= limits.DIRECTORY_MAX:
            raise directory_full()
        taken = await self._store.insert(person)
        if taken is Taken.ID:
            stored = await self._one(org_id, person.person_id)
            if replace(stored, changed_at=person.changed_at) != person:
                raise Rejected(problems.IDEMPOTENCY_MISMATCH, "Use a new Idempotency-Key for a new request.")
            return await self._view(stored)
        _refuse_taken(taken)
        return await self._view(person)

    async def edit(self, principal: Principal, person_id: str, request: EditPerson) -> PersonView:
        """Raises Rejected as `add` does, and stale-version."""
        stored = await self._one(principal.org_id, person_id)
        if stored.version != request.version:
            raise VersionConflict(person_id, request.version)
        written = await self._written(principal, request, person_id=person_id)
        edited = replace(written, version=stored.version + 1)
        _refuse_taken(await self._store.save(edited))
        return await self._view(edited)

    async def _written(self, principal: Principal, request: WritePerson, person_id: str) -> Person:
        details = checked(request.name, request.email, request.external_id)
        group_ids = tuple(dict.fromkeys(request.group_ids))
        found = await self._store.groups_named(principal.org_id, group_ids)
        if len(found) < len(group_ids):
            raise Rejected(problems.NOT_FOUND, "One of the groups is not there any more.")
        return Person(
            person_id=person_id,
            org_id=principal.org_id,
            version=1,
            name=details.name,
            email=details.email,
            external_id=details.external_id,
            group_ids=group_ids,
            changed_at=self._clock.now(),
        )

    async def delete(self, principal: Principal, person_id: str) -> None:
        """Again changes nothing. Places in sessions stay: they are the sessions' own."""
        await self._store.delete(principal.org_id, person_id)

    async def one(self, principal: Principal, person_id: str) -> PersonView:
        return await self._view(await self._one(principal.org_id, person_id))

    async def _one(self, org_id: str, person_id: str) -> Person:
        person = await self._store.person(org_id, person_id)
        if person is None:
            raise Rejected(problems.NOT_FOUND, "There is no such person in the directory.")
        return person

    async def listing(
        self, principal: Principal, *, search: str | None, group_id: str | None, cursor: str | None, limit: int
    ) -> Page[PersonView]:
        found = await self._store.listing(
            principal.org_id,
            words=words_of(search or "")[:SEARCH_WORDS_MAX],
            group_id=group_id,
            after=read_cursor(cursor),
            limit=limit + 1,
        )
        shown = found[:limit]
        following = cursor_after(name_key(shown[-1].name), shown[-1].person_id) if len(found) > limit else None
        return Page(items=await self._views(principal.org_id, shown), next_cursor=following)

    async def _view(self, person: Person) -> PersonView:
        return (await self._views(person.org_id, [person]))[0]

    async def _views(self, org_id: str, people: Sequence[Person]) -> list[PersonView]:
        groups = await self._store.groups_named(org_id, {each for person in people for each in person.group_ids})
        return [
            PersonView(
                person_id=person.person_id,
                version=person.version,
                name=person.name,
                email=person.email,
                external_id=person.external_id,
                groups=[
                    GroupName(group_id=each, name=groups[each].name) for each in person.group_ids if each in groups
                ],
                changed_at=person.changed_at,
            )
            for person in people
        ]

    # Groups

    async def add_group(self, principal: Principal, request: WriteGroup) -> GroupView:
        """Raises Rejected: validation-failed, group-exists or directory-full."""
        group = Group(group_id=new_id(), org_id=principal.org_id, version=1, name=checked_group_name(request.name))
        if len(await self._store.all_groups(principal.org_id)) >= limits.GROUPS_MAX:
            raise groups_full()
        if await self._store.insert_group(group) is not None:
            raise _group_exists(group.name)
        return _group_view(group, 0)

    async def edit_group(self, principal: Principal, group_id: str, request: EditGroup) -> GroupView:
        """Raises Rejected: validation-failed, group-exists or stale-version."""
        stored = await self._group(principal.org_id, group_id)
        if stored.version != request.version:
            raise VersionConflict(group_id, request.version)
        edited = replace(stored, name=checked_group_name(request.name), version=stored.version + 1)
        if await self._store.save_group(edited) is not None:
            raise _group_exists(edited.name)
        return await self._sized(edited)

    async def delete_group(self, principal: Principal, group_id: str) -> None:
        """Its people stay. Again changes nothing."""
        await self._store.delete_group(principal.org_id, group_id)

    async def change_members(self, principal: Principal, group_id: str, request: ChangeMembers) -> GroupView:
        group = await self._group(principal.org_id, group_id)
        await self._store.change_members(principal.org_id, group_id, request.add, request.remove)
        return await self._sized(group)

    async def groups(
        self, principal: Principal, *, search: str | None, cursor: str | None, limit: int
    ) -> Page[GroupView]:
        found = await self._store.group_listing(
            principal.org_id, search=name_key((search or "").strip()), after=read_cursor(cursor), limit=limit + 1
        )
        shown = found[:limit]
        sizes = await self._store.sizes(principal.org_id, [each.group_id for each in shown])
        following = cursor_after(name_key(shown[-1].name), shown[-1].group_id) if len(found) > limit else None
        return Page(items=[_group_view(each, sizes.get(each.group_id, 0)) for each in shown], next_cursor=following)

    async def _group(self, org_id: str, group_id: str) -> Group:
        group = await self._store.group(org_id, group_id)
        if group is None:
            raise Rejected(problems.NOT_FOUND, "There is no such group.")
        return group

    async def _sized(self, group: Group) -> GroupView:
        sizes = await self._store.sizes(group.org_id, [group.group_id])
        return _group_view(group, sizes.get(group.group_id, 0))


def _group_view(group: Group, people: int) -> GroupView:
    return GroupView(
        group_id=group.group_id, version=group.version, name=group.name, external_id=group.external_id, people=people
    )


def _refuse_taken(taken: Taken | None) -> None:
    match taken:
        case Taken.EMAIL:
            field, detail = "email", "Somebody in the directory has this e-mail address."
        case Taken.EXTERNAL_ID:
            field, detail = "external_id", "Somebody in the directory has this ID."
        case _:
            return
    raise Rejected(problems.PERSON_EXISTS, detail, errors=[{"field": field, "message": detail}])


def _group_exists(name: str) -> Rejected:
    return Rejected(
        problems.GROUP_EXISTS,
        f"There is a group “{name}”.",
        errors=[{"field": "name", "message": "This name is taken."}],
    )


def directory_full() -> Rejected:
    return Rejected(problems.DIRECTORY_FULL, f"It holds at most {limits.DIRECTORY_MAX:,} people.")


def groups_full() -> Rejected:
    return Rejected(problems.DIRECTORY_FULL, f"It holds at most {limits.GROUPS_MAX:,} groups.")
