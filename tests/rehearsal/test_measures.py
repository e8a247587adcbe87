"""What is measured can be added up in any order, and its percentiles are near the truth."""

import orjson
from hypothesis import given
from hypothesis import strategies as st

from examhall.rehearsal.report import percentile
from examhall.rehearsal.window.measures import Histogram, Measures

delays = st.lists(st.floats(min_value=0.02, max_value=600_000), min_size=1, max_size=200)


@given(delays, st.integers(1, 100))
def test_a_percentile_is_at_most_five_percent_above_the_true_one(values: list[float], percent: int):
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    true = percentile(values, percent)
    found = histogram.percentile(percent)
    assert true is not None
    assert found is not None
    assert true * 0.999 <= found <= true * 1.051


@given(st.lists(st.tuples(st.integers(0, 30), st.floats(0.1, 5_000)), max_size=60), st.integers(0, 60))
def test_parts_from_several_processes_add_up_to_the_whole(measured: list[tuple[int, float]], cut: int):
    whole, first, second = Measures(), Measures(), Measures()
    for number, (at, milliseconds) in enumerate(measured):
        for each in (whole, first if number < cut else second):
            each.delay("ack", at, milliseconds)
            each.count("saved", at)
    travelled = Measures()
    for part in (second, first):
        travelled.merge(Measures.of(orjson.loads(orjson.dumps(part.as_json()))))
    assert travelled.over("ack").counts == whole.over("ack").counts
    assert travelled.total("saved") == len(measured)


def test_a_stretch_holds_its_beginning_and_not_its_end():
    measured = Measures()
    for second in (9, 10, 19, 20):
        measured.delay("ack", second, 1.0)
        measured.count("saved", second)
    assert len(measured.over("ack", 10, 20)) == measured.total("saved", 10, 20) == 2
    assert measured.seconds(["ack"]) == [9, 10, 19, 20]
    assert Measures().over("ack").percentile(99) is None
