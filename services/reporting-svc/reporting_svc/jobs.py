"""What reporting-svc notices by itself."""

from typing import Final

from chassis.service import Service
from reporting_svc.service import Rebuild

NOTICE_SECONDS: Final = 1.0  # two small queries; whoever asked for a rebuild is watching it


def register(service: Service, rebuild: Rebuild) -> None:
    service.job("notice-rebuild", every_seconds=NOTICE_SECONDS, run=rebuild.notice)
