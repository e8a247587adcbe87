"""Facts of messaging-svc: what was said in a session, to whom, and how mail fared."""

from enum import StrEnum
from typing import Final

from pydantic import Field

from contracts.attempt import Actor
from contracts.model import Fact, Id, Instant, Part, Text
from contracts.registry import message
from contracts.statuses import ParticipantStatus

MESSAGING_EVENTS: Final = "messaging.events.v1"


class MessageKind(StrEnum):
    BROADCAST = "broadcast"
    CHAT = "chat"
    HAND_RAISED = "hand_raised"


class Message(Part):
    """`number` counts the session's messages from 1 without gaps; `participant_id` None addresses everybody.

    A broadcast narrowed to statuses lists whom it reached in `recipients`, decided when it was sent; None means all.
    """

    message_id: Id
    number: int = Field(ge=1)
    session_id: Id
    kind: MessageKind
    participant_id: Id | None = None
    sender: Actor
    text: Text
    sent_at: Instant
    filter: list[ParticipantStatus] | None = None
    recipients: list[Id] | None = None


@message("examhall.message.sent.v1", topic=MESSAGING_EVENTS)
class MessageSent(Fact):
    message: Message


@message("examhall.message.read.v1", topic=MESSAGING_EVENTS)
class MessagesRead(Fact):
    """Somebody read a thread up to a message's number."""

    session_id: Id
    participant_id: Id
    reader: Actor
    up_to: int


@message("examhall.message.delivered.v1", topic=MESSAGING_EVENTS)
class MessagesDelivered(Fact):
    """A thread up to a message's number has arrived on a page of somebody it is for; they may not have looked yet."""

    session_id: Id
    participant_id: Id
    reader: Actor
    up_to: int


MESSAGING_FACTS: Final = (MessageSent, MessagesRead, MessagesDelivered)
