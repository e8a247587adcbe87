"""The stack's own mailbox, as the process it is."""

import asyncio
import smtplib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from examhall.addresses import Addresses, Infrastructure
from examhall.mailbox import Mailbox, NoSuchMail, caught, caught_in
from examhall.part import Part
from examhall.ports import Ports


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Part]:
    part = Part(Mailbox(tmp_path / "mail", Ports(tmp_path / "ports.json").port("mail")), tmp_path / "mail.log")
    await part.start()
    yield part
    await part.stop()


def send(port: int, *subjects: str) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as conversation:
        for subject in subjects:
            conversation.sendmail("exams@acme.example", "../ada@example.org", f"Subject: {subject}\n\nSECRET-CODE\n")


async def test_mail_is_kept_in_order_over_a_restart_and_never_logged(running: Part, tmp_path: Path):
    await asyncio.to_thread(send, running.description.port, "One", "Two")
    await running.stop()
    await running.start()
    await asyncio.to_thread(send, running.description.port, "Three")
    kept = caught_in(tmp_path / "mail", 10)
    assert [(each.number, each.message["Subject"]) for each in kept] == [(1, "One"), (2, "Two"), (3, "Three")]
    assert [each.number for each in caught_in(tmp_path / "mail", 2)] == [2, 3]
    assert caught(tmp_path / "mail", 2).text.strip() == "SECRET-CODE"
    with pytest.raises(NoSuchMail):
        caught(tmp_path / "mail", 4)
    assert "SECRET-CODE" not in running.log_file.read_text()


def test_services_are_told_of_the_mailbox_and_where_people_reach_them(tmp_path: Path):
    addresses = Addresses(
        infrastructure=Infrastructure("k:1", "mongodb://m:1", "redis://r:1", "Kafka"),
        namespace="",
        services={},
        token_public_key_file=tmp_path / "a",
        token_private_key_file=tmp_path / "b",
        gateways=("http://127.0.0.1:8000",),
        smtp="127.0.0.1:2525",
    )
    environment = Addresses.from_json(addresses.as_json()).environment()
    assert environment["EXAMHALL_PUBLIC_URL"] == "http://127.0.0.1:8000"
    assert (environment["EXAMHALL_SMTP_HOST"], environment["EXAMHALL_SMTP_PORT"]) == ("127.0.0.1", "2525")
