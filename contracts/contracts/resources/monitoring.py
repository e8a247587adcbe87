"""Resources of monitoring-svc."""

from typing import Annotated

from pydantic import Field

from contracts import limits
from contracts.attempt import Actor, IncidentCategory, LedgerEntry, SavedResponse
from contracts.live import Activity, Outcome, Row
from contracts.model import Id, Instant, Request, Text, View
from contracts.session import SessionSnapshot


class LiveSnapshot(View):
    """The dashboard's starting point: subscribe first, fetch this, then apply frames with a higher row version."""

    session: SessionSnapshot
    session_version: int
    rows: list[Row]
    activities: list[Activity]
    taken_at: Instant


class AttemptView(View):
    """One attempt whole: what a candidate needs to resume, and a proctor to understand."""

    org_id: Id
    session_id: Id
    row: Row
    responses: list[SavedResponse]
    flagged_items: list[Id]
    ledger: list[LedgerEntry]
    server_time: Instant


class Timeline(View):
    participant_id: Id
    activities: list[Activity]


class CommandOutcomes(View):
    """Outcomes known so far; a command asked for and not listed is not decided yet."""

    outcomes: list[Outcome]


class AskedCommand(Request):
    command_id: Id
    participant_id: Id


class AskOutcomes(Request):
    """Which commands' outcomes are wanted."""

    commands: Annotated[list[AskedCommand], Field(max_length=limits.PARTICIPANTS_MAX)]


class RecordIncident(Request):
    category: IncidentCategory
    note: Text
    participant_ids: Annotated[list[Id], Field(max_length=limits.BULK_MAX)] = []
    moment: Instant | None = Field(default=None, description="When it happened; now when left out")


class IncidentView(View):
    incident_id: Id
    session_id: Id
    category: IncidentCategory
    note: Text
    participant_ids: list[Id]
    by: Actor
    moment: Instant
    recorded_at: Instant
