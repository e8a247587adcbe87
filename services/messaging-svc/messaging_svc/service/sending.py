"""The queue at work: take a mail, write it as things are now, hand it to the server, record what became of it.

A mail is sent at least once and practically once. The window that no order of writes can close: the server has taken
the mail, and this process dies (or loses the connection, or MongoDB) before that is recorded. It is kept to the mails
in hand, one per connection; such a mail is sent again when its lease ends, with the same Message-ID, by which mail
servers and readers recognise it. Stopping in order waits for the mails in hand.
"""

import asyncio
import random
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, Final

import structlog

from chassis.health import CheckResult
from chassis.identifiers import new_id
from chassis.outcomes import Transient
from contracts.statuses import EnrollmentState, MailKind, MailStatus
from messaging_svc.domain.letter import BadAddress, Letter, compose
from messaging_svc.domain.mail import ATTEMPTS_MAX, JITTER, Mail, pause_before_retry, why_pointless
from messaging_svc.domain.people import Invitation, Session
from messaging_svc.service.mailing import Clock
from messaging_svc.service.writing import NotYet, Writing
from messaging_svc.settings import Settings
from messaging_svc.smtp import IDLE_SECONDS, Mailer, MailRefused, RecipientRefused, RefusedForNow, ServerAway
from messaging_svc.store.mails import MailStore
from messaging_svc.store.people import PeopleStore

ROUND_SECONDS: Final = 20.0  # a round of the job; its health is judged by rounds that end
BATCH: Final = 200  # ids looked up at once; replicas share them out by claiming
PAUSE_FIRST_SECONDS: Final = 1.0  # a server that restarts is back in seconds
PAUSE_MAX_SECONDS: Final = 60.0
FAILURES_COUNTED: Final = 6  # doubling from the first pause reaches the longest
NOT_YET: Final = timedelta(seconds=2)  # facts of two topics overtake each other by moments
LEASE_SHARE: Final = 0.5  # of the lease: a mail not handed over by then is left to whoever takes it next

log = structlog.get_logger(__name__)


