"""A gateway on the stack, with stand-ins for the services behind it."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import redis.asyncio
from gateway_world import Services, World, free_port, serving

from chassis.identifiers import new_id
from chassis.redis import LivePublisher
from gateway.app import build
from gateway.settings import Settings
from gateway.tokens import TokenIssuer


@pytest.fixture(scope="module")
async def world(settings_for: Any, topics: list[str]) -> AsyncIterator[World]:
    """One gateway for the module."""
    services = Services()
    behind = free_port()
    url = f"http://127.0.0.1:{behind}"
    urls = {f"{name}_url": url for name in ("session", "enrollment", "monitoring", "scoring", "messaging")}
    settings = settings_for(
        Settings,
        **urls,
        reporting_url=f"http://127.0.0.1:{free_port()}",
        http_port=free_port(),
        instance=f"gw-{new_id()[:13]}",
        sign_in_failures_per_email_per_quarter_hour=3,
        sign_in_failures_from_anywhere_per_email_per_hour=8,
        api_token_requests_per_minute=60,
        public_url="https://exams.example/",
        provider_private_addresses=True,  # the tests' providers are on this machine
        sign_in_failures_per_address_per_minute=200,  # every test fails from the same address
        log_level="WARNING",
    )
    service = build(settings)
    async with (
        serving(services.application(), behind, lifespan="off"),
        serving(service.app, settings.http_port, lifespan="on", ws_ping_interval=None),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{settings.http_port}", timeout=20) as http,
    ):
        await service.until_ready(40)
        cache = redis.asyncio.from_url(settings.redis)
        made = World(
            service=service,
            settings=settings,
            services=services,
            http=http,
            issuer=TokenIssuer(settings, service.clock),
            live=LivePublisher(cache, settings),
        )
        yield made
        for connection in made.sockets:
            await connection.close()
        await cache.aclose()
