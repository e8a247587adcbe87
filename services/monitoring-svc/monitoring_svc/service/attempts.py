"""The command path: a batch of commands in, states written, facts published, pages told.

Nothing is lost and nothing happens twice, because of the order of these steps:

1. Decisions that change nothing are remembered first, so that a command once refused stays refused even when the rest
   of its batch is handled again in a later state.
2. All changed attempts are written in one round trip, each guarded by its version and together with the facts of this
   batch (`kept`).
3. Facts are published and acknowledged by Kafka. 4. Offsets are committed (by the chassis).

A crash before 2 leaves nothing; the batch comes again. A crash after 2 and before 4 makes the batch come again too:
its commands are recognised as repetitions, and since nobody knows whether step 3 was reached, the kept facts are
published again, under the same ids. Which kept facts can be lost that way? Offsets are committed in order, so after a
crash the first batch that holds any command of an attempt begins with the ones already applied. A batch with a
repetition therefore keeps the old facts beside its own, and a batch without one may overwrite them: had they not been
published, it would have begun with a repetition. What this process itself has published is known from its cache,
which forgets an attempt whenever a step fails or partitions move.
"""

from collections import OrderedDict
from collections.abc import Collection, Sequence
from typing import Any, Final, Protocol

import structlog
from msgspec import Struct

from chassis.outcomes import Transient
from contracts.attempt import AdoptRules, ParticipantWarned, ResetAttempt, ResumeAttempt
from contracts.envelope import Event
from contracts.live import Activity, WarningFrame
from contracts.statuses import Phase
from monitoring_svc.domain.activity import activity_of
from monitoring_svc.domain.attempt import Attempt
from monitoring_svc.domain.batch import Handled, handle, is_suspect
from monitoring_svc.domain.form import Form, form_of
from monitoring_svc.domain.row import Encoded, encoded_row
from monitoring_svc.live import LiveView
from monitoring_svc.store import Store
from monitoring_svc.store.attempts import Loaded
from monitoring_svc.store.sessions import Session

CONFLICTS_MAX: Final = 5  # two replicas meet for the moment of a rebalance; five times in a row is something else
FORMS_MAX: Final = 5_000  # every replica meets all running sessions; 14 kB each with a hundred items
EMPTY: Final = Form()
_BY_STATE: Final = frozenset({ResumeAttempt, ResetAttempt})
"""Commands whose decision depends on the session's state."""

log = structlog.get_logger(__name__)

Poison = tuple[Event[Any], Exception]


class _Ready(Struct, gc=False):
    """One participant's commands, decided and made ready to be written, published and shown: all of it at once, while
    the processor still has the attempt at hand.

    facts: to publish: the new ones, behind those kept with the attempt where nobody knows whether they were.
    """

    handled: Handled
    facts: list[Event[Any]]
    row: Encoded | None


class FactPublisher(Protocol):
    async def publish_all(self, events: Sequence[Event[Any]]) -> None: ...


