"""Use cases: keep facts, summarise a session, tell what happened in it, and build everything anew."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

import structlog

from chassis.mongo import Document
from chassis.outcomes import Rejected
from contracts import problems
from contracts.envelope import Event
from contracts.resources.reporting import ActivityEntry
from contracts.topics import Topic
from reporting_svc.domain.activity import SILENT, activity
from reporting_svc.domain.facts import Unplaceable, only_progress, participant_of, session_of
from reporting_svc.domain.summary import summarise
from reporting_svc.store import NewFact, ReportingStore, recorded

SUMMARIES_KEPT: Final = 32  # per replica; one of a thousand participants is about a megabyte

log = structlog.get_logger(__name__)


class Clock(Protocol):
    def now(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class _Kept:
    arrivals: int
    body: bytes


class Reports:
    def __init__(self, store: ReportingStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._building = asyncio.Lock()

    async def record(self, events: Sequence[Event[Any]]) -> list[tuple[Event[Any], Exception]]:
        """Keep a batch of facts. Returns those that no report can hold, with the reason."""
        facts: list[NewFact] = []
        poisoned: list[tuple[Event[Any], Exception]] = []
        for event in events:
            try:
                facts.append(_new_fact(event))
            except Unplaceable as error:
                poisoned.append((event, error))
        if facts:
            await self._store.record(facts)
        return poisoned

    async def summary(self, org_id: str, session_id: str) -> bytes:
        """The SessionSummary as JSON; the same bytes until something new about the session arrives."""
        async with self._building:  # whoever asks for the same one meanwhile finds it kept
            return await self._summary(org_id, session_id)

    async def _summary(self, org_id: str, session_id: str) -> bytes:
        # The counter is read before the facts: what arrives in between makes the kept summary stale, never wrong.
        arrivals = await self._store.arrivals(org_id, session_id)
        if arrivals is None:
            raise Rejected(problems.NOT_FOUND, "There is no such session.")
        key = (org_id, session_id)
        kept = self._kept.get(key)
        if kept is not None and kept.arrivals == arrivals:
            return kept.body
        documents = await self._store.facts_of(org_id, session_id)
        body = await asyncio.to_thread(_summary_of, session_id, documents, self._clock.now())
        if body is None:
            raise Rejected(problems.NOT_FOUND, "Nothing is known of this session itself yet.")
        self._kept.pop(key, None)
        while len(self._kept) >= SUMMARIES_KEPT:
            self._kept.pop(next(iter(self._kept)))
        self._kept[key] = _Kept(arrivals, body)
        return body

    async def activity(
        self, org_id: str, session_id: str, participant_id: str | None, limit: int
    ) -> list[ActivityEntry]:
        """The newest `limit` entries, oldest of them first."""
        if await self._store.arrivals(org_id, session_id) is None:
            raise Rejected(problems.NOT_FOUND, "There is no such session.")
        documents = await self._store.newest_facts(org_id, session_id, participant_id, silent=SILENT, limit=limit)
        return await asyncio.to_thread(lambda: activity(map(recorded, documents), participant_id))


def _new_fact(event: Event[Any]) -> NewFact:
    return NewFact(
        fact_id=event.id,
        org_id=event.org_id,
        session_id=session_of(event),
        participant_id=participant_of(event.data),
        type=event.type,
        time=event.time,
        version=event.version,
        body=event.body().decode(),
        progress=only_progress(event.data),
    )


def _summary_of(session_id: str, documents: Sequence[Document], now: datetime) -> bytes | None:
    summary = summarise(session_id, map(recorded, documents), now)
    return summary.model_dump_json().encode() if summary is not None else None


class Rebuild:
    """Emptying the read models and reading every topic again, on every replica.

    A rebuild is a number in the database. Each partition carries the number of the rebuild it was last set back for;
    whoever owns a partition that is behind sets it back, so that neither a restart nor partitions that move between
    replicas can make one be skipped.
    """

    def __init__(
        self,
        store: ReportingStore,
        clock: Clock,
        topics: Mapping[str, Topic],
        rewind: Callable[[Sequence[Topic]], Awaitable[None]],
        lag: Callable[[frozenset[tuple[str, int]] | None], Awaitable[int]],
    ) -> None:
        self._store = store
        self._clock = clock
        self._topics = topics
        self._rewind = rewind
        self._lag = lag
        self._assigned: frozenset[tuple[str, int]] = frozenset()
        self._assignments = 0

    async def assigned(self, partitions: Sequence[tuple[str, int]]) -> None:
        """These (topic as the broker knows it, number) are what this replica owns from now on."""
        self._assigned = frozenset((self._topics[name].name, number) for name, number in partitions)
        self._assignments += 1

    async def begin(self, by: str) -> list[str]:
        """Empties first and counts after: whatever slips in between is read again like everything else.

        Should it fail half-way, nothing is read again yet and the reports are empty: repeat it.
        """
        await self._store.empty()
        await self._store.begin_generation(self._clock.now(), by)
        log.warning("rebuild begins", by=by)
        return sorted(topic.name for topic in self._topics.values())

    async def notice(self) -> None:
        """Set back this replica's partitions that are behind the newest rebuild."""
        generation = await self._store.generation()
        if not generation:
            return
        done = await self._store.rewound()
        late = {name for name, number in self._assigned if done.get((name, number), 0) < generation}
        if not late:
            return
        before, mine = self._assignments, [each for each in self._assigned if each[0] in late]
        await self._rewind([topic for topic in self._topics.values() if topic.name in late])
        if self._assignments != before:
            return  # partitions moved meanwhile: which of them were set back is uncertain, so the next round does it
        await self._store.mark_rewound(mine, generation)
        log.info("partitions set back for a rebuild", topics=sorted(late), generation=generation)

    async def behind(self) -> int:
        """Messages still to be read before reports are complete, over all replicas."""
        generation = await self._store.generation()
        if not generation:
            return await self._lag(None)
        done = await self._store.rewound()
        return await self._lag(frozenset(each for each, number in done.items() if number >= generation))
