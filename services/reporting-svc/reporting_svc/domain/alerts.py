"""The alerts about one participant and what became of each, from the facts about them."""

from collections.abc import Sequence

from contracts.attempt import AlertAcknowledged, AlertDismissed, AlertRaised, AlertRepeated
from contracts.model import Name
from contracts.resources.reporting import AlertReport
from contracts.statuses import AlertOutcome
from reporting_svc.domain.facts import RecordedFact


def alerts_of(participant_id: str, name: Name, facts: Sequence[RecordedFact]) -> list[AlertReport]:
    """As raised, in that order. `facts`: those about this participant, distinct and in order."""
    alerts: dict[str, AlertReport] = {}
    for fact in facts:
        data = fact.data
        if isinstance(data, AlertRaised):
            alerts[data.alert_id] = AlertReport(
                alert_id=data.alert_id,
                participant_id=participant_id,
                name=name,
                kind=data.kind,
                severity=data.severity,
                raised_at=fact.time,
                count=data.count,
                seconds=data.seconds,
            )
            continue
        if not isinstance(data, (AlertRepeated, AlertAcknowledged, AlertDismissed)) or data.alert_id not in alerts:
            continue
        changes: dict[str, object]
        match data:
            case AlertRepeated():
                changes = {"count": data.count, "seconds": data.seconds}
            case AlertAcknowledged():
                changes = {"outcome": AlertOutcome.ACKNOWLEDGED, "by": data.actor, "settled_at": fact.time}
            case AlertDismissed():
                changes = {
                    "outcome": AlertOutcome.DISMISSED,
                    "by": data.actor,
                    "note": data.note,
                    "settled_at": fact.time,
                }
        alerts[data.alert_id] = alerts[data.alert_id].model_copy(update=changes)
    return list(alerts.values())
