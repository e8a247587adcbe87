"""One organisation on the shared stack for all of these tests, and a published assessment to sit."""

from collections.abc import AsyncIterator

import pytest
from hall import Hall, hall_on

from examhall.stack import Stack


@pytest.fixture(scope="module")
async def hall(stack: Stack) -> AsyncIterator[Hall]:
    async with hall_on(stack.addresses) as hall:
        yield hall


@pytest.fixture(scope="module")
async def assessment(hall: Hall) -> tuple[str, int]:
    """The id and the version."""
    return await hall.publish()
