"""Which exceptions of the drivers mean "away, try again": one answer for consumers, requests and jobs."""

from aiokafka.errors import KafkaError
from redis.exceptions import BusyLoadingError, ReadOnlyError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from chassis import mongo
from chassis.outcomes import Transient

_AWAY = (RedisConnectionError, RedisTimeoutError, BusyLoadingError, ReadOnlyError, ConnectionError, TimeoutError)


def as_transient(error: BaseException) -> Transient | None:
    """The Transient that `error` stands for, None when it is no outage."""
    if isinstance(error, Transient):
        return error
    if isinstance(error, _AWAY) or mongo.is_outage(error) or (isinstance(error, KafkaError) and error.retriable):
        return Transient(f"{type(error).__name__}: {error}")
    return None
