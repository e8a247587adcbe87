"""Scheduling, editing and conducting sessions, by people and by their own clock."""

import base64
import binascii
from datetime import datetime, timedelta
from typing import Final

import structlog

from chassis.auth import Principal
from chassis.clock import SharedClock
from chassis.identifiers import new_code, new_id
from chassis.mongo import DuplicateKey
from chassis.outbox import OutboxRelay, VersionConflict
from chassis.outcomes import Rejected
from contracts import problems
from contracts.attempt import Actor
from contracts.envelope import Event
from contracts.items import AssessmentForm
from contracts.model import Fact, iso_milliseconds
from contracts.resources.paging import Page
from contracts.resources.session import CreateSession, EditSession, SessionView
from contracts.session import SessionSettings
from contracts.statuses import ActorKind, SessionState
from session_svc.domain import session as rules
from session_svc.domain import settings as terms
from session_svc.domain.request_key import RequestKey, refuse_other_request
from session_svc.domain.session import Change, Session, Sitting, Step
from session_svc.service.assessments import SOURCE, AssessmentUseCases
from session_svc.store.assessments import AssessmentStore
from session_svc.store.sessions import CodeInUse, Place, SessionStore, Wanted

CODE_TRIES: Final = 5  # 40 random bits: the second try is already rare
RACE_TRIES: Final = 5  # of a change that names no version, against others who change the session at the same moment
DUE_MAX: Final = 100  # sessions acting by themselves in one round; the next round is a second away

log = structlog.get_logger(__name__)


