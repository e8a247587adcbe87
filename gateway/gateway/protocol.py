"""Messages on the two WebSockets, as models. JSON text frames, one message each; documented in gateway/README.md.

What comes in is validated by these models. What goes out in large numbers is written by hand in `sockets`, and tests
hold it against these models.
"""

from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints, TypeAdapter

from contracts import access, limits
from contracts.access import Action
from contracts.attempt import Seq, Signal
from contracts.items import Response
from contracts.live import Frame, Row
from contracts.messaging import Message
from contracts.model import Id, Instant, Name, Part, Request, Text
from contracts.resources.monitoring import AttemptView

Token = Annotated[str, StringConstraints(min_length=1, max_length=4_000)]
ClientId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
"""An id the client chose for something it sent, named by the answer; repeated with the same id, it is done once."""


# From candidates and staff


class Hello(Request):
    """The first message, within five seconds. Staff send it again with a fresh token before the old one expires."""

    type: Literal["hello"]
    token: Token


class Beat(Request):
    """At least every `beat_seconds`, whatever else is sent."""

    type: Literal["beat"]
    id: ClientId | None = None


# From candidates


class Answer(Request):
    """`response` None clears the answer. `seq` counts everything this candidate sends, without reuse."""

    type: Literal["answer"]
    seq: Seq
    item_id: Id
    response: Response | None


class Flag(Request):
    type: Literal["flag"]
    seq: Seq
    item_id: Id
    flagged: bool


class Visit(Request):
    type: Literal["visit"]
    seq: Seq
    item_id: Id


class Submit(Request):
    """Carried out after every answer sent before it is acknowledged."""

    type: Literal["submit"]
    id: ClientId


class Chat(Request):
    type: Literal["chat"]
    id: ClientId
    text: Text


class Typing(Request):
    """The candidate writes to the proctors at this moment. Said again every few seconds while it is so."""

    type: Literal["typing"]


class Hand(Request):
    """Raise a hand: ask for help without words."""

    type: Literal["hand"]
    id: ClientId


class PageSignal(Request):
    """What the page saw, as far as the session asks for it. Not acknowledged; told in time rather than for certain.

    `seconds`: how long it lasted by the page's own measure, when it began while there was no connection.
    """

    type: Literal["signal"]
    signal: Signal
    count: Annotated[int, Field(ge=1, le=limits.SIGNAL_COUNT_MAX)] = 1
    seconds: Annotated[int, Field(ge=0, le=limits.SIGNAL_SECONDS_MAX)] = 0


FromCandidate = Annotated[
    Answer | Flag | Visit | Submit | Chat | Typing | Hand | PageSignal | Beat | Hello,
    Field(discriminator="type"),
]
from_candidate: Final[TypeAdapter[FromCandidate]] = TypeAdapter(FromCandidate)


# From staff


class Watch(Request):
    type: Literal["watch"]
    session_id: Id


class Unwatch(Request):
    type: Literal["unwatch"]
    session_id: Id


class WritesTo(Request):
    """Whoever watches the session writes in a participant's thread at this moment."""

    type: Literal["typing"]
    session_id: Id
    participant_id: Id


FromStaff = Annotated[Watch | Unwatch | WritesTo | Beat | Hello, Field(discriminator="type")]
from_staff: Final[TypeAdapter[FromStaff]] = TypeAdapter(FromStaff)
hello: Final[TypeAdapter[Hello]] = TypeAdapter(Hello)


# What each message does, by the table of access. Beats and hellos do nothing to anybody.
CANDIDATE_ACTIONS: Final[dict[str, Action]] = {
    "answer": access.ATTEMPT_WORK,
    "flag": access.ATTEMPT_WORK,
    "visit": access.ATTEMPT_WORK,
    "submit": access.ATTEMPT_WORK,
    "chat": access.MESSAGE_SEND,
    "typing": access.MESSAGE_SEND,
    "hand": access.HAND_RAISE,
    "signal": access.ATTEMPT_WORK,
}
STAFF_ACTIONS: Final[dict[str, Action]] = {
    "watch": access.LIVE_WATCH,
    "unwatch": access.LIVE_WATCH,
    "typing": access.MESSAGE_SEND,
}


