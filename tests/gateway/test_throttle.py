"""Limits on guessing while Redis is away."""

from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from chassis.outcomes import Rejected
from chassis.settings import Settings
from gateway import throttle as module
from gateway.throttle import Limit, Throttle

LIMIT = Limit("test", 3, 3600)


class Away:
    def pipeline(self, **_: Any) -> Any:
        raise RedisConnectionError("away")


@pytest.fixture
def throttle() -> Throttle:
    return Throttle(Away(), Settings())


async def test_without_redis_this_replica_counts_for_itself(throttle: Throttle):
    for _ in range(3):
        await throttle.count(LIMIT, "10.0.0.1")
    await throttle.count(LIMIT, "10.0.0.2")
    with pytest.raises(Rejected) as refused:
        await throttle.count(LIMIT, "10.0.0.1")
    assert refused.value.problem.name == "too-many-requests"
    assert 0 < refused.value.extensions["retry_after_s"] <= 3600


async def test_checking_counts_nothing_and_failures_count(throttle: Throttle):
    for _ in range(10):
        await throttle.check(LIMIT, "ada")
    for _ in range(3):
        await throttle.failed(LIMIT, "ada")
    with pytest.raises(Rejected):
        await throttle.check(LIMIT, "ada")


async def test_counting_one_tells_of_others_and_adds_nothing_to_them(throttle: Throttle):
    for _ in range(3):
        await throttle.failed(LIMIT, "guessed")
    others = [(LIMIT, "guessed"), (LIMIT, "not guessed")]
    assert await throttle.count(LIMIT, "10.0.0.1", and_look_at=others) == [True, False]
    assert await throttle.count(LIMIT, "10.0.0.1", and_look_at=others) == [True, False]


async def test_what_is_counted_here_is_bounded(throttle: Throttle, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "LOCAL_COUNTERS_MAX", 10)
    for each in range(50):
        await throttle.count(LIMIT, str(each))
    assert len(throttle._local) == 10
