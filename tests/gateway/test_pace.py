"""How fast one candidate may send."""

from hypothesis import given
from hypothesis import strategies as st

from contracts import limits
from gateway.sockets.pace import FULL_AFTER_SECONDS, Bucket, Pace


def test_a_burst_is_taken_at_once_and_then_the_rate_rules():
    bucket = Bucket(0.0)
    assert sum(bucket.take(0.0) for _ in range(limits.ANSWERS_BURST + 50)) == limits.ANSWERS_BURST
    assert sum(bucket.take(1.0) for _ in range(100)) == limits.ANSWERS_PER_SECOND


@given(st.lists(st.floats(min_value=0, max_value=2), max_size=300))
def test_never_more_than_burst_and_rate_allow(gaps: list[float]):
    bucket, now, taken = Bucket(0.0, per_second=5, burst=10), 0.0, 0
    for gap in gaps:
        now += gap
        taken += bucket.take(now)
    assert taken <= 10 + 5 * now + 1e-6


def test_reconnecting_does_not_refill_a_bucket_and_full_ones_are_forgotten():
    pace = Pace()
    for _ in range(limits.ANSWERS_BURST):
        pace.bucket("ada", 0.0).take(0.0)
    assert not pace.bucket("ada", 0.0).take(0.0)
    pace.sweep(FULL_AFTER_SECONDS / 2)
    assert len(pace) == 1
    pace.sweep(FULL_AFTER_SECONDS + 0.1)
    assert len(pace) == 0
