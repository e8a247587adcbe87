"""The least that could be done between the commands' topic and MongoDB: no rules, no clock, no guard, no memory.

It takes batches with aiokafka, decodes the JSON, changes the same fields of as many documents in one bulk write, and
commits. `--facts`: as many facts as we publish, acknowledged, before the commit. `--live`: a row of each changed
document to Redis. Run by path, as a program; the settings are those of any service.
"""

import argparse
import asyncio
import signal
from contextlib import suppress
from datetime import datetime
from typing import Any

import orjson
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from chassis import garbage, mongo
from chassis import redis as redis_client
from chassis.settings import Settings

BATCH_MAX = 500
CHANNEL = "bare-live"


def change(record: Any) -> tuple[mongo.UpdateOne, str, dict[str, Any]]:
    headers = dict(record.headers)
    command = orjson.loads(record.value)
    participant_id, item_id, seq = record.key.decode(), command["item_id"], command["seq"]
    at = datetime.fromisoformat(headers["ce_time"].decode())
    fact = {"participant_id": participant_id, "actor": command.get("actor"), "ledger": [], "saved": {item_id: seq}}
    fact |= {"answered": seq, "flagged": 0, "item_id": item_id}
    body = orjson.dumps(fact).decode()
    fields = {
        "version": seq,
        f"responses.{item_id}": {"seq": seq, "at": at, "response": orjson.dumps(command["response"]).decode()},
        "answered": seq,
        "place": {"seq": seq, "item_id": item_id, "section_id": "s1"},
        "last_seq": seq,
        "last_seen_at": at,
        "last_at": at,
        "kept": [
            {
                "id": headers["ce_id"].decode(),
                "type": "examhall.attempt.progress-saved.v1",
                "at": at,
                "version": seq,
                "traceparent": None,
                "body": body,
            }
        ],
        "batch_id": "bare",
    }
    row = {"participant_id": participant_id, "version": seq, "answered": seq, "last_seq": seq}
    return mongo.UpdateOne({"_id": participant_id}, {"$set": fields}, upsert=True), body, row


async def publish_facts(producer: AIOKafkaProducer, topic: str, changes: list[Any]) -> None:
    """A batch for each partition, and to the partition the command came from: its key is the same."""
    batches: dict[int, Any] = {}
    for (_, body, _), record in changes:
        batch = batches.get(record.partition)
        if batch is None:
            batch = batches[record.partition] = producer.create_batch()
        batch.append(key=record.key, value=body.encode(), timestamp=None)
    sent = []
    for partition, batch in batches.items():
        batch.close()
        sent.append(await producer.send_batch(batch, topic, partition=partition))
    await asyncio.gather(*sent)


async def consume(settings: Settings, options: argparse.Namespace) -> None:
    collection = mongo.database(mongo.connect(settings), settings.database("bare"))["attempts"]
    redis = redis_client.connect(settings)
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.kafka, acks="all", enable_idempotence=True, max_batch_size=512 * 1024
    )
    consumer = AIOKafkaConsumer(
        settings.topic("bare.commands"),
        bootstrap_servers=settings.kafka,
        group_id=settings.topic("bare"),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=50,
        fetch_max_bytes=16 * 1024 * 1024,
    )
    await producer.start()
    await consumer.start()
    garbage.settle(garbage.BY_BATCHES)
    print("ready", flush=True)  # noqa: T201 - whoever started it waits for this
    while True:
        batches = await consumer.getmany(timeout_ms=200, max_records=BATCH_MAX)
        if not batches:
            continue
        changes = [(change(record), record) for records in batches.values() for record in records]
        await collection.bulk_write([update for (update, _, _), _ in changes], ordered=False)
        if options.facts:
            await publish_facts(producer, settings.topic("bare.facts"), changes)
        if options.live:
            await redis.publish(settings.key(CHANNEL), orjson.dumps([row for (_, _, row), _ in changes]))
        await consumer.commit({each: records[-1].offset + 1 for each, records in batches.items()})


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--facts", action="store_true")
    parser.add_argument("--live", action="store_true")
    options = parser.parse_args()
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    await consume(Settings(), options)


if __name__ == "__main__":
    with suppress(asyncio.CancelledError):
        uvloop.run(main())
