"""What each row of a file is, and what carrying it out does."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import roster_files as files
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.outcomes import Rejected
from contracts.resources.imports import ConfirmMode, ReviewCounts
from contracts.statuses import ImportState, RowOutcome, RowStatus
from enrollment_svc.domain.files import roster
from enrollment_svc.domain.imports import Import, ImportRow, Write, cancelled, confirmed, decide
from enrollment_svc.domain.person import Group, Known, Person
from enrollment_svc.domain.review import Groups, Judge, details_of

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
ADA = Person(
    person_id="p1",
    org_id="acme",
    version=3,
    name="Ada Lovelace",
    email="Ada@example.org",
    external_id="1",
    group_ids=("g1",),
    changed_at=NOW,
)
BEN = Person(
    person_id="p2", org_id="acme", version=1, name="Ben", email="ben@example.org", external_id=None, changed_at=NOW
)
NURSING = Group(group_id="g1", org_id="acme", version=1, name="Nursing")
IMPORT = Import(
    import_id="i1",
    org_id="acme",
    state=ImportState.REVIEW,
    file_name="people.csv",
    digest="",
    session_id=None,
    created_at=NOW,
    created_by="s1",
    created_by_name="S",
)


def review(*rows: tuple[str, ...], with_time: bool = True) -> list[ImportRow]:
    read = roster.read(files.text_file([(*row, "", "", "", "")[:5] for row in rows]))
    judge = Judge(Groups.of([NURSING]), read.places, with_time=with_time)
    known = Known.of([ADA, BEN])
    return [judge.judged(index, each, details_of(each), known) for index, each in enumerate(read.lines)]


def statuses(*rows: tuple[str, ...]) -> list[str]:
    return [each.status.value for each in review(*rows)]


def test_rows_are_new_changed_or_known() -> None:
    rows = review(
        ("Eve", "eve@example.org", "9", "Nursing"),
        ("Ada Lovelace", "ADA@example.org", "1", "nursing"),
        ("Benjamin", "ben@example.org", "2", "Biology"),
    )
    assert [each.status for each in rows] == [RowStatus.NEW, RowStatus.CHANGED, RowStatus.CHANGED]
    assert [each.changes for each in rows] == [(), ("email",), ("name", "external_id", "groups")]
    assert statuses(("Ada Lovelace", "Ada@example.org", "1", "Nursing")) == ["known"]
    assert statuses(("Ada Lovelace", "", "1", "")) == ["known"]


def test_an_id_weighs_more_than_an_address() -> None:
    (row,) = review(("Ada Lovelace", "new@example.org", "1"))
    assert (row.status, row.changes, row.person_id) == (RowStatus.CHANGED, ("email",), "p1")


@pytest.mark.parametrize(
    ("row", "cell", "problem"),
    [
        (("", "eve@example.org", "9"), "A2", "missing"),
        (("Eve", "eve@example", "9"), "B2", "not-an-address"),
        (("Eve", "", ""), "B2", "no-key"),
        (("Eve", "eve@example.org", "x" * 300), "C2", "too-long"),
        (("Eve", "eve@example.org", "9", "x" * 300), "D2", "too-long"),
        (("Eve", "eve@example.org", "9", ";".join(f"g{n}" for n in range(60))), "D2", "too-many-groups"),
        (("Eve", "eve@example.org", "9", "", "soon"), "E2", "not-a-time"),
        (("Ben", "ben@example.org", "1"), "B2", "two-people"),
        (("Ada", "ada@example.org", "77"), "C2", "other-id"),
    ],
)
def test_an_error_names_its_cell(row: tuple[str, ...], cell: str, problem: str) -> None:
    (judged,) = review(row)
    assert judged.status is RowStatus.ERROR
    assert [(each.cell, each.problem) for each in judged.errors] == [(cell, problem)]


def test_every_error_of_a_row_is_told() -> None:
    (row,) = review(("", "nowhere", "9", "", "x9"))
    assert [each.cell for each in row.errors] == ["A2", "B2", "E2"]


def test_the_second_of_two_is_a_duplicate_of_the_first() -> None:
    rows = review(
        ("Eve", "eve@example.org", ""),
        ("Eve again", "EVE@EXAMPLE.ORG", "9"),
        ("Eve a third time", "ｅｖｅ@example.org", ""),  # noqa: RUF001
        ("Ada", "ada@example.org", ""),
        ("Ada by ID", "", "1"),
    )
    assert [each.status.value for each in rows] == ["new", "duplicate", "duplicate", "changed", "duplicate"]
    assert rows[1].errors[0].detail == "Row 2 is the same person."
    assert rows[4].errors[0].detail == "Row 5 is the same person."


def test_a_row_that_is_wrong_does_not_make_its_correction_a_duplicate() -> None:
    assert statuses(("Eve", "eve@example.org", "9", "", "soon"), ("Eve", "eve@example.org", "9")) == ["error", "new"]


def test_time_does_not_matter_without_a_session() -> None:
    (row,) = review(("Eve", "eve@example.org", "9", "", "soon"), with_time=False)
    assert (row.status, row.time) == (RowStatus.NEW, "")


@settings(deadline=None)  # a busy machine is not a failure
@given(st.lists(st.sampled_from(["a@x.org", "A@X.org", "b@x.org", "", "c"]), max_size=12))
def test_of_those_with_one_address_exactly_one_is_valid(emails: list[str]) -> None:
    if not emails:
        return
    rows = review(*[(f"P{n}", email, "") for n, email in enumerate(emails)])
    valid = [each.details.email.lower() for each in rows if each.status is RowStatus.NEW and each.details.email]
    assert sorted(valid) == sorted({each.lower() for each in emails if "@" in each})


# Carrying out


def carried_out(row: ImportRow, *people: Person) -> ImportRow | Write:
    return decide(row, IMPORT, Known.of(people), [], NOW)


def test_a_row_is_called_added_only_when_the_directory_has_the_person() -> None:
    (row,) = review(("Eve", "eve@example.org", "9"))
    write = carried_out(row)
    assert isinstance(write, Write)
    assert write.inserted
    read_back = carried_out(row, write.person)
    assert isinstance(read_back, ImportRow)
    assert (read_back.outcome, read_back.person_id) == (RowOutcome.ADDED, write.person.person_id)


def test_a_change_is_read_back_as_a_change_even_after_a_crash() -> None:
    (row,) = review(("Benjamin", "ben@example.org", ""))
    write = carried_out(row, BEN)
    assert isinstance(write, Write)
    assert (write.person.version, write.person.name) == (2, "Benjamin")
    read_back = carried_out(row, write.person)
    assert isinstance(read_back, ImportRow)
    assert read_back.outcome is RowOutcome.UPDATED


def test_whoever_somebody_else_added_meanwhile_is_not_called_added() -> None:
    (row,) = review(("Eve", "eve@example.org", ""))
    eve = replace(BEN, person_id="p9", name="Eve", email="eve@example.org")
    outcome = carried_out(row, eve)
    assert isinstance(outcome, ImportRow)
    assert outcome.outcome is RowOutcome.UNCHANGED


def test_a_conflict_that_arose_meanwhile_is_refused() -> None:
    (row,) = review(("Eve", "eve@example.org", "9"))
    outcome = carried_out(row, replace(BEN, email="eve@example.org", external_id="8"))
    assert isinstance(outcome, ImportRow)
    assert outcome.outcome is RowOutcome.REFUSED


# The import's life


def test_all_is_refused_while_a_row_is_wrong_and_valid_is_not() -> None:
    reviewed = replace(IMPORT, review=ReviewCounts(new=2, error=1), to_do=2)
    with pytest.raises(Rejected, match="import-has-errors"):
        confirmed(reviewed, ConfirmMode.ALL, None)
    assert confirmed(reviewed, ConfirmMode.VALID, None).state is ImportState.RUNNING


def test_all_is_refused_when_seats_do_not_suffice() -> None:
    reviewed = replace(IMPORT, review=ReviewCounts(new=2), to_do=2)
    with pytest.raises(Rejected, match="session-full"):
        confirmed(reviewed, ConfirmMode.ALL, 1)
    assert confirmed(reviewed, ConfirmMode.ALL, 2).state is ImportState.RUNNING


def test_confirming_or_giving_up_again_changes_nothing() -> None:
    for state in (ImportState.RUNNING, ImportState.DONE):
        assert confirmed(replace(IMPORT, state=state), ConfirmMode.ALL, None).state is state
    assert cancelled(cancelled(IMPORT)).state is ImportState.CANCELLED


@pytest.mark.parametrize("state", [ImportState.READING, ImportState.FAILED, ImportState.CANCELLED])
def test_only_what_was_reviewed_is_confirmed(state: ImportState) -> None:
    with pytest.raises(Rejected, match="import-wrong-state"):
        confirmed(replace(IMPORT, state=state), ConfirmMode.VALID, None)


@pytest.mark.parametrize("state", [ImportState.RUNNING, ImportState.DONE])
def test_what_runs_is_not_given_up(state: ImportState) -> None:
    with pytest.raises(Rejected, match="import-wrong-state"):
        cancelled(replace(IMPORT, state=state))
