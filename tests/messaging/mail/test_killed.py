"""messaging-svc as a process of its own, stopped and killed in the middle of a queue of hundreds."""

from collections import Counter
from typing import Any

import pytest
from mail_world import MailServer, Sitting, eventually, in_days

from chassis.service import Service
from examhall.services import Program

PEOPLE = 400
CONNECTIONS = 4
LEASE_SECONDS = 10


@pytest.fixture
async def world(start_services: Any, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch) -> Any:
    """(stack, sitting): messaging-svc alone, and a session whose facts it hears."""
    environment = {
        "EXAMHALL_SMTP_HOST": "127.0.0.1",
        "EXAMHALL_SMTP_PORT": str(mail_server.port),
        "EXAMHALL_SMTP_SECURITY": "none",
        "EXAMHALL_SMTP_CONNECTIONS": str(CONNECTIONS),
        "EXAMHALL_MAIL_SENDER": "exams@acme.example",
        "EXAMHALL_MAIL_LEASE_SECONDS": str(LEASE_SECONDS),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    stack = await start_services(run=[Program.of("messaging-svc")])
    async with Service("messaging-svc", stack.settings(), redis=False).running() as teller:
        sitting = Sitting(teller, starts_at=in_days(7))
        await sitting.schedule()
        yield stack, sitting


async def ended_in_the_middle(world: Any, mail_server: MailServer, end: Any) -> tuple[list[str], list[Any]]:
    """Addresses, and what arrived, after ending the service with `end` and starting it again."""
    stack, sitting = world
    mail_server.slow_seconds = 0.02
    emails = await sitting.invite_many(PEOPLE)
    await mail_server.until(lambda: len(mail_server.among(emails)) >= PEOPLE // 4)
    await end(stack)
    so_far = len(mail_server.among(emails))
    assert so_far < PEOPLE, "it was ended too late to be in the middle"
    await stack.start_part("messaging-svc")
    await mail_server.until(lambda: {each.recipient for each in mail_server.among(emails)} == set(emails))
    mails = sitting.service.mongo["mails"]

    async def all_recorded() -> bool:
        return await mails.count_documents({"status": "sent"}) == PEOPLE

    await eventually(all_recorded)
    return emails, mail_server.among(emails)


@pytest.mark.stack
async def test_stopped_in_order_everybody_gets_exactly_one(world: Any, mail_server: MailServer) -> None:
    emails, arrived = await ended_in_the_middle(world, mail_server, lambda stack: stack.stop_part("messaging-svc"))
    assert Counter(each.recipient for each in arrived) == dict.fromkeys(emails, 1)


@pytest.mark.chaos
async def test_killed_everybody_gets_one_and_only_mails_in_hand_may_come_again_as_the_same(
    world: Any, mail_server: MailServer
) -> None:
    emails, arrived = await ended_in_the_middle(world, mail_server, lambda stack: stack.kill("messaging-svc"))
    identities: dict[str, set[str]] = {}
    for each in arrived:
        identities.setdefault(each.recipient, set()).add(each.message_id)
    assert {email: len(ids) for email, ids in identities.items()} == dict.fromkeys(emails, 1)
    again = len(arrived) - len(emails)
    print(f"{again} of {len(emails)} mails were handed over twice, under the same Message-ID")  # noqa: T201
    assert again <= CONNECTIONS
