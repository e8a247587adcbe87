"""The cast has everybody the story needs, whatever its size."""

import pytest

from examhall.rehearsal.cast import Ending, cast
from examhall.rehearsal.target import CANDIDATES_MIN


@pytest.mark.parametrize("candidates", [CANDIDATES_MIN, 13, 60, 300])
def test_everybody_the_story_needs_is_there(candidates: int):
    roles = cast(candidates, 36, seed=1)
    assert len(roles) == candidates == len({role.external_id for role in roles})
    assert sum(role.loses_network_at is not None for role in roles) == 2
    assert sum(role.paused_at is not None for role in roles) == 1
    assert sum(role.extended_at is not None for role in roles) == 1
    assert sum(role.asks_for_help_at is not None for role in roles) == 1
    assert sum(role.limit_seconds(36) != 36 for role in roles) == 3
    assert sum(role.ending is Ending.RUNS_OUT for role in roles) >= 2
    assert sum(role.ending is Ending.SUBMITS for role in roles) > candidates / 2


def test_sixty_are_twenty_by_hand_and_forty_by_code():
    assert sum(role.by_hand for role in cast(60, 36, seed=1)) == 20


def test_nobody_has_two_fates():
    for role in cast(CANDIDATES_MIN, 36, seed=1):
        fates = (role.loses_network_at, role.paused_at, role.extended_at, role.asks_for_help_at)
        assert sum(fate is not None for fate in fates) <= 1
        assert role.ending is not Ending.RUNS_OUT or all(fate is None for fate in fates)


def test_the_same_seed_gives_the_same_cast():
    assert cast(60, 36, seed=7) == cast(60, 36, seed=7) != cast(60, 36, seed=8)
