"""Messages out: one producer per process, every message acknowledged by all in-sync replicas before it counts."""

import asyncio
import random
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from itertools import chain
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import IncompatibleBrokerVersion, KafkaError, UnknownError, UnsupportedVersionError
from aiokafka.partitioner import murmur2
from msgspec import Struct

from chassis import telemetry
from chassis.health import CheckResult
from chassis.metrics import Metrics
from chassis.outcomes import Transient
from chassis.settings import Settings
from chassis.stepping import within
from contracts.envelope import Event
from contracts.topics import MESSAGE_BYTES_MAX

LINGER_MS: Final = 2  # lets concurrent answers share a request; far below what anybody notices
REQUEST_MS: Final = 10_000  # a broker restarts in less; what fails later is tried again by whoever holds the state
ACKNOWLEDGED_WITHIN_SECONDS: Final = 15.0
ALL_TOPICS: Final = "all"  # in logs and metrics, when the producer as a whole is given up
KEYS_REMEMBERED: Final = 32_768  # more participants than one process serves; about 5 MB when full
START_SECONDS: Final = 20.0
BATCH_BYTES: Final = 512 * 1024  # facts of one partition that travel, and succeed or fail, together
FLUSH_SECONDS: Final = 5.0  # a broker that is gone never answers the flush
DELIVERED_BYTES_MAX: Final = MESSAGE_BYTES_MAX - 4 * 1024  # the record, its batch and the request add to it
ATTRIBUTES_BYTES_MAX: Final = 1024 * 1024  # far above what ids come to; an event with a smaller body fits unmeasured
EVENT_BYTES_MAX: Final = DELIVERED_BYTES_MAX - 12 * 1024  # a dead letter holds the event and says why it is there

# How brokers refuse a producer id. Tansu answers UNKNOWN_SERVER_ERROR; Apache Kafka names a passing cause instead.
_IDEMPOTENCE_REFUSED: Final = (IncompatibleBrokerVersion, UnknownError, UnsupportedVersionError)

log = structlog.get_logger(__name__)


