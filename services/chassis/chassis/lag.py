"""How far a consumer group is behind, asked from outside: without joining it, over all of its replicas."""

import asyncio
from collections.abc import Sequence
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from chassis.outcomes import Transient
from chassis.settings import Settings
from chassis.topics import partitions_of
from contracts.topics import Topic

ANSWER_SECONDS: Final = 15.0  # three round trips; longer means that the broker is away


async def lag(
    settings: Settings, group: str, topics: Sequence[Topic], counted: frozenset[tuple[str, int]] | None = None
) -> int:
    """Messages the group has not committed yet. `group` and the topics' names have no namespace.

    counted: partitions (topic, number) whose committed offsets count; others count as not read at all. None: all of
    them count.

    Raises:
        Transient: no broker answers.

    """
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka, group_id=settings.topic(group), enable_auto_commit=False
    )
    names = {settings.topic(topic.name): topic.name for topic in topics}
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            found = await partitions_of(settings, list(names))
            partitions = [TopicPartition(name, number) for name, numbers in found.items() for number in numbers]
            if not partitions:
                return 0
            await consumer.start()
            consumer.assign(partitions)
            ends = await consumer.end_offsets(partitions)
            position = dict(await consumer.beginning_offsets(partitions))
            for each in partitions:
                if counted is None or (names[each.topic], each.partition) in counted:
                    position[each] = max(position[each], await consumer.committed(each) or 0)
            return sum(max(0, ends[each] - position[each]) for each in partitions)
    except (KafkaError, OSError, TimeoutError) as error:
        raise Transient(f"Kafka at {settings.kafka}: {error!r}") from error
    finally:
        await consumer.stop()
