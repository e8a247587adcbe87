"""A mail as it goes over the wire: headers that cannot be injected, text, HTML, and the calendar file.

`EmailMessage` refuses line breaks in headers by itself; names are made one line before, so that a mail goes out anyway.
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

import idna

from messaging_svc.domain.calendar import Method

# Cc: control characters; Zl, Zp: line and paragraph separators. Formatting marks stay: scripts need joiners.
_BREAKING: Final = frozenset({"Cc", "Zl", "Zp"})


class BadAddress(ValueError):
    """No mail can go there; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    message_id: str
    sender: Address
    recipient: Address
    reply_to: Address | None
    subject: str
    text: str
    html: str
    calendar: tuple[Method, bytes] | None
    at: datetime


def one_line(text: str) -> str:
    """Without characters that could end a line or a header."""
    spaced = "".join(" " if unicodedata.category(each) in _BREAKING else each for each in text)
    return " ".join(spaced.split())


def address(name: str, email: str) -> Address:
    """With the domain in its ASCII form (IDNA 2008), which every server takes; the local part as it is (RFC 6531).

    Raises:
        BadAddress: the address cannot be written, or its domain cannot exist.

    """
    local, _, domain = email.rpartition("@")
    try:
        ascii_domain = domain if domain.isascii() else idna.encode(domain, uts46=True).decode()
    except idna.IDNAError as error:
        raise BadAddress(f"The domain {domain!r} cannot exist: {error}") from error
    try:
        return Address(display_name=one_line(name), username=local, domain=ascii_domain)
    except ValueError as error:
        raise BadAddress(f"The address cannot be written: {error}") from error


def compose(letter: Letter) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = letter.sender
    message["To"] = letter.recipient
    if letter.reply_to is not None:
        message["Reply-To"] = letter.reply_to
    message["Subject"] = one_line(letter.subject)
    message["Date"] = format_datetime(letter.at)
    message["Message-ID"] = letter.message_id
    # No vacation notes, please (RFC 3834, section 5).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    if letter.calendar is not None:
        method, file = letter.calendar
        # As an alternative, which mail clients show as an entry, and as a file, which everybody else can open.
        message.add_alternative(file.decode(), subtype="calendar", params={"method": method.value}, cte="base64")
        message.add_attachment(file, maintype="text", subtype="calendar", filename="session.ics")
    return message
