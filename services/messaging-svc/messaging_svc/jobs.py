"""What messaging-svc notices by itself: somebody to be told, a reminder whose time has come, a mail that is due."""

from typing import Final

from chassis.service import Service
from messaging_svc.service.erasing import Erasing
from messaging_svc.service.mailing import Mailing
from messaging_svc.service.sending import Sending

NOTICE_SECONDS: Final = 1.0
REMIND_SECONDS: Final = 5.0  # a reminder some seconds late is in time
ERASE_SECONDS: Final = 60.0  # days are waited for; a restart of the service must not put it off
SEND_SECONDS: Final = 0.5  # what an invitation waits for at most while nothing else is sent


def register(service: Service, mailing: Mailing, sending: Sending, erasing: Erasing) -> None:
    service.job("mail-notices", every_seconds=NOTICE_SECONDS, run=mailing.give_notices)
    service.job("mail-reminders", every_seconds=REMIND_SECONDS, run=mailing.remind)
    service.job("mail-erasing", every_seconds=ERASE_SECONDS, run=erasing.run)
    service.job("mail-sending", every_seconds=SEND_SECONDS, run=sending.run)
