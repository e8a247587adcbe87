"""What gives cause for mail: facts, and time passing. Each cause is queued once per person, however often it is heard.

The one write that records a fact here also holds what must follow: the invitation inserts its mail in the same
transaction; a session that moved or was cancelled carries a notice until everybody's mail is queued; all else is a mail
inserted under an id made of its cause.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final, Protocol

from chassis.outcomes import Transient
from contracts import limits
from contracts.enrollment import ParticipantInvited, ParticipantRemoved
from contracts.envelope import Event
from contracts.scoring import ResultReleased
from contracts.session import SessionSnapshot
from contracts.statuses import MailKind
from messaging_svc.domain.calendar import shown
from messaging_svc.domain.mail import RESULT_DAYS, Mail, mail_id, mail_to
from messaging_svc.domain.people import Invitation, Session, session_of
from messaging_svc.store.mails import AlreadyRecorded, MailStore
from messaging_svc.store.people import PeopleStore

RECORD_ATTEMPTS: Final = 10  # each miss means that another replica recorded a fact of the same session
PAGE: Final = 500  # mails queued in one write
NOTICES_MAX: Final = 20  # sessions per round of the job; the next round is a second away


class Clock(Protocol):
    def now(self) -> datetime: ...


class Mailing:
    def __init__(self, mails: MailStore, people: PeopleStore, clock: Clock) -> None:
        self._mails = mails
        self._people = people
        self._clock = clock

    # Facts

    async def record_session(
        self, org_id: str, version: int, snapshot: SessionSnapshot, cancel_reason: str = ""
    ) -> None:
        """Take over a session's state, and notice what those invited must hear of; older facts change nothing."""
        for _ in range(RECORD_ATTEMPTS):
            known = await self._people.session(snapshot.session_id)
            if known is not None and known.version >= version:
                return
            session = session_of(known, org_id, version, snapshot, cancel_reason)
            if await self._people.save_session(session, known):
                return
        raise Transient(f"session {snapshot.session_id} is being recorded too often")

    async def invite(self, events: Sequence[Event[ParticipantInvited]]) -> None:
        """Record invitations, each with the mail it causes. Many at once, as they come: an import invites thousands."""
        now = self._clock.now()
        known = await self._people.invitation_versions([each.data.participant.participant_id for each in events])
        fresh = [_invitation(each) for each in events if each.version > known.get(each.subject, 0)]
        caused = [(each, mail_to(each, MailKind.INVITATION, str(each.version), now)) for each in fresh]
        try:
            await self._mails.record_invitations(caused)
        except AlreadyRecorded:
            # Another replica recorded one of them this very moment; only the rest is news.
            for each in caused:
                with suppress(AlreadyRecorded):
                    await self._mails.record_invitations([each])

    async def withdraw(self, event: Event[ParticipantRemoved]) -> None:
        """Tell somebody invited that their place is gone, so that the entry leaves their calendar; before the start."""
        participant = event.data.participant
        invitation = await self._people.invitation(participant.participant_id)
        session = await self._people.session(participant.session_id)
        if invitation is None or session is None or not session.before_start:
            return
        fields = {"reason": event.data.reason}
        await self._mails.insert(
            [mail_to(invitation, MailKind.CANCELLATION, f"removed/{event.version}", self._clock.now(), fields)]
        )

    async def announce_result(self, event: Event[ResultReleased]) -> None:
        """Queue the mail about a result; for somebody not invited it is only kept, should the invitation be late."""
        result = event.data.result
        now = self._clock.now()
        invitation = await self._people.invitation(result.participant_id)
        outcomes = {True: "passed", False: "not passed", None: "without a pass mark"}
        mail = Mail(
            mail_id=mail_id(event.org_id, MailKind.RESULT, result.participant_id, str(event.version)),
            org_id=event.org_id,
            kind=MailKind.RESULT,
            session_id=result.session_id,
            participant_id=result.participant_id,
            name=invitation.name if invitation else result.name,
            email=invitation.email if invitation else "",
            fields={
                "outcome": outcomes[result.passed],
                "points": f"{result.points.normalize():f}",
                "points_available": f"{result.points_available.normalize():f}",
                "percent": "" if result.percent is None else f"{result.percent:f}",
            },
            created_at=now,
            due_at=now if invitation else None,
            expires_at=now + timedelta(days=RESULT_DAYS),
            unasked=invitation is None,
        )
        await self._mails.insert([mail])

    # Time

    async def give_notices(self) -> None:
        """Queue a mail for everybody concerned by a session that moved or was cancelled."""
        for session in await self._people.sessions_with_notice(NOTICES_MAX):
            notice = session.notice
            if notice is None:
                continue
            fields = {"reason": session.cancel_reason}
            if notice.kind is MailKind.RESCHEDULE:
                before = session.previous
                fields = {"previous_starts_at": shown(before.starts_at, before.time_zone) if before else ""}
            await self._queue_for_all(session, notice.kind, str(notice.version), fields)
            await self._people.notice_given(session)

    async def remind(self) -> None:
        """Queue the reminders whose time has come; of several that were missed, only the one nearest to the start."""
        now = self._clock.now()
        horizon = now + timedelta(minutes=limits.REMINDER_MINUTES_MAX)
        minutes_of: dict[str, list[int]] = {}
        for session, reminded in await self._people.sessions_starting(now, horizon):
            if session.schedule is None:
                continue
            if session.org_id not in minutes_of:
                minutes_of[session.org_id] = (await self._mails.settings_of(session.org_id)).reminder_minutes
            starts_at = session.schedule.starts_at
            due = {
                f"{starts_at.isoformat()}/{minutes}": starts_at - timedelta(minutes=minutes)
                for minutes in minutes_of[session.org_id]
                if starts_at - timedelta(minutes=minutes) <= now
            }
            fresh = sorted(set(due) - reminded, key=lambda each: due[each])
            if not fresh:
                continue
            last = due[fresh[-1]]
            if last == max(due.values()):
                # Whoever was invited after the moment has just read all of it in the invitation.
                fields = {"for_start": starts_at.isoformat()}
                await self._queue_for_all(session, MailKind.REMINDER, fresh[-1], fields, invited_before=last)
            await self._people.reminded(session.session_id, fresh)

    async def _queue_for_all(
        self,
        session: Session,
        kind: MailKind,
        cause: str,
        fields: dict[str, str],
        *,
        invited_before: datetime | None = None,
    ) -> None:
        after = ""
        while page := await self._people.invitations_after(session.session_id, after, PAGE):
            now = self._clock.now()
            concerned = [each for each in page if invited_before is None or each.invited_at < invited_before]
            await self._mails.insert([mail_to(each, kind, cause, now, fields) for each in concerned])
            after = page[-1].participant_id


def _invitation(event: Event[ParticipantInvited]) -> Invitation:
    participant = event.data.participant
    return Invitation(
        participant_id=participant.participant_id,
        session_id=participant.session_id,
        org_id=event.org_id,
        version=event.version,
        name=participant.name,
        email=event.data.email,
        personal_code=event.data.personal_code,
        invited_at=event.time,
    )
