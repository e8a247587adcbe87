"""How long a consumer waits between two batches."""

import pytest

from chassis.pace import REST_MAX_SECONDS, Pace


@pytest.mark.parametrize(
    ("pace", "took", "full", "pause"),
    [
        (Pace(20, 50), 0.03, False, 0.0),
        (Pace(20, 50, gap=100), 0.03, False, 0.07),
        (Pace(20, 50, gap=100), 0.3, False, 0.0),
        (Pace(20, 50, rests=True), 0.005, False, 0.02),
        (Pace(20, 50, rests=True), 5.0, False, REST_MAX_SECONDS),
        (Pace(20, 50, rests=True), 5.0, True, 0.0),
        (Pace(20, 50, gap=100, rests=True), 0.01, False, 0.09),
        (Pace(20, 50, gap=100, rests=True), 0.04, False, 0.16),
        (Pace(20, 50, gap=100, rests=True), 0.04, True, 0.06),
    ],
)
def test_the_pause_after_a_batch(pace: Pace, took: float, *, full: bool, pause: float):
    assert pace.pause(took, full=full) == pytest.approx(pause)
