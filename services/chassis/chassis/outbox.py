"""State and facts in one write: facts wait on the document that made them until Kafka has them.

A fact may be published twice (a crash between acknowledgement and removal), never zero times, and the first copies of
one document's facts appear in the order they were made.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol

import structlog

from chassis import telemetry
from chassis.health import CheckResult
from chassis.metrics import Metrics
from chassis.mongo import ASCENDING, Collection, Document, UpdateOne, translate_errors
from chassis.outages import as_transient
from chassis.outcomes import Rejected
from chassis.pace import rest_after
from chassis.publisher import EVENT_BYTES_MAX, Message
from contracts import problems
from contracts.envelope import Event

POLL_SECONDS: Final = 1.0  # finds what another replica saved and did not live to publish
DOCUMENTS_MAX: Final = 200  # per round; a round is one query, one publish and one write per collection
BACK_OFF_MAX_SECONDS: Final = 5.0
WARN_AGE_SECONDS: Final = 5.0  # a fact normally waits for milliseconds
FAIL_AGE_SECONDS: Final = 60.0  # longer than any restart of Kafka: somebody must look

log = structlog.get_logger(__name__)


class VersionConflict(Rejected):
    """Somebody else changed the document after it was loaded: nothing was written."""

    def __init__(self, document_id: str, expected_version: int) -> None:
        super().__init__(
            problems.STALE_VERSION, "Load it again and repeat the change.", id=document_id, version=expected_version
        )


def entries(events: Sequence[Event[Any]]) -> list[Document]:
    """What to push on a document's `outbox` array for these events, trace context included."""
    now = datetime.now(UTC)
    traceparent = telemetry.current_traceparent()
    made = []
    for event in events:
        body = event.body()
        if len(body) > EVENT_BYTES_MAX:  # refused now: in the outbox it would wait for ever
            raise ValueError(f"{event.type} {event.id} is larger than an event may be ({EVENT_BYTES_MAX} bytes)")
        made.append(
            {
                "id": event.id,
                "topic": event.topic,
                "key": event.key.decode(),
                "headers": [[name, value.decode()] for name, value in event.headers(traceparent)],
                "body": body.decode(),
                "at": now,
            }
        )
    return made


def _waiting(made: list[Document]) -> Document:
    return {"outbox": made, "outbox_since": made[0]["at"]} if made else {"outbox": []}


async def insert(collection: Collection, document: Mapping[str, Any], events: Sequence[Event[Any]]) -> None:
    """A new document together with its facts.

    Raises:
        DuplicateKey: the id or another unique key is taken.
        Transient: MongoDB is away; the document may or may not be there.

    """
    with translate_errors():
        await collection.insert_one({**document, **_waiting(entries(events))})


async def save(
    collection: Collection,
    document_id: str,
    expected_version: int,
    changes: Mapping[str, Any],
    events: Sequence[Event[Any]],
    *,
    steps: int = 1,
) -> None:
    """Change a document and add its facts, only if its version is still `expected_version`; it grows by `steps`.

    A change that makes several facts takes a step for each, so that readers can tell their order by version.

    `changes` is either the whole document, which then replaces the old one, or an update document (`$set`, ...).

    Raises:
        VersionConflict: the guard missed.
        DuplicateKey: the change collides with another document's unique key.
        Transient: MongoDB is away; the change may or may not be there.

    """
    update = _update(changes, entries(events), expected_version + steps)
    with translate_errors():
        result = await collection.update_one({"_id": document_id, "version": expected_version}, update)
    if result.matched_count == 0:
        raise VersionConflict(document_id, expected_version)


def _update(changes: Mapping[str, Any], made: list[Document], version: int) -> Document | list[Document]:
    operators = [name for name in changes if name.startswith("$")]
    if not operators:
        return _replacement(changes, made, version)
    if len(operators) != len(changes):
        raise ValueError("an update document has operators only")
    update: Document = {name: dict(value) for name, value in changes.items()}
    update.setdefault("$set", {})["version"] = version
    if made:
        update.setdefault("$push", {})["outbox"] = {"$each": made}
        update.setdefault("$min", {})["outbox_since"] = made[0]["at"]
    return update


def _replacement(document: Mapping[str, Any], made: list[Document], version: int) -> list[Document]:
    """The new document whole, except that facts still waiting on the old one are kept in front."""
    kept = {name: value for name, value in document.items() if name not in {"outbox", "outbox_since"}}
    outbox: Document = {"outbox": {"$concatArrays": [{"$ifNull": ["$outbox", []]}, {"$literal": made}]}}
    outbox["outbox_since"] = {"$ifNull": ["$outbox_since", made[0]["at"]]} if made else "$outbox_since"
    return [{"$replaceWith": {"$mergeObjects": [{"_id": "$_id"}, {"$literal": {**kept, "version": version}}, outbox]}}]


@dataclass(frozen=True, slots=True)
class Waiting:
    """One document's waiting facts, oldest first: (entry id, message). `since`: when the first of them was made."""

    document_id: Any
    facts: tuple[tuple[str, Message], ...]
    since: datetime


class OutboxSource(Protocol):
    """Where facts wait."""

    async def waiting(self, limit: int) -> Sequence[Waiting]:
        """Those waiting longest first."""
        ...

    async def remove(self, published: Mapping[Any, Sequence[str]]) -> None: ...


class MessagePublisher(Protocol):
    async def deliver(self, messages: Sequence[Message]) -> Sequence[Exception | None]: ...


