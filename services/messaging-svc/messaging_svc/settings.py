"""What messaging-svc reads from the environment beyond what every service reads: how mail leaves, and who sends it."""

from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, TypeAdapter, ValidationError, model_validator

from chassis.settings import Settings as ChassisSettings
from contracts.model import Email


class SmtpSecurity(StrEnum):
    """`STARTTLS` refuses to go on without it; `NONE` is for a server on this machine."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


class Settings(ChassisSettings):
    """Without `smtp_host` no mail is sent: what would be is kept, and shown as not configured."""

    public_url: str = Field(default="http://127.0.0.1:8080", pattern=r"^https?://[^\s/]+(/[^\s]*)?$")
    mail_sender: str = Field(default="examhall@localhost.localdomain", description="The address mails come from")
    smtp_host: str = ""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_security: SmtpSecurity = SmtpSecurity.STARTTLS
    smtp_username: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_ca_file: Path | None = Field(default=None, description="Trusted instead of the system's authorities")
    smtp_connections: int = Field(default=4, ge=1, le=50, description="At once, per replica; providers allow a few")
    smtp_seconds: float = Field(default=30.0, gt=0, le=300, description="For each command (RFC 5321 allows minutes)")
    mail_lease_seconds: float = Field(
        default=300.0, gt=0, description="After which a mail in the hands of a dead replica is tried again"
    )

    mail_kept_days: int = Field(
        default=30,
        ge=1,
        le=3_650,
        description="How long personal codes and what mails said are kept after a session is over",
    )

    @property
    def sends_mail(self) -> bool:
        return bool(self.smtp_host)

    @model_validator(mode="after")
    def _check_mail(self) -> Self:
        if not self.sends_mail:
            return self
        try:
            TypeAdapter(Email).validate_python(self.mail_sender)
        except ValidationError as error:
            raise ValueError("EXAMHALL_MAIL_SENDER is not an e-mail address") from error
        if "mail_sender" not in self.model_fields_set:
            raise ValueError("set EXAMHALL_MAIL_SENDER, the address mails come from, together with EXAMHALL_SMTP_HOST")
        if self.smtp_security is SmtpSecurity.NONE and self.smtp_username:
            raise ValueError("a password is not sent in the clear: set EXAMHALL_SMTP_SECURITY to starttls or tls")
        return self
