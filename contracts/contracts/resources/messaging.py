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


class MarkDelivered(Request):
    up_to: Annotated[int, Field(ge=1)]


class Thread(View):
    """`delivered_up_to` and `read_up_to`: how far the other side has got; of several proctors, the furthest.
    `arrived_up_to`: what has arrived on a page of the reader's before.
    """

    participant_id: Id
    last_message: Message
    unread: int
    arrived_up_to: int = 0
    delivered_up_to: int = 0
    read_up_to: int = 0


class Messages(View):
    """Oldest first. `last_number` is the session's newest, for gap detection.

    To a candidate, `delivered_up_to` and `read_up_to` tell how far a proctor has got in their thread; else 0.
    """

    messages: list[Message]
    last_number: int
    delivered_up_to: int = 0
    read_up_to: int = 0
