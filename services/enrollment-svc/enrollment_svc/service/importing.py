"""Carrying imports out: reading files, then writing people and seats, batch by batch, each as often as it takes.

Everything here may stop at any point and be done again: rows are written under their number, people under an id that
follows from import and row, participants under one that follows from session, import and person. Outcomes are read off
what is stored, never off what was meant to be stored.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

import structlog

from chassis.identifiers import derived_id, new_id
from chassis.outages import as_transient
from chassis.outcomes import Rejected, Transient
from contracts import limits, problems
from contracts.resources.enrollment import NewParticipant, Refusal
from contracts.resources.imports import ImportProblem, SourceKind
from contracts.statuses import ImportState, RowOutcome, RowStatus, SeatOutcome
from enrollment_svc.domain import imports as rules
from enrollment_svc.domain.files import roster
from enrollment_svc.domain.files.columns import TIME
from enrollment_svc.domain.files.roster import GroupNamed, RosterFile
from enrollment_svc.domain.identity import Details
from enrollment_svc.domain.imports import Import, ImportRow, Write
from enrollment_svc.domain.participant import Participant
from enrollment_svc.domain.person import Group, Known, Person
from enrollment_svc.domain.review import Groups, Judge, details_of
from enrollment_svc.domain.session import check_takes_names
from enrollment_svc.service.desk import Desk
from enrollment_svc.service.enrolling import Enrolling
from enrollment_svc.store.directory import DirectoryStore
from enrollment_svc.store.imports import ImportStore

CLAIM: Final = timedelta(seconds=20)  # renewed with each batch; a dead replica's import goes on after it
SLICE_SECONDS: Final = 5.0  # then another import has its turn
TURN: Final = timedelta(seconds=10)  # then the job reports that it lives
BACK_OFF: Final = timedelta(seconds=30)  # after a defect: others go on, and somebody has time to look
BATCH: Final = 500  # rows in each round of queries and writes: some 100 ms, and a crash repeats no more than that
READINGS_MAX: Final = 5  # a file that took the process down so often would do it for ever
PASSES_MAX: Final = 5  # of a batch; a second pass reads back, more means that others write the same people

NO_ROOM: Final = "One of the groups cannot be made: there are too many, or its name is taken."
BUSY: Final = "Somebody else changes this person at the same time."

log = structlog.get_logger(__name__)


class Importing:
    def __init__(self, desk: Desk, enrolling: Enrolling, directory: DirectoryStore, store: ImportStore) -> None:
        self._desk = desk
        self._enrolling = enrolling
        self._directory = directory
        self._store = store

    async def work(self) -> None:
        """One slice of every import that waits for us, the longest waiting first."""
        began = self._desk.clock.now()
        while (import_ := await self._claim()) is not None:
            await self._slice(import_)
            if self._desk.clock.now() - began > TURN:
                return

    async def _claim(self) -> Import | None:
        now = self._desk.clock.now()
        return await self._store.claim(now, now + CLAIM)

    async def _slice(self, import_: Import) -> None:
        try:
            if import_.state is ImportState.READING:
                await self._read(import_)
            else:
                await self._carry_out(import_)
        except Exception as error:
            transient = as_transient(error) is not None
            if not transient:
                log.exception("import failed; it is tried again", import_id=import_.import_id)
            await self._store.hold(
                import_.import_id, self._desk.clock.now() + (timedelta(0) if transient else BACK_OFF)
            )
            raise
        await self._store.hold(import_.import_id, self._desk.clock.now())

    async def _hold(self, import_: Import) -> None:
        await self._store.hold(import_.import_id, self._desk.clock.now() + CLAIM)

    # Reading

    async def _read(self, import_: Import) -> None:
        await self._store.drop_rows(import_.import_id)
        try:
            read = await (self._read_file(import_) if import_.selection is None else self._read_selection(import_))
        except Rejected as refusal:
            problem = ImportProblem(problem=refusal.problem.name, title=refusal.problem.title, detail=refusal.detail)
            read = replace(import_, state=ImportState.FAILED, problem=problem)
        review = await self._store.count_by_status(import_.import_id)
        counted = replace(read, review=review)
        to_do = sum(getattr(review, status.value) for status in rules.to_carry_out(counted))
        await self._store.save(replace(counted, to_do=to_do), was=ImportState.READING)
        await self._store.forget_file(import_.import_id)

    async def _read_file(self, import_: Import) -> Import:
        if import_.claims > READINGS_MAX:
            raise Rejected(problems.FILE_UNREADABLE, "Reading it failed again and again. Save it as CSV and try that.")
        content = await self._store.file(import_.import_id)
        if content is None:
            raise Rejected(problems.FILE_UNREADABLE, "The file is not there any more. Upload it again.")
        file = await asyncio.to_thread(roster.read, content)
        await self._hold(import_)
        with_time = import_.session_id is not None
        groups = Groups.of(await self._directory.all_groups(import_.org_id))
        judge = Judge(groups, file.places, with_time=with_time)
        for start in range(0, len(file.lines), BATCH):
            await self._judge(import_, judge, file, start)
            await self._hold(import_)
        unused = {header for header, name in file.used_columns.items() if name == TIME and not with_time}
        return replace(
            import_,
            state=ImportState.REVIEW,
            source=file.source,
            rows=len(file.lines),
            encoding=file.encoding,
            separator=file.separator,
            headers=file.headers,
            used_columns=tuple((header, name) for header, name in file.used_columns.items() if header not in unused),
            ignored_columns=(*file.ignored_columns, *sorted(unused)),
        )

    async def _judge(self, import_: Import, judge: Judge, file: RosterFile, start: int) -> None:
        lines = file.lines[start : start + BATCH]
        details = [details_of(each) for each in lines]
        known = await self._known(import_, details)
        rows = [
            judge.judged(start + offset, line, written, known)
            for offset, (line, written) in enumerate(zip(lines, details, strict=True))
        ]
        await self._store.insert_rows(import_, rows)

    async def _known(self, import_: Import, details: Sequence[Details]) -> Known:
        found = await self._directory.known(
            import_.org_id,
            [each.email for each in details if each.email],
            [each.external_id for each in details if each.external_id],
        )
        return Known.of(found)

    async def _read_selection(self, import_: Import) -> Import:
        """The people picked, then those of the groups, each once; they are reviewed by having been picked."""
        selection = import_.selection
        assert selection is not None
        most = limits.IMPORT_ROWS_MAX + 1
        in_groups = (
            await self._directory.ids_in(import_.org_id, selection.group_ids, most) if selection.group_ids else []
        )
        ids = list(dict.fromkeys([*selection.person_ids, *in_groups]))
        if not ids:
            raise Rejected(problems.NOBODY_MEANT, "The groups have no people.")
        roster.check_count(ids)
        for start in range(0, len(ids), BATCH):
            batch = ids[start : start + BATCH]
            people = await self._directory.people_named(import_.org_id, batch)
            rows = [_picked(start + offset, each, people.get(each), selection) for offset, each in enumerate(batch)]
            await self._store.insert_rows(import_, rows)
            await self._hold(import_)
        return replace(
            import_, state=ImportState.RUNNING, rows=len(ids), headers=("Name", "E-mail", "ID"), separator=","
        )

    # Carrying out

    async def _carry_out(self, import_: Import) -> None:
        """For a slice of time, or to the end."""
        began = time.monotonic()
        statuses = rules.to_carry_out(import_)
        while time.monotonic() - began < SLICE_SECONDS:
            rows = await self._store.waiting(import_.import_id, statuses, BATCH)
            if not rows:
                await self._finish(import_)
                return
            written = await (
                self._reread(import_, rows) if import_.source is SourceKind.DIRECTORY else self._write(import_, rows)
            )
            seated = await self._seat(import_, written) if import_.session_id is not None else written
            await self._store.record(import_.import_id, [row for row, _ in seated])
            await self._count(import_)
            await self._hold(import_)

    async def _count(self, import_: Import) -> Import:
        outcome = await self._store.count_outcomes(import_.import_id)
        done = outcome.added + outcome.updated + outcome.unchanged + outcome.refused
        counted = replace(import_, outcome=outcome, done=min(done, import_.to_do))
        await self._store.save(counted, was=ImportState.RUNNING)
        return counted

    async def _finish(self, import_: Import) -> None:
        counted = await self._count(import_)
        idle = {RowStatus.NEW, RowStatus.CHANGED, RowStatus.KNOWN} - rules.to_carry_out(import_)
        await self._store.leave_unchanged(import_.import_id, idle)
        outcome = await self._store.count_outcomes(import_.import_id)
        await self._store.save(
            replace(counted, state=ImportState.DONE, outcome=outcome, done=import_.to_do), was=ImportState.RUNNING
        )

    async def _write(self, import_: Import, rows: Sequence[ImportRow]) -> list[tuple[ImportRow, Person | None]]:
        """Bring the directory to what the rows say, and read back that it is so."""
        group_ids = await self._group_ids(import_, rows)
        decided: dict[int, tuple[ImportRow, Person | None]] = {
            row.index: (row.refused(NO_ROOM), None) for row in rows if any(each not in group_ids for each in row.groups)
        }
        for _ in range(PASSES_MAX):
            pending = [row for row in rows if row.index not in decided]
            known = await self._known(import_, [row.details for row in pending])
            writes: list[Write] = []
            for row in pending:
                wanted = [group_ids[each] for each in row.groups]
                made = rules.decide(row, import_, known, wanted, self._desk.clock.now())
                if isinstance(made, Write):
                    writes.append(made)
                else:
                    person = known.meant(made.details)
                    decided[row.index] = (made, person if isinstance(person, Person) else None)
            if not writes:
                break
            await self._directory.write_all(writes)
        return [decided.get(row.index, (row.refused(BUSY), None)) for row in rows]

    async def _group_ids(self, import_: Import, rows: Sequence[ImportRow]) -> dict[GroupNamed, str]:
        """Every group that the rows name, made where it is not there; without those for which there is no room."""
        groups = Groups.of(await self._directory.all_groups(import_.org_id))
        found: dict[GroupNamed, str] = {}
        for named in dict.fromkeys(each for row in rows for each in row.groups):
            group = groups.find(named)
            if group is None and len(groups.by_name) < limits.GROUPS_MAX:
                made = Group(
                    group_id=new_id(),
                    org_id=import_.org_id,
                    version=1,
                    name=groups.free_name(named),
                    external_id=named.external_id,
                )
                if await self._directory.insert_group(made) is None:
                    groups.add(made)
                else:  # somebody was quicker: theirs will do
                    groups = Groups.of(await self._directory.all_groups(import_.org_id))
                group = groups.find(named)
            if group is not None:
                found[named] = group.group_id
        return found

    async def _reread(self, import_: Import, rows: Sequence[ImportRow]) -> list[tuple[ImportRow, Person | None]]:
        """People who were picked, as they are now."""
        people = await self._directory.people_named(import_.org_id, [row.person_id for row in rows if row.person_id])
        return [
            (replace(row, outcome=RowOutcome.UNCHANGED), person)
            if (person := people.get(row.person_id or "")) is not None
            else (row.refused("This person is not in the directory any more."), None)
            for row in rows
        ]

    async def _seat(
        self, import_: Import, written: Sequence[tuple[ImportRow, Person | None]]
    ) -> list[tuple[ImportRow, Person | None]]:
        """Places in the session for everybody who is in the directory now."""
        assert import_.session_id is not None
        session = await self._desk.store.session(import_.session_id)
        if session is None:
            raise Transient(f"session {import_.session_id} is not known here yet")
        coming = [(row, person) for row, person in written if person is not None]
        try:
            check_takes_names(session)
            ids = [derived_id("imported", session.session_id, import_.import_id, p.person_id) for _, p in coming]
            earlier = await self._desk.store.participants_named(ids)
            fates = await self._enrolling.seat(
                session,
                ids,
                [_newcomer(row, person, invite=import_.invite) for row, person in coming],
                {index: earlier[each] for index, each in enumerate(ids) if each in earlier},
            )
        except Rejected as refusal:
            fates = [Refusal(index=0, problem=refusal.problem.name, detail=refusal.detail) for _ in coming]
        seats = {
            row.index: _seated(row, fate, invite=import_.invite) for (row, _), fate in zip(coming, fates, strict=True)
        }
        return [(seats.get(row.index, row), person) for row, person in written]


def _picked(index: int, person_id: str, person: Person | None, selection: rules.Selection) -> ImportRow:
    details = Details(person.name, person.email, person.external_id) if person else Details(person_id, None, None)
    return ImportRow(
        index=index,
        number=index + 1,
        status=RowStatus.KNOWN,
        details=details,
        accommodation=selection.accommodation,
        cells=(details.name, details.email or "", details.external_id or ""),
        person_id=person_id,
    )


def _newcomer(row: ImportRow, person: Person, *, invite: bool) -> NewParticipant:
    return NewParticipant(
        name=person.name,
        email=person.email,
        external_id=person.external_id,
        accommodation=row.accommodation,
        invite=invite and person.email is not None,
    )


def _seated(row: ImportRow, fate: Participant | Refusal, *, invite: bool) -> ImportRow:
    if isinstance(fate, Participant):
        # As stored, not as asked: they may have been added by a try before.
        return replace(row, seat=SeatOutcome.ENROLLED, invited=fate.invited_at is not None if invite else None)
    if fate.problem == problems.ALREADY_ENROLLED.name:
        return replace(row, seat=SeatOutcome.ALREADY, reason=fate.detail)
    return replace(row, seat=SeatOutcome.REFUSED, reason=fate.detail)
