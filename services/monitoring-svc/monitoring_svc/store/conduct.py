"""Somebody's conduct as part of their attempt's document; one of before there was any has none."""

from collections.abc import Mapping
from typing import Any

from chassis.mongo import Document
from contracts.statuses import AlertKind, Severity
from monitoring_svc.domain.conduct import Conduct, Lasting, Open


def conduct_document(conduct: Conduct) -> Document:
    return {
        "heard_of": conduct.heard_of,
        "heard": conduct.heard,
        "address": conduct.address,
        "shared": conduct.shared,
        "active_from": conduct.active_from,
        "counted_from": conduct.counted_from,
        "paced_from": conduct.paced_from,
        "lasting": {
            kind.value: {"since": each.since, "told": each.told, "seconds": each.seconds}
            for kind, each in conduct.lasting.items()
        },
        "counts": {kind.value: count for kind, count in conduct.counts.items()},
        "open": [
            {
                "alert_id": each.alert_id,
                "kind": each.kind.value,
                "severity": each.severity.value,
                "count": each.count,
                "seconds": each.seconds,
                "raised_at": each.raised_at,
                "last_at": each.last_at,
            }
            for each in conduct.open
        ],
    }


def conduct_of(document: Mapping[str, Any] | None) -> Conduct:
    if document is None:
        return Conduct()
    return Conduct(
        **{
            **document,
            "lasting": {AlertKind(kind): Lasting(**each) for kind, each in document["lasting"].items()},
            "counts": {AlertKind(kind): count for kind, count in document["counts"].items()},
            "open": tuple(
                Open(**{**each, "kind": AlertKind(each["kind"]), "severity": Severity(each["severity"])})
                for each in document["open"]
            ),
        }
    )
