"""The consume loop: FastStream batch subscribers whose offsets, pauses and deaths are looked after here.

FastStream's own loop never says that it stopped: it ends quietly when its consumer is closed, sleeps on Kafka's errors
and starts itself again at once on others. So the loop is watched, and built anew when it ended or hears nothing.
"""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.subscriber.usecase import BatchSubscriber

from chassis.health import CheckResult
from chassis.metrics import Metrics
from chassis.outcomes import Transient
from chassis.pace import AT_ONCE, Pace
from chassis.progress import Processor, Progress, Record, spans
from chassis.settings import Settings
from contracts.topics import MESSAGE_BYTES_MAX

AssignmentCallback = Callable[[Sequence[tuple[str, int]]], Awaitable[None]]

BATCH_MAX: Final = 500  # one bulk write; about 50 ms of MongoDB's time
FETCH_BYTES: Final = 16 * 1024 * 1024
HEARTBEATS_PER_SESSION: Final = 3  # two may be lost; more often is traffic for nothing
POLL_INTERVAL_MAX_MS: Final = 300_000  # ten times the longest wait below
REBALANCE_MS: Final = 15_000

BACK_OFF_FIRST_SECONDS: Final = 0.1
BACK_OFF_MAX_SECONDS: Final = 5.0
BACK_OFF_TOTAL_SECONDS: Final = 30.0  # outlasts an election or a restart; then the batch is read again
COMMIT_SECONDS: Final = 10.0
REVOKE_WAIT_SECONDS: Final = 5.0  # a third of REBALANCE_MS: time to commit what is being handled before it moves
START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 10.0
WATCH_SECONDS: Final = 1.0
WAITING_FAILS_AFTER_SECONDS: Final = 5.0
BATCH_FAILS_AFTER_SECONDS: Final = 60.0
SILENT_FAILS_AFTER_SECONDS: Final = 15.0  # the broker answers an idle fetch after its wait
SILENT_REBUILD_AFTER_SECONDS: Final = 60.0

log = structlog.get_logger(__name__)


