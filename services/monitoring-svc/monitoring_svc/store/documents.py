"""An attempt as a document, and the least change that turns one state into the next.

MongoDB's own time is what limits recorded answers per second, so an update names only the fields that differ; each
answer is a field of its own. Responses stay JSON text: they are read once, when the attempt completes.

What answering changes stands in `work`, an array of one. Its element is chosen by version, so that the update itself is
the guard and the document is found by `_id` alone. A filter by `_id` and version has to be planned each time, and took
MongoDB twice as long for the whole update.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import chain, compress, repeat
from operator import attrgetter, is_not
from typing import Any, Final

from chassis.mongo import Document
from contracts.attempt import LedgerEntry, Terms
from contracts.envelope import Event
from contracts.registry import registration_named
from contracts.statuses import CompletionReason, Phase
from monitoring_svc.domain.attempt import Answer, Applied, Attempt, Connection, Flag, Place
from monitoring_svc.domain.batch import SOURCE
from monitoring_svc.domain.clock import Clock
from monitoring_svc.store.conduct import conduct_document, conduct_of


def _optional(encode: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else encode(value)


def _same(value: Any) -> Any:
    return value


def _clock(clock: Clock) -> Document:
    return {"balance_ms": clock.balance_ms, "running_since": clock.running_since, "cap_at": clock.cap_at}


def _connection(connection: Connection) -> Document:
    return {"connection_id": connection.connection_id, "gateway_id": connection.gateway_id}


def _place(place: Place) -> Document:
    return {"seq": place.seq, "item_id": place.item_id, "section_id": place.section_id}


def _answer(answer: Answer) -> Document:
    return {"seq": answer.seq, "at": answer.at, "response": answer.response}


def _flag(flag: Flag) -> Document:
    return {"seq": flag.seq, "flagged": flag.flagged}


_FIELDS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "session_id": _same,
    "org_id": _same,
    "terms": lambda terms: terms.model_dump(mode="json"),
    "last_at": _same,
    "version": _same,
    "phase": lambda phase: phase.value,
    "completion_reason": _optional(lambda reason: reason.value),
    "number": _same,
    "connection": _optional(_connection),
    "was_connected": _same,
    "clock": _clock,
    "ledger": lambda ledger: [entry.model_dump(mode="json") for entry in ledger],
    "answered": _same,
    "flagged": _same,
    "place": _optional(_place),
    "last_seq": _same,
    "last_seen_at": _same,
    "began_at": _same,
    "completed_at": _same,
    "pause_reason": _same,
    "paused_with_session": _same,
    "answers_until": _same,
    "completes_at": _same,
    "warnings": list,
    "conduct": conduct_document,
    "looks_at": _same,
    "responses_digest": _same,
    "applied": lambda applied: [{"id": each.command_id, "at": each.time} for each in applied],
    "applied_before": _same,
}
"""Field -> how it is stored, in the work or beside it. `responses` and `flags` are maps, stored entry by entry;
`expires_at` and `warns_at` follow from the rest and exist for the timers' indexes, as `looks_at` does for its own."""


_WORK: Final = ("version", "last_at", "answered", "flagged", "place", "last_seq", "last_seen_at")
_REST: Final = tuple(name for name in _FIELDS if name not in _WORK)
_work_of: Final = attrgetter(*_WORK)
_rest_of: Final = attrgetter(*_REST)
"""Nearly all changes are progress, so the fields it leaves alone are compared in one go."""

BY_VERSION: Final = "work.$[now]."
"""What the name of a field within the work begins with in an update that finds the work by its version."""
_WORK_ENCODED: Final = tuple((f"{BY_VERSION}{name}", _FIELDS[name]) for name in _WORK)


def field_name(item_id: str) -> str:
    """An item's id as a field name: MongoDB reads a dot as a path, and no id contains a tilde."""
    return item_id.replace(".", "~")


def item_id_of(name: str) -> str:
    return name.replace("~", ".")


def whole(attempt: Attempt, kept: list[Document], batch_id: str) -> Document:
    document = {name: _FIELDS[name](getattr(attempt, name)) for name in _REST}
    document["_id"] = attempt.participant_id
    document["expires_at"] = attempt.due_at
    document["warns_at"] = attempt.warns_at
    work = {name: _FIELDS[name](getattr(attempt, name)) for name in _WORK}
    work["responses"] = {field_name(item_id): _answer(each) for item_id, each in attempt.responses.items()}
    work["flags"] = {field_name(item_id): _flag(each) for item_id, each in attempt.flags.items()}
    return document | {"work": [work | {"kept": kept, "batch_id": batch_id}]}


