"""Messages in: which handler takes which fact, and what becomes of a message that cannot be handled.

Each message ends in one of three ways: handled or refused by a rule (committed), not possible just now (waited for,
then read again), or poison (parked whole on the dead-letter topic, then committed). `chassis.intake` moves the offsets.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import groupby
from typing import Any, Final, Protocol, TypeVar

import structlog
from pydantic import BaseModel

from chassis.metrics import Metrics
from chassis.outages import as_transient
from chassis.outcomes import Rejected, Transient
from chassis.progress import Progress, Record
from chassis.telemetry import Telemetry
from contracts.envelope import Event, Malformed, decode, header_map, registration_in
from contracts.registry import registration_of

HANDLER_SECONDS: Final = 120.0  # far beyond any use case; a handler that hangs becomes a retry instead of a dead loop

log = structlog.get_logger(__name__)

ModelT = TypeVar("ModelT", bound=BaseModel)
FactHandler = Callable[[Event[Any]], Awaitable[None]]
RunHandler = Callable[[Sequence[Event[Any]]], Awaitable[None]]
RunT = TypeVar("RunT", bound=RunHandler)
BatchHandler = Callable[[Sequence[Event[Any]]], Awaitable[Sequence[tuple[Event[Any], Exception]]]]


class FactRouter:
    """One handler for each payload class; facts of other types are skipped without reading their body.

    A handler of runs takes whatever facts of its types come one after the other, with nothing for another handler in
    between, in one call: many, when many people join at once.
    """

    def __init__(self) -> None:
        self._handlers: dict[str, FactHandler] = {}
        self._runs: dict[str, RunHandler] = {}

    def on(
        self, model: type[ModelT]
    ) -> Callable[[Callable[[Event[ModelT]], Awaitable[None]]], Callable[[Event[ModelT]], Awaitable[None]]]:
        type_name = registration_of(model).type_name

        def register(
            handler: Callable[[Event[ModelT]], Awaitable[None]],
        ) -> Callable[[Event[ModelT]], Awaitable[None]]:
            self._claim(type_name)
            self._handlers[type_name] = handler
            return handler

        return register

    def on_run(self, *models: type[BaseModel]) -> Callable[[RunT], RunT]:
        def register(handler: RunT) -> RunT:
            for model in models:
                type_name = registration_of(model).type_name
                self._claim(type_name)
                self._runs[type_name] = handler
            return handler

        return register

    def _claim(self, type_name: str) -> None:
        if type_name in self.types:
            raise ValueError(f"{type_name} has a handler already")

    def handler_of(self, type_name: str) -> FactHandler | None:
        run = self._runs.get(type_name)
        if run is None:
            return self._handlers.get(type_name)

        async def alone(event: Event[Any]) -> None:
            await run([event])

        return alone

    def run_of(self, type_name: str) -> RunHandler | None:
        return self._runs.get(type_name)

    @property
    def types(self) -> frozenset[str]:
        return frozenset((*self._handlers, *self._runs))


class Parking(Protocol):
    """Keeps a message it is given for good before returning; raises Transient when it cannot."""

    async def __call__(self, record: Record, error: BaseException) -> None: ...


class Desk:
    """What both ways of handling share: counting and parking."""

    def __init__(self, park: Parking, metrics: Metrics, telemetry: Telemetry) -> None:
        self._park = park
        self._metrics = metrics
        self.telemetry = telemetry

    def count(self, record: Record, outcome: str, number: int = 1) -> None:
        self._metrics.messages.labels(record.topic, outcome).inc(number)

    async def park(self, record: Record, error: BaseException) -> None:
        """Raises Transient when it could not be parked."""
        await self._park(record, error)
        self.count(record, "parked")
        log.error(
            "message parked",
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            error=f"{type(error).__name__}: {error}",
            exc_info=None if isinstance(error, Malformed) else error,
        )


class OneByOne:
    """For facts of a low rate: each message, or each run of them, by itself, in the order of its partition."""

    def __init__(self, router: FactRouter, desk: Desk) -> None:
        self._router = router
        self._desk = desk

    async def process(self, records: Sequence[Record], progress: Progress) -> None:
        for handler, found in groupby(records, self._run_handler):
            run = list(found)
            many = len(run) > 1 and not progress.interrupted
            if handler is not None and many and await self._together(handler, run):
                progress.advance(len(run))
                continue
            for record in run:
                if progress.interrupted:
                    return
                await self._handle(record)
                progress.advance()

    def _run_handler(self, record: Record) -> RunHandler | None:
        return self._router.run_of(header_map(record.headers).get("ce_type", ""))

    async def _together(self, handler: RunHandler, run: Sequence[Record]) -> bool:
        """Handle a run in one call; False when something is wrong with one of them: handle them one by one."""
        try:
            events = [decode(header_map(record.headers), record.value or b"") for record in run]
            with self._desk.telemetry.batch_span(run[0].topic, [event.traceparent for event in events]):
                async with asyncio.timeout(HANDLER_SECONDS):
                    await handler(events)
        except Exception as error:
            transient = as_transient(error)
            if transient is not None:
                raise transient from error
            log.warning("a run failed: handling its messages one by one", messages=len(run), error=repr(error))
            return False
        for record in run:
            self._desk.count(record, "handled")
        return True

    async def _handle(self, record: Record) -> None:
        headers = header_map(record.headers)
        try:
            registration_in(headers)
            handler = self._router.handler_of(headers["ce_type"])
            if handler is None:
                self._desk.count(record, "skipped")
                return
            event = decode(headers, record.value or b"")
        except Malformed as error:
            await self._desk.park(record, error)
            return
        with (
            self._desk.telemetry.message_span(record.topic, event.type, event.traceparent),
            structlog.contextvars.bound_contextvars(
                ce_id=event.id, ce_type=event.type, ce_subject=event.subject, ce_sessionid=event.session_id
            ),
        ):
            await self._call(handler, event, record)

    async def _call(self, handler: FactHandler, event: Event[Any], record: Record) -> None:
        try:
            async with asyncio.timeout(HANDLER_SECONDS):
                await handler(event)
        except Rejected as refusal:
            log.info("message rejected", problem=refusal.problem.name, detail=refusal.detail)
            self._desk.count(record, "rejected")
        except Exception as error:
            transient = as_transient(error)
            if transient is not None:
                raise transient from error
            await self._desk.park(record, error)
        else:
            self._desk.count(record, "handled")


class AllTogether:
    """For the hot path: a whole batch in one call, nothing committed unless all of it succeeded."""

    def __init__(self, handler: BatchHandler, desk: Desk) -> None:
        self._handler = handler
        self._desk = desk

    async def process(self, records: Sequence[Record], progress: Progress) -> None:
        events, sources = await self._decoded(records, progress)
        if events:
            with self._desk.telemetry.batch_span(records[0].topic, [event.traceparent for event in events]):
                await self._handle(events, sources, progress)
        progress.advance(len(records))

    async def _decoded(
        self, records: Sequence[Record], progress: Progress
    ) -> tuple[list[Event[Any]], dict[int, Record]]:
        """The events, and the record each came from by the event's identity. What cannot be read is parked."""
        events: list[Event[Any]] = []
        sources: dict[int, Record] = {}
        for record in records:
            headers = header_map(record.headers)
            try:
                if registration_in(headers) is None:
                    self._desk.count(record, "skipped")
                    continue
                event = decode(headers, record.value or b"")
            except Malformed as error:
                await self._park_once(record, error, progress)
                continue
            events.append(event)
            sources[id(event)] = record
        return events, sources

    async def _handle(self, events: list[Event[Any]], sources: dict[int, Record], progress: Progress) -> None:
        try:
            poisoned = await self._call(events)
        except Transient:
            raise
        except Exception as error:
            log.exception("batch failed: handling its messages one by one", messages=len(events))
            poisoned = await self._isolate(events) if len(events) > 1 else [(events[0], error)]
        for event, reason in poisoned:
            await self._park_once(sources[id(event)], reason, progress)
        self._desk.count(sources[id(events[0])], "handled", len(events) - len(poisoned))

    async def _isolate(self, events: list[Event[Any]]) -> list[tuple[Event[Any], Exception]]:
        """Find the messages at fault; the others are handled on the way. Handlers are idempotent: repeats are safe."""
        poisoned: list[tuple[Event[Any], Exception]] = []
        for event in events:
            try:
                poisoned.extend(await self._call([event]))
            except Transient:
                raise
            except Exception as error:  # noqa: BLE001 - whatever one message causes is that message's poison
                poisoned.append((event, error))
        return poisoned

    async def _call(self, events: list[Event[Any]]) -> list[tuple[Event[Any], Exception]]:
        try:
            async with asyncio.timeout(HANDLER_SECONDS):
                return list(await self._handler(events))
        except Exception as error:
            transient = as_transient(error)
            if transient is not None:
                raise transient from error
            raise

    async def _park_once(self, record: Record, error: BaseException, progress: Progress) -> None:
        """A batch may be tried several times; each of its poisoned messages is parked at the first."""
        where = (record.topic, record.partition, record.offset)
        if where not in progress.parked:
            await self._desk.park(record, error)
            progress.parked.add(where)
