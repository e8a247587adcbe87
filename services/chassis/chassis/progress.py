"""How far a batch of records has come, which is what decides the offsets to commit and to go back to."""

from collections.abc import Sequence
from typing import Any, Protocol

from aiokafka import ConsumerRecord, TopicPartition

Record = ConsumerRecord[Any, Any]


class Progress:
    """How far a batch has come, over all its tries."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.records = records
        self.done = 0
        self.interrupted = False
        self.parked: set[tuple[str, int, int]] = set()

    def advance(self, count: int = 1) -> None:
        self.done += count

    def remaining(self) -> Sequence[Record]:
        return self.records[self.done :]


class Processor(Protocol):
    """Handles records from the first on, advancing `progress`; returns early only when that says interrupted.

    Raises:
        Transient: the first record not advanced past cannot be handled just now.

    """

    async def process(self, records: Sequence[Record], progress: Progress) -> None: ...


def spans(records: Sequence[Record]) -> dict[TopicPartition, tuple[int, int]]:
    """First and last offset of each partition in the batch."""
    offsets: dict[tuple[str, int], list[int]] = {}
    for record in records:
        offsets.setdefault((record.topic, record.partition), []).append(record.offset)
    return {TopicPartition(*where): (min(found), max(found)) for where, found in offsets.items()}