# To candidates


class CandidateWelcome(Part):
    """The socket is live. Fetch form and messages now; go on counting from `attempt.row.last_seq`."""

    type: Literal["welcome"] = "welcome"
    connection_id: Id
    attempt: AttemptView
    server_time: Instant
    beat_seconds: int


class Ack(Part):
    """Kafka has these, on every in-sync replica: they will not be lost. `ids` answers submit, chat and hand."""

    type: Literal["ack"] = "ack"
    seqs: list[int] = []
    ids: list[str] = []


class Refused(Part):
    """`problem` is the name of a problem type. Send again after `temporarily-unavailable` and `too-many-requests`."""

    type: Literal["refused"] = "refused"
    seq: int | None = None
    id: str | None = None
    session_id: Id | None = None
    problem: str
    detail: str = ""
    retry_after_s: float | None = None


class RowChanged(Part):
    type: Literal["row"] = "row"
    row: Row
    server_time: Instant


class MessageReceived(Part):
    type: Literal["message"] = "message"
    message: Message


class MarksMoved(Part):
    """How far a proctor has got in the candidate's thread."""

    type: Literal["marks"] = "marks"
    delivered_up_to: int
    read_up_to: int


class ProctorTyping(Part):
    """A proctor writes to the candidate at this moment."""

    type: Literal["typing"] = "typing"
    name: Name


class Warned(Part):
    type: Literal["warning"] = "warning"
    minutes: int


class Replaced(Part):
    """The same candidate continued elsewhere. Do not reconnect by yourself."""

    type: Literal["replaced"] = "replaced"


class BeatAnswer(Part):
    type: Literal["beat"] = "beat"
    server_time: Instant
    id: str | None = None


class Resync(Part):
    """Something may have been missed. Staff fetch the snapshot again, candidates their messages; rows heal alone."""

    type: Literal["resync"] = "resync"
    session_id: Id


class Bye(Part):
    """The gateway closes. Reconnect after `retry_after_s`; None: do not, `problem` says why."""

    type: Literal["bye"] = "bye"
    problem: str
    detail: str = ""
    retry_after_s: float | None = None


ToCandidate = Annotated[
    CandidateWelcome
    | Ack
    | Refused
    | RowChanged
    | MessageReceived
    | MarksMoved
    | ProctorTyping
    | Warned
    | Replaced
    | BeatAnswer
    | Resync
    | Bye,
    Field(discriminator="type"),
]
to_candidate: Final[TypeAdapter[ToCandidate]] = TypeAdapter(ToCandidate)


# To staff


class StaffWelcome(Part):
    type: Literal["welcome"] = "welcome"
    connection_id: Id
    server_time: Instant
    beat_seconds: int


class Watching(Part):
    """Frames of this session flow from now on: fetch the snapshot."""

    type: Literal["watching"] = "watching"
    session_id: Id


class FrameReceived(Part):
    """A frame of `contracts.live`, as its owner published it."""

    type: Literal["frame"] = "frame"
    session_id: Id
    frame: Frame


ToStaff = Annotated[
    StaffWelcome | Watching | FrameReceived | Refused | BeatAnswer | Resync | Bye,
    Field(discriminator="type"),
]
to_staff: Final[TypeAdapter[ToStaff]] = TypeAdapter(ToStaff)


def schemas() -> dict[str, dict[str, Any]]:
    """JSON schemas of the four directions, for documentation and for clients' generated types."""
    return {
        "from-candidate": from_candidate.json_schema(),
        "to-candidate": to_candidate.json_schema(mode="serialization"),
        "from-staff": from_staff.json_schema(),
        "to-staff": to_staff.json_schema(mode="serialization"),
    }
