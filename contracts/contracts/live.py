"""Frames of the live view: monitoring-svc and messaging-svc publish them to Redis `live:{session_id}`, gateways relay
them and add who is typing.

Every row is complete and carries `version`, so the last one wins and a lost frame heals. Frames are encoded once and
sent to every dashboard as they are; gateways pick out what concerns a candidate.
"""

from typing import Annotated, Final, Literal

from pydantic import Field, TypeAdapter

from contracts.attempt import Actor
from contracts.messaging import Message
from contracts.model import Id, Instant, Name, Part
from contracts.statuses import AlertKind, CompletionReason, ParticipantStatus, Phase, SessionState, Severity

LIVE_CHANNEL: Final = "live:{session_id}"
GATEWAY_LEASE_KEY: Final = "gateway-lease:{gateway_id}"
"""In Redis, and gone with its gateway: whether it is there is the sign of life."""
GATEWAYS_KEY: Final = "gateways"
"""A set of ids in Redis, of gateways that have or had a lease: where to look, instead of through all keys."""


class OpenAlert(Part):
    """An alert nobody has seen to: of each kind a person has at most one, which counts its occurrences.

    `seconds`: how long it lasted, all occurrences together.
    """

    alert_id: Id
    kind: AlertKind
    severity: Severity
    count: int
    seconds: int
    raised_at: Instant
    last_at: Instant


class Row(Part):
    """One participant on the dashboard. Time left: to `deadline_at` while the clock runs, else `remaining_ms`.

    `alerts` counts `open_alerts`; candidates are told of neither.
    """

    participant_id: Id
    version: int
    name: Name
    external_id: Name | None = None
    status: ParticipantStatus
    phase: Phase
    connected: bool
    connection_id: Id | None = None
    completion_reason: CompletionReason | None = None
    answered: int
    total: int
    flagged: int
    item_id: Id | None = None
    section_id: Id | None = None
    began_at: Instant | None = None
    deadline_at: Instant | None = None
    remaining_ms: int | None = None
    limit_ms: int
    extended_ms: int = 0
    elapsed_ms: int = 0
    completes_at: Instant | None = None
    completed_at: Instant | None = None
    attempt_number: int = 1
    last_seq: int = 0
    last_seen_at: Instant | None = None
    alerts: int = 0
    open_alerts: list[OpenAlert] = []
    pause_reason: str | None = None
    responses_digest: str | None = None


class RowsFrame(Part):
    kind: Literal["rows"] = "rows"
    rows: list[Row]


class SessionFrame(Part):
    """The session as a whole changed."""

    kind: Literal["session"] = "session"
    session_id: Id
    version: int
    state: SessionState
    started_at: Instant | None = None
    ended_at: Instant | None = None


class Outcome(Part):
    """What became of one command. `problem` names the problem type of a refusal, None when it was applied."""

    command_id: Id
    participant_id: Id
    problem: str | None = None
    detail: str | None = None
    seq: int | None = None


class OutcomesFrame(Part):
    """Answers to interventions, and refusals of anything (a candidate's applied answers need none)."""

    kind: Literal["outcomes"] = "outcomes"
    outcomes: list[Outcome]


class WarningFrame(Part):
    kind: Literal["warning"] = "warning"
    participant_id: Id
    minutes: int


class Activity(Part):
    """One line of the activity feed: `summary` in English; pages word `type` and the fields in their own language."""

    activity_id: Id
    at: Instant
    participant_id: Id | None
    name: Name | None
    type: str
    summary: str
    by: Name | None = None
    severity: Severity = Severity.NOTICE
    kind: str | None = Field(
        default=None, description="Which of several: the cause, completion reason, alert kind or incident category"
    )
    note: str | None = Field(default=None, description="A person's own words: the reason given, the incident's note")
    seconds: int | None = Field(default=None, description="Time added, or left")
    attempt_number: int | None = None


class ActivityFrame(Part):
    kind: Literal["activity"] = "activity"
    activities: list[Activity]


class MessageFrame(Part):
    kind: Literal["message"] = "message"
    message: Message


class MarksFrame(Part):
    """How far somebody has got in a thread; the numbers of one reader only grow."""

    kind: Literal["marks"] = "marks"
    participant_id: Id
    reader: Actor
    delivered_up_to: int
    read_up_to: int


class TypingFrame(Part):
    """Somebody writes in a thread at this moment. Published by gateways, kept nowhere, over after some seconds."""

    kind: Literal["typing"] = "typing"
    participant_id: Id
    by: Actor


Frame = Annotated[
    RowsFrame | SessionFrame | OutcomesFrame | WarningFrame | ActivityFrame | MessageFrame | MarksFrame | TypingFrame,
    Field(discriminator="kind"),
]
frame_adapter: TypeAdapter[Frame] = TypeAdapter(Frame)
