"""A world of one's own for each test: a session, its assessment and its people."""

import pytest
from scoring_world import World

from chassis.identifiers import derived_id


@pytest.fixture
def world(request: pytest.FixtureRequest) -> World:
    return World(derived_id(request.node.name)[:8])
