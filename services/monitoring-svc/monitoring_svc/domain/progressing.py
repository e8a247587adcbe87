"""What a candidate does while working: answering, flagging, moving about.

A `seq` that is not newer than what is stored is a repetition and does nothing, whatever the phase has become since.
"""

from datetime import datetime
from typing import Final

from chassis.outcomes import Rejected
from contracts import limits, problems
from contracts.attempt import FlagItem, RecordResponse, VisitItem
from contracts.items import Response
from contracts.statuses import Phase
from monitoring_svc.domain.attempt import ACTIVE, Attempt
from monitoring_svc.domain.facts import Facts, ItemFlagged, ItemVisited, ResponseSaved
from monitoring_svc.domain.form import Form, ItemPlace

SMALL_BYTES: Final = 4 * 1024
LARGE_BYTES_MAX: Final = 7 * 1024 * 1024 // 4
"""The final submission travels as one message of at most 4 MiB. As many small responses as an assessment has items
take half of it, so a response that is not small is taken only up to this total."""


def record_response(attempt: Attempt, form: Form, record: RecordResponse, time: datetime) -> Facts:
    stored = attempt.responses.get(record.item_id)
    if stored is not None and record.seq <= stored.seq:
        return []
    refuse_unless_in_time(attempt, time)
    item = _item(form, record.item_id)
    text = None if record.response is None else _text(attempt, record.item_id, record.response, item)
    return [ResponseSaved(record.item_id, item.section_id, record.seq, text)]


def flag_item(attempt: Attempt, form: Form, flag: FlagItem, time: datetime) -> Facts:
    stored = attempt.flags.get(flag.item_id)
    if stored is not None and flag.seq <= stored.seq:
        return []
    refuse_unless_in_time(attempt, time)
    _item(form, flag.item_id)
    return [ItemFlagged(flag.item_id, flag.seq, flag.flagged)]


def visit_item(attempt: Attempt, form: Form, visit: VisitItem, time: datetime) -> Facts:
    if attempt.place is not None and visit.seq <= attempt.place.seq:
        return []
    refuse_unless_in_time(attempt, time)
    return [ItemVisited(visit.item_id, _item(form, visit.item_id).section_id, visit.seq)]


def refuse_unless_in_time(attempt: Attempt, time: datetime) -> None:
    """Work counts while the attempt is active, until the grace after its deadline, and for the grace after a pause:
    it was on its way then.

    While the person counts as away under a clock that stands, work counts too: a connection believed dead may live,
    and losing an answer is worse than the moments gained.

    Raises:
        Rejected: not now.

    """
    if attempt.phase is not ACTIVE:
        _refuse_in_phase(attempt, time)
    due_at = attempt.due_at
    if due_at is not None and time > due_at:
        raise Rejected(problems.TIME_IS_UP, "Time is up.")


def _refuse_in_phase(attempt: Attempt, time: datetime) -> None:
    match attempt.phase:
        case Phase.INVITED | Phase.WAITING:
            raise Rejected(problems.ATTEMPT_NOT_STARTED, "The attempt has not started.")
        case Phase.COMPLETE:
            raise Rejected(problems.ATTEMPT_COMPLETE, "The attempt is complete.")
        case Phase.PAUSED:
            if attempt.answers_until is None or time > attempt.answers_until:
                raise Rejected(problems.ATTEMPT_PAUSED, "The attempt is paused.")


def _text(attempt: Attempt, item_id: str, response: Response, item: ItemPlace) -> str:
    if response.type != item.type:
        raise Rejected(problems.RESPONSE_INVALID, f"This item takes a {item.type} response, not {response.type}.")
    content = response.__pydantic_serializer__.to_json(response)
    size = len(content)
    if size > limits.RESPONSE_BYTES:
        raise Rejected(problems.RESPONSE_TOO_LARGE, f"A response has at most {limits.RESPONSE_BYTES} bytes.")
    if size > SMALL_BYTES and size + _bytes_besides(attempt, item_id) > LARGE_BYTES_MAX:
        raise Rejected(problems.RESPONSE_TOO_LARGE, "All responses together are too large to be submitted.")
    return content.decode()


def _bytes_besides(attempt: Attempt, item_id: str) -> int:
    return sum(
        len(answer.response.encode())
        for other, answer in attempt.responses.items()
        if other != item_id and answer.response is not None
    )


def _item(form: Form, item_id: str) -> ItemPlace:
    item = form.items.get(item_id)
    if item is None:
        raise Rejected(problems.ITEM_UNKNOWN, f"There is no item {item_id} in this assessment.")
    return item
