"""Mail on one machine: an SMTP server that keeps what it is given as files, and reading them.

`python -m examhall.mailbox PORT DIRECTORY` runs it. Nothing leaves the machine: it knows no other server.
"""

import asyncio
import contextlib
import email
import email.policy
import logging
import os
import signal
import smtplib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final

from examhall.part import NotReady

KEPT: Final = 5_000  # some 30 MB; older mails make room
MAIL_BYTES: Final = 1024 * 1024  # ours have some 6 kB
PROBE_SECONDS: Final = 2.0
SUFFIX: Final = ".eml"


class NoSuchMail(RuntimeError):
    """There is no mail of that number."""


class Mailbox:
    """The part of a stack that catches its mail."""

    name = "mail"
    ready_seconds = 30.0
    stop_seconds = 5.0

    def __init__(self, directory: Path, port: int) -> None:
        self.port = port
        self._directory = directory

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def prepare(self) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)

    def command(self) -> list[str]:
        return [sys.executable, "-m", "examhall.mailbox", str(self.port), str(self._directory)]

    def environment(self) -> Mapping[str, str]:
        return os.environ

    async def probe(self) -> None:
        await asyncio.to_thread(self._greet)

    def _greet(self) -> None:
        try:
            with smtplib.SMTP("127.0.0.1", self.port, timeout=PROBE_SECONDS) as conversation:
                conversation.noop()
        except (OSError, smtplib.SMTPException) as error:
            raise NotReady(str(error)) from error

    def stopped(self) -> None:
        """The mails stay."""


@dataclass(frozen=True, slots=True)
class Caught:
    """One mail in the box; numbers grow and are never used again."""

    number: int
    message: EmailMessage

    @property
    def text(self) -> str:
        body = self.message.get_body(("plain",))
        return str(body.get_content()) if body is not None else ""

    @property
    def files(self) -> list[str]:
        return [each.get_filename() or each.get_content_type() for each in self.message.iter_attachments()]


def caught_in(directory: Path, newest: int) -> list[Caught]:
    """The newest mails, oldest of them first."""
    return [_read(file) for file in _files(directory)[-newest:]]


def caught(directory: Path, number: int) -> Caught:
    """Raises NoSuchMail."""
    try:
        return _read(_file(directory, number))
    except FileNotFoundError:
        raise NoSuchMail(f"there is no mail {number}; see: examhall mail list") from None


def _read(file: Path) -> Caught:
    message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    if not isinstance(message, EmailMessage):
        raise TypeError("the default policy makes EmailMessage")
    return Caught(int(file.stem), message)


def _files(directory: Path) -> list[Path]:
    return sorted(directory.glob(f"*{SUFFIX}")) if directory.exists() else []


def _file(directory: Path, number: int) -> Path:
    return directory / f"{number:08d}{SUFFIX}"


class _Keeper:
    """What the server does with a mail. One process writes, so counting on is safe."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        there = _files(directory)
        self._numbers = [int(each.stem) for each in there]
        self._next = self._numbers[-1] + 1 if there else 1

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """In one step, so that a reader never sees half a mail; numbered before the first await, there is none."""
        file = _file(self._directory, self._next)
        fresh = file.with_suffix(".new")
        fresh.write_bytes(envelope.content)
        fresh.replace(file)
        self._numbers.append(self._next)
        self._next += 1
        while len(self._numbers) > KEPT:
            _file(self._directory, self._numbers.pop(0)).unlink(missing_ok=True)
        return f"250 Kept as mail {file.stem.lstrip('0')}"


async def serve(port: int, directory: Path) -> None:
    """Until SIGTERM or SIGINT."""
    from aiosmtpd.smtp import SMTP  # noqa: PLC0415 - only the process that serves needs it installed

    logging.getLogger("mail.log").setLevel(logging.WARNING)  # it logs every line it hears, personal codes included
    keeper = _Keeper(directory)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)

    def conversation() -> asyncio.Protocol:
        return SMTP(keeper, enable_SMTPUTF8=True, data_size_limit=MAIL_BYTES, hostname="examhall.local", loop=loop)

    server = await loop.create_server(conversation, "127.0.0.1", port)
    await ended.wait()
    server.close()


def main() -> None:
    port, directory = int(sys.argv[1]), Path(sys.argv[2])
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(port, directory))


if __name__ == "__main__":
    main()
