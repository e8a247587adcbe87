"""A gateway on the stack, with stand-ins for the services behind it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from gateway_world import World, running_world


@pytest.fixture(scope="module")
async def world(settings_for: Any, topics: list[str]) -> AsyncIterator[World]:
    """One gateway for the module."""
    async with running_world(
        settings_for,
        sign_in_failures_per_email_per_quarter_hour=3,
        sign_in_failures_from_anywhere_per_email_per_hour=8,
        api_token_requests_per_minute=60,
        public_url="https://exams.example/",
        provider_private_addresses=True,  # the tests' providers are on this machine
        sign_in_failures_per_address_per_minute=200,  # every test fails from the same address
    ) as world:
        yield world
