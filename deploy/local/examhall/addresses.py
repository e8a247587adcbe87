"""Where the parts of a running stack can be reached. Plain values: safe to print, save and pass on."""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from contracts.topics import SERVICES

KAFKA_VARIABLE = "EXAMHALL_KAFKA"
MONGO_VARIABLE = "EXAMHALL_MONGO"
REDIS_VARIABLE = "EXAMHALL_REDIS"
SMTP_VARIABLE = "EXAMHALL_SMTP_HOST"
BUCKET_VARIABLE = "EXAMHALL_IMAGES_BUCKET"
IMAGE_KEYS_VARIABLE = "EXAMHALL_IMAGES_KEY_FILE"


@dataclass(frozen=True, slots=True)
class Infrastructure:
    """The three servers every service needs. `broker` says in words which one carries the events."""

    kafka: str
    mongo: str
    redis: str
    broker: str

    def environment(self) -> dict[str, str]:
        return {KAFKA_VARIABLE: self.kafka, MONGO_VARIABLE: self.mongo, REDIS_VARIABLE: self.redis}


@dataclass(frozen=True, slots=True)
class ExternalServers:
    """Servers that already run somewhere; None means: start our own."""

    kafka: str | None = None
    mongo: str | None = None
    redis: str | None = None

    @classmethod
    def from_environment(cls) -> Self:
        return cls(
            kafka=os.environ.get(KAFKA_VARIABLE) or None,
            mongo=os.environ.get(MONGO_VARIABLE) or None,
            redis=os.environ.get(REDIS_VARIABLE) or None,
        )

    @classmethod
    def like(cls, infrastructure: Infrastructure) -> Self:
        return cls(kafka=infrastructure.kafka, mongo=infrastructure.mongo, redis=infrastructure.redis)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Everything a client of the stack needs. `services` maps a service's name to the URLs of its replicas, `fronts`
    the name of a service (or the gateway) with several to the one URL of the balancer before them.

    `smtp` is the stack's own mailbox (host:port); None where it has none, or the environment names another server.
    """

    infrastructure: Infrastructure
    namespace: str
    services: Mapping[str, tuple[str, ...]]
    token_public_key_file: Path
    token_private_key_file: Path
    gateways: tuple[str, ...] = field(default=())
    smtp: str | None = None
    images_directory: Path | None = None
    images_key_file: Path | None = None
    fronts: Mapping[str, str] = field(default_factory=dict)

    @property
    def gateway(self) -> str:
        """Where people reach the gateway: the balancer, else the only replica."""
        return self.fronts.get("gateway") or self.gateways[0]

    def environment(self) -> dict[str, str]:
        """The settings with which any process (a service, a tool) joins this stack."""
        return {
            **self.infrastructure.environment(),
            "EXAMHALL_NAMESPACE": self.namespace,
            "EXAMHALL_TOKEN_PUBLIC_KEY_FILE": str(self.token_public_key_file),
            "EXAMHALL_TOKEN_PRIVATE_KEY_FILE": str(self.token_private_key_file),
            **{url_variable(name): self.fronts.get(name) or urls[0] for name, urls in self.services.items() if urls},
            **({"EXAMHALL_PUBLIC_URL": self.gateway} if self.gateways else {}),
            "EXAMHALL_PROVIDER_PRIVATE_ADDRESSES": "true",  # a sign-in provider to try things with runs here, too
            **self._mail(),
            **self._images(),
        }

    def _mail(self) -> dict[str, str]:
        if self.smtp is None:
            return {}
        host, _, port = self.smtp.rpartition(":")
        return {
            SMTP_VARIABLE: host,
            "EXAMHALL_SMTP_PORT": port,
            "EXAMHALL_SMTP_SECURITY": "none",
            "EXAMHALL_MAIL_SENDER": "exams@examhall.example",
        }

    def _images(self) -> dict[str, str]:
        """The stack's own folder and key, unless the environment names a bucket or keys of its own."""
        found = {"EXAMHALL_IMAGES_DIRECTORY": self.images_directory, IMAGE_KEYS_VARIABLE: self.images_key_file}
        if os.environ.get(BUCKET_VARIABLE):
            del found["EXAMHALL_IMAGES_DIRECTORY"]
        return {name: str(path) for name, path in found.items() if path is not None and not os.environ.get(name)}

    def as_json(self) -> dict[str, Any]:
        return {
            "infrastructure": asdict(self.infrastructure),
            "namespace": self.namespace,
            "services": {name: list(urls) for name, urls in self.services.items()},
            "gateways": list(self.gateways),
            "smtp": self.smtp,
            "images_directory": _text(self.images_directory),
            "images_key_file": _text(self.images_key_file),
            "fronts": dict(self.fronts),
            "token_public_key_file": str(self.token_public_key_file),
            "token_private_key_file": str(self.token_private_key_file),
        }

    @classmethod
    def from_environment(cls) -> Self | None:
        """The deployment whose settings this process was started with, as in a container; None when it was not."""
        servers = ExternalServers.from_environment()
        if servers.kafka is None or servers.mongo is None or servers.redis is None:
            return None
        return cls(
            infrastructure=Infrastructure(servers.kafka, servers.mongo, servers.redis, f"Kafka at {servers.kafka}"),
            namespace=os.environ.get("EXAMHALL_NAMESPACE", ""),
            services={name: (url,) for name in SERVICES if (url := os.environ.get(url_variable(name))) is not None},
            token_public_key_file=Path(os.environ.get("EXAMHALL_TOKEN_PUBLIC_KEY_FILE", "")),
            token_private_key_file=Path(os.environ.get("EXAMHALL_TOKEN_PRIVATE_KEY_FILE", "")),
        )

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Self:
        return cls(
            infrastructure=Infrastructure(**saved["infrastructure"]),
            namespace=saved["namespace"],
            services={name: tuple(urls) for name, urls in saved["services"].items()},
            gateways=tuple(saved["gateways"]),
            smtp=saved.get("smtp"),
            images_directory=_path(saved.get("images_directory")),
            images_key_file=_path(saved.get("images_key_file")),
            fronts=saved.get("fronts", {}),
            token_public_key_file=Path(saved["token_public_key_file"]),
            token_private_key_file=Path(saved["token_private_key_file"]),
        )


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)


def url_variable(service: str) -> str:
    """`session-svc` -> `EXAMHALL_SESSION_URL`."""
    return f"EXAMHALL_{service.removesuffix('-svc').upper()}_URL"