def difference(before: Attempt, after: Attempt) -> tuple[Document, Document]:
    """What to set in the work, named `BY_VERSION`, and beside it, to make the document of `before` that of `after`."""
    work: Document = {}
    rest: Document = {}
    for (name, encode), old, new in zip(_WORK_ENCODED, _work_of(before), _work_of(after), strict=True):
        if old is not new and old != new:
            work[name] = encode(new)
    if after.responses is not before.responses:
        for item_id in _changed(before.responses, after.responses):
            work[f"{BY_VERSION}responses.{field_name(item_id)}"] = _answer(after.responses[item_id])
    if after.flags is not before.flags:
        for item_id in _changed(before.flags, after.flags):
            work[f"{BY_VERSION}flags.{field_name(item_id)}"] = _flag(after.flags[item_id])
    if _rest_of(before) == _rest_of(after):
        return work, rest
    for name in _REST:
        old, new = getattr(before, name), getattr(after, name)
        if old is not new and old != new:
            rest[name] = _FIELDS[name](new)
    if before.due_at != after.due_at:
        rest["expires_at"] = after.due_at
    if before.warns_at != after.warns_at:
        rest["warns_at"] = after.warns_at
    return work, rest


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """The items whose entries are not the very ones `before` has at the same place; no step of Python for each.

    A map with a change is a copy in the same order; in any other order too many would be found, never too few.
    """
    return compress(after, map(is_not, after.values(), chain(before.values(), repeat(None))))


def attempt_of(document: Mapping[str, Any]) -> Attempt:
    """Also from a document read without its responses, flags and applied commands, which are empty then."""
    (work,) = document["work"]
    connection, place, clock = document["connection"], work["place"], document["clock"]
    reason = document["completion_reason"]
    return Attempt(
        participant_id=document["_id"],
        session_id=document["session_id"],
        org_id=document["org_id"],
        terms=Terms.model_validate(document["terms"]),
        last_at=work["last_at"],
        version=work["version"],
        phase=Phase(document["phase"]),
        completion_reason=None if reason is None else CompletionReason(reason),
        number=document["number"],
        connection=None if connection is None else Connection(**connection),
        was_connected=document["was_connected"],
        clock=Clock(**clock),
        ledger=tuple(LedgerEntry.model_validate(each) for each in document["ledger"]),
        responses={item_id_of(name): Answer(**each) for name, each in work.get("responses", {}).items()},
        flags={item_id_of(name): Flag(**each) for name, each in work.get("flags", {}).items()},
        answered=work["answered"],
        flagged=work["flagged"],
        place=None if place is None else Place(**place),
        last_seq=work["last_seq"],
        last_seen_at=work["last_seen_at"],
        began_at=document["began_at"],
        completed_at=document["completed_at"],
        pause_reason=document["pause_reason"],
        paused_with_session=document["paused_with_session"],
        answers_until=document["answers_until"],
        completes_at=document["completes_at"],
        warnings=tuple(document["warnings"]),
        conduct=conduct_of(document.get("conduct")),
        looks_at=document.get("looks_at"),
        responses_digest=document["responses_digest"],
        applied=tuple(Applied(each["id"], each["at"]) for each in document.get("applied", ())),
        applied_before=document.get("applied_before"),
    )


def kept_fact(fact: Event[Any]) -> Document:
    """A fact beside the state it belongs to; what the document says anyway is left out."""
    return {
        "id": fact.id,
        "type": fact.type,
        "at": fact.time,
        "version": fact.version,
        "traceparent": fact.traceparent,
        "body": fact.body().decode(),
    }


def facts_kept(document: Mapping[str, Any]) -> list[Event[Any]]:
    return [_fact_kept(document, each) for each in document["work"][0].get("kept", ())]


def _fact_kept(document: Mapping[str, Any], kept: Mapping[str, Any]) -> Event[Any]:
    registration = registration_named(kept["type"])
    if registration is None:
        raise LookupError(f"this build does not know the kept fact {kept['type']}")
    return Event(
        id=kept["id"],
        source=SOURCE,
        time=kept["at"],
        subject=document["_id"],
        org_id=document["org_id"],
        session_id=document["session_id"],
        version=kept["version"],
        traceparent=kept["traceparent"],
        data=registration.model.model_validate_json(kept["body"]),
    )
