"""How fast one candidate may send: a token bucket each, kept over reconnections."""

from typing import Final

from contracts import limits

FULL_AFTER_SECONDS: Final = limits.ANSWERS_BURST / limits.ANSWERS_PER_SECOND


class Bucket:
    """Holds `burst` tokens when full and gains `per_second`. Times are monotonic seconds."""

    __slots__ = ("_at", "_burst", "_per_second", "_tokens")

    def __init__(
        self,
        now: float,
        per_second: float = limits.ANSWERS_PER_SECOND,
        burst: float = limits.ANSWERS_BURST,
    ) -> None:
        self._per_second = per_second
        self._burst = burst
        self._tokens = burst
        self._at = now

    def take(self, now: float) -> bool:
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._per_second)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def idle_since(self, now: float) -> float:
        """Seconds since it was last used."""
        return now - self._at


class Pace:
    """Buckets by participant. One that had the time to fill up again need not be kept."""

    def __init__(self, per_second: float = limits.ANSWERS_PER_SECOND, burst: float = limits.ANSWERS_BURST) -> None:
        self._per_second = per_second
        self._burst = burst
        self._buckets: dict[str, Bucket] = {}

    def bucket(self, participant_id: str, now: float) -> Bucket:
        bucket = self._buckets.get(participant_id)
        if bucket is None:
            bucket = self._buckets[participant_id] = Bucket(now, self._per_second, self._burst)
        return bucket

    def sweep(self, now: float) -> None:
        full = [
            each for each, bucket in self._buckets.items() if bucket.idle_since(now) > self._burst / self._per_second
        ]
        for participant_id in full:
            del self._buckets[participant_id]

    def __len__(self) -> int:
        return len(self._buckets)
