"""Signing in to a mail server over TLS, and telling its refusals apart."""

import ssl
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult
from certificates import Certificates, certificates
from mail_world import MailServer

from messaging_svc.settings import Settings
from messaging_svc.smtp import Mailer, ServerAway


@pytest.fixture
def certificate(tmp_path: Path) -> Certificates:
    return certificates(tmp_path, "127.0.0.1")


def _context(made: Certificates) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(made.certificate, made.key)
    return context


def _authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (b"examhall", b"right"))


@pytest.fixture
async def server(certificate: Certificates) -> AsyncIterator[MailServer]:
    """Asks for STARTTLS first, then for a password."""
    running = MailServer(
        tls_context=_context(certificate), require_starttls=True, authenticator=_authenticate, auth_required=True
    )
    await running.start()
    yield running
    await running.stop()


def mailer(server: MailServer, ca_file: Path | None, **more: Any) -> Mailer:
    return Mailer(
        Settings(
            smtp_port=server.port,
            mail_sender="exams@acme.example",
            smtp_ca_file=ca_file,
            **{
                "smtp_host": "127.0.0.1",
                "smtp_seconds": 10,
                "smtp_username": "examhall",
                "smtp_password": "right",
                **more,
            },
        )
    )


async def send(sending: Mailer) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "exams@acme.example", "ada@example.org", "Hello"
    message.set_content("Hello")
    try:
        await sending.send(message, "exams@acme.example", "ada@example.org")
    finally:
        await sending.hang_up()


async def test_mail_leaves_over_starttls_with_a_password(server: MailServer, certificate: Certificates) -> None:
    await send(mailer(server, certificate.authority))
    assert [each.recipient for each in server.caught] == ["ada@example.org"]


@pytest.fixture
async def secure_server(certificate: Certificates) -> AsyncIterator[MailServer]:
    """TLS from the first byte, as on port 465 (RFC 8314, section 3.3), then a password."""
    running = MailServer(
        ssl_context=_context(certificate), authenticator=_authenticate, auth_required=True, auth_require_tls=False
    )
    await running.start()
    yield running
    await running.stop()


async def test_mail_leaves_over_implicit_tls_with_a_password(
    secure_server: MailServer, certificate: Certificates
) -> None:
    await send(mailer(secure_server, certificate.authority, smtp_security="tls"))
    assert [each.recipient for each in secure_server.caught] == ["ada@example.org"]


@pytest.mark.parametrize(
    "change",
    [{"smtp_ca_file": None}, {"smtp_host": "localhost"}, {"smtp_password": "wrong"}, {"smtp_security": "starttls"}],
    ids=["unknown-authority", "another-name", "wrong-password", "starttls-where-tls-is-spoken"],
)
async def test_over_implicit_tls_the_server_proves_itself_first(
    secure_server: MailServer, certificate: Certificates, change: dict[str, Any]
) -> None:
    wanted = {"smtp_security": "tls", "smtp_seconds": 3, "smtp_ca_file": certificate.authority} | change
    with pytest.raises(ServerAway):
        await send(mailer(secure_server, wanted.pop("smtp_ca_file"), **wanted))
    assert secure_server.caught == []


@pytest.mark.parametrize(
    "change",
    [{"smtp_ca_file": None}, {"smtp_password": "wrong"}, {"smtp_security": "none", "smtp_username": ""}],
    ids=["unknown-authority", "wrong-password", "no-tls"],
)
async def test_a_server_one_cannot_work_with_costs_no_mail_its_tries(
    server: MailServer, certificate: Certificates, change: dict[str, Any]
) -> None:
    ca_file = change.pop("smtp_ca_file", certificate.authority)
    with pytest.raises(ServerAway) as refused:
        await send(mailer(server, ca_file, **change))
    assert "right" not in str(refused.value)
    assert server.caught == []
