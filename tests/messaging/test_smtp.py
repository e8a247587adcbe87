"""Signing in to a mail server over TLS, and telling its refusals apart."""

import datetime as dt
import ipaddress
import ssl
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from mail_world import MailServer

from messaging_svc.settings import Settings
from messaging_svc.smtp import Mailer, ServerAway


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """(certificate, key) for 127.0.0.1, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = tmp_path / "certificate.pem", tmp_path / "key.pem"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


@pytest.fixture
async def server(certificate: tuple[Path, Path]) -> AsyncIterator[MailServer]:
    """Asks for STARTTLS first, then for a password."""

    def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (b"examhall", b"right"))

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    running = MailServer(tls_context=context, require_starttls=True, authenticator=authenticate, auth_required=True)
    await running.start()
    yield running
    await running.stop()


def mailer(server: MailServer, ca_file: Path | None, **more: Any) -> Mailer:
    return Mailer(
        Settings(
            smtp_host="127.0.0.1",
            smtp_port=server.port,
            mail_sender="exams@acme.example",
            smtp_ca_file=ca_file,
            smtp_seconds=10,
            **{"smtp_username": "examhall", "smtp_password": "right", **more},
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


async def test_mail_leaves_over_starttls_with_a_password(server: MailServer, certificate: tuple[Path, Path]) -> None:
    await send(mailer(server, certificate[0]))
    assert [each.recipient for each in server.caught] == ["ada@example.org"]


@pytest.mark.parametrize(
    "change",
    [{"smtp_ca_file": None}, {"smtp_password": "wrong"}, {"smtp_security": "none", "smtp_username": ""}],
    ids=["unknown-authority", "wrong-password", "no-tls"],
)
async def test_a_server_one_cannot_work_with_costs_no_mail_its_tries(
    server: MailServer, certificate: tuple[Path, Path], change: dict[str, Any]
) -> None:
    ca_file = change.pop("smtp_ca_file", certificate[0])
    with pytest.raises(ServerAway) as refused:
        await send(mailer(server, ca_file, **change))
    assert "right" not in str(refused.value)
    assert server.caught == []