class Message(Struct, frozen=True, gc=False):
    """One Kafka message; `topic` is the broker's name for it, the namespace included."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]

    @property
    def size(self) -> int:
        return len(self.value or b"") + len(self.key or b"") + sum(map(len, chain.from_iterable(self.headers)))


class Publisher:
    """Order: messages of one key given in one call, or in calls awaited one after the other, are first written in
    that order, failures and retries included.
    """

    def __init__(self, settings: Settings, name: str, metrics: Metrics | None = None) -> None:
        self._settings = settings
        self._name = name
        self._metrics = metrics or Metrics(name)
        self._producer: AIOKafkaProducer | None = None
        self._renewing = asyncio.Lock()
        self._idempotent = True
        self._wanted = False
        self._partitioner = _Partitioner()
        self._published = cache(self._metrics.published.labels)  # finding a label's counter takes longer than counting
        self._ending: dict[AIOKafkaProducer, asyncio.Future[Transient]] = {}

    @property
    def idempotent(self) -> bool:
        """False where the broker refuses idempotent producers: a retry may then write a message twice."""
        return self._idempotent

    async def start(self) -> None:
        """Connect. Raises Transient while no broker answers; publishing later tries again by itself."""
        self._wanted = True
        await self._ready()

    async def stop(self) -> None:
        """Send what was accepted, then close. Bounded in time."""
        self._wanted = False
        producer, self._producer = self._producer, None
        if producer is not None:
            await _close(producer)

    def message(self, event: Event[Any]) -> Message:
        """The event as it will travel, with the current trace context when it has none of its own."""
        return self._message(event, telemetry.current_traceparent())

    def _message(self, event: Event[Any], traceparent: str | None) -> Message:
        message = Message(self._settings.topic(event.topic), event.key, event.body(), event.headers(traceparent))
        if len(message.value or b"") > ATTRIBUTES_BYTES_MAX and message.size > EVENT_BYTES_MAX:
            raise ValueError(f"{event.type} {event.id} is larger than an event may be ({EVENT_BYTES_MAX} bytes)")
        return message

    async def publish(self, event: Event[Any]) -> None:
        """Returns once Kafka has the event.

        Raises:
            Transient: it may or may not have it; publish the same event again.
            ValueError: the event is larger than any message may be.

        """
        message = self.message(event)
        producer = await self._ready()
        try:
            async with asyncio.timeout(ACKNOWLEDGED_WITHIN_SECONDS):
                await producer.send_and_wait(
                    message.topic, message.value, key=message.key, headers=list(message.headers)
                )
        except (KafkaError, TimeoutError) as error:
            raise await self._failed(message.topic, producer, error) from error
        self._published(message.topic).inc()

    async def send(self, event: Event[Any], settled: Callable[[Exception | None], None]) -> None:
        """Hand the event over without waiting for Kafka: for answers in their thousands, each costing one call.

        `settled` is called once, with None when Kafka has the event, else with the reason. Order is kept per key.
        Waits only while the producer connects or its buffer is full. Raises as `publish` does, and then does not call.
        """
        message = self.message(event)
        producer = await self._ready()
        try:
            handing_over = producer.send(message.topic, message.value, key=message.key, headers=message.headers)
            sent = await within(ACKNOWLEDGED_WITHIN_SECONDS, handing_over)
        except (KafkaError, TimeoutError) as error:
            raise await self._failed(message.topic, producer, error) from error

        def report(future: asyncio.Future[Any]) -> None:
            error = asyncio.CancelledError() if future.cancelled() else future.exception()
            if error is None:
                self._published(message.topic).inc()
                settled(None)
                return
            settled(Transient(f"Kafka, {message.topic}: {error!r}"))
            self._give_up(message.topic, producer, error)

        sent.add_done_callback(report)

    def give_up(self) -> None:
        """What was sent is not acknowledged in time: make a new producer. An idempotent one would retry for ever."""
        if self._producer is not None:
            self._give_up(ALL_TOPICS, self._producer, TimeoutError("not acknowledged in time"))

    def _give_up(self, topic: str, producer: AIOKafkaProducer, error: BaseException) -> None:
        if self._producer is producer and producer not in self._ending:
            task = asyncio.ensure_future(self._failed(topic, producer, error))
            self._ending[producer] = task
            task.add_done_callback(lambda _: self._ending.pop(producer, None))

    async def publish_all(self, events: Sequence[Event[Any]]) -> None:
        """Returns once Kafka has all of them; facts of one partition travel together.

        Raises as `publish` does; some may have been written then.
        """
        traceparent = telemetry.current_traceparent()
        messages = [self._message(each, traceparent) for each in events]
        failures = [error for error in await self.deliver(messages) if error is not None]
        if failures:
            raise failures[0]

    async def deliver(self, messages: Sequence[Message]) -> list[Exception | None]:
        """Try each message; the outcome of each, None for acknowledged.

        Within a partition nothing is written after the first failure, so that what is repeated keeps its order.
        """
        outcomes: list[Exception | None] = [None] * len(messages)
        if not messages:
            return outcomes
        try:
            producer = await self._ready()
            groups = await self._by_partition(producer, messages)
        except Transient as error:
            return [error] * len(messages)
        while groups:  # once; again only for what did not fit one batch of its partition
            groups = await self._deliver_first(producer, messages, groups, outcomes)
        return outcomes

    async def _by_partition(
        self, producer: AIOKafkaProducer, messages: Sequence[Message]
    ) -> dict[tuple[str, int], list[int]]:
        partitions: dict[str, list[int]] = {}
        groups: dict[tuple[str, int], list[int]] = {}
        for index, message in enumerate(messages):
            if message.topic not in partitions:
                try:
                    async with asyncio.timeout(ACKNOWLEDGED_WITHIN_SECONDS):
                        partitions[message.topic] = sorted(await producer.partitions_for(message.topic))
                except (KafkaError, TimeoutError) as error:
                    raise await self._failed(message.topic, producer, error) from error
            known = partitions[message.topic]
            groups.setdefault((message.topic, self._partitioner(message.key, known, known)), []).append(index)
        return groups

    async def _deliver_first(
        self,
        producer: AIOKafkaProducer,
        messages: Sequence[Message],
        groups: dict[tuple[str, int], list[int]],
        outcomes: list[Exception | None],
    ) -> dict[tuple[str, int], list[int]]:
        """Write one atomic batch of each partition, all side by side; what is left for the next."""
        left: dict[tuple[str, int], list[int]] = {}
        sent: dict[tuple[str, int], asyncio.Future[Any]] = {}
        packed: dict[tuple[str, int], int] = {}
        failures: dict[tuple[str, int], Exception] = {}
        for where, which in groups.items():
            builder, packed[where] = self._packed(producer, messages, which)
            if not packed[where]:
                outcomes[which[0]] = ValueError(f"larger than any message may be ({DELIVERED_BYTES_MAX} bytes)")
                for index in which[1:]:
                    outcomes[index] = Transient("a message before it on its partition was refused")
                continue
            builder.close()
            try:
                handing_over = producer.send_batch(builder, where[0], partition=where[1])
                sent[where] = await within(ACKNOWLEDGED_WITHIN_SECONDS, handing_over)
            except (KafkaError, TimeoutError) as error:
                failures[where] = await self._failed(where[0], producer, error)
        if sent:
            await asyncio.wait(sent.values(), timeout=ACKNOWLEDGED_WITHIN_SECONDS)
        for where, future in sent.items():
            refusal = future.exception() if future.done() else TimeoutError("not acknowledged in time")
            if refusal is None:
                self._published(where[0]).inc(packed[where])
                if rest := groups[where][packed[where] :]:
                    left[where] = rest
            elif isinstance(refusal, KafkaError | TimeoutError):
                failures[where] = await self._failed(where[0], producer, refusal)
            else:
                raise refusal
        for where, failure in failures.items():
            for index in groups[where]:
                outcomes[index] = failure
        return left

    def _packed(self, producer: AIOKafkaProducer, messages: Sequence[Message], which: list[int]) -> tuple[Any, int]:
        """A batch with as many of the messages as fit, from the first on, and their number: 0 if the first is too
        large for any batch.
        """
        builder = producer.create_batch()
        for packed, index in enumerate(which):
            message = messages[index]
            if not packed and message.size > DELIVERED_BYTES_MAX:  # behind another, only what fits the batch is taken
                return builder, 0
            taken = builder.append(key=message.key, value=message.value, timestamp=None, headers=list(message.headers))
            if taken is None:
                return builder, packed
        return builder, len(which)

    async def _failed(self, topic: str, producer: AIOKafkaProducer, error: BaseException) -> Transient:
        """Count, and give the producer up: after a lost batch an idempotent producer's sequence may be broken for
        good, and a new one costs a few milliseconds.
        """
        self._metrics.publish_failures.labels(topic).inc()
        log.warning("not acknowledged by Kafka", topic=topic, error=repr(error))
        async with self._renewing:
            mine = self._producer is producer
            if mine:
                self._producer = None
        if mine:
            await _close(producer)
        return Transient(f"Kafka, {topic}: {error!r}")

    async def _ready(self) -> AIOKafkaProducer:
        return self._producer or await self._renewed()

    async def _renewed(self) -> AIOKafkaProducer:
        async with self._renewing:
            if self._producer is None:  # else another caller was quicker
                if not self._wanted:
                    raise Transient("the publisher is stopped")
                self._producer = await self._connected()
            return self._producer

    async def _connected(self) -> AIOKafkaProducer:
        try:
            return await self._started_producer(idempotent=self._idempotent)
        except _IDEMPOTENCE_REFUSED as error:
            if not self._idempotent:
                raise Transient(f"Kafka: {error!r}") from error
            log.warning("this broker refuses idempotent producers: a retried message may be written twice")
            self._idempotent = False
        return await self._started_producer(idempotent=False)

    async def _started_producer(self, *, idempotent: bool) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            bootstrap_servers=self._settings.kafka,
            client_id=f"{self._name}-{self._settings.instance}",
            acks="all",
            enable_idempotence=idempotent,
            linger_ms=LINGER_MS,
            request_timeout_ms=REQUEST_MS,
            max_batch_size=BATCH_BYTES,
            max_request_size=MESSAGE_BYTES_MAX,
            partitioner=self._partitioner,
        )
        try:
            async with asyncio.timeout(START_SECONDS):
                await producer.start()
        except _IDEMPOTENCE_REFUSED:
            await _close(producer)
            raise
        except (KafkaError, OSError, TimeoutError) as error:
            await _close(producer)
            raise Transient(f"Kafka at {self._settings.kafka}: {error!r}") from error
        except BaseException:
            await _close(producer)
            raise
        return producer

    async def check(self) -> CheckResult:
        """Asks the broker for its metadata: connected is not enough, it must answer."""
        producer = self._producer
        if producer is None:
            return CheckResult.failing("not connected")
        await producer.client.fetch_all_metadata()
        return CheckResult.good() if self._idempotent else CheckResult.warning("this broker refuses idempotence")


async def _close(producer: AIOKafkaProducer) -> None:
    """Flush and close; what is not flushed in time fails now, rather than being written at some later moment."""
    try:
        async with asyncio.timeout(FLUSH_SECONDS):
            await producer.stop()
    except (KafkaError, OSError, TimeoutError) as error:
        log.warning("producer did not close cleanly", error=repr(error))
        await _abandon(producer)


async def _abandon(producer: AIOKafkaProducer) -> None:
    """End an idempotent producer that would retry for ever. aiokafka has no public way, hence its inner parts."""
    accumulator = producer._message_accumulator  # noqa: SLF001
    waiting = [batch for batches in accumulator._batches.values() for batch in batches]  # noqa: SLF001
    accumulator.fail_all(KafkaError("the producer was given up"))
    for batch in waiting:
        if batch._drain_waiter.done() and not batch._drain_waiter.cancelled():  # noqa: SLF001
            batch._drain_waiter.exception()  # noqa: SLF001 - else asyncio reports an error nobody waits for
    for end in (producer.client.close, producer._sender.close):  # noqa: SLF001
        try:
            async with asyncio.timeout(FLUSH_SECONDS):
                await end()  # type: ignore[no-untyped-call]
        except Exception as error:  # noqa: BLE001 - both are tried, and nothing more can be done about either
            log.warning("producer abandoned", error=repr(error))


class _Partitioner:
    """aiokafka's own (Java's murmur2), remembering hashes: in Python one costs 8 us, and a candidate sends hundreds of
    messages under the same key.
    """

    def __call__(self, key: bytes | None, all_partitions: list[int], available: list[int]) -> int:
        if key is None:
            return random.choice(available or all_partitions)  # noqa: S311 - spreading, not secrecy
        return all_partitions[_hash(key) % len(all_partitions)]


@lru_cache(maxsize=KEYS_REMEMBERED)
def _hash(key: bytes) -> int:
    return int(murmur2(key)) & 0x7FFFFFFF
