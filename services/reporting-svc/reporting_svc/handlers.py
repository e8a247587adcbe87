"""Kafka in: every fact this service may read, batch by batch. Translation only."""

from collections.abc import Sequence
from typing import Any

from chassis.consumer import BatchHandler
from contracts.envelope import Event
from reporting_svc.service import Reports


def batches(reports: Reports) -> BatchHandler:
    async def on_batch(events: Sequence[Event[Any]]) -> Sequence[tuple[Event[Any], Exception]]:
        return await reports.record(events)

    return on_batch