class Attempts:
    def __init__(self, store: Store, publisher: FactPublisher, live: LiveView, *, cached_max: int) -> None:
        self._store = store
        self._publisher = publisher
        self._live = live
        self._cached_max = cached_max
        self._cache: OrderedDict[str, Attempt] = OrderedDict()
        self._forms: OrderedDict[str, Form] = OrderedDict()

    async def forget(self, _partitions: Sequence[tuple[str, int]] = ()) -> None:
        """Partitions moved: others may have changed what is cached here."""
        self._cache.clear()

    async def handle(self, commands: Sequence[Event[Any]]) -> list[Poison]:
        """Carry out `commands`, in their order for each participant; returns those that failed unexpectedly.

        Raises:
            Transient: something is away; the same commands may be handled again.

        """
        waiting: dict[str, list[Event[Any]]] = {}
        for command in commands:
            waiting.setdefault(command.subject, []).append(command)
        try:
            return await self._handle(waiting)
        except BaseException:
            for participant_id in waiting:
                self._cache.pop(participant_id, None)
            raise

    async def _handle(self, waiting: dict[str, list[Event[Any]]]) -> list[Poison]:
        poison: list[Poison] = []
        for _ in range(CONFLICTS_MAX):
            done = await self._attempt(waiting)
            lines = _lines(done)
            await self._store.activities.add(lines)
            await self._publisher.publish_all([fact for each in done.values() for fact in each.facts])
            self._show(done, lines)
            for participant_id, ready in done.items():
                poison += ready.handled.poison
                self._remember(participant_id, ready.handled.attempt)
                del waiting[participant_id]
            if not waiting:
                return poison
            log.info("attempts were changed by another replica: deciding again", attempts=len(waiting))
            for participant_id in waiting:
                self._cache.pop(participant_id, None)
        raise Transient(f"{len(waiting)} attempts keep being changed by another replica")

    async def _attempt(self, waiting: dict[str, list[Event[Any]]]) -> dict[str, _Ready]:
        """Decide and write. Those written, or in no need of it."""
        loaded = await self._load(waiting)
        forms = await self._forms_for(waiting, loaded)
        remembered = await self._store.decisions.among(
            [
                command.id
                for participant_id, commands in waiting.items()
                for command in commands
                if is_suspect(_state(loaded, participant_id), command)
            ]
        )
        ready: dict[str, _Ready] = {}
        writing = self._store.attempts.writing()
        for participant_id, commands in waiting.items():
            found = loaded.get(participant_id)
            before = None if found is None else found.attempt
            form = forms.get(_session_of(loaded, participant_id, commands) or "", EMPTY)
            handled = handle(before, form, commands, remembered)
            facts = [*found.kept, *handled.facts] if found is not None and handled.repeated else handled.facts
            after, row = handled.attempt, None
            if after is not None:
                if after is not before:
                    writing.add(before, after, facts)
                if handled.facts or handled.repeated:
                    row = encoded_row(after)
            ready[participant_id] = _Ready(handled, facts, row)
        await self._store.decisions.remember([each for one in ready.values() for each in one.handled.decided])
        for participant_id in await writing.done():
            del ready[participant_id]
        return ready

    async def _load(self, participant_ids: Collection[str]) -> dict[str, Loaded]:
        cached = {each: Loaded(self._cache[each]) for each in participant_ids if each in self._cache}
        missing = [each for each in participant_ids if each not in cached]
        return cached | (await self._store.attempts.load(missing) if missing else {})

    def _remember(self, participant_id: str, attempt: Attempt | None) -> None:
        """Only what is written and published may be cached."""
        if attempt is None:
            return
        self._cache[participant_id] = attempt
        self._cache.move_to_end(participant_id)
        while len(self._cache) > self._cached_max:
            self._cache.popitem(last=False)

    async def _forms_for(self, waiting: dict[str, list[Event[Any]]], loaded: dict[str, Loaded]) -> dict[str, Form]:
        """Items never change once people may wait, so they are read once; the session's state is read whenever a
        command depends on it, and its rules when a command says that they changed.
        """
        needed: set[str] = set()
        forms: dict[str, Form] = {}
        for participant_id, commands in waiting.items():
            session_id = _session_of(loaded, participant_id, commands)
            if session_id is None:
                continue
            cached = self._forms.get(session_id)
            if cached is None or any(_needs_newer(command, cached) for command in commands):
                needed.add(session_id)
            else:
                forms[session_id] = cached
        if needed:
            for session_id, session in (await self._store.sessions.sessions(needed)).items():
                forms[session_id] = self._keep_form(session)
        return forms

    def _keep_form(self, session: Session) -> Form:
        form = form_of(session.snapshot, session.version)
        if session.snapshot.started_at is not None:
            self._forms[session.snapshot.session_id] = form
            self._forms.move_to_end(session.snapshot.session_id)
            while len(self._forms) > FORMS_MAX:
                self._forms.popitem(last=False)
        return form

    def _show(self, done: dict[str, _Ready], lines: list[tuple[str, Activity]]) -> None:
        for session_id, line in lines:
            self._live.activities(session_id, [line])
        for ready in done.values():
            handled = ready.handled
            attempt = handled.attempt
            if attempt is None:
                self._refuse_unknown(handled)
                continue
            if ready.row is not None:
                self._live.row(attempt.session_id, ready.row)
            if handled.outcomes:
                self._live.outcomes(attempt.session_id, handled.outcomes)
            for fact in handled.facts:
                if isinstance(fact.data, ParticipantWarned):
                    self._live.warning(
                        attempt.session_id,
                        WarningFrame(participant_id=attempt.participant_id, minutes=fact.data.minutes),
                    )

    def _refuse_unknown(self, handled: Handled) -> None:
        """There is no attempt to say which session this is; the commands did."""
        told = {each.command_id: each for each in handled.outcomes}
        for decided in handled.decided:
            if decided.session_id is not None and decided.command_id in told:
                self._live.outcomes(decided.session_id, [told[decided.command_id]])


def _needs_newer(command: Event[Any], form: Form) -> bool:
    """Whether deciding on `command` takes the session as it is now, and not as it was when it was last read."""
    payload = command.data
    if payload.__class__ in _BY_STATE:
        return True
    return isinstance(payload, AdoptRules) and payload.session_version > form.version


def _lines(done: dict[str, _Ready]) -> list[tuple[str, Activity]]:
    """For the feed, with their session. Derived from the facts, the repeated ones included, so no crash loses one."""
    lines: list[tuple[str, Activity]] = []
    for ready in done.values():
        attempt = ready.handled.attempt
        if attempt is None:
            continue
        for fact in ready.facts:
            line = activity_of(fact, attempt.terms.name, over=attempt.phase is Phase.COMPLETE)
            if line is not None:
                lines.append((attempt.session_id, line))
    return lines


def _session_of(loaded: dict[str, Loaded], participant_id: str, commands: list[Event[Any]]) -> str | None:
    found = loaded.get(participant_id)
    return commands[0].session_id if found is None else found.attempt.session_id


def _state(loaded: dict[str, Loaded], participant_id: str) -> Attempt | None:
    found = loaded.get(participant_id)
    return None if found is None else found.attempt
