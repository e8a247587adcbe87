"""Resources of enrollment-svc."""

from typing import Annotated

from pydantic import Field, StringConstraints

from contracts import limits
from contracts.enrollment import Accommodation
from contracts.model import Email, Id, Instant, Name, Reason, Request, View
from contracts.statuses import AdmissionMode, EnrollmentState, SessionState

TypedCode = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
"""As a person typed it: any case, with or without dashes; O reads as 0, I and L as 1."""


class NewParticipant(Request):
    name: Name
    email: Email | None = None
    external_id: Name | None = None
    accommodation: Accommodation = Accommodation()
    invite: bool = Field(
        default=False,
        description="Send an invitation, and later mail about this session, to the e-mail address",
    )


class AddParticipants(Request):
    participants: Annotated[list[NewParticipant], Field(min_length=1, max_length=limits.BULK_MAX)]


class ParticipantView(View):
    participant_id: Id
    session_id: Id
    version: int
    name: Name
    email: Email | None
    external_id: Name | None
    accommodation: Accommodation
    state: EnrollmentState
    personal_code: str | None = Field(description="Only for those who may hand codes out")
    joined_at: Instant | None
    denied_reason: str | None = None
    invited_at: Instant | None = Field(default=None, description="When an invitation was last asked for, by mail")


class Refusal(View):
    """Why one of many was not done; `index` is its place in the request."""

    index: int
    name: str | None = None
    participant_id: Id | None = None
    problem: str
    detail: str


class AddedParticipants(View):
    """Each person asked for is in exactly one of the two lists."""

    added: list[ParticipantView]
    refused: list[Refusal]


class InviteParticipants(Request):
    """`participant_ids` null: everybody who has an e-mail address and was not invited yet, up to 1,000 at once."""

    participant_ids: Annotated[list[Id], Field(min_length=1, max_length=limits.BULK_MAX)] | None = None
    again: bool = Field(default=False, description="Also to those who were invited before: they get another mail")


class InvitedParticipants(View):
    """Each person named is in exactly one of the two lists."""

    invited: list[Id]
    refused: list[Refusal]
    remaining: int = Field(description="Not invited yet, with an e-mail address, in the whole session")
    without_email: int = Field(description="Not invited, because there is no e-mail address to invite to")


class DecideAdmission(Request):
    participant_ids: Annotated[list[Id], Field(min_length=1, max_length=limits.BULK_MAX)]


class DenyAdmission(DecideAdmission):
    reason: Reason


class AdmissionDecided(View):
    decided: list[Id]
    refused: list[Refusal]


class RemoveParticipant(Request):
    reason: Reason


class ChangeParticipant(Request):
    version: int
    name: Name | None = None
    accommodation: Accommodation | None = None


class Join(Request):
    """A session code needs a name; a personal code needs nothing more."""

    code: TypedCode
    name: Name | None = None
    email: Email | None = None
    external_id: Name | None = None


class JoinFrom(Join):
    """What the gateway asks for somebody: it knows where they ask from."""

    in_safe_exam_browser: bool = False


class Joined(View):
    """Whoever joined with the session's code gets a personal code to come back with.

    `locked`: the session is sat in Safe Exam Browser.
    """

    participant_id: Id
    session_id: Id
    org_id: Id
    name: Name
    state: EnrollmentState
    admission_mode: AdmissionMode
    personal_code: str
    session_name: Name
    session_state: SessionState
    locked: bool = False
