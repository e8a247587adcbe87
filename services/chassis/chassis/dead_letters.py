"""Messages a service could not handle, kept whole for a person to look at, and published again when it is mended."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from chassis.outcomes import Transient
from chassis.publisher import DELIVERED_BYTES_MAX, Message, Publisher
from chassis.settings import Settings
from chassis.topics import partitions_of
from contracts.envelope import header_map
from contracts.model import iso_milliseconds
from contracts.topics import MESSAGE_BYTES_MAX, dead_letters

PREFIX: Final = "dead-letter-"
REPLAYED: Final = "replayed-from"
ERROR_LENGTH: Final = 1_000  # the point of an error is in its first lines
READ_SECONDS: Final = 10.0
CUT: Final = PREFIX + "cut"  # holds the value's original size
CUT_HEADERS: Final = 50
CUT_BYTES: Final = 1_000


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """`number` is its offset on the dead-letter topic: how a person names it. `topic` has no namespace."""

    number: int
    topic: str
    partition: int
    offset: int
    error: str
    at: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]

    @property
    def type(self) -> str:
        return header_map(self.headers).get("ce_type", "")


def letter(settings: Settings, group: str, record: "ConsumerRecord[Any, Any]", error: BaseException) -> Message:
    """The message to park: key, value and headers as received, and why it is here. `group` has no namespace.

    Only what fills a message to the last kilobytes, which none of ours does, is cut off, and says so.
    """
    reason = f"{type(error).__name__}: {error}"[:ERROR_LENGTH]
    marks = {
        "topic": record.topic,
        "partition": str(record.partition),
        "offset": str(record.offset),
        "error": reason,
        "at": iso_milliseconds(datetime.now(UTC)),
        "group": group,
    }
    # A replayed message that fails again is marked afresh: the marks say where it was last.
    original = tuple(pair for pair in record.headers if not pair[0].startswith(PREFIX))
    marked = tuple((PREFIX + name, value.encode()) for name, value in marks.items())
    topic = settings.topic(dead_letters(group).name)
    whole = Message(topic, record.key, record.value, (*original, *marked))
    if whole.size <= DELIVERED_BYTES_MAX:
        return whole
    shown = tuple((name[:CUT_BYTES], value[:CUT_BYTES]) for name, value in original[:CUT_HEADERS])
    size = str(len(record.value or b"")).encode()
    cut = (record.value or b"")[: DELIVERED_BYTES_MAX // 2]
    return Message(topic, (record.key or b"")[:CUT_BYTES], cut, (*shown, *marked, (CUT, size)))


async def park(
    publisher: Publisher, settings: Settings, group: str, record: "ConsumerRecord[Any, Any]", error: BaseException
) -> None:
    """Returns once Kafka has it. Raises Transient otherwise: then the original must not be committed."""
    (failure,) = await publisher.deliver([letter(settings, group, record, error)])
    if failure is not None:
        raise Transient(f"could not park a dead letter: {failure}") from failure


async def list_letters(settings: Settings, service: str) -> list[DeadLetter]:
    """All dead letters of a service that are still kept, oldest first.

    Raises:
        Transient: no broker answers.

    """
    return [each async for each in _read(settings, service)]


async def show(settings: Settings, service: str, number: int) -> DeadLetter | None:
    """One dead letter, None when there is no such number (any more)."""
    async for each in _read(settings, service):
        if each.number == number:
            return each
    return None


async def replay(settings: Settings, service: str, number: int) -> DeadLetter | None:
    """Publish one again where it came from, as it was, plus a header naming the dead letter. None: no such number.

    Every reader of that topic sees it again; they are idempotent.

    Raises:
        Transient: Kafka does not answer.
        ValueError: the letter does not hold the whole message.

    """
    found = await show(settings, service, number)
    if found is None:
        return None
    if any(name == CUT for name, _ in found.headers):
        raise ValueError(f"dead letter {number} was cut off when it was parked: there is nothing whole to replay")
    mark = (REPLAYED, f"{dead_letters(service).name}/{number}".encode())
    headers = tuple(pair for pair in found.headers if not pair[0].startswith(PREFIX) and pair[0] != REPLAYED)
    publisher = Publisher(settings, "dead-letters")
    await publisher.start()
    try:
        (failure,) = await publisher.deliver(
            [Message(settings.topic(found.topic), found.key, found.value, (*headers, mark))]
        )
    finally:
        await publisher.stop()
    if failure is not None:
        raise failure
    return found


async def _read(settings: Settings, service: str) -> AsyncIterator[DeadLetter]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=MESSAGE_BYTES_MAX,
    )
    name = settings.topic(dead_letters(service).name)
    try:
        async with asyncio.timeout(READ_SECONDS):
            numbers = await partitions_of(settings, [name])
            await consumer.start()
        partitions = [TopicPartition(name, each) for each in numbers.get(name, ())]
        if not partitions:
            return
        consumer.assign(partitions)
        async with asyncio.timeout(READ_SECONDS):
            ends = await consumer.end_offsets(partitions)
            position = await consumer.beginning_offsets(partitions)
        for partition in partitions:
            while position[partition] < ends[partition]:
                async with asyncio.timeout(READ_SECONDS):
                    records = (await consumer.getmany(partition, timeout_ms=1000)).get(partition, [])
                for record in records:
                    if record.offset < ends[partition]:
                        yield _opened(settings, record)
                    position[partition] = record.offset + 1
                if not records:
                    position[partition] = await consumer.position(partition)
    except (KafkaError, OSError, TimeoutError) as error:
        raise Transient(f"Kafka at {settings.kafka}: {error!r}") from error
    finally:
        await consumer.stop()


def _opened(settings: Settings, record: "ConsumerRecord[Any, Any]") -> DeadLetter:
    marks = header_map(record.headers)
    topic = marks.get(PREFIX + "topic", "")
    prefix = settings.topic("")
    return DeadLetter(
        number=record.offset,
        topic=topic.removeprefix(prefix) if prefix else topic,
        partition=int(marks.get(PREFIX + "partition", "-1")),
        offset=int(marks.get(PREFIX + "offset", "-1")),
        error=marks.get(PREFIX + "error", ""),
        at=marks.get(PREFIX + "at", ""),
        key=record.key,
        value=record.value,
        headers=tuple(record.headers),
    )
