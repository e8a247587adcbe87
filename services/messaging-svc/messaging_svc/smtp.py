"""Mail out: a few connections to one submission server, kept open while there is something to say.

Three answers matter: the server took it, it refused this mail (for now or for good), or nothing can be sent at present.
"""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Final

import aiosmtplib

from messaging_svc.settings import Settings, SmtpSecurity

IDLE_SECONDS: Final = 20.0  # servers hang up on silence after a minute or more; then it is not kept for nothing
ASK_AFTER_SECONDS: Final = 1.0  # a connection silent this long may be gone: a NOOP finds out before a mail is at stake
MAILS_PER_CONNECTION: Final = 100  # common servers close after a hundred or so
REASON_LENGTH: Final = 500
SERVICE_CLOSING: Final = 421
PERMANENT: Final = 500


class SmtpError(Exception):
    """Not sent. The message is for people: what the server said."""


class ServerAway(SmtpError):
    """No mail can be sent at present: no connection, no sign-in, or a sender it does not accept."""


class RefusedForNow(SmtpError):
    """The server may take the mail later."""


class LineBroke(RefusedForNow):
    """The connection was lost in the middle of this mail: whether the server took it is not known."""


class RecipientRefused(SmtpError):
    """There is no such mailbox, or it takes nothing: a bounce."""


class MailRefused(SmtpError):
    """The mail itself is refused for good."""


@dataclass(slots=True)
class _Line:
    """One connection. `mails` sent over it; `used_at` on the monotonic clock."""

    smtp: aiosmtplib.SMTP
    mails: int = 0
    used_at: float = 0.0


class Mailer:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._idle: list[_Line] = []
        self._slots = asyncio.Semaphore(settings.smtp_connections)
        self._trusted = _trusted(settings)

    async def send(self, message: EmailMessage, sender: str, recipient: str) -> str:
        """Hand a mail over; what the server said when it took it.

        Raises:
            SmtpError: one of its kinds; only after `LineBroke` the server may have taken the mail all the same.

        """
        async with self._slots, self._line() as line:
            try:
                _, answer = await line.smtp.send_message(message, sender=sender, recipients=[recipient])
            except aiosmtplib.SMTPNotSupported as error:
                raise RecipientRefused(_words(error.message)) from error
            except (aiosmtplib.SMTPException, OSError) as error:
                raise _meaning(error) from error
            line.mails += 1
            return _words(answer)

    @asynccontextmanager
    async def _line(self) -> AsyncIterator[_Line]:
        """A connection that works; kept for the next mail unless this one broke it."""
        line = await self._kept() or await self._connected()
        try:
            yield line
        except (RefusedForNow, RecipientRefused, MailRefused) as refusal:
            if isinstance(refusal, LineBroke):
                line.smtp.close()
            else:
                await self._keep(line)
            raise
        except BaseException:
            line.smtp.close()
            raise
        await self._keep(line)

    async def _kept(self) -> _Line | None:
        while self._idle:
            line = self._idle.pop()
            silent = time.monotonic() - line.used_at
            if silent < ASK_AFTER_SECONDS and line.smtp.is_connected:
                return line
            if silent < IDLE_SECONDS and line.smtp.is_connected:
                try:
                    await line.smtp.noop()
                except (aiosmtplib.SMTPException, OSError):
                    line.smtp.close()
                    continue
                return line
            line.smtp.close()
        return None

    async def _connected(self) -> _Line:
        settings = self._settings
        smtp = aiosmtplib.SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_username or None,
            password=settings.smtp_password.get_secret_value() or None,
            timeout=settings.smtp_seconds,
            use_tls=settings.smtp_security is SmtpSecurity.TLS,
            start_tls=settings.smtp_security is SmtpSecurity.STARTTLS,
            tls_context=self._trusted,
        )
        try:
            await smtp.connect()
        except (aiosmtplib.SMTPException, OSError) as error:
            smtp.close()
            raise ServerAway(_words(f"{settings.smtp_host}: {error}")) from error
        return _Line(smtp)

    async def _keep(self, line: _Line) -> None:
        line.used_at = time.monotonic()
        if line.smtp.is_connected and line.mails < MAILS_PER_CONNECTION:
            self._idle.append(line)
        else:
            await _goodbye(line)

    async def hang_up(self, *, silent_for: float = 0.0) -> None:
        """Close what has not been used for so long."""
        now = time.monotonic()
        leaving = [line for line in self._idle if now - line.used_at >= silent_for]
        self._idle = [line for line in self._idle if line not in leaving]
        await asyncio.gather(*(_goodbye(line) for line in leaving))


async def _goodbye(line: _Line) -> None:
    with suppress(aiosmtplib.SMTPException, OSError):
        await line.smtp.quit(timeout=1)
    line.smtp.close()


def _trusted(settings: Settings) -> ssl.SSLContext | None:
    """None where there is no TLS."""
    if settings.smtp_security is SmtpSecurity.NONE:
        return None
    return ssl.create_default_context(cafile=settings.smtp_ca_file)


def _meaning(error: Exception) -> SmtpError:
    match error:
        case aiosmtplib.SMTPRecipientsRefused(recipients=[refused, *_]):
            return _by_code(refused, RecipientRefused)
        case aiosmtplib.SMTPSenderRefused() | aiosmtplib.SMTPHeloError() | aiosmtplib.SMTPAuthenticationError():
            return ServerAway(_words(f"{error.code} {error.message}"))
        case aiosmtplib.SMTPResponseException():
            return _by_code(error, MailRefused)
        case _:
            # Lost in the middle of this mail. That is tried again alone, later: should it be this very mail that makes
            # the server hang up, it must not hold up all others.
            return LineBroke(_words(str(error) or type(error).__name__))


def _by_code(error: aiosmtplib.SMTPResponseException, for_good: type[SmtpError]) -> SmtpError:
    words = _words(f"{error.code} {error.message}")
    if error.code == SERVICE_CLOSING:
        return ServerAway(words)
    return for_good(words) if error.code >= PERMANENT else RefusedForNow(words)


def _words(text: str) -> str:
    return " ".join(text.split())[:REASON_LENGTH]
