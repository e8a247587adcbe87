"""Environment of monitoring-svc."""

from pydantic import Field

from chassis.settings import Settings


class MonitoringSettings(Settings):
    """`attempts_cached`: states kept in memory between batches, to save MongoDB the reading. 12 KB each with 25 short
    answers; as many as one replica serves, for in a window answers come from everybody in turn, and a smaller memory
    would hardly ever hold the one that is needed.
    """

    attempts_cached: int = Field(default=20_000, ge=0)
