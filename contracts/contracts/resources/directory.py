"""The organisation directory: people who may sit sessions, and their groups. Owned by enrollment-svc."""

from typing import Annotated

from pydantic import Field

from contracts import limits
from contracts.enrollment import Accommodation
from contracts.model import Email, Id, Instant, Name, Request, View

GroupIds = Annotated[list[Id], Field(max_length=limits.PERSON_GROUPS_MAX)]


class WritePerson(Request):
    """An e-mail address or an ID is needed: it tells this person from others of the same name."""

    name: Name
    email: Email | None = None
    external_id: Name | None = None
    group_ids: GroupIds = []


class EditPerson(WritePerson):
    version: int


class GroupName(View):
    group_id: Id
    name: Name


class PersonView(View):
    person_id: Id
    version: int
    name: Name
    email: Email | None
    external_id: Name | None
    groups: list[GroupName]
    changed_at: Instant


class WriteGroup(Request):
    name: Name


class EditGroup(WriteGroup):
    version: int


class GroupView(View):
    group_id: Id
    version: int
    name: Name
    external_id: Name | None = Field(description="Where the group came from: a OneRoster class")
    people: int


class ChangeMembers(Request):
    add: Annotated[list[Id], Field(max_length=limits.BULK_MAX)] = []
    remove: Annotated[list[Id], Field(max_length=limits.BULK_MAX)] = []


class EnrolFromDirectory(Request):
    """Everybody named, and everybody in the groups, once."""

    person_ids: Annotated[list[Id], Field(max_length=limits.BULK_MAX)] = []
    group_ids: Annotated[list[Id], Field(max_length=limits.PERSON_GROUPS_MAX)] = []
    accommodation: Accommodation = Accommodation()
    invite: bool = Field(default=False, description="Send an invitation to everybody with an e-mail address")
