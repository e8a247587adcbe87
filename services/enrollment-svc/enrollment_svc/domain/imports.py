"""An import of people: its life, and what each row is and becomes."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from chassis.identifiers import derived_id
from chassis.outcomes import Rejected
from contracts import problems
from contracts.enrollment import Accommodation
from contracts.resources.imports import ConfirmMode, ImportProblem, OutcomeCounts, ReviewCounts, SourceKind
from contracts.statuses import ImportState, RowOutcome, RowStatus, SeatOutcome
from enrollment_svc.domain.files.roster import GroupNamed
from enrollment_svc.domain.identity import (
    Details,
    Objection,
)
from enrollment_svc.domain.person import Known, Person, brought_up_to_date, differences


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """People of the directory who were picked for a session, and the individual time they all get."""

    person_ids: tuple[str, ...]
    group_ids: tuple[str, ...]
    accommodation: Accommodation


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """`rows` are all of the file's, `to_do` those to carry out, `done` those carried out so far. `claims`: how often
    somebody began to work on it. `invite`: whoever gets a place and has an e-mail address is invited.
    """

    import_id: str
    org_id: str
    state: ImportState
    file_name: str
    digest: str
    session_id: str | None
    created_at: datetime
    created_by: str
    created_by_name: str
    source: SourceKind | None = None
    selection: Selection | None = None
    rows: int = 0
    review: ReviewCounts = field(default_factory=ReviewCounts)
    to_do: int = 0
    done: int = 0
    outcome: OutcomeCounts = field(default_factory=OutcomeCounts)
    problem: ImportProblem | None = None
    encoding: str | None = None
    separator: str = ","
    headers: tuple[str, ...] = ()
    used_columns: tuple[tuple[str, str], ...] = ()
    ignored_columns: tuple[str, ...] = ()
    claims: int = 0
    invite: bool = False


@dataclass(frozen=True, slots=True)
class RowError:
    cell: str
    field: str
    value: str
    problem: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRow:
    """`index` numbers the rows of an import from 0; `number` is where the file has the row."""

    index: int
    number: int
    file: str | None = None
    status: RowStatus
    details: Details
    groups: tuple[GroupNamed, ...] = ()
    time: str = ""
    accommodation: Accommodation = field(default_factory=Accommodation)
    cells: tuple[str, ...] = ()
    errors: tuple[RowError, ...] = ()
    changes: tuple[str, ...] = ()
    person_id: str | None = None
    outcome: RowOutcome | None = None
    seat: SeatOutcome | None = None
    reason: str | None = None
    invited: bool | None = None

    def new_person_id(self, import_id: str) -> str:
        """The id of the person that this row adds: the same however often the row is carried out."""
        return derived_id("imported-person", import_id, str(self.index))

    def refused(self, reason: str) -> "ImportRow":
        return replace(self, outcome=RowOutcome.REFUSED, reason=reason)


def to_carry_out(import_: Import) -> frozenset[RowStatus]:
    """Which rows there is something to do for; who is known already only needs a seat."""
    if import_.session_id is None:
        return frozenset({RowStatus.NEW, RowStatus.CHANGED})
    return frozenset({RowStatus.NEW, RowStatus.CHANGED, RowStatus.KNOWN})


def confirmed(import_: Import, mode: ConfirmMode, free_seats: int | None, *, invite: bool = False) -> Import:
    """Begin to carry it out; again changes nothing.

    Raises:
        Rejected: import-wrong-state; in mode `all` import-has-errors, or session-full when seats do not suffice;
            validation-failed for invitations to no session.

    """
    if import_.state in {ImportState.RUNNING, ImportState.DONE}:
        return import_
    if import_.state is not ImportState.REVIEW:
        raise wrong_state(import_)
    if invite and import_.session_id is None:
        raise Rejected(
            problems.VALIDATION_FAILED,
            "People are invited to a session.",
            errors=[{"field": "invite", "message": "This import is into the directory alone."}],
        )
    left_out = import_.review.duplicate + import_.review.error
    if mode is ConfirmMode.ALL:
        if left_out:
            raise Rejected(
                problems.IMPORT_HAS_ERRORS,
                f"{left_out:,} rows cannot be imported. Mend the file, or import the valid rows only.",
                rows=left_out,
            )
        if free_seats is not None and import_.to_do > free_seats:
            raise Rejected(
                problems.SESSION_FULL,
                f"{import_.to_do:,} people need a seat, {free_seats:,} are free. Import the valid rows to fill them.",
            )
    return replace(import_, state=ImportState.RUNNING, invite=invite)


def cancelled(import_: Import) -> Import:
    """Give it up before anything was changed; again changes nothing. Raises Rejected (import-wrong-state)."""
    if import_.state is ImportState.CANCELLED:
        return import_
    if import_.state not in {ImportState.READING, ImportState.REVIEW, ImportState.FAILED}:
        raise wrong_state(import_)
    return replace(import_, state=ImportState.CANCELLED)


def wrong_state(import_: Import) -> Rejected:
    return Rejected(problems.IMPORT_WRONG_STATE, f"The import is {import_.state}.", state=import_.state)


@dataclass(frozen=True, slots=True)
class Write:
    """A person to insert, or to save over the version they were loaded with."""

    person: Person
    inserted: bool


def decide(row: ImportRow, import_: Import, known: Known, group_ids: Iterable[str], now: datetime) -> ImportRow | Write:
    """Either the row with its outcome, because the directory has it as it should be, or what to write.

    The outcome is read off the directory itself, so a row is only called added when the person is there. Who was added
    or changed by this import before a crash is known by the mark it left.
    """
    meant = known.meant(row.details)
    if isinstance(meant, Objection):
        return row.refused(meant.detail)
    if meant is None:
        return Write(
            Person(
                person_id=row.new_person_id(import_.import_id),
                org_id=import_.org_id,
                version=1,
                name=row.details.name,
                email=row.details.email,
                external_id=row.details.external_id,
                group_ids=tuple(dict.fromkeys(group_ids)),
                changed_at=now,
                import_id=import_.import_id,
            ),
            inserted=True,
        )
    after = brought_up_to_date(meant, row.details, group_ids)
    if isinstance(after, Objection):
        return row.refused(after.detail)
    if differences(meant, after):
        changed = replace(after, version=meant.version + 1, changed_at=now, import_id=import_.import_id)
        return Write(changed, inserted=False)
    outcome = RowOutcome.UNCHANGED
    if meant.person_id == row.new_person_id(import_.import_id):
        outcome = RowOutcome.ADDED
    elif meant.import_id == import_.import_id:
        outcome = RowOutcome.UPDATED
    return replace(row, outcome=outcome, person_id=meant.person_id)
