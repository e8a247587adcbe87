"""When a gateway is given up, and when nothing is concluded."""

from monitoring_svc.domain.leases import MISSING_SECONDS, LeaseWatch


def watched(watch: LeaseWatch, *observations: tuple[set[str], set[str], float], others: int = 0) -> list[set[str]]:
    return [watch.observe(gateways, present, others, now) for gateways, present, now in observations]


def test_a_gateway_is_given_up_after_its_lease_was_missing_long_enough():
    seen = watched(
        LeaseWatch(),
        ({"a", "b"}, {"a", "b"}, 0),
        ({"a", "b"}, {"a"}, 2),
        ({"a", "b"}, {"a"}, 2 + MISSING_SECONDS - 0.1),
        ({"a", "b"}, {"a"}, 2 + MISSING_SECONDS),
    )
    assert seen == [set(), set(), set(), {"b"}]


def test_a_lease_that_returns_starts_anew():
    seen = watched(
        LeaseWatch(),
        ({"a", "b"}, {"a"}, 0),
        ({"a", "b"}, {"a", "b"}, 10),
        ({"a", "b"}, {"a"}, 12),
        ({"a", "b"}, {"a"}, 12 + MISSING_SECONDS - 1),
    )
    assert seen == [set(), set(), set(), set()]


def test_when_all_leases_vanish_at_once_nobody_is_given_up():
    watch = LeaseWatch()
    seen = watched(
        watch,
        ({"a", "b"}, {"a"}, 0),
        ({"a", "b"}, set(), 10),
        ({"a", "b"}, set(), 100),
        ({"a", "b"}, {"a"}, 101),
        ({"a", "b"}, {"a"}, 101 + MISSING_SECONDS),
    )
    assert seen == [set(), set(), set(), set(), {"b"}]


def test_a_gateway_that_came_back_under_another_name_shows_that_redis_works():
    seen = watched(LeaseWatch(), ({"old"}, set(), 0), ({"old"}, set(), MISSING_SECONDS), others=1)
    assert seen == [set(), {"old"}]


def test_what_was_seen_before_redis_was_away_does_not_count():
    watch = LeaseWatch()
    watched(watch, ({"a", "b"}, {"a"}, 0))
    watch.reset()
    assert watched(watch, ({"a", "b"}, {"a"}, MISSING_SECONDS + 1)) == [set()]
