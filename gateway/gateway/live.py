"""The live view at the edge: one subscription per session that somebody here watches or sits in.

A frame is wrapped once and sent to every dashboard in a plain loop. Candidates get only what concerns them. When
frames may have been missed, dashboards are told to fetch again and candidates' rows are healed from one snapshot.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import orjson
import structlog

from chassis.health import CheckResult
from chassis.outcomes import Rejected, Transient
from chassis.redis import Subscription
from chassis.settings import Settings
from contracts.items import AssessmentForm
from contracts.live import Outcome
from contracts.resources.session import SessionView
from contracts.statuses import ActorKind
from gateway.tokens import TokenIssuer
from gateway.upstream import Upstream

SUBSCRIBED_WITHIN_SECONDS: Final = 2.0  # Redis answers in milliseconds or is away; people can work without it
UNUSED_SECONDS: Final = 30.0  # a page that reloads finds its subscription still there
PAPER_AGAIN_SECONDS: Final = 5.0

log = structlog.get_logger(__name__)

Row = dict[str, Any]


def without_alerts(row: Row) -> Row:
    """As its candidate may see it."""
    row["alerts"] = 0
    row["open_alerts"] = []
    return row


class CandidateEnd(Protocol):
    """What the hub knows of a candidate's socket."""

    participant_id: str
    org_id: str

    def take_row(self, row: Row) -> None: ...
    def take_text(self, text: str) -> None: ...
    def take_outcome(self, outcome: dict[str, Any]) -> None: ...


class StaffEnd(Protocol):
    """What the hub knows of a dashboard's socket."""

    def take_text(self, text: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Paper:
    """What is needed to refuse an answer early: the type of each item, and the grace after the deadline."""

    item_types: dict[str, str]
    grace_seconds: int


@dataclass(slots=True)
class Collector:
    """Waits for the outcomes of some commands."""

    wanted: set[str]
    found: dict[str, Outcome] = field(default_factory=dict)
    complete: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, outcome: dict[str, Any]) -> None:
        command_id = outcome.get("command_id")
        if command_id in self.wanted and command_id not in self.found:
            self.found[command_id] = Outcome.model_validate(outcome)
            if len(self.found) == len(self.wanted):
                self.complete.set()


class Watched:
    """One session that somebody here is interested in."""

    __slots__ = (
        "candidates",
        "collectors",
        "org_id",
        "paper",
        "paper_at",
        "prefix",
        "ready",
        "session_id",
        "staff",
        "unused_since",
    )

    def __init__(self, session_id: str, org_id: str) -> None:
        self.session_id = session_id
        self.org_id = org_id
        self.prefix = f'{{"type":"frame","session_id":"{session_id}","frame":'
        self.staff: set[StaffEnd] = set()
        self.candidates: dict[str, tuple[CandidateEnd, ...]] = {}
        self.collectors: list[Collector] = []
        self.ready = asyncio.Event()
        self.paper: Paper | None = None
        self.paper_at = 0.0
        self.unused_since: float | None = None

    @property
    def used(self) -> bool:
        return bool(self.staff or self.candidates or self.collectors)


