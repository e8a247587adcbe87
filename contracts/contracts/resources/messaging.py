"""Resources of messaging-svc."""

from typing import Annotated

from pydantic import Field

from contracts import limits
from contracts.messaging import Message
from contracts.model import Id, Request, Text, View
from contracts.statuses import ParticipantStatus


class SendBroadcast(Request):
    """`recipients` None: everybody in the session. The gateway resolves a status filter to recipients."""

    text: Text
    filter: list[ParticipantStatus] | None = None
    recipients: Annotated[list[Id], Field(max_length=limits.PARTICIPANTS_MAX)] | None = None


class SendMessage(Request):
    text: Text


class MarkRead(Request):
    up_to: Annotated[int, Field(ge=1)]


class Thread(View):
    participant_id: Id
    last_message: Message
    unread: int


class Messages(View):
    """Oldest first. `last_number` is the session's newest, for gap detection."""

    messages: list[Message]
    last_number: int
