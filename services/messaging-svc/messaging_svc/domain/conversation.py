"""What a message is to whom: addressing, reading, and what a candidate is shown."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from contracts.attempt import Actor
from contracts.messaging import Message, MessageKind, MessagesDelivered, MessagesRead
from contracts.statuses import ParticipantStatus

HAND_RAISED_TEXT: Final = "Raised a hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message that has no number yet. `repeats` recognises a repeated request as the same."""

    message_id: str
    session_id: str
    kind: MessageKind
    participant_id: str | None
    sender: Actor
    text: str
    sent_at: datetime
    filter: list[ParticipantStatus] | None = None
    recipients: list[str] | None = None

    def numbered(self, number: int) -> Message:
        return Message.model_validate(
            {
                "message_id": self.message_id,
                "number": number,
                "session_id": self.session_id,
                "kind": self.kind,
                "participant_id": self.participant_id,
                "sender": self.sender,
                "text": self.text,
                "sent_at": self.sent_at,
                "filter": self.filter,
                "recipients": self.recipients,
            }
        )


def same_request(draft: Draft, message: Message) -> bool:
    """Whether the message is what the draft asks for, apart from when."""
    return draft.numbered(message.number).model_copy(update={"sent_at": message.sent_at}) == message


def concerns(message: Message, participant_id: str) -> bool:
    """Whether a candidate may see the message: their own thread, and broadcasts that reached them."""
    if message.kind is not MessageKind.BROADCAST:
        return message.participant_id == participant_id
    return message.recipients is None or participant_id in message.recipients


def shown_to_candidate(message: Message, participant_id: str) -> Message:
    """Without the names of others it was addressed to."""
    recipients = None if message.recipients is None else [participant_id]
    return message.model_copy(update={"recipients": recipients, "filter": None})


MarkFact = MessagesRead | MessagesDelivered


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How far somebody has got in a thread: it arrived on their page, and they read it. Marks only move forward."""

    session_id: str
    org_id: str
    participant_id: str
    reader: Actor
    delivered: int = 0
    read: int = 0
    version: int = 0


def delivered(mark: Mark, up_to: int, last_number: int) -> tuple[Mark, MessagesDelivered | None]:
    """Note what arrived, at most the session's last message. No fact when that much or more had arrived already."""
    reached = min(up_to, last_number)
    if reached <= mark.delivered:
        return mark, None
    moved = replace(mark, delivered=reached, version=mark.version + 1)
    return moved, MessagesDelivered(
        session_id=mark.session_id, participant_id=mark.participant_id, reader=mark.reader, up_to=reached
    )


def read(mark: Mark, up_to: int, last_number: int) -> tuple[Mark, MessagesRead | None]:
    """Note what was read, which has arrived then. No fact when that much or more was read already."""
    reached = min(up_to, last_number)
    if reached <= mark.read:
        return mark, None
    moved = replace(mark, read=reached, delivered=max(mark.delivered, reached), version=mark.version + 1)
    return moved, MessagesRead(
        session_id=mark.session_id, participant_id=mark.participant_id, reader=mark.reader, up_to=reached
    )


def unread(numbers: Iterable[int], up_to: int) -> int:
    return sum(number > up_to for number in numbers)
