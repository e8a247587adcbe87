"""Figures over many people."""

import statistics as reference
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reporting_svc.domain.statistics import correlation, histogram, mean_of, share_percent, times_of


@pytest.mark.parametrize(
    ("percent", "bucket"), [("0", 0), ("9.99", 0), ("10", 1), ("59.99", 5), ("89.99", 8), ("90", 9), ("100", 9)]
)
def test_a_percent_falls_into_its_bucket(percent: Any, bucket: Any) -> None:
    counts = [each.participants for each in histogram([Decimal(percent)])]
    assert counts.index(1) == bucket
    assert sum(counts) == 1


@settings(deadline=None)  # a busy machine is not a failure
@given(st.lists(st.tuples(st.integers(0, 50_000), st.integers(0, 900_000)), min_size=2, max_size=30))
def test_correlation_is_pearsons(pairs: Any) -> None:
    found = correlation(pairs)
    xs, ys = [x for x, _ in pairs], [y for _, y in pairs]
    if len(set(xs)) == 1 or len(set(ys)) == 1:
        assert found is None
        return
    assert -1 <= found <= 1
    assert float(found) == pytest.approx(reference.correlation(xs, ys), abs=0.0006)


def test_one_person_gives_no_correlation() -> None:
    assert correlation([(1, 2)]) is None
    assert correlation([]) is None


@settings(deadline=None)  # a busy machine is not a failure
@given(st.lists(st.integers(0, 10**8), min_size=1, max_size=20))
def test_times_agree_with_the_standard_library(elapsed: Any) -> None:
    times = times_of(elapsed)
    assert float(times.median_seconds) == pytest.approx(reference.median(elapsed) / 1000, abs=0.001)
    assert float(times.mean_seconds) == pytest.approx(reference.fmean(elapsed) / 1000, abs=0.001)
    assert times.shortest_seconds <= times.median_seconds <= times.longest_seconds


def test_shares_and_means_of_nothing_are_unknown() -> None:
    assert share_percent(0, 0) is None
    assert mean_of([]) is None
    assert share_percent(1, 3) == Decimal("33.33")
