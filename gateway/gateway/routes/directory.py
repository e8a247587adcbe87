"""The directory of people and groups: owned by enrollment-svc."""

from fastapi import APIRouter

from contracts import access, problems
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
from gateway.routes.forwarded import PAGING, Forwarding, query_parameter
from gateway.upstream import Upstream

TAKEN = (problems.PERSON_EXISTS, problems.DIRECTORY_FULL, problems.NOT_FOUND)


def router(upstream: Upstream) -> APIRouter:
    router = APIRouter(prefix="/api/v1")
    to = Forwarding(router, upstream, "enrollment-svc", "directory")
    _people(to)
    _groups(to)
    to.route(
        "POST",
        "/sessions/{session_id}/participants/from-directory",
        "Add participants from the directory",
        action=access.PARTICIPANT_WRITE,
        body=EnrolFromDirectory,
        answer=ImportView,
        status=202,
        refused=(problems.NOBODY_MEANT, problems.SESSION_WRONG_STATE, problems.ENROLLMENT_BY_CODE_ONLY),
        description="An import without a file: read it again until it is `done`; its rows say what became of each.",
    )
    return router


def _people(to: Forwarding) -> None:
    to.route(
        "GET",
        "/people",
        "List people",
        action=access.DIRECTORY_READ,
        answer=Page[PersonView],
        query=(
            query_parameter("search", str | None, None, "Beginnings of words of the name, the address or the ID"),
            query_parameter("group_id", str | None, None, "Only people of this group"),
            *PAGING,
        ),
    )
    to.route(
        "POST",
        "/people",
        "Add a person",
        action=access.DIRECTORY_WRITE,
        body=WritePerson,
        answer=PersonView,
        status=201,
        refused=TAKEN,
    )
    to.route("GET", "/people/{person_id}", "Read a person", action=access.DIRECTORY_READ, answer=PersonView)
    to.route(
        "PUT",
        "/people/{person_id}",
        "Edit a person",
        action=access.DIRECTORY_WRITE,
        body=EditPerson,
        answer=PersonView,
        refused=(problems.STALE_VERSION, problems.PERSON_EXISTS),
    )
    to.route(
        "DELETE",
        "/people/{person_id}",
        "Delete a person",
        action=access.DIRECTORY_WRITE,
        answer=None,
        status=204,
        description="From the directory; places in sessions stay. Again changes nothing.",
    )


def _groups(to: Forwarding) -> None:
    to.route(
        "GET",
        "/groups",
        "List groups",
        action=access.DIRECTORY_READ,
        answer=Page[GroupView],
        query=(query_parameter("search", str | None, None, "Beginning of the name"), *PAGING),
    )
    to.route(
        "POST",
        "/groups",
        "Add a group",
        action=access.DIRECTORY_WRITE,
        body=WriteGroup,
        answer=GroupView,
        status=201,
        refused=(problems.GROUP_EXISTS, problems.DIRECTORY_FULL),
    )
    to.route(
        "PUT",
        "/groups/{group_id}",
        "Edit a group",
        action=access.DIRECTORY_WRITE,
        body=EditGroup,
        answer=GroupView,
        refused=(problems.STALE_VERSION, problems.GROUP_EXISTS),
    )
    to.route(
        "DELETE",
        "/groups/{group_id}",
        "Delete a group",
        action=access.DIRECTORY_WRITE,
        answer=None,
        status=204,
        description="Its people stay. Again changes nothing.",
    )
    to.route(
        "POST",
        "/groups/{group_id}/members",
        "Change a group's members",
        action=access.DIRECTORY_WRITE,
        body=ChangeMembers,
        answer=GroupView,
    )
