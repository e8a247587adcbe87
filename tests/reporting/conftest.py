"""A whole small session, told anew for each test."""

import pytest
from session_story import Told, told


@pytest.fixture
def story() -> Told:
    return told("s1")
