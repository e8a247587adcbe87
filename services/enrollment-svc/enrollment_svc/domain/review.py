"""The review of an import: what each row is, compared with the directory and the rows before it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from contracts import limits
from contracts.enrollment import Accommodation
from contracts.statuses import RowStatus
from enrollment_svc.domain.files.columns import time_in
from enrollment_svc.domain.files.oneroster import suffixed
from enrollment_svc.domain.files.roster import GroupNamed, Line
from enrollment_svc.domain.identity import (
    Details,
    Objection,
    email_key,
    external_id_key,
    name_key,
    name_objections,
    objections,
    tidied,
)
from enrollment_svc.domain.imports import ImportRow, RowError
from enrollment_svc.domain.person import Group, Known, Person, brought_up_to_date, differences, too_many_groups

SHOWN: Final = 200  # letters of a wrong cell: enough to find it


@dataclass(slots=True)
class Groups:
    """An organisation's groups, by what a file may call them."""

    by_external_id: dict[str, Group]
    by_name: dict[str, Group]

    @classmethod
    def of(cls, groups: Iterable[Group]) -> "Groups":
        kept = cls({}, {})
        for group in groups:
            kept.add(group)
        return kept

    def add(self, group: Group) -> None:
        self.by_name[name_key(group.name)] = group
        if group.external_id is not None:
            self.by_external_id[group.external_id] = group

    def find(self, named: GroupNamed) -> Group | None:
        """A class is found by its id, else by name where no other class has that group; others by name."""
        if named.external_id is not None and (known := self.by_external_id.get(named.external_id)) is not None:
            return known
        by_name = self.by_name.get(name_key(named.name))
        if by_name is None or named.external_id is None or by_name.external_id is None:
            return by_name
        return None

    def free_name(self, named: GroupNamed) -> str:
        """What a new group is called: two classes of one name are told apart by their ids."""
        return named.name if name_key(named.name) not in self.by_name else suffixed(named.name, named.external_id or "")


class Judge:
    """Says of each row, in order, what it is. Rows that hold nothing wrong take their keys: later ones with the same
    are duplicates.
    """

    def __init__(self, groups: Groups, places: Mapping[str, str], *, with_time: bool) -> None:
        self._groups = groups
        self._places = places
        self._with_time = with_time
        self._taken: dict[tuple[str, str], int] = {}

    def judged(self, index: int, line: Line, details: Details, known: Known) -> ImportRow:
        """`details` are the line's own (`details_of`); `known` holds at least the people with any of its keys."""
        found = [*line.objections]
        accommodation = Accommodation()
        if not found:
            found += objections(details)
            for group in line.groups:
                found += name_objections("groups", group.name)
            if self._with_time:
                time = time_in(line.time)
                if isinstance(time, Objection):
                    found.append(time)
                else:
                    accommodation = time
        row = ImportRow(
            index=index,
            number=line.number,
            file=line.file,
            status=RowStatus.NEW,
            details=details,
            groups=line.groups,
            time=line.time if self._with_time else "",
            accommodation=accommodation,
            cells=line.cells,
        )
        if found:
            return self._wrong(row, line, found)
        meant = known.meant(details)
        if isinstance(meant, Objection):
            return self._wrong(row, line, [meant])
        return self._compared(row, line, meant)

    def _compared(self, row: ImportRow, line: Line, meant: Person | None) -> ImportRow:
        keys = _keys(row.details) + ([("person", meant.person_id)] if meant else [])
        first = next((number for key in keys if (number := self._taken.get(key)) is not None), None)
        if first is not None:
            twice = Objection(_shared(keys, self._taken), "twice-in-file", f"Row {first} is the same person.")
            return replace(self._wrong(row, line, [twice]), status=RowStatus.DUPLICATE)
        groups = [(named, self._groups.find(named)) for named in row.groups]
        if meant is None:
            if len({name_key(named.name) for named in row.groups}) > limits.PERSON_GROUPS_MAX:
                return self._wrong(row, line, [too_many_groups()])
            compared = row
        else:
            after = brought_up_to_date(meant, row.details, [group.group_id for _, group in groups if group is not None])
            if isinstance(after, Objection):
                return self._wrong(row, line, [after])
            changes = differences(meant, after)
            if any(group is None for _, group in groups) and "groups" not in changes:
                changes.append("groups")
            status = RowStatus.CHANGED if changes else RowStatus.KNOWN
            compared = replace(row, status=status, changes=tuple(changes), person_id=meant.person_id)
        self._taken |= dict.fromkeys(keys, row.number)
        return compared

    def _wrong(self, row: ImportRow, line: Line, found: list[Objection]) -> ImportRow:
        values = {
            "name": line.name,
            "email": line.email,
            "external_id": line.external_id,
            "groups": "; ".join(each.name for each in line.groups),
            "time": line.time,
        }
        errors = tuple(
            RowError(
                cell=self._cell(each.field, line),
                field=each.field,
                value=values.get(each.field, "")[:SHOWN],
                problem=each.problem,
                detail=each.detail,
            )
            for each in found
        )
        return replace(row, status=RowStatus.ERROR, errors=errors)

    def _cell(self, name: str, line: Line) -> str:
        """As a spreadsheet names it; a column of a bundle's file by its header; the row where no cell is to blame."""
        place = self._places.get(name) or (self._places.get("given") if name == "name" else None)
        if place is None:
            return str(line.number)
        return place if line.file is not None else f"{place}{line.number}"


def details_of(line: Line) -> Details:
    return tidied(line.name, line.email, line.external_id)


def _keys(details: Details) -> list[tuple[str, str]]:
    keys = []
    if details.email is not None:
        keys.append(("email", email_key(details.email)))
    if details.external_id is not None:
        keys.append(("external_id", external_id_key(details.external_id)))
    return keys


def _shared(keys: Iterable[tuple[str, str]], taken: Mapping[tuple[str, str], int]) -> str:
    kind = next(kind for kind, key in keys if (kind, key) in taken)
    return "email" if kind == "person" else kind
