"""The least a gateway could do with the same server and the same Kafka client: what comes in on a socket is produced
under the socket's name and acknowledged once Kafka has it. `/ws/dashboard` gets every frame of one Redis channel.

No sign-in, no validation, no limits, no rows back to candidates. Run by path, as a program.
"""

import asyncio
from datetime import UTC, datetime
from functools import partial
from typing import Any

import uvicorn
from aiokafka import AIOKafkaProducer

from chassis import garbage
from chassis import redis as redis_client
from chassis.settings import Settings

CHANNEL = "bare-live"

SETTINGS = Settings()
TOPIC = SETTINGS.topic("bare.commands")
producer: AIOKafkaProducer
dashboards: set[Any] = set()


def now(send: Any, message: dict[str, Any]) -> None:
    """An ASGI send finishes in one step while the client keeps up; a task each would cost more."""
    try:
        send(message).send(None)
    except StopIteration:
        return
    raise RuntimeError("the client of a benchmark does not keep up")


async def relay() -> None:
    pubsub = redis_client.connect(SETTINGS).pubsub()
    await pubsub.subscribe(SETTINGS.key(CHANNEL))
    async for message in pubsub.listen():
        if message["type"] == "message":
            text = message["data"].decode()
            for send in dashboards:
                now(send, {"type": "websocket.send", "text": text})


async def lifespan(receive: Any, send: Any) -> None:
    global producer  # noqa: PLW0603 - made on the server's loop
    await receive()
    producer = AIOKafkaProducer(bootstrap_servers=SETTINGS.kafka, acks="all", enable_idempotence=True, linger_ms=2)
    await producer.start()
    relaying = asyncio.create_task(relay())
    garbage.settle(garbage.BY_BATCHES)
    await send({"type": "lifespan.startup.complete"})
    await receive()
    relaying.cancel()
    await producer.stop()
    await send({"type": "lifespan.shutdown.complete"})


async def application(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
        return
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})
        return
    await receive()
    await send({"type": "websocket.accept"})
    name = scope["path"].rsplit("/", 1)[1]
    if name == "dashboard":
        dashboards.add(send)
    key = name.encode()
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            dashboards.discard(send)
            return
        text = message["text"]
        headers = [("ce_id", b"1"), ("ce_time", datetime.now(UTC).isoformat(timespec="milliseconds").encode())]
        sent = await producer.send(TOPIC, text.encode(), key=key, headers=headers)
        sent.add_done_callback(partial(acknowledge, send, text))


def acknowledge(send: Any, text: str, sent: Any) -> None:
    sent.result()
    now(send, {"type": "websocket.send", "text": text})


if __name__ == "__main__":
    uvicorn.run(
        application,
        host="127.0.0.1",
        port=SETTINGS.http_port,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        log_level="error",
        access_log=False,
    )
