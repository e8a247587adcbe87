"""How an attempt looks on the dashboard."""

from contracts.attempt import LedgerKind
from contracts.live import Row
from contracts.statuses import participant_status
from monitoring_svc.domain.attempt import Attempt
from monitoring_svc.domain.clock import total


def row_of(attempt: Attempt) -> Row:
    """Needs neither the responses nor the flags themselves, so it also works on an attempt read without them."""
    clock = attempt.clock
    limit_ms = attempt.terms.time_limit_seconds * 1000
    standing_ms = clock.balance_ms if attempt.began_at is not None else limit_ms
    return Row(
        participant_id=attempt.participant_id,
        version=attempt.version,
        name=attempt.terms.name,
        external_id=attempt.terms.external_id,
        status=participant_status(
            attempt.phase, connected=attempt.connected, completion_reason=attempt.completion_reason
        ),
        phase=attempt.phase,
        connected=attempt.connected,
        connection_id=None if attempt.connection is None else attempt.connection.connection_id,
        completion_reason=attempt.completion_reason,
        answered=attempt.answered,
        total=attempt.terms.total_items,
        flagged=attempt.flagged,
        item_id=None if attempt.place is None else attempt.place.item_id,
        section_id=None if attempt.place is None else attempt.place.section_id,
        began_at=attempt.began_at,
        deadline_at=clock.deadline_at,
        remaining_ms=None if clock.running else standing_ms,
        limit_ms=limit_ms,
        extended_ms=total(attempt.ledger, LedgerKind.EXTENDED),
        elapsed_ms=-total(attempt.ledger, LedgerKind.RAN),
        completes_at=attempt.completes_at,
        completed_at=attempt.completed_at,
        attempt_number=attempt.number,
        last_seq=attempt.last_seq,
        last_seen_at=attempt.last_seen_at,
        alerts=attempt.alerts,
        pause_reason=attempt.pause_reason,
        responses_digest=attempt.responses_digest,
    )