class Intake:
    """One subscription of a service's consumer group to some topics. `topics` and `group` are the broker's names."""

    def __init__(
        self,
        settings: Settings,
        *,
        name: str,
        group: str,
        topics: Sequence[str],
        processor: Processor,
        metrics: Metrics,
        on_assigned: AssignmentCallback | None = None,
        batch_max: int = BATCH_MAX,
        pace: Pace = AT_ONCE,
    ) -> None:
        self.name = name
        self.topics = tuple(topics)
        self._settings = settings
        self._group = group
        self._processor = processor
        self._metrics = metrics
        self._on_assigned = on_assigned
        self._batch_max = batch_max
        self._pace = pace
        self._subscriber: BatchSubscriber | None = None
        self._turn = asyncio.Lock()
        self._interrupt = asyncio.Event()
        self._progress: Progress | None = None
        self._handling_since: float | None = None
        self._waiting_since: float | None = None
        self._waiting_for = ""
        self._problem = "not started"
        self._assigned = False
        self._started_at = time.monotonic()
        self._next: dict[TopicPartition, int] = {}

    # The loop's life

    async def run(self) -> None:
        """Consume for ever, building the consumer anew whenever its loop ends. Cancel to stop: the batch in hand is
        finished or given back first.
        """
        failures = 0
        while True:
            started = time.monotonic()
            try:
                await self._session()
            except (KafkaError, OSError, TimeoutError, Transient) as error:
                self._problem = f"{type(error).__name__}: {error}"
                log.warning("consumer ended", consumer=self.name, error=self._problem)
            except Exception as error:
                self._problem = f"{type(error).__name__}: {error}"
                log.exception("consumer failed", consumer=self.name)
            failures = 1 if time.monotonic() - started > START_SECONDS else min(failures + 1, 6)
            self._metrics.restarts.labels(self.name).inc()
            await asyncio.sleep(_delay(failures))

    async def _session(self) -> None:
        self._interrupt.clear()
        self._assigned = False
        self._started_at = time.monotonic()
        broker = self._broker()
        subscriber = self._subscribe(broker)
        try:
            async with asyncio.timeout(START_SECONDS):
                await broker.start()
            self._subscriber = subscriber
            self._problem = ""
            while True:
                await asyncio.sleep(WATCH_SECONDS)
                self._watch(subscriber)
        finally:
            self._subscriber = None
            self._interrupted()
            await _stop(broker, subscriber)

    def _broker(self) -> KafkaBroker:
        return KafkaBroker(
            self._settings.kafka,
            client_id=f"{self.name}-{self._settings.instance}",
            consumer_only=True,
            allow_auto_create_topics=False,
            apply_types=False,
            graceful_timeout=STOP_SECONDS,
            logger=logging.getLogger("faststream.kafka"),
            log_level=logging.DEBUG,
        )

    def _subscribe(self, broker: KafkaBroker) -> BatchSubscriber:
        subscriber = broker.subscriber(
            *self.topics,
            batch=True,
            group_id=self._group,
            # A name made up from the process id would only leave ghosts in the group at every restart.
            group_instance_id=f"{self.name}-{self._settings.instance}" if self._settings.instance_is_stable else None,
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=self._pace.fetch_wait,
            fetch_min_bytes=self._pace.fetch_bytes,
            fetch_max_bytes=FETCH_BYTES,
            max_partition_fetch_bytes=MESSAGE_BYTES_MAX,
            session_timeout_ms=round(self._settings.kafka_session_seconds * 1000),
            heartbeat_interval_ms=round(self._settings.kafka_session_seconds * 1000 / HEARTBEATS_PER_SESSION),
            max_poll_interval_ms=POLL_INTERVAL_MAX_MS,
            rebalance_timeout_ms=REBALANCE_MS,
            batch_timeout_ms=self._pace.poll,
            max_records=self._batch_max,
            listener=_Listener(self),
            parser=_as_received,
            decoder=_undecoded,
            no_reply=True,
            title=self.name,
        )
        subscriber(self._on_batch)
        return subscriber

    def _watch(self, subscriber: BatchSubscriber) -> None:
        """Raises Transient when the loop is gone, looping on an error of its own, or deaf."""
        if len(subscriber.tasks) != 1 or subscriber.tasks[0].done():
            raise Transient("the consume loop ended")
        consumer = subscriber.consumer
        if consumer is None:
            raise Transient("the consumer was closed")
        if self._handling_since is None and self._silent_seconds(consumer) > SILENT_REBUILD_AFTER_SECONDS:
            raise Transient("nothing heard from Kafka")
        self._measure_lag(consumer)

    def _measure_lag(self, consumer: AIOKafkaConsumer) -> None:
        for partition in consumer.assignment():
            end, position = consumer.highwater(partition), self._next.get(partition)
            if end is not None and position is not None:
                labels = (partition.topic, str(partition.partition))
                self._metrics.lag.labels(*labels).set(max(0, end - position))

    def _silent_seconds(self, consumer: AIOKafkaConsumer) -> float:
        """Since Kafka last answered a fetch of any assigned partition; 0 when there is nothing to fetch."""
        assigned = consumer.assignment()
        if not assigned:
            return 0.0
        heard = [at for each in assigned if (at := consumer.last_poll_timestamp(each)) is not None]
        if not heard:
            return time.monotonic() - self._started_at
        return max(0.0, time.time() - float(max(heard)) / 1000)

    # Rebalancing

    def _interrupted(self) -> None:
        self._interrupt.set()
        if self._progress is not None:
            self._progress.interrupted = True

    async def revoked(self) -> None:
        """Give the batch in hand a moment to be committed by the one who did the work."""
        self._interrupted()
        with suppress(TimeoutError):
            async with asyncio.timeout(REVOKE_WAIT_SECONDS), self._turn:
                return
        log.warning("partitions moved while a batch was in hand; its messages are read again", consumer=self.name)

    async def assigned(self, partitions: set[TopicPartition]) -> None:
        for gone in self._next.keys() - partitions:
            with suppress(KeyError):
                self._metrics.lag.remove(gone.topic, str(gone.partition))
        self._next = {}
        self._interrupt.clear()
        self._assigned = True
        log.info("partitions assigned", consumer=self.name, partitions=len(partitions))
        if self._on_assigned is not None:
            try:
                await self._on_assigned(sorted((each.topic, each.partition) for each in partitions))
            except Exception:
                log.exception("assignment callback failed", consumer=self.name)

    # One batch

    async def _on_batch(self, records: tuple[Record, ...]) -> None:
        """Never raises but on cancellation: FastStream would drop the error and go on to the next batch."""
        subscriber = self._subscriber
        consumer = subscriber.consumer if subscriber is not None else None
        if consumer is None:
            return
        if self._interrupt.is_set():  # partitions are moving: whoever gets them reads this again
            self._give_back(consumer, records)
            await asyncio.sleep(BACK_OFF_FIRST_SECONDS)
            return
        began = time.monotonic()
        async with self._turn:
            self._handling_since = time.monotonic()
            progress = self._progress = Progress(records)
            try:
                if await self._stale(consumer, records):
                    return
                await self._work(progress)
                await self._settle(consumer, progress)
            except Exception as error:
                log.exception("batch given back", consumer=self.name)
                self._wait(f"{type(error).__name__}: {error}")
                self._give_back(consumer, progress.remaining())
                await self._pause(BACK_OFF_MAX_SECONDS)
            except BaseException:
                self._give_back(consumer, progress.remaining())
                raise
            finally:
                if self._handling_since is not None:
                    self._metrics.batch_seconds.labels(self.name).observe(time.monotonic() - self._handling_since)
                self._handling_since = None
                self._progress = None
        await self._pause(self._pace.pause(time.monotonic() - began, full=len(records) >= self._batch_max))

    async def _stale(self, consumer: AIOKafkaConsumer, records: Sequence[Record]) -> bool:
        """Whether the consumer was sent back (a rewind, a partition lost and regained) after this batch was taken."""
        try:
            async with asyncio.timeout(COMMIT_SECONDS):
                for partition, (_, last) in spans(records).items():
                    if await consumer.position(partition) <= last:
                        return True
        except (IllegalStateError, TimeoutError):
            return True
        return False

    async def _work(self, progress: Progress) -> None:
        """Handle with pauses while something is away, until done, interrupted, or out of patience."""
        tries, deadline = 0, time.monotonic() + BACK_OFF_TOTAL_SECONDS
        while (remaining := progress.remaining()) and not progress.interrupted:
            before = progress.done
            try:
                await self._processor.process(remaining, progress)
            except Transient as error:
                self._metrics.transient.labels(self.name).inc()
                if progress.done > before:
                    tries, deadline = 0, time.monotonic() + BACK_OFF_TOTAL_SECONDS
                tries += 1
                self._wait(str(error))
                if time.monotonic() > deadline:
                    return
                await self._pause(_delay(tries))
            else:
                self._resume()
                return

    def _wait(self, reason: str) -> None:
        if self._waiting_since is None:
            self._waiting_since = time.monotonic()
            log.warning("consumer waits", consumer=self.name, error=reason)
        self._waiting_for = reason

    def _resume(self) -> None:
        if self._waiting_since is not None:
            log.info("consumer goes on", consumer=self.name, waited_s=round(time.monotonic() - self._waiting_since, 1))
        self._waiting_since = None
        self._waiting_for = ""

    async def _pause(self, seconds: float) -> None:
        """Heart beats go on in aiokafka's own task meanwhile; ends early when partitions move or the service stops."""
        if seconds <= 0:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._interrupt.wait()

    async def _settle(self, consumer: AIOKafkaConsumer, progress: Progress) -> None:
        """Commit what was done, then go back to the first record of each partition that was not."""
        handled = {
            partition: last + 1
            for partition, (_, last) in spans(progress.records[: progress.done]).items()
            if partition in consumer.assignment()
        }
        self._give_back(consumer, progress.remaining())
        if not handled:
            return
        self._next.update(handled)
        try:
            async with asyncio.timeout(COMMIT_SECONDS):
                await consumer.commit(handled)
        except (KafkaError, TimeoutError) as error:
            # Handled but not committed: the next commit covers it, or whoever reads it again finds it done.
            log.warning("offsets not committed", consumer=self.name, error=repr(error))

    def _give_back(self, consumer: AIOKafkaConsumer, records: Sequence[Record]) -> None:
        for partition, (first, _) in spans(records).items():
            with suppress(IllegalStateError):  # it moved: its new owner starts from the committed offset
                consumer.seek(partition, first)

    async def rewind(self, topics: Sequence[str]) -> None:
        """Read the assigned partitions of these topics again from their beginning.

        Raises:
            Transient: Kafka did not answer; nothing or a part was rewound, do it again.

        """
        subscriber = self._subscriber
        consumer = subscriber.consumer if subscriber is not None else None
        if consumer is None:
            raise Transient(f"{self.name} is not connected")
        try:
            async with asyncio.timeout(BATCH_FAILS_AFTER_SECONDS), self._turn:
                partitions = [each for each in consumer.assignment() if each.topic in topics]
                if not partitions:
                    return
                beginnings = await consumer.beginning_offsets(partitions)
                await consumer.commit(dict(beginnings))
                for partition, offset in beginnings.items():
                    consumer.seek(partition, offset)
                    self._next[partition] = offset
        except (KafkaError, TimeoutError) as error:
            raise Transient(f"rewind: {error!r}") from error

    # Health

    async def check(self) -> CheckResult:
        """Whether messages really move: not merely whether a connection exists."""
        subscriber = self._subscriber
        consumer = subscriber.consumer if subscriber is not None else None
        if consumer is None:
            return CheckResult.failing(f"not consuming: {self._problem or 'connecting'}")
        now = time.monotonic()
        if self._waiting_since is not None and now - self._waiting_since > WAITING_FAILS_AFTER_SECONDS:
            return CheckResult.failing(f"waiting for {now - self._waiting_since:.0f} s: {self._waiting_for}")
        if self._handling_since is not None and now - self._handling_since > BATCH_FAILS_AFTER_SECONDS:
            return CheckResult.failing(f"one batch has been in hand for {now - self._handling_since:.0f} s")
        if not self._assigned:
            return CheckResult.failing("no partitions assigned yet")
        silent = self._silent_seconds(consumer)
        if self._handling_since is None and silent > SILENT_FAILS_AFTER_SECONDS:
            return CheckResult.failing(f"nothing heard from Kafka for {silent:.0f} s")
        return CheckResult.good(f"{len(consumer.assignment())} partitions")