class SessionUseCases:
    """`open_lead`: how long before its time a session opens by itself."""

    def __init__(
        self,
        store: SessionStore,
        versions: AssessmentStore,
        forms: AssessmentUseCases,
        *,
        clock: SharedClock,
        relay: OutboxRelay,
        open_lead: timedelta,
    ) -> None:
        self._store = store
        self._versions = versions
        self._forms = forms
        self._clock = clock
        self._relay = relay
        self._lead = open_lead

    # Scheduling

    async def create(self, principal: Principal, asked: CreateSession, request: RequestKey | None) -> SessionView:
        if request is not None and (found := await self._created_by(principal, request)) is not None:
            return found
        now = self._clock.now()
        settings = asked.settings
        terms.refuse_mistakes(
            [
                *terms.mistakes_in(settings, now=now),
                *terms.mistakes_in_code(asked.code, settings.enrollment_mode),
            ]
        )
        sitting = await self._sitting(principal.org_id, settings)
        for tries in range(1, CODE_TRIES + 1):
            code = asked.code or self._fresh_code(settings)
            change = rules.create(
                new_id(),
                principal.org_id,
                settings,
                sitting,
                code=code,
                as_draft=asked.draft,
                by=principal.subject,
                now=now,
            )
            try:
                await self._store.insert(change.session, request, self._events(change))
                break
            except CodeInUse:
                if asked.code is not None or tries == CODE_TRIES:
                    raise
            except DuplicateKey:
                found = None if request is None else await self._created_by(principal, request)
                if found is None:
                    raise
                return found
        self._relay.wake()
        return _view(change.session)

    async def _created_by(self, principal: Principal, request: RequestKey) -> SessionView | None:
        found = await self._store.created_by(principal.org_id, request)
        if found is None:
            return None
        refuse_other_request(request, found[1])
        return _view(found[0])

    async def edit(self, principal: Principal, session_id: str, asked: EditSession) -> SessionView:
        session = await self._load(session_id, principal.org_id)
        principal.check_assigned(session.settings.proctor_ids)
        _refuse_stale(session, asked.version)
        now = self._clock.now()
        settings = asked.settings
        terms.refuse_late_changes(session.state, session.settings, settings)
        terms.refuse_mistakes(terms.mistakes_in(settings, now=now, before=session.settings))
        sitting = session.sitting
        before = session.settings
        if (settings.assessment_id, settings.assessment_version) != (before.assessment_id, before.assessment_version):
            sitting = await self._sitting(session.org_id, settings)
        code = None
        if rules.needs_code(settings.enrollment_mode):
            code = session.code or self._fresh_code(settings)
        return await self._save(rules.edit(session, settings, sitting, code=code, now=now))

    def _fresh_code(self, settings: SessionSettings) -> str | None:
        return new_code(2) if rules.needs_code(settings.enrollment_mode) else None

    async def _sitting(self, org_id: str, settings: SessionSettings) -> Sitting:
        content = await self._versions.published(settings.assessment_id, settings.assessment_version, org_id)
        if content is not None:
            return rules.sitting_of(content)
        if await self._versions.load(settings.assessment_id, org_id) is None:
            terms.refuse_mistakes([terms.Mistake("settings.assessment_id", "There is no such assessment: choose one.")])
        raise Rejected(
            problems.ASSESSMENT_NOT_PUBLISHED, f"Version {settings.assessment_version} has not been published."
        )

    # Conducting

    async def take(
        self, principal: Principal, session_id: str, step: Step, version: int | None, reason: str = ""
    ) -> SessionView:
        """Open, start, pause, resume, end, cancel. Without a version, it applies to whatever is current."""
        by = Actor(kind=ActorKind.STAFF, id=principal.subject, name=principal.name.strip() or principal.subject)
        for tries in range(1, RACE_TRIES + 1):
            session = await self._load(session_id, principal.org_id)
            principal.check_assigned(session.settings.proctor_ids)
            if version is not None:
                _refuse_stale(session, version)
            if step is Step.OPEN and session.state is SessionState.OPEN:
                return _view(session)  # it also opens by itself: whoever comes second has what they wanted
            try:
                return await self._save(rules.take(session, step, by=by, now=self._clock.now(), reason=reason))
            except VersionConflict:
                if version is not None or tries == RACE_TRIES:
                    raise
        raise AssertionError  # the last try returns or raises

    async def due(self) -> list[str]:
        """Sessions that should open, start or end by themselves now."""
        return await self._store.due(self._clock.now(), DUE_MAX)

    async def take_due(self, session_id: str) -> None:
        """What the session does by itself, if it is still due: another replica, or a person, may have been first."""
        session = await self._store.load(session_id, None)
        due = None if session is None else rules.due_step(session, self._lead)
        now = self._clock.now()
        if session is None or due is None or due[1] > now:
            return
        if rules.missed(session, due[0], now):
            log.warning("session missed its time; it waits for a person", session_id=session_id, step=due[0].value)
            await self._store.forget_due(session)
            return
        try:
            await self._save(rules.take_due(session, due[0], now))
        except VersionConflict:
            log.debug("session was changed meanwhile", session_id=session_id)
            return
        log.info("session acted by itself", session_id=session_id, step=due[0].value)

    # Reading

    async def read(self, principal: Principal, session_id: str) -> SessionView:
        return _view(await self._load(session_id, principal.within))

    async def page(self, principal: Principal, wanted: Wanted, cursor: str | None, limit: int) -> Page[SessionView]:
        after = None if cursor is None else _place(cursor)
        found = await self._store.page(principal.org_id, wanted, after, limit + 1)
        more = len(found) > limit
        return Page(
            items=[_view(session) for session in found[:limit]], next_cursor=_cursor(found[limit - 1]) if more else None
        )

    async def form(self, principal: Principal, session_id: str, participant_id: str | None) -> AssessmentForm:
        """The items without keys. Candidates get their own order, of their own session, while it runs."""
        session = await self._load(session_id, principal.within)
        if principal.only_own:
            if principal.session_id != session_id or participant_id not in {None, principal.participant_id}:
                raise Rejected(problems.NOT_FOUND, "This is not your session.")
            if not rules.form_is_open(session, self._clock.now()):
                raise Rejected(
                    problems.SESSION_WRONG_STATE,
                    "The questions are shown while the session runs.",
                    state=session.state.value,
                )
            participant_id = principal.participant_id
        settings = session.settings
        # The session is the caller's, and its assessment is its organisation's: that was checked when it was made.
        return await self._forms.form(settings.assessment_id, settings.assessment_version, None, participant_id)

    # Shared

    async def _load(self, session_id: str, org_id: str | None) -> Session:
        session = await self._store.load(session_id, org_id)
        if session is None:
            raise Rejected(problems.NOT_FOUND, "There is no such session.")
        return session

    async def _save(self, change: Change) -> SessionView:
        await self._store.save(change.session, self._events(change))
        self._relay.wake()
        return _view(change.session)

    def _events(self, change: Change) -> list[Event[Fact]]:
        if change.fact is None:
            return []
        session = change.session
        return [
            Event(
                id=new_id(),
                source=SOURCE,
                time=session.changed_at,
                subject=session.session_id,
                org_id=session.org_id,
                session_id=session.session_id,
                version=session.version,
                data=change.fact,
            )
        ]


def _refuse_stale(session: Session, version: int) -> None:
    if session.version != version:
        raise VersionConflict(session.session_id, version)


def _cursor(session: Session) -> str:
    text = f"{iso_milliseconds(session.settings.scheduled_at)} {session.session_id}"
    return base64.urlsafe_b64encode(text.encode()).decode()


def _place(cursor: str) -> Place:
    try:
        moment, session_id = base64.urlsafe_b64decode(cursor).decode().split(" ")
        return Place(datetime.fromisoformat(moment), session_id)
    except (ValueError, binascii.Error):
        terms.refuse_mistakes([terms.Mistake("cursor", "Use next_cursor of the page before, unchanged.")])
        raise


def _view(session: Session) -> SessionView:
    return SessionView(
        session_id=session.session_id,
        version=session.version,
        state=session.state,
        settings=session.settings,
        code=session.code,
        assessment_title=session.sitting.title,
        time_limit_seconds=session.time_limit_seconds,
        items=session.sitting.items,
        opened_at=session.opened_at,
        started_at=session.started_at,
        ended_at=session.ended_at,
        changed_at=session.changed_at,
    )
