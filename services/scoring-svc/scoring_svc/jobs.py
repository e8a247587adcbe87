"""What scoring-svc notices by itself."""

from typing import Final

from chassis.service import Service
from scoring_svc.service.scoring import Scoring

SWEEP_SECONDS: Final = 3.0  # only for what a crash or an unusual order left behind: a person waiting notices no more


def register(service: Service, scoring: Scoring) -> None:
    service.job("unsettled-results", every_seconds=SWEEP_SECONDS, run=scoring.sweep)