class _Listener(ConsumerRebalanceListener):
    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        if revoked:
            await self._intake.revoked()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        await self._intake.assigned(assigned)


async def _as_received(records: tuple[Record, ...]) -> KafkaMessage:
    """FastStream's own parser decodes every header of every record and fails on one that is not UTF-8."""
    return KafkaMessage(body=b"", raw_message=records, consumer=None)  # type: ignore[arg-type] # never acknowledged by it


async def _undecoded(message: KafkaMessage) -> tuple[Record, ...]:
    records = message.raw_message
    assert isinstance(records, tuple)
    return records


def _delay(tries: int) -> float:
    """Exponential with jitter, so that replicas do not return all at once."""
    seconds = min(BACK_OFF_FIRST_SECONDS * float(2 ** (tries - 1)), BACK_OFF_MAX_SECONDS)
    return seconds * random.uniform(0.5, 1.0)  # noqa: S311


async def _stop(broker: KafkaBroker, subscriber: BatchSubscriber) -> None:
    try:
        async with asyncio.timeout(STOP_SECONDS + 2):
            await broker.stop()
    except Exception as error:  # noqa: BLE001 - it is given up in any case; what is left is closed below
        log.warning("consumer did not stop cleanly", error=repr(error))
    if subscriber.consumer is not None:
        with suppress(Exception):
            async with asyncio.timeout(2):
                await subscriber.consumer.stop()