class Hub:
    def __init__(self, redis: Any, settings: Settings, upstream: Upstream, issuer: TokenIssuer) -> None:
        self._subscription = Subscription(redis, settings, self._on_frame, self._on_gap)
        self._upstream = upstream
        self._issuer = issuer
        self._sessions: dict[str, Watched] = {}
        self._task: asyncio.Task[None] | None = None
        self._errands: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._subscription.run(), name="live subscription")

    async def stop(self) -> None:
        tasks = [*self._errands, *([self._task] if self._task else [])]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        self._task = None

    async def check(self) -> CheckResult:
        """A warning at most: answers, and all of HTTP, work without the live view."""
        if self._task is not None and self._task.done():
            return CheckResult.failing("the live subscription ended")
        if not self._subscription.connected:
            return CheckResult.warning("live subscription is not connected")
        return CheckResult.good(f"{len(self._sessions)} sessions")

    @property
    def connected(self) -> bool:
        """While it is not, rows here may be old and nothing may be refused by them."""
        return self._subscription.connected

    @property
    def sessions(self) -> int:
        return len(self._sessions)

    # Joining and leaving

    async def watch(self, session_id: str, org_id: str, staff: StaffEnd) -> None:
        """Frames flow to `staff` when this returns; while Redis is away, once it is back."""
        watched = await self._watched(session_id, org_id)
        watched.staff.add(staff)
        await self._until_ready(watched)

    def unwatch(self, session_id: str, staff: StaffEnd) -> None:
        watched = self._sessions.get(session_id)
        if watched is not None:
            watched.staff.discard(staff)

    async def enter(self, session_id: str, org_id: str, candidate: CandidateEnd) -> Watched:
        """From when this returns, rows and messages of this candidate arrive, before any snapshot is read."""
        watched = await self._watched(session_id, org_id)
        others = watched.candidates.get(candidate.participant_id, ())
        watched.candidates[candidate.participant_id] = (*others, candidate)
        self._fetch_paper(watched)
        await self._until_ready(watched)
        return watched

    def leave(self, session_id: str, candidate: CandidateEnd) -> None:
        watched = self._sessions.get(session_id)
        if watched is None:
            return
        left = tuple(each for each in watched.candidates.get(candidate.participant_id, ()) if each is not candidate)
        if left:
            watched.candidates[candidate.participant_id] = left
        else:
            watched.candidates.pop(candidate.participant_id, None)

    def others(self, session_id: str, candidate: CandidateEnd) -> list[CandidateEnd]:
        """Other sockets of the same candidate on this replica."""
        watched = self._sessions.get(session_id)
        if watched is None:
            return []
        return [each for each in watched.candidates.get(candidate.participant_id, ()) if each is not candidate]

    @asynccontextmanager
    async def collecting(self, session_id: str, org_id: str, command_ids: Iterable[str]) -> AsyncIterator[Collector]:
        """Outcomes published from here on are collected: enter before the commands are sent."""
        watched = await self._watched(session_id, org_id)
        collector = Collector(set(command_ids))
        watched.collectors.append(collector)
        try:
            await self._until_ready(watched)
            yield collector
        finally:
            watched.collectors.remove(collector)

    async def sweep(self) -> None:
        """Let go of sessions nobody here has been interested in for a while."""
        now = time.monotonic()
        for watched in list(self._sessions.values()):
            if watched.used:
                watched.unused_since = None
            elif watched.unused_since is None:
                watched.unused_since = now
            elif now - watched.unused_since > UNUSED_SECONDS:
                del self._sessions[watched.session_id]
                await self._subscription.remove(watched.session_id)

    async def _watched(self, session_id: str, org_id: str) -> Watched:
        watched = self._sessions.get(session_id)
        if watched is None:
            watched = self._sessions[session_id] = Watched(session_id, org_id)
            await self._subscription.add(session_id)
        watched.unused_since = None
        return watched

    async def _until_ready(self, watched: Watched) -> None:
        try:
            async with asyncio.timeout(SUBSCRIBED_WITHIN_SECONDS):
                await watched.ready.wait()
        except TimeoutError:
            log.warning("no live view yet", session_id=watched.session_id)

    # Frames

    def _on_frame(self, session_id: str, frame: bytes) -> None:
        watched = self._sessions.get(session_id)
        if watched is None:
            return
        if watched.staff:
            text = f"{watched.prefix}{frame.decode()}}}"
            for staff in tuple(watched.staff):
                staff.take_text(text)
        if watched.candidates or watched.collectors:
            self._sort(watched, frame)

    def _sort(self, watched: Watched, frame: bytes) -> None:
        """Give candidates and collectors what is theirs."""
        try:
            content = orjson.loads(frame)
            match content["kind"]:
                case "rows":
                    self._rows(watched, content["rows"])
                case "outcomes":
                    self._outcomes(watched, content["outcomes"])
                case "message":
                    self._message(watched, content["message"])
                case "marks" | "typing":
                    self._thread_moved(watched, content)
                case "warning":
                    text = f'{{"type":"warning","minutes":{int(content["minutes"])}}}'
                    for candidate in watched.candidates.get(content["participant_id"], ()):
                        candidate.take_text(text)
                case "session":
                    watched.paper_at = 0.0
                    self._fetch_paper(watched)
        except (ValueError, KeyError, TypeError) as error:
            log.warning("a live frame could not be read", session_id=watched.session_id, error=repr(error))

    def _rows(self, watched: Watched, rows: list[Row]) -> None:
        candidates = watched.candidates
        for row in rows:
            for candidate in candidates.get(row["participant_id"], ()):
                candidate.take_row(row)

    def _outcomes(self, watched: Watched, outcomes: list[dict[str, Any]]) -> None:
        for outcome in outcomes:
            for collector in watched.collectors:
                collector.take(outcome)
            for candidate in watched.candidates.get(outcome["participant_id"], ()):
                candidate.take_outcome(outcome)

    def _message(self, watched: Watched, message: dict[str, Any]) -> None:
        recipients = message.pop("recipients", None)  # whom else it reached is not for candidates to know
        message.pop("filter", None)
        text = f'{{"type":"message","message":{orjson.dumps(message).decode()}}}'
        addressed: Iterable[tuple[CandidateEnd, ...]]
        if message.get("participant_id") is not None:
            addressed = (watched.candidates.get(message["participant_id"], ()),)
        elif recipients is None:
            addressed = tuple(watched.candidates.values())
        else:
            addressed = [watched.candidates.get(each, ()) for each in recipients]
        for ends in addressed:
            for candidate in ends:
                candidate.take_text(text)

    def _thread_moved(self, watched: Watched, content: dict[str, Any]) -> None:
        """What proctors do in a thread, for its candidate; what they do themselves they know."""
        who = content["reader"] if content["kind"] == "marks" else content["by"]
        ends = watched.candidates.get(content["participant_id"], ())
        if not ends or who["kind"] != ActorKind.STAFF:
            return
        told: dict[str, Any] = {"type": content["kind"]}
        if content["kind"] == "marks":
            told |= {"delivered_up_to": content["delivered_up_to"], "read_up_to": content["read_up_to"]}
        else:
            told["name"] = who["name"]
        text = orjson.dumps(told).decode()
        for candidate in ends:
            candidate.take_text(text)

    # Gaps

    async def _on_gap(self, session_id: str) -> None:
        watched = self._sessions.get(session_id)
        if watched is None:
            return
        watched.ready.set()
        text = f'{{"type":"resync","session_id":"{session_id}"}}'
        for staff in tuple(watched.staff):
            staff.take_text(text)
        for ends in tuple(watched.candidates.values()):
            for candidate in ends:
                candidate.take_text(text)
        if watched.candidates:
            await self._heal(watched)

    async def _heal(self, watched: Watched) -> None:
        """Raises Transient after the last try: the subscription logs it, and the next change of a row heals it too."""
        pauses = (0.5, 2.0, 5.0)
        for pause in pauses:
            try:
                content = await self._upstream.send_json(
                    "monitoring-svc",
                    "GET",
                    f"/v1/sessions/{watched.session_id}/live",
                    token=self._issuer.service(watched.org_id),
                )
            except (Transient, Rejected) as error:
                log.warning("snapshot not read", session_id=watched.session_id, error=str(error))
                await asyncio.sleep(pause)
            else:
                self._rows(watched, orjson.loads(content)["rows"])
                return
        raise Transient(f"no snapshot of {watched.session_id}")

    # Early refusals

    def _fetch_paper(self, watched: Watched) -> None:
        now = time.monotonic()
        if not watched.candidates or (watched.paper_at and now - watched.paper_at < PAPER_AGAIN_SECONDS):
            return
        if watched.paper is not None and watched.paper_at:
            return
        watched.paper_at = now
        self._own(self._read_paper(watched))

    async def _read_paper(self, watched: Watched) -> None:
        """Without it nothing is refused early; monitoring-svc judges in any case."""
        token = self._issuer.service(watched.org_id)
        path = f"/v1/sessions/{watched.session_id}"
        try:
            session = await self._upstream.ask("session-svc", "GET", path, SessionView, token=token)
            form = await self._upstream.ask("session-svc", "GET", f"{path}/form", AssessmentForm, token=token)
        except (Transient, Rejected, ValueError) as error:
            log.warning("no paper for early refusals", session_id=watched.session_id, error=str(error))
            return
        watched.paper = Paper(
            item_types={item.item_id: item.type for section in form.sections for item in section.items},
            grace_seconds=session.settings.grace_seconds,
        )

    def _own(self, errand: Any) -> None:
        task: asyncio.Task[None] = asyncio.create_task(errand)
        self._errands.add(task)
        task.add_done_callback(self._errand_done)

    def _errand_done(self, task: asyncio.Task[None]) -> None:
        self._errands.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("errand failed", error=repr(task.exception()))