class CollectionOutbox:
    """The outbox arrays of one collection's documents."""

    def __init__(self, collection: Collection, namespaced: Any) -> None:
        self._collection = collection
        self._namespaced = namespaced

    async def ensure_index(self) -> None:
        """Partial: it holds only the few documents with something waiting, and a date is never missing there."""
        await self._collection.create_index(
            [("outbox_since", ASCENDING)],
            name="outbox_waiting",
            partialFilterExpression={"outbox_since": {"$type": "date"}},
        )

    async def waiting(self, limit: int) -> list[Waiting]:
        cursor = self._collection.find(
            {"outbox_since": {"$type": "date"}},
            {"outbox": 1, "outbox_since": 1},
            sort=[("outbox_since", ASCENDING)],
            limit=limit,
        )
        return [
            Waiting(
                document["_id"],
                tuple((entry["id"], self._message(entry)) for entry in document.get("outbox", ())),
                document["outbox_since"],
            )
            async for document in cursor
        ]

    def _message(self, entry: Document) -> Message:
        headers = tuple((name, value.encode()) for name, value in entry["headers"])
        return Message(self._namespaced(entry["topic"]), entry["key"].encode(), entry["body"].encode(), headers)

    async def remove(self, published: Mapping[Any, Sequence[str]]) -> None:
        await self._collection.bulk_write(
            [UpdateOne({"_id": document_id}, _without(list(ids))) for document_id, ids in published.items()],
            ordered=False,
        )


def _without(ids: list[str]) -> list[Document]:
    """Take the entries away; `outbox_since` follows the first that remains, or goes with the last one."""
    remaining = {"$filter": {"input": {"$ifNull": ["$outbox", []]}, "cond": {"$not": {"$in": ["$$this.id", ids]}}}}
    since = {"$ifNull": [{"$first": "$outbox.at"}, "$$REMOVE"]}
    return [{"$set": {"outbox": remaining}}, {"$set": {"outbox_since": since}}]


class OutboxRelay:
    """Publishes waiting facts. Any number of replicas may run one: they only ever repeat each other."""

    def __init__(
        self,
        sources: Sequence[OutboxSource],
        publisher: MessagePublisher,
        *,
        metrics: Metrics | None = None,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._sources = sources
        self._publisher = publisher
        self._metrics = metrics
        self._poll_seconds = poll_seconds
        self._woken = asyncio.Event()
        self._failures = 0
        self._last_error = ""
        self._age = 0.0
        self._beat = time.monotonic()

    def wake(self) -> None:
        """Call after a save: the facts go out now, not at the next poll. Only wakes; the document is the truth."""
        self._woken.set()

    async def run(self) -> None:
        """For ever; started and ended by the service."""
        while True:
            self._woken.clear()
            began = time.monotonic()
            again = await self._round()
            self._beat = time.monotonic()
            if again:
                continue
            pause = min(self._poll_seconds * 2**self._failures, BACK_OFF_MAX_SECONDS) if self._failures else None
            if pause is not None:
                await asyncio.sleep(pause)
                continue
            await asyncio.sleep(rest_after(self._beat - began))
            try:
                async with asyncio.timeout(self._poll_seconds):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def _round(self) -> bool:
        """One pass over all sources; True when there may be more at once."""
        try:
            full = [await self.relay(source) for source in self._sources]
        except Exception as error:
            self._failures = min(self._failures + 1, 10)
            self._last_error = str(error) or repr(error)
            if as_transient(error) is None:
                log.exception("outbox relay failed")
            elif self._failures == 1:
                log.warning("outbox relay waits", error=str(error))
            return False
        if self._failures:
            log.info("outbox relay works again")
            self._failures = 0
            self._last_error = ""
        if not any(full):
            self._measure(None)
        return any(full)

    async def drain(self) -> None:
        """Publish what is waiting now, once; used on the way down and by tests."""
        for source in self._sources:
            await self.relay(source)

    async def relay(self, source: OutboxSource) -> bool:
        """Publish one round of waiting facts and take the acknowledged ones away. True when it was a full round.

        Raises:
            Exception: what stopped the first fact that could not be published, after the others were dealt with.

        """
        waiting = await source.waiting(DOCUMENTS_MAX)
        messages = [message for document in waiting for _, message in document.facts]
        if not messages:
            return False
        self._measure(waiting[0].since)
        outcomes = iter(await self._publisher.deliver(messages))
        published: dict[Any, list[str]] = {}
        failure: Exception | None = None
        for document in waiting:
            unbroken = True
            for entry_id, _ in document.facts:
                outcome = next(outcomes)
                failure = failure or outcome
                unbroken = unbroken and outcome is None
                if unbroken:
                    published.setdefault(document.document_id, []).append(entry_id)
        if published:
            await source.remove(published)
        if failure is not None:
            raise failure
        return len(waiting) == DOCUMENTS_MAX

    def _measure(self, oldest: datetime | None) -> None:
        """The age of what waits longest, as it was when the round began; stays while rounds fail."""
        self._age = max(0.0, (datetime.now(UTC) - oldest).total_seconds()) if oldest is not None else 0.0
        if self._metrics is not None:
            self._metrics.outbox_age.set(self._age)

    async def check(self) -> CheckResult:
        silent = time.monotonic() - self._beat
        if silent > FAIL_AGE_SECONDS:
            return CheckResult.failing(f"no round finished for {silent:.0f} s")
        if self._age > FAIL_AGE_SECONDS:
            return CheckResult.failing(f"the oldest fact has waited {self._age:.0f} s. {self._last_error}".strip())
        if self._failures or self._age > WARN_AGE_SECONDS:
            return CheckResult.warning(f"facts are waiting ({self._age:.0f} s). {self._last_error}".strip())
        return CheckResult.good()
