"""Live frames over a Redis that goes and comes back."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from chassis import redis
from chassis.outcomes import Transient
from chassis.redis import LivePublisher, Subscription
from chassis.settings import Settings

pytestmark = pytest.mark.stack


class Page:
    """Somebody who watches."""

    def __init__(self, settings: Settings) -> None:
        self.frames: list[tuple[str, bytes]] = []
        self.gaps: list[str] = []
        self.client = redis.connect(settings)
        self.subscription = Subscription(self.client, settings, self.on_frame, self.on_gap)

    def on_frame(self, session_id: str, frame: bytes) -> None:
        self.frames.append((session_id, frame))

    async def on_gap(self, session_id: str) -> None:
        self.gaps.append(session_id)


@pytest.fixture
async def page(settings: Settings) -> AsyncIterator[Page]:
    page = Page(settings)
    task = asyncio.create_task(page.subscription.run())
    yield page
    task.cancel()
    await asyncio.wait({task})
    await page.client.aclose()


async def until(true: object, seconds: float = 10) -> None:
    assert callable(true)
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - the condition is a test's own
            await asyncio.sleep(0.01)


async def test_frames_of_watched_sessions_arrive_and_of_others_do_not(page: Page, settings: Settings):
    client = redis.connect(settings)
    live = LivePublisher(client, settings)
    await page.subscription.add("s1")
    await page.subscription.add("s2")
    await until(lambda: sorted(page.gaps) == ["s1", "s2"])
    await page.subscription.remove("s2")
    await live.publish("s2", b"unseen")
    await live.publish("other", b"unseen")
    await live.publish("s1", b"frame")
    await until(lambda: page.frames)
    assert page.frames == [("s1", b"frame")]
    await client.aclose()


async def test_frames_sent_together_arrive_in_order(page: Page, settings: Settings):
    client = redis.connect(settings)
    for session_id in ("s5", "s6"):
        await page.subscription.add(session_id)
    await until(lambda: sorted(page.gaps) == ["s5", "s6"])
    await LivePublisher(client, settings).publish_all(
        [("s5", b"one"), ("other", b"unseen"), ("s6", b"two"), ("s5", b"three")]
    )
    await until(lambda: len(page.frames) == 3)
    assert page.frames == [("s5", b"one"), ("s6", b"two"), ("s5", b"three")]
    await client.aclose()


async def test_frames_sent_together_to_a_redis_that_is_away_are_for_later(settings: Settings):
    client = redis.connect(settings.model_copy(update={"redis": "redis://127.0.0.1:1"}))
    with pytest.raises(Transient):
        await LivePublisher(client, settings).publish_all([("s7", b"one"), ("s7", b"two")])
    await client.aclose()


async def test_a_rush_waits_for_connections_and_nobody_is_refused(settings: Settings):
    client = redis.connect(settings)
    key = settings.key("rush")
    before = len(await client.client_list())
    counted = await asyncio.gather(*(client.incr(key) for _ in range(redis.CONNECTIONS_MAX * 5)))
    assert sorted(counted) == list(range(1, redis.CONNECTIONS_MAX * 5 + 1))
    assert len(await client.client_list()) - before < redis.CONNECTIONS_MAX, "its own first one counts among those"
    await client.aclose()


async def test_after_a_lost_connection_frames_flow_again_and_the_gap_is_told(page: Page, settings: Settings):
    client = redis.connect(settings)
    await page.subscription.add("s3")
    await until(lambda: page.gaps == ["s3"])
    await client.execute_command("CLIENT", "KILL", "TYPE", "PUBSUB")
    await until(lambda: page.gaps == ["s3", "s3"])
    await LivePublisher(client, settings).publish("s3", b"after")
    await until(lambda: page.frames == [("s3", b"after")])
    await client.aclose()


async def test_a_server_that_falls_silent_is_noticed(page: Page, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(redis, "DEADLINE_SECONDS", 0.5)
    await page.subscription.add("s4")
    await until(lambda: page.gaps == ["s4"])
    # The canary sings each two seconds, the deadline is half a second: the connection looks dead again and again.
    await until(lambda: page.gaps == ["s4", "s4"])
