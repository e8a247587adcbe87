"""Creating the topics that `contracts.topics` declares, for this deployment's namespace."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import structlog
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from chassis.outcomes import Transient
from chassis.settings import Settings
from contracts.topics import SERVICES, TOPICS, Topic, dead_letters

REPLICAS_MAX: Final = 3  # survives one broker's loss while another is being restarted
REQUEST_MS: Final = 30_000
VISIBLE_WITHIN_SECONDS: Final = 30.0

log = structlog.get_logger(__name__)


def declared() -> list[Topic]:
    """Every topic of the product, dead letters included, without namespace."""
    return [*TOPICS, *(dead_letters(service) for service in SERVICES)]


async def create_topics(settings: Settings) -> list[str]:
    """Create what is missing; names of the newly created. Returns when the broker shows them all. Idempotent.

    Raises:
        Transient: no broker answers, or the topics did not appear in time.
        KafkaError: the broker refuses a topic, for instance for its configuration.

    """
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka, request_timeout_ms=REQUEST_MS)
    try:
        await admin.start()
        brokers = len((await admin.describe_cluster())["brokers"])
        wanted = {settings.topic(topic.name): topic for topic in declared()}
        missing = sorted(wanted.keys() - set(await admin.list_topics()))
        created = await _create(admin, {name: wanted[name] for name in missing}, min(REPLICAS_MAX, max(1, brokers)))
        await _until_visible(admin, set(wanted))
    except (KafkaError, OSError) as error:
        if isinstance(error, KafkaError) and not error.retriable and not isinstance(error, ConnectionError):
            raise
        raise Transient(f"Kafka at {settings.kafka}: {error!r}") from error
    finally:
        await admin.close()
    if created:
        log.info("topics created", count=len(created), namespace=settings.namespace)
    return created


async def _create(admin: AIOKafkaAdminClient, topics: dict[str, Topic], replicas: int) -> list[str]:
    if not topics:
        return []
    answer: Any = await admin.create_topics(
        [
            NewTopic(name, topic.partitions, replicas, topic_configs=topic.configuration())
            for name, topic in topics.items()
        ]
    )
    created = []
    for name, code, *rest in answer.topic_errors:
        if code == TopicAlreadyExistsError.errno:
            continue  # another process was quicker
        if code:
            raise for_code(code)(f"{name}: {rest[0] if rest else ''}")
        created.append(name)
    return created


async def _until_visible(admin: AIOKafkaAdminClient, names: set[str]) -> None:
    try:
        async with asyncio.timeout(VISIBLE_WITHIN_SECONDS):
            while not names <= set(await admin.list_topics()):  # noqa: ASYNC110 - the broker gives no event
                await asyncio.sleep(0.1)
    except TimeoutError as error:
        raise Transient("Kafka accepted the topics but does not show them") from error


async def partitions_of(settings: Settings, names: Sequence[str]) -> dict[str, list[int]]:
    """The partitions of the topics that exist. `names` as the broker knows them.

    A consumer does not know them before it subscribes: `partitions_for_topic` says None until then.

    Raises:
        Transient: no broker answers.

    """
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka, request_timeout_ms=REQUEST_MS)
    try:
        await admin.start()
        found = await admin.describe_topics(list(names))
    except (KafkaError, OSError) as error:
        raise Transient(f"Kafka at {settings.kafka}: {error!r}") from error
    finally:
        await admin.close()
    return {
        each["topic"]: sorted(partition["partition"] for partition in each["partitions"])
        for each in found
        if not each["error_code"]
    }
