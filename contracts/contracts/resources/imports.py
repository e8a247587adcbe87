"""Imports of people from files, and of selected people into a session. Owned by enrollment-svc."""

from enum import StrEnum

from pydantic import Field

from contracts.model import Id, Instant, Name, Request, View
from contracts.statuses import ImportState, RowOutcome, RowStatus, SeatOutcome


class SourceKind(StrEnum):
    """What the people come from; files are told apart by their content, not by their name."""

    CSV = "csv"
    XLSX = "xlsx"
    ONEROSTER = "oneroster"
    DIRECTORY = "directory"


class TableFormat(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"


class ConfirmMode(StrEnum):
    """`ALL` is refused while any row is a duplicate or an error; `VALID` leaves those out."""

    ALL = "all"
    VALID = "valid"


class ConfirmImport(Request):
    mode: ConfirmMode = ConfirmMode.ALL
    invite: bool = Field(
        default=False,
        description="Into a session: send an invitation to everybody with an e-mail address who gets a place",
    )


class ImportProblem(View):
    """Why the file could not be read: a problem type and what to mend."""

    problem: str
    title: str
    detail: str


class ReviewCounts(View):
    """Every row is in exactly one of these. Already there are `changed` and `known`."""

    new: int = 0
    changed: int = 0
    known: int = 0
    duplicate: int = 0
    error: int = 0


class OutcomeCounts(View):
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    enrolled: int = Field(default=0, description="Got a place in the session")
    already: int = Field(default=0, description="Had a place in the session before")
    unseated: int = Field(default=0, description="In the directory, but without a place in the session")
    invited: int = Field(default=0, description="Of the enrolled, those whom an invitation goes to")


class ImportView(View):
    import_id: Id
    state: ImportState
    source: SourceKind | None = Field(description="Not known before the file was read")
    file_name: str
    session_id: Id | None
    created_at: Instant
    created_by_name: str
    rows: int
    review: ReviewCounts
    done: int = Field(description="Rows carried out so far, of those to carry out")
    to_do: int
    outcome: OutcomeCounts
    problem: ImportProblem | None
    encoding: str | None
    used_columns: dict[str, str] = Field(description="Field by the header it was found under")
    ignored_columns: list[str]
    free_seats: int | None = Field(default=None, description="In the session, when reviewed; None without a session")


class CellError(View):
    """`cell` as spreadsheets name it (`B17`), or the column's name within a line of a bundle's file."""

    cell: str
    field: str
    value: str
    problem: str = Field(description="What is wrong, as a stable name")
    detail: str


class ImportRowView(View):
    number: int = Field(description="Line or row in the file, the header being 1")
    file: str | None = Field(description="Which file of a bundle")
    status: RowStatus
    name: str
    email: str | None
    external_id: str | None
    groups: list[str]
    time: str
    changes: list[str] = Field(description="What differs from the directory")
    errors: list[CellError]
    person_id: Id | None
    outcome: RowOutcome | None
    seat: SeatOutcome | None
    reason: str | None = Field(description="Why it was refused when it was carried out")
    invited: bool | None = Field(
        default=None, description="Whether an invitation goes to them; null: none was asked for"
    )


class ImportSummary(View):
    import_id: Id
    state: ImportState
    file_name: Name
    session_id: Id | None
    created_at: Instant
    created_by_name: str
    rows: int
