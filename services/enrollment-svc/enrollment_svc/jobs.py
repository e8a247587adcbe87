"""What enrolment looks out for by itself: imports that wait to be read or carried out, whoever left them there, and
pictures whose time is over.
"""

from typing import Final

from chassis.service import Service
from enrollment_svc.service.importing import Importing
from enrollment_svc.service.retention import Retention

LOOK_EVERY_SECONDS: Final = 0.5  # an upload is reviewed before its page has drawn twice
SWEEP_EVERY_SECONDS: Final = 60  # pictures are kept by the day; what was never sent off goes within the hour


def declare(service: Service, importing: Importing, retention: Retention) -> None:
    service.job("imports", LOOK_EVERY_SECONDS, importing.work)
    service.job("identity-images", SWEEP_EVERY_SECONDS, retention.sweep)
