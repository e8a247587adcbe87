"""Environment of monitoring-svc."""

from pydantic import Field

from chassis.settings import Settings


class MonitoringSettings(Settings):
    """`attempts_cached`: states kept in memory between batches, about 20 KB each, to save MongoDB the reading."""

    attempts_cached: int = Field(default=5_000, ge=0)
