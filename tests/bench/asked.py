"""How many commands MongoDB and Redis have been given so far, by their own account."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pymongo import AsyncMongoClient
from redis.asyncio import Redis

from examhall.addresses import Infrastructure


class Asked:
    def __init__(self, mongo: AsyncMongoClient[dict[str, Any]], redis: Redis) -> None:
        self._mongo, self._redis = mongo, redis

    async def now(self) -> Counter[str]:
        """`MongoDB update`, `Redis publish`, ...: how often."""
        status = await self._mongo.admin.command("serverStatus")
        given = Counter(
            {
                f"MongoDB {name}": int(each.get("total", 0))
                for name, each in status["metrics"]["commands"].items()
                if isinstance(each, dict)
            }
        )
        calls = await self._redis.info("commandstats")
        given.update({f"Redis {name.removeprefix('cmdstat_')}": int(each["calls"]) for name, each in calls.items()})
        return given


@asynccontextmanager
async def asking(servers: Infrastructure) -> AsyncIterator[Asked]:
    mongo: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(servers.mongo)
    async with mongo, Redis.from_url(servers.redis) as redis:
        yield Asked(mongo, redis)
