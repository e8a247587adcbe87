"""The directory: people, groups, and giving them places in a session."""

from typing import Annotated

from fastapi import APIRouter, Depends

from chassis.access import allowed
from chassis.auth import Principal
from contracts import access, limits
from contracts.model import Id
from contracts.resources.directory import (
    ChangeMembers,
    EditGroup,
    EditPerson,
    EnrolFromDirectory,
    GroupView,
    PersonView,
    WriteGroup,
    WritePerson,
)
from contracts.resources.imports import ImportView
from contracts.resources.paging import Page
from enrollment_svc.api.participants import Cursor, IdempotencyKey, Limit, Organiser, Search
from enrollment_svc.service.directory import Directory
from enrollment_svc.service.imports import Imports

Reader = Annotated[Principal, Depends(allowed(access.DIRECTORY_READ))]
"""Proctors read the directory, to pick people for their sessions."""
Keeper = Annotated[Principal, Depends(allowed(access.DIRECTORY_WRITE))]


def router(directory: Directory, imports: Imports) -> APIRouter:
    routes = APIRouter(prefix="/v1", tags=["directory"])

    @routes.get("/people")
    async def list_people(
        principal: Reader,
        *,
        search: Search = None,
        group_id: Id | None = None,
        cursor: Cursor = None,
        limit: Limit = limits.PAGE_DEFAULT,
    ) -> Page[PersonView]:
        return await directory.listing(principal, search=search, group_id=group_id, cursor=cursor, limit=limit)

    @routes.post("/people", status_code=201)
    async def add_person(request: WritePerson, principal: Keeper, key: IdempotencyKey = None) -> PersonView:
        return await directory.add(principal, request, key)

    @routes.get("/people/{person_id}")
    async def get_person(person_id: Id, principal: Reader) -> PersonView:
        return await directory.one(principal, person_id)

    @routes.put("/people/{person_id}")
    async def edit_person(person_id: Id, request: EditPerson, principal: Keeper) -> PersonView:
        return await directory.edit(principal, person_id, request)

    @routes.delete("/people/{person_id}", status_code=204)
    async def delete_person(person_id: Id, principal: Keeper) -> None:
        await directory.delete(principal, person_id)

    @routes.get("/groups")
    async def list_groups(
        principal: Reader, *, search: Search = None, cursor: Cursor = None, limit: Limit = limits.PAGE_DEFAULT
    ) -> Page[GroupView]:
        return await directory.groups(principal, search=search, cursor=cursor, limit=limit)

    @routes.post("/groups", status_code=201)
    async def add_group(request: WriteGroup, principal: Keeper) -> GroupView:
        return await directory.add_group(principal, request)

    @routes.put("/groups/{group_id}")
    async def edit_group(group_id: Id, request: EditGroup, principal: Keeper) -> GroupView:
        return await directory.edit_group(principal, group_id, request)

    @routes.delete("/groups/{group_id}", status_code=204)
    async def delete_group(group_id: Id, principal: Keeper) -> None:
        await directory.delete_group(principal, group_id)

    @routes.post("/groups/{group_id}/members")
    async def change_members(group_id: Id, request: ChangeMembers, principal: Keeper) -> GroupView:
        return await directory.change_members(principal, group_id, request)

    @routes.post("/sessions/{session_id}/participants/from-directory", status_code=202)
    async def enrol_from_directory(
        session_id: Id, request: EnrolFromDirectory, principal: Organiser, key: IdempotencyKey = None
    ) -> ImportView:
        return await imports.enrol_selected(principal, session_id, request, key)

    return routes
