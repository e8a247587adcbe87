"""Use cases of messaging: announce, write in a thread, raise a hand, mark read, and the two listings."""

from collections.abc import Callable
from datetime import datetime
from typing import Final, Protocol

from chassis.auth import Principal
from chassis.identifiers import derived_id, new_id
from chassis.outcomes import Rejected, Transient
from contracts import problems
from contracts.attempt import Actor
from contracts.envelope import Event
from contracts.messaging import Message, MessageKind, MessageSent
from contracts.resources.messaging import MarkDelivered, MarkRead, Messages, SendBroadcast, SendMessage, Thread
from contracts.statuses import ActorKind, EnrollmentState
from messaging_svc.domain.conversation import (
    HAND_RAISED_TEXT,
    Draft,
    Mark,
    MarkFact,
    delivered,
    read,
    same_request,
    shown_to_candidate,
    unread,
)
from messaging_svc.domain.people import (
    Participant,
    Session,
    check_candidate_may_write,
    check_not_cancelled,
    check_recipients,
)
from messaging_svc.store.messages import NOWHERE, MessagingStore, Reached
from messaging_svc.store.people import PeopleStore

SOURCE: Final = "messaging-svc"
MARK_ATTEMPTS: Final = 10  # each miss means that the same reader's mark was moved in another window


Moved = tuple[Mark, MarkFact | None]


class Clock(Protocol):
    def now(self) -> datetime: ...


class Relay(Protocol):
    def wake(self) -> None: ...


class Live(Protocol):
    async def show(self, message: Message) -> None: ...
    async def show_marks(self, mark: Mark) -> None: ...


