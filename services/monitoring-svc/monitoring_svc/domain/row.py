"""How an attempt looks on the dashboard."""

from datetime import datetime
from typing import Any

import orjson
from msgspec import Struct

from contracts.attempt import LedgerKind
from contracts.live import Row
from contracts.model import iso_milliseconds
from contracts.statuses import participant_status
from monitoring_svc.domain.attempt import Attempt
from monitoring_svc.domain.clock import total
from monitoring_svc.domain.conduct import Open


class Encoded(Struct, frozen=True, gc=False):
    """A row as JSON."""

    participant_id: str
    version: int
    json: bytes


def row_of(attempt: Attempt) -> Row:
    """Needs neither the responses nor the flags themselves, so it also works on an attempt read without them."""
    return Row.model_validate(_fields(attempt))


def encoded_row(attempt: Attempt) -> Encoded:
    """`row_of(attempt)` as JSON, at a fifth of the cost; tests hold the two against each other."""
    return Encoded(attempt.participant_id, attempt.version, orjson.dumps(_fields(attempt)))


def _fields(attempt: Attempt) -> dict[str, Any]:
    """In the order of the model, as JSON has them."""
    clock, terms, place, connection = attempt.clock, attempt.terms, attempt.place, attempt.connection
    limit_ms = terms.time_limit_seconds * 1000
    standing_ms = clock.balance_ms if attempt.began_at is not None else limit_ms
    return {
        "participant_id": attempt.participant_id,
        "version": attempt.version,
        "name": terms.name,
        "external_id": terms.external_id,
        "status": participant_status(
            attempt.phase, connected=connection is not None, completion_reason=attempt.completion_reason
        ),
        "phase": attempt.phase,
        "connected": connection is not None,
        "connection_id": None if connection is None else connection.connection_id,
        "completion_reason": attempt.completion_reason,
        "answered": attempt.answered,
        "total": terms.total_items,
        "flagged": attempt.flagged,
        "item_id": None if place is None else place.item_id,
        "section_id": None if place is None else place.section_id,
        "began_at": _instant(attempt.began_at),
        "deadline_at": _instant(clock.deadline_at),
        "remaining_ms": None if clock.running else standing_ms,
        "limit_ms": limit_ms,
        "extended_ms": total(attempt.ledger, LedgerKind.EXTENDED),
        "elapsed_ms": -total(attempt.ledger, LedgerKind.RAN),
        "completes_at": _instant(attempt.completes_at),
        "completed_at": _instant(attempt.completed_at),
        "attempt_number": attempt.number,
        "last_seq": attempt.last_seq,
        "last_seen_at": _instant(attempt.last_seen_at),
        "alerts": len(attempt.conduct.open),
        "open_alerts": [_alert(each) for each in attempt.conduct.open],
        "pause_reason": attempt.pause_reason,
        "responses_digest": attempt.responses_digest,
    }


def _alert(alert: Open) -> dict[str, Any]:
    return {
        "alert_id": alert.alert_id,
        "kind": alert.kind,
        "severity": alert.severity,
        "count": alert.count,
        "seconds": alert.seconds,
        "raised_at": iso_milliseconds(alert.raised_at),
        "last_at": iso_milliseconds(alert.last_at),
    }


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else iso_milliseconds(moment)
