"""Seats are never oversold."""

from hypothesis import given
from hypothesis import strategies as st

from enrollment_svc.domain.seats import free_seats

taken_seats = st.sets(st.integers(1, 40))
maximums = st.integers(1, 30)


@given(taken_seats, maximums)
def test_filling_every_free_seat_fills_the_session_exactly(taken: set[int], maximum: int) -> None:
    free = free_seats(taken, maximum)
    assert not taken & set(free)
    assert len(taken) + len(free) == max(maximum, len(taken))
    assert all(1 <= number <= maximum for number in free)


@given(taken_seats, maximums)
def test_taking_one_free_seat_takes_no_other_away(taken: set[int], maximum: int) -> None:
    free = free_seats(taken, maximum)
    for number in free:
        assert free_seats(taken | {number}, maximum) == [each for each in free if each != number]


def test_a_left_seat_is_given_again() -> None:
    assert free_seats({1, 3}, 3) == [2]


def test_seats_beyond_a_lowered_maximum_count() -> None:
    assert free_seats({9, 10}, 3) == [1]