class Sending:
    """`mailer` None: no server is configured. Mails stay where they are."""

    def __init__(
        self,
        mails: MailStore,
        people: PeopleStore,
        *,
        writing: Writing,
        mailer: Mailer | None,
        clock: Clock,
        settings: Settings,
        spread: Callable[[], float] = lambda: random.uniform(-1, 1),  # noqa: S311 - spreads retries
    ) -> None:
        self._mails = mails
        self._people = people
        self._writing = writing
        self._mailer = mailer
        self._clock = clock
        self._settings = settings
        self._spread = spread
        self._in_hand: set[asyncio.Task[None]] = set()
        self._failures = 0
        self._paused_until = 0.0
        self._last_error = ""

    async def run(self) -> None:
        """Send what is due; returns when nothing is, or after `ROUND_SECONDS`."""
        if self._mailer is None or self._paused:
            return
        ends = time.monotonic() + ROUND_SECONDS
        self._writing.forget()
        while time.monotonic() < ends and not self._paused:
            found = await self._mails.due(self._clock.now(), BATCH)
            if not found:
                break
            random.shuffle(found)  # so that replicas do not reach for the same ones
            waiting = iter(found)
            workers = [self._work(waiting, ends) for _ in range(self._settings.smtp_connections)]
            await asyncio.gather(*workers)
        await self._mailer.hang_up(silent_for=IDLE_SECONDS)

    async def _work(self, waiting: Iterator[str], ends: float) -> None:
        for mail_id in waiting:
            if self._paused or time.monotonic() > ends:
                return
            task = asyncio.create_task(self._one(mail_id), name=f"mail {mail_id}")
            self._in_hand.add(task)
            task.add_done_callback(self._in_hand.discard)
            # Shielded: when the round is cancelled on the way down, `close` waits for what is in hand.
            await asyncio.shield(task)

    async def _one(self, mail_id: str) -> None:
        """Errors end here: one mail's must not end the round of all others."""
        try:
            async with asyncio.timeout(self._settings.mail_lease_seconds * LEASE_SHARE):
                await self._take(mail_id)
        except TimeoutError:
            # Its lease ends by itself; a server this slow may have taken it, so no haste.
            log.warning("mail took too long", mail_id=mail_id)
        except Transient as error:
            # MongoDB is away. What was in hand is tried again when its lease ends.
            self._pause(str(error))

    async def _take(self, mail_id: str) -> None:
        now = self._clock.now()
        token = new_id()
        until = now + timedelta(seconds=self._settings.mail_lease_seconds)
        mail = await self._mails.claim(mail_id, token, now, until)
        if mail is None:
            return
        session, invitation, place = await self._around(mail)
        try:
            pointless = await self._pointless(mail, session, place)
            if pointless is not None:
                await self._settle(mail, token, MailStatus.WITHDRAWN, reason=pointless, counts=False)
                return
            letter = await self._writing.letter(mail, session, invitation)
        except NotYet as error:
            due_at = self._clock.now() + NOT_YET
            await self._settle(mail, token, MailStatus.QUEUED, reason=str(error), due_at=due_at, counts=False)
        except BadAddress as error:
            await self._settle(mail, token, MailStatus.BOUNCED, reason=str(error))
        except Transient:
            raise
        except Exception:
            # A defect of ours, or of data no check foresaw. Trying again would fail again: a person should look.
            log.exception("mail could not be written", mail_id=mail.mail_id, kind=mail.kind)
            await self._settle(mail, token, MailStatus.FAILED, reason="It could not be written; see the log.")
        else:
            await self._hand_over(mail, token, letter)

    async def _hand_over(self, mail: Mail, token: str, letter: Letter) -> None:
        if self._mailer is None:
            raise RuntimeError("no mail server is configured")
        sender, recipient = letter.sender.addr_spec, letter.recipient.addr_spec
        try:
            await self._mailer.send(compose(letter), sender, recipient)
        except ServerAway as error:
            self._pause(str(error))
            status = MailStatus.RETRYING if mail.attempts > 1 else MailStatus.QUEUED
            await self._settle(mail, token, status, reason=str(error), due_at=self._clock.now(), counts=False)
        except RefusedForNow as error:
            if mail.attempts >= ATTEMPTS_MAX:
                reason = f"Given up after {mail.attempts} tries: {error}"
                await self._settle(mail, token, MailStatus.FAILED, reason=reason)
            else:
                due_at = self._clock.now() + pause_before_retry(mail.attempts, self._spread())
                await self._settle(mail, token, MailStatus.RETRYING, reason=str(error), due_at=due_at)
        except RecipientRefused as error:
            await self._settle(mail, token, MailStatus.BOUNCED, reason=str(error))
        except MailRefused as error:
            await self._settle(mail, token, MailStatus.FAILED, reason=str(error))
        else:
            self._failures, self._last_error = 0, ""
            await self._settle(mail, token, MailStatus.SENT, sent_at=self._clock.now())

    async def _settle(self, mail: Mail, token: str, status: MailStatus, **outcome: Any) -> None:
        if not await self._mails.settle(mail, token, status, **outcome):
            log.error("lease lost: this mail may be sent again", mail_id=mail.mail_id, status=status)

    async def _around(self, mail: Mail) -> tuple[Session | None, Invitation | None, EnrollmentState | None]:
        """How things are now that the mail is in hand: whatever changes from here on causes a mail of its own."""
        if mail.session_id is None or mail.participant_id is None:
            return None, None, None
        session, invitation, found = await asyncio.gather(
            self._people.session(mail.session_id),
            self._people.invitation(mail.participant_id),
            self._people.participants_named([mail.participant_id]),
        )
        return session, invitation, found[0].state if found else None

    async def _pointless(self, mail: Mail, session: Session | None, place: EnrollmentState | None) -> str | None:
        reason = why_pointless(mail, session, place, self._clock.now())
        if reason is not None or mail.participant_id is None:
            return reason
        if mail.kind is MailKind.RESCHEDULE and await self._mails.invitation_still_waits(mail.participant_id):
            return "The invitation, still to be sent, says it."
        if mail.kind is MailKind.CANCELLATION:
            announced = await self._mails.announced(mail.participant_id)
            if not announced:
                return "Nothing had been sent that it would take back."
            if all(each is MailStatus.SENDING for each in announced):
                raise NotYet("The mail that it would take back is being sent this moment.")
        return None

    # The server's absence

    @property
    def _paused(self) -> bool:
        return time.monotonic() < self._paused_until

    def _pause(self, reason: str) -> None:
        """Leave the server alone for a moment, longer each time; every worker in flight may call this at once."""
        self._last_error = reason
        if self._paused:
            return
        if not self._failures:
            log.warning("mail waits", error=reason)
        seconds = min(PAUSE_FIRST_SECONDS * 2**self._failures, PAUSE_MAX_SECONDS)
        self._failures = min(self._failures + 1, FAILURES_COUNTED)
        self._paused_until = time.monotonic() + seconds * (1 + JITTER * self._spread())

    async def close(self) -> None:
        """On the way down, after the job has ended: let the mails in hand be handed over and recorded."""
        if self._in_hand:
            await asyncio.wait(self._in_hand)
        if self._mailer is not None:
            await self._mailer.hang_up()

    async def check(self) -> CheckResult:
        if self._mailer is None:
            return CheckResult.good("no mail server is configured: mails are kept, not sent")
        if self._last_error:
            return CheckResult.warning(f"mail waits: {self._last_error}")
        return CheckResult.good()