class MessagingService:
    def __init__(self, store: MessagingStore, people: PeopleStore, clock: Clock, relay: Relay, live: Live) -> None:
        self._store = store
        self._people = people
        self._clock = clock
        self._relay = relay
        self._live = live

    # Sending

    async def send_broadcast(
        self, principal: Principal, session_id: str, request: SendBroadcast, key: str | None
    ) -> Message:
        """Announce to everybody, or to the recipients named. The same `key` sends nothing twice."""
        session = await self._session(principal, session_id)
        principal.check_assigned(session.proctor_ids)
        check_not_cancelled(session)
        known = await self._people.participants_named(request.recipients or [])
        sender = _actor(principal)
        draft = Draft(
            message_id=_message_id(session_id, sender, key),
            session_id=session_id,
            kind=MessageKind.BROADCAST,
            participant_id=None,
            sender=sender,
            text=request.text,
            sent_at=self._clock.now(),
            filter=request.filter,
            recipients=check_recipients(session_id, request.recipients, known),
        )
        return await self._send(draft, session.org_id)

    async def send_message(
        self, principal: Principal, session_id: str, participant_id: str, request: SendMessage, key: str | None
    ) -> Message:
        """Write in a participant's thread: proctors in any, candidates in their own."""
        return await self._write(
            principal, session_id, participant_id, kind=MessageKind.CHAT, text=request.text, key=key
        )

    async def raise_hand(self, principal: Principal, session_id: str, participant_id: str, key: str | None) -> Message:
        """Ask for a proctor without words."""
        return await self._write(
            principal, session_id, participant_id, kind=MessageKind.HAND_RAISED, text=HAND_RAISED_TEXT, key=key
        )

    async def _write(
        self,
        principal: Principal,
        session_id: str,
        participant_id: str,
        *,
        kind: MessageKind,
        text: str,
        key: str | None,
    ) -> Message:
        participant = await self._participant(principal, session_id, participant_id)
        session = await self._people.session(session_id)
        if principal.only_own:
            check_candidate_may_write(participant)
            if session is not None:
                check_not_cancelled(session)
        else:
            session = await self._session(principal, session_id)
            principal.check_assigned(session.proctor_ids)
            check_not_cancelled(session)
        sender = _actor(principal, participant)
        draft = Draft(
            message_id=_message_id(session_id, sender, key),
            session_id=session_id,
            kind=kind,
            participant_id=participant_id,
            sender=sender,
            text=text,
            sent_at=self._clock.now(),
        )
        sent = await self._send(draft, participant.org_id)
        return shown_to_candidate(sent, participant_id) if principal.only_own else sent

    async def _send(self, draft: Draft, org_id: str) -> Message:
        message = await self._store.append(draft, lambda numbered: _sent(numbered, org_id))
        if not same_request(draft, message):
            raise Rejected(problems.IDEMPOTENCY_MISMATCH, "Use a new Idempotency-Key for a new message.")
        self._relay.wake()
        await self._live.show(message)
        return message

    # Reading

    async def messages(self, principal: Principal, session_id: str, after: int, limit: int) -> Messages:
        """Those numbered above `after`, oldest first. Candidates see their own thread and what reached them."""
        proctors = NOWHERE
        if principal.only_own:
            myself = await self._myself(principal, session_id)
            last = await self._store.last_number(session_id)
            found = await self._store.messages_after(session_id, after, limit, seen_by=myself.participant_id)
            found = [shown_to_candidate(each, myself.participant_id) for each in found]
            if last:
                proctors = await self._proctors_in(myself)
        else:
            await self._session(principal, session_id)
            last = await self._store.last_number(session_id)
            found = await self._store.messages_after(session_id, after, limit)
        newest = found[-1].number if found else 0
        return Messages(
            messages=found,
            last_number=max(last, newest),
            delivered_up_to=proctors.delivered,
            read_up_to=proctors.read,
        )

    async def threads(self, principal: Principal, session_id: str) -> list[Thread]:
        """Threads with their newest message and how many the reader has not read; a candidate has one at most."""
        if principal.only_own:
            return await self._own_thread(await self._myself(principal, session_id))
        await self._session(principal, session_id)
        marks = await self._store.marks_of(session_id, principal.subject)
        theirs = await self._store.marks_by(session_id, ActorKind.CANDIDATE)
        return [
            Thread(
                participant_id=each.participant_id,
                last_message=each.last_message,
                unread=unread(each.numbers_of_others, marks.get(each.participant_id, NOWHERE).read),
                arrived_up_to=marks.get(each.participant_id, NOWHERE).delivered,
                delivered_up_to=theirs.get(each.participant_id, NOWHERE).delivered,
                read_up_to=theirs.get(each.participant_id, NOWHERE).read,
            )
            for each in await self._store.threads(session_id, principal.subject)
        ]

    async def _own_thread(self, myself: Participant) -> list[Thread]:
        """To a candidate, announcements are part of the one conversation they see."""
        mine = myself.participant_id
        seen = await self._store.messages_after(myself.session_id, 0, None, seen_by=mine)
        if not seen:
            return []
        mark = await self._store.mark(myself.session_id, mine, mine)
        by_others = (each.number for each in seen if each.sender.id != mine)
        proctors = await self._proctors_in(myself)
        return [
            Thread(
                participant_id=mine,
                last_message=shown_to_candidate(seen[-1], mine),
                unread=unread(by_others, mark.read if mark else 0),
                arrived_up_to=mark.delivered if mark else 0,
                delivered_up_to=proctors.delivered,
                read_up_to=proctors.read,
            )
        ]

    async def _proctors_in(self, myself: Participant) -> Reached:
        """How far proctors have got in a candidate's thread."""
        mine = myself.participant_id
        return (await self._store.marks_by(myself.session_id, ActorKind.STAFF, mine)).get(mine, NOWHERE)

    async def mark_read(self, principal: Principal, session_id: str, participant_id: str, request: MarkRead) -> None:
        """Note how far the reader has read a thread; a mark never moves back."""
        await self._mark(principal, session_id, participant_id, request.up_to, read)

    async def mark_delivered(
        self, principal: Principal, session_id: str, participant_id: str, request: MarkDelivered
    ) -> None:
        """Note how much of a thread has arrived on the reader's page."""
        await self._mark(principal, session_id, participant_id, request.up_to, delivered)

    async def _mark(
        self, principal: Principal, session_id: str, participant_id: str, up_to: int, move: Callable[..., Moved]
    ) -> None:
        participant = await self._participant(principal, session_id, participant_id)
        reader = _actor(principal, participant)
        last_number = await self._store.last_number(session_id)
        for _ in range(MARK_ATTEMPTS):
            mark = await self._store.mark(session_id, participant_id, reader.id) or Mark(
                session_id=session_id, org_id=participant.org_id, participant_id=participant_id, reader=reader
            )
            moved, fact = move(mark, up_to, last_number)
            if fact is None:
                return
            if await self._store.save_mark(moved, self._moved(moved, fact)):
                self._relay.wake()
                await self._live.show_marks(moved)
                return
        raise Transient(f"the mark of {reader.id} in session {session_id} is being moved too often")

    def _moved(self, mark: Mark, fact: MarkFact) -> Event[MarkFact]:
        return Event(
            id=derived_id(SOURCE, "mark", mark.session_id, mark.participant_id, mark.reader.id, str(mark.version)),
            source=SOURCE,
            time=self._clock.now(),
            subject=mark.session_id,
            org_id=mark.org_id,
            session_id=mark.session_id,
            version=mark.version,
            data=fact,
        )

    # Who is asking about whom

    async def _session(self, principal: Principal, session_id: str) -> Session:
        """Raises Rejected (not-found), also for another organisation's: nobody learns that it exists."""
        session = await self._people.session(session_id)
        if session is None or not principal.sees(session.org_id):
            raise Rejected(problems.NOT_FOUND, "There is no such session.")
        return session

    async def _participant(self, principal: Principal, session_id: str, participant_id: str) -> Participant:
        """Raises Rejected (not-found), also for another organisation's and, to a candidate, for anybody else."""
        if principal.only_own:
            myself = await self._myself(principal, session_id)
            if myself.participant_id != participant_id:
                raise Rejected(problems.NOT_FOUND, "There is no such participant.")
            return myself
        found = await self._people.participants_named([participant_id])
        if not found or not principal.sees(found[0].org_id) or found[0].session_id != session_id:
            raise Rejected(problems.NOT_FOUND, "There is no such participant in this session.")
        return found[0]

    async def _myself(self, principal: Principal, session_id: str) -> Participant:
        """The candidate asking. Their token proves their place even before the fact of it has arrived here."""
        mine = principal.participant_id
        if mine is None or principal.session_id != session_id:
            raise Rejected(problems.NOT_FOUND, "There is no such session.")
        found = await self._people.participants_named([mine])
        if found:
            return found[0]
        return Participant(
            participant_id=mine,
            session_id=session_id,
            org_id=principal.org_id,
            version=0,
            name=principal.name,
            state=EnrollmentState.JOINED,
        )


def _actor(principal: Principal, participant: Participant | None = None) -> Actor:
    if participant is not None and principal.only_own:
        return Actor(kind=ActorKind.CANDIDATE, id=participant.participant_id, name=participant.name)
    return Actor(kind=ActorKind.STAFF, id=principal.subject, name=principal.name or principal.subject)


def _message_id(session_id: str, sender: Actor, key: str | None) -> str:
    """One sender's key names one message, however often it is sent."""
    return derived_id("message", session_id, sender.id, key) if key else new_id()


def _sent(message: Message, org_id: str) -> Event[MessageSent]:
    """The fact's version is the message's number: the one thing that grows with each message of a session."""
    return Event(
        id=derived_id(SOURCE, "sent", message.message_id),
        source=SOURCE,
        time=message.sent_at,
        subject=message.session_id,
        org_id=org_id,
        session_id=message.session_id,
        version=message.number,
        data=MessageSent(message=message),
    )
