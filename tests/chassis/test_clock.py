"""The shared clock."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from chassis.clock import SLEW_MAX, SharedClock
from chassis.health import Level


class Machine:
    """A computer whose clocks the test sets, and a Redis with its own."""

    def __init__(self, *, system: float = 1_700_000_000.0, redis_ahead: float = 0.0) -> None:
        self.passed = 100.0
        self.system_offset = system - self.passed
        self.redis_offset = self.system_offset + redis_ahead
        self.trips = [0.0]
        self.away = False

    def monotonic(self) -> float:
        return self.passed

    def system(self) -> float:
        return self.passed + self.system_offset

    async def time(self) -> tuple[int, int]:
        if self.away:
            raise ConnectionError
        trip = self.trips.pop(0) if len(self.trips) > 1 else self.trips[0]
        self.passed += trip / 2
        moment = round((self.passed + self.redis_offset) * 1e6)
        self.passed += trip / 2
        return moment // 1_000_000, moment % 1_000_000

    def clock(self) -> SharedClock:
        return SharedClock(self, monotonic=self.monotonic, system=self.system)


def seconds(moment: datetime) -> float:
    return moment.timestamp()


async def test_until_measured_it_is_the_system_time_and_says_so():
    machine = Machine()
    clock = machine.clock()
    assert seconds(clock.now()) == machine.system()
    assert (await clock.check()).level is Level.WARNING


async def test_once_measured_it_is_redis_time_whatever_the_system_clock_does():
    machine = Machine(redis_ahead=0.75)
    clock = machine.clock()
    await clock.measure()
    machine.system_offset -= 3600
    machine.passed += 5
    assert abs(seconds(clock.now()) - (machine.passed + machine.redis_offset)) < 0.002
    assert (await clock.check()).level is Level.WARNING  # an hour of skew


async def test_the_fastest_round_trip_is_the_one_believed():
    machine = Machine(redis_ahead=0.5)
    machine.trips = [0.4, 0.002, 0.3, 0.5, 0.4]
    clock = machine.clock()
    await clock.measure()
    assert abs(clock.offset_ms - 500) < 2


async def test_while_redis_is_away_the_last_offset_stays_and_grows_stale():
    machine = Machine(redis_ahead=2.0)
    clock = machine.clock()
    await clock.measure()
    machine.away = True
    machine.passed += 120
    assert abs(seconds(clock.now()) - (machine.passed + machine.redis_offset)) < 0.002
    assert "last measured" in (await clock.check()).detail


async def test_a_large_step_back_is_followed_rather_than_stopping_time():
    machine = Machine(redis_ahead=3600)
    clock = machine.clock()
    await clock.measure()
    before = clock.now()
    machine.redis_offset -= 3600
    await clock.measure()
    assert before - clock.now() > SLEW_MAX


@given(st.lists(st.tuples(st.floats(0, 2), st.floats(-1, 1)), max_size=30))
async def test_small_corrections_never_make_it_run_backwards(steps: list[tuple[float, float]]):
    machine = Machine()
    clock = machine.clock()
    last = clock.now()
    for passed, correction in steps:
        machine.passed += passed
        machine.redis_offset += correction
        await clock.measure()
        assert clock.now() >= last
        last = clock.now()


def test_moments_are_aware_utc_to_the_millisecond():
    moment = SharedClock(None).now()
    assert moment.tzinfo is UTC
    assert moment.microsecond % 1000 == 0
