"""messaging-svc with a mail server that answers as the test wants."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from mail_world import MailServer, Sitting, in_days

from chassis.service import Service
from messaging_svc.app import build
from messaging_svc.settings import Settings, SmtpSecurity

MakeSitting = Callable[..., Awaitable[Sitting]]


@pytest.fixture(scope="module")
async def mail_server() -> AsyncIterator[MailServer]:
    server = MailServer()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture(scope="module")
def smtp(mail_server: MailServer) -> dict[str, Any]:
    """Settings with which messaging-svc uses the server."""
    return {
        "smtp_host": "127.0.0.1",
        "smtp_port": mail_server.port,
        "smtp_security": SmtpSecurity.NONE,
        "smtp_seconds": 5.0,
        "mail_sender": "exams@acme.example",
        "public_url": "https://exams.acme.example",
        "mail_lease_seconds": 20.0,
    }


@pytest.fixture(scope="module")
async def service(settings_for: Any, topics: list[str], smtp: dict[str, Any]) -> AsyncIterator[Service]:
    async with build(settings_for(Settings, **smtp)).running() as running:
        yield running


@pytest.fixture
def make_sitting(service: Service) -> MakeSitting:
    """A scheduled session, in a week unless said otherwise."""

    async def make(**how: Any) -> Sitting:
        sitting = Sitting(service, **{"starts_at": in_days(7), **how})
        await sitting.schedule()
        return sitting

    return make
