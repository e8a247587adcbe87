"""Resources of reporting-svc."""

from decimal import Decimal

from contracts.attempt import Actor, LedgerEntry
from contracts.messaging import Message
from contracts.model import Id, Instant, Name, View
from contracts.resources.monitoring import IncidentView
from contracts.session import SessionSnapshot
from contracts.statuses import AlertKind, AlertOutcome, CompletionReason, ParticipantStatus, ResultState, Severity


class Attendance(View):
    invited: int
    joined: int
    began: int
    completed: int
    submitted: int
    time_expired: int
    absent: int
    removed: int


class Times(View):
    """Elapsed clock time of completed attempts, in seconds; None with nobody to measure."""

    mean_seconds: Decimal | None
    median_seconds: Decimal | None
    shortest_seconds: Decimal | None
    longest_seconds: Decimal | None


class Bucket(View):
    """Scores from `from_percent` (included) to `to_percent` (excluded; the last one includes 100)."""

    from_percent: int
    to_percent: int
    participants: int


class ItemStatistics(View):
    """Classical test theory. `difficulty`: mean share of the points; `discrimination`: correlation of the item with the
    rest of the test (corrected item-total correlation), None when undefined.
    """

    item_id: Id
    title: Name
    answered: int
    difficulty: Decimal | None
    discrimination: Decimal | None


class ParticipantReport(View):
    participant_id: Id
    name: Name
    external_id: Name | None
    status: ParticipantStatus
    completion_reason: CompletionReason | None
    began_at: Instant | None
    completed_at: Instant | None
    elapsed_ms: int
    remaining_ms: int
    ledger: list[LedgerEntry]
    ledger_adds_up: bool
    answers: int
    responses_digest: str | None
    disconnections: int
    result_state: ResultState | None
    points: Decimal | None
    percent: Decimal | None
    passed: bool | None


class AlertReport(View):
    """`outcome` None: nobody has seen to it. `by`, `note` and `settled_at` tell of the outcome."""

    alert_id: Id
    participant_id: Id
    name: Name
    kind: AlertKind
    severity: Severity
    raised_at: Instant
    count: int
    seconds: int
    outcome: AlertOutcome | None = None
    by: Actor | None = None
    note: str | None = None
    settled_at: Instant | None = None


class SessionSummary(View):
    session: SessionSnapshot
    generated_at: Instant
    facts: int
    attendance: Attendance
    participation_percent: Decimal | None
    completion_percent: Decimal | None
    times: Times
    scores: list[Bucket]
    mean_percent: Decimal | None
    items: list[ItemStatistics]
    participants: list[ParticipantReport]
    incidents: list[IncidentView]
    alerts: list[AlertReport]
    messages: list[Message]


class ActivityEntry(View):
    at: Instant
    type: str
    participant_id: Id | None
    by: Actor | None
    summary: str


class Rebuilt(View):
    """A rebuild has begun: read models were emptied and every topic is read again from its beginning."""

    topics: list[str]


class Behind(View):
    """Messages still to be read before reports are complete again."""

    behind: int
