"""People of the directory and their groups: how somebody is recognised, and what a newer record changes."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from chassis.outcomes import Rejected
from contracts import limits, problems
from enrollment_svc.domain.identity import (
    Details,
    Objection,
    email_key,
    external_id_key,
    name_objections,
    objections,
    tidied,
    tidy_name,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """`import_id`: the import that last wrote this person, by which a resumed import knows its own work."""

    person_id: str
    org_id: str
    version: int
    name: str
    email: str | None
    external_id: str | None
    group_ids: tuple[str, ...] = ()
    changed_at: datetime
    import_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """`external_id`: the OneRoster class it came from, by which it is found again whatever it is called now."""

    group_id: str
    org_id: str
    version: int
    name: str
    external_id: str | None = None


@dataclass(slots=True)
class Known:
    """People by the keys that tell them apart."""

    by_email: dict[str, Person] = field(default_factory=dict)
    by_external_id: dict[str, Person] = field(default_factory=dict)

    @classmethod
    def of(cls, people: Iterable[Person]) -> "Known":
        known = cls()
        for person in people:
            if person.email is not None:
                known.by_email[email_key(person.email)] = person
            if person.external_id is not None:
                known.by_external_id[external_id_key(person.external_id)] = person
        return known

    def meant(self, details: Details) -> Person | Objection | None:
        """Who these details are about; None for somebody new. An ID weighs more than an e-mail address."""
        by_id = self.by_external_id.get(external_id_key(details.external_id)) if details.external_id else None
        by_email = self.by_email.get(email_key(details.email)) if details.email else None
        if by_id is not None and by_email is not None and by_id.person_id != by_email.person_id:
            return Objection(
                "email", "two-people", f"The ID is that of {by_id.name}, the e-mail address that of {by_email.name}."
            )
        if by_id is None and by_email is not None and details.external_id and by_email.external_id:
            return Objection(
                "external_id", "other-id", f"{by_email.name} has this e-mail address and the ID {by_email.external_id}."
            )
        return by_id or by_email


def checked(name: str, email: str | None, external_id: str | None) -> Details:
    """Raises Rejected (validation-failed) naming each field."""
    details = tidied(name, email, external_id)
    _refuse(list(objections(details)))
    return details


def checked_group_name(name: str) -> str:
    """Raises Rejected (validation-failed)."""
    tidy = tidy_name(name)
    _refuse(list(name_objections("name", tidy)))
    return tidy


def _refuse(found: list[Objection]) -> None:
    if found:
        raise Rejected(
            problems.VALIDATION_FAILED,
            f"{len(found)} to mend.",
            errors=[{"field": each.field, "message": each.detail} for each in found],
        )


def brought_up_to_date(person: Person, details: Details, group_ids: Iterable[str]) -> Person | Objection:
    """The person as a newer record has them: what it leaves out stays, groups are only added."""
    groups = tuple(dict.fromkeys([*person.group_ids, *group_ids]))
    if len(groups) > limits.PERSON_GROUPS_MAX:
        return too_many_groups()
    return replace(
        person,
        name=details.name,
        email=details.email or person.email,
        external_id=details.external_id or person.external_id,
        group_ids=groups,
    )


def too_many_groups() -> Objection:
    return Objection("groups", "too-many-groups", f"A person is in at most {limits.PERSON_GROUPS_MAX} groups.")


def differences(before: Person, after: Person) -> list[str]:
    """The fields in which they differ, by the names that the interface uses."""
    fields = ("name", "email", "external_id")
    found = [each for each in fields if getattr(before, each) != getattr(after, each)]
    return [*found, "groups"] if set(before.group_ids) != set(after.group_ids) else found
