"""Invitations, from the fact on Kafka to the mail server: messaging-svc and the server in this process.

A slice is 200 invitations, and ends when the server has taken each. The bare path hands 200 ready letters to the same
server over as many connections; it reads no facts, writes no letters and remembers nothing.
"""

import asyncio
import os
from email.message import EmailMessage
from typing import Final

import aiosmtplib
from mail_world import MailServer, Sitting, in_days
from measuring import Measured, Side, in_turns, row
from rig import Rig

from messaging_svc.app import build
from messaging_svc.settings import Settings, SmtpSecurity

NAME: Final = "mails"
INVITATIONS: Final = 200
SENDER: Final = "exams@acme.example"
CONNECTIONS: Final = 4  # as many as messaging-svc opens
WITHIN_SECONDS: Final = 120.0  # the machine may be busy with other things


async def measure(rig: Rig) -> Measured:
    server = MailServer()
    await server.start()
    shared = rig.settings.model_dump(include=set(type(rig.settings).model_fields))
    settings = Settings(
        **shared | {"instance": "bench-mails"},
        smtp_host="127.0.0.1",
        smtp_port=server.port,
        smtp_security=SmtpSecurity.NONE,
        smtp_connections=CONNECTIONS,
        mail_sender=SENDER,
    )
    async with build(settings).running() as service:
        sitting = Sitting(service, starts_at=in_days(7))
        await sitting.schedule()

        async def ours(_number: int) -> None:
            emails = await sitting.invite_many(INVITATIONS)
            await server.until(lambda: len(server.among(emails)) == INVITATIONS, seconds=WITHIN_SECONDS)
            server.caught.clear()

        async def bare(number: int) -> None:
            letters = [_letter(f"bare{number}-{each}@acme.example") for each in range(INVITATIONS)]
            await asyncio.gather(*(_send(server, letters[first::CONNECTIONS]) for first in range(CONNECTIONS)))
            server.caught.clear()

        here = {"this process": os.getpid()}
        figures = await in_turns(Side(here, ours), Side(here, bare), operations=INVITATIONS)
    await server.stop()
    return Measured(
        ratios={"mails": figures.ratio},
        rows=(row("an invitation by mail", figures, "letters that are ready"),),
        figures={"mails": figures},
    )


def _letter(to: str) -> EmailMessage:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = SENDER, to, "Spring sitting"
    letter.set_content("Come in.")
    return letter


async def _send(server: MailServer, letters: list[EmailMessage]) -> None:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=server.port, start_tls=False) as smtp:
        for letter in letters:
            await smtp.send_message(letter)
