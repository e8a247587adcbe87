"""What enrolment looks out for by itself: imports that wait to be read or carried out, whoever left them there."""

from typing import Final

from chassis.service import Service
from enrollment_svc.service.importing import Importing

LOOK_EVERY_SECONDS: Final = 0.5  # an upload is reviewed before its page has drawn twice


def declare(service: Service, importing: Importing) -> None:
    service.job("imports", LOOK_EVERY_SECONDS, importing.work)
