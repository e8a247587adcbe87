"""A real SMTP server in this process, and a session with people who get mail about it."""

import asyncio
import email
import email.policy
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.message import EmailMessage
from functools import cached_property
from typing import Any, cast

from aiosmtpd import smtp
from icalendar import Calendar

from chassis.identifiers import new_id
from chassis.service import Service
from contracts.attempt import Actor
from contracts.enrollment import ParticipantEnrolled, ParticipantInvited, ParticipantRemoved, ParticipantSnapshot
from contracts.envelope import Event
from contracts.scoring import Result, ResultReleased
from contracts.session import (
    SessionCancelled,
    SessionChanged,
    SessionEnded,
    SessionScheduled,
    SessionSettings,
    SessionSnapshot,
)
from contracts.statuses import ActorKind, CompletionReason, EnrollmentState, ResultState, SessionState

logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd logs every line it hears

SOON_SECONDS = 60.0  # this machine is shared
TAKEN = "250 Taken"


@dataclass
class Caught:
    """One mail as the server took it."""

    sender: str
    recipient: str
    content: bytes
    options: Sequence[str]

    @cached_property
    def message(self) -> EmailMessage:
        message = email.message_from_bytes(self.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        return message

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"])

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        part = self.message.get_body(("plain",))
        assert part is not None
        return str(part.get_content())

    @property
    def html(self) -> str:
        part = self.message.get_body(("html",))
        assert part is not None
        return str(part.get_content())

    @property
    def calendar(self) -> Any:
        """The attached calendar, None without one."""
        files = [part for part in self.message.iter_attachments() if part.get_content_type() == "text/calendar"]
        if not files:
            return None
        content = files[0].get_payload(decode=True)
        assert isinstance(content, bytes)
        return Calendar.from_ical(content)

    @property
    def entry(self) -> Any:
        (entry,) = self.calendar.walk("VEVENT")
        return entry


class MailServer:
    """`answers[address]` are given to RCPT one after the other, then all is taken; `at_data` likewise to DATA.

    `slow_seconds` passes before each mail is taken; `connections` counts those ever opened.
    """

    def __init__(self, **options: Any) -> None:
        self.caught: list[Caught] = []
        self.answers: dict[str, list[str]] = defaultdict(list)
        self.at_data: dict[str, list[str]] = defaultdict(list)
        self.asked: dict[str, int] = defaultdict(int)
        self.slow_seconds = 0.0
        self.connections = 0
        self.port = 0
        self._tls = options.pop("ssl_context", None)  # from the first byte
        self._options = options
        self._server: asyncio.Server | None = None
        self._protocols: list[smtp.SMTP] = []

    async def start(self) -> None:
        """On a free port at first, on the same one after a stop."""
        self._server = await asyncio.get_running_loop().create_server(
            self._protocol, "127.0.0.1", self.port, ssl=self._tls
        )
        self.port = self._server.sockets[0].getsockname()[1]

    def _protocol(self) -> smtp.SMTP:
        self.connections += 1
        protocol = smtp.SMTP(self, enable_SMTPUTF8=True, hostname="mail.test", **self._options)
        self._protocols.append(protocol)
        return protocol

    async def stop(self) -> None:
        """As a server dies: the door is shut and every conversation cut."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for protocol in self._protocols:
            transport = cast("asyncio.WriteTransport | None", protocol.transport)
            if transport is not None:
                transport.abort()
        self._protocols.clear()

    # Hooks of aiosmtpd

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        self.asked[address] += 1
        if self.answers[address]:
            return self.answers[address].pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.slow_seconds:
            await asyncio.sleep(self.slow_seconds)
        (recipient,) = envelope.rcpt_tos
        if self.at_data[recipient]:
            return self.at_data[recipient].pop(0)
        self.caught.append(Caught(envelope.mail_from, recipient, envelope.content, envelope.mail_options))
        return TAKEN

    # For tests

    def among(self, addresses: Sequence[str]) -> list[Caught]:
        wanted = set(addresses)
        return [each for each in self.caught if each.recipient in wanted]

    def to(self, address: str, subject: str = "") -> list[Caught]:
        return [each for each in self.caught if each.recipient == address and subject in each.subject]

    async def until(self, enough: Callable[[], Any], seconds: float = SOON_SECONDS) -> Any:
        """Wait until the condition gives something true, which is returned."""

        async def ask() -> Any:
            return enough()

        return await eventually(ask, seconds)

    async def one(self, address: str, subject: str = "") -> Caught:
        caught: list[Caught] = await self.until(lambda: self.to(address, subject))
        (found,) = caught
        return found


@dataclass
class Sitting:
    """A session as its owner tells it, step by step."""

    service: Service
    starts_at: datetime
    org_id: str = "acme"
    session_id: str = field(default_factory=new_id)
    time_zone: str = "Europe/Lisbon"
    name: str = "Spring sitting"
    version: int = 0

    def snapshot(self, state: SessionState) -> SessionSnapshot:
        return SessionSnapshot(
            session_id=self.session_id,
            state=state,
            settings=SessionSettings(
                name=self.name,
                assessment_id="assessment",
                assessment_version=1,
                scheduled_at=self.starts_at,
                time_zone=self.time_zone,
                duration_seconds=5400,
                support_contact="exams@acme.example",
            ),
            code="SPRNG-7",
            time_limit_seconds=3600,
            pass_mark_percent=Decimal(60),
            assessment_title="Botany",
            outline=[],
        )

    async def schedule(self) -> None:
        await self._tell(SessionScheduled(session=self.snapshot(SessionState.SCHEDULED)))

    async def change(self, starts_at: datetime | None = None, name: str | None = None) -> None:
        self.starts_at, self.name = starts_at or self.starts_at, name or self.name
        await self._tell(SessionChanged(session=self.snapshot(SessionState.SCHEDULED)))

    async def cancel(self, reason: str = "The room is closed") -> None:
        await self._tell(SessionCancelled(session=self.snapshot(SessionState.CANCELLED), reason=reason, by="p"))

    async def end(self) -> None:
        await self._tell(SessionEnded(session=self.snapshot(SessionState.ENDED), by="p", by_name="P"))

    async def _tell(self, fact: Any) -> None:
        self.version += 1
        await self.publish(fact, self.session_id, self.version)
        known = self.service.mongo["sessions"]
        async with asyncio.timeout(SOON_SECONDS):
            while not await known.find_one({"_id": self.session_id, "version": self.version}):  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    def participant(self, participant_id: str, email: str | None, name: str, state: EnrollmentState) -> Any:
        return ParticipantSnapshot(
            participant_id=participant_id, session_id=self.session_id, name=name, email=email, state=state
        )

    async def invite(self, email: str, name: str = "Ada", participant_id: str | None = None) -> str:
        """Enrol and invite one; returns the participant's id. The code is derived from it: see `code_of`."""
        participant_id = participant_id or new_id()
        snapshot = self.participant(participant_id, email, name, EnrollmentState.INVITED)
        await self.publish(ParticipantEnrolled(participant=snapshot), participant_id, 1)
        invited = ParticipantInvited(participant=snapshot, email=email, personal_code=code_of(participant_id))
        await self.publish(invited, participant_id, 2)
        return participant_id

    async def invite_many(self, count: int) -> list[str]:
        """Addresses of so many people, invited all at once."""
        emails = [f"p{number}@{self.session_id[-12:]}.example" for number in range(count)]
        events = []
        for number, email_ in enumerate(emails):
            participant_id = new_id()
            snapshot = self.participant(participant_id, email_, f"Person {number}", EnrollmentState.INVITED)
            fact = ParticipantInvited(participant=snapshot, email=email_, personal_code=code_of(participant_id))
            events.append(self.publish(fact, participant_id, 2))
        await asyncio.gather(*events)
        return emails

    async def remove(self, participant_id: str) -> None:
        gone = self.participant(participant_id, None, "Ada", EnrollmentState.REMOVED)
        fact = ParticipantRemoved(participant=gone, reason="Wrong list", by="p", by_name="P")
        await self.publish(fact, participant_id, 3)

    async def release(self, participant_id: str, version: int = 5) -> None:
        result = Result(
            participant_id=participant_id,
            session_id=self.session_id,
            name="Ada",
            attempt_number=1,
            state=ResultState.RELEASED,
            completion_reason=CompletionReason.SUBMITTED,
            items=[],
            points=Decimal("42.0000"),
            points_available=Decimal(50),
            percent=Decimal("84.00"),
            passed=True,
            responses_digest="",
            reviews_outstanding=0,
        )
        by = Actor(kind=ActorKind.STAFF, id="p", name="P")
        fact = ResultReleased(result=result, by=by, released_at=datetime.now(UTC))
        await self.publish(fact, participant_id, version)

    async def publish(self, fact: Any, subject: str, version: int) -> None:
        await self.service.publisher.publish(
            Event(
                id=new_id(),
                source="test",
                time=datetime.now(UTC),
                subject=subject,
                org_id=self.org_id,
                session_id=self.session_id,
                version=version,
                data=fact,
            )
        )


async def eventually(ask: Callable[[], Awaitable[Any]], seconds: float = SOON_SECONDS) -> Any:
    """Ask until the answer is true, which is returned."""
    async with asyncio.timeout(seconds):
        while not (found := await ask()):  # noqa: ASYNC110 - what is asked knows of no event
            await asyncio.sleep(0.05)
        return found


def code_of(participant_id: str) -> str:
    digits = "".join(each for each in participant_id.upper() if each in "0123456789ABCDEF")[-12:]
    return f"{digits[:4]}-{digits[4:8]}-{digits[8:]}"


def in_days(days: float) -> datetime:
    return (datetime.now(UTC) + timedelta(days=days)).replace(microsecond=0)
