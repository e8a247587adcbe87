"""The environment every service reads, typed. Services subclass `Settings` for what only they need."""

import os
import socket
from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class LogFormat(StrEnum):
    JSON = "json"
    CONSOLE = "console"


def _process_name() -> str:
    return f"{socket.gethostname()}-{os.getpid()}"


class Settings(BaseSettings):
    """`namespace` isolates deployments (and test runs) that share brokers and databases; empty for a deployment alone.

    `instance` names this replica. Given explicitly and kept over restarts, it also makes the replica a static member
    of its consumer groups, so that a crash and a restart in its place do not move partitions. A static member does not
    say goodbye when it stops; where several replicas share the work, `static_member` False hands it over at once.

    `kafka_session_seconds`: a dead replica's partitions move after this. Six is the least that brokers accept unless
    told otherwise (`group.min.session.timeout.ms`).
    """

    model_config = SettingsConfigDict(env_prefix="EXAMHALL_", extra="ignore", frozen=True)

    kafka: str = "127.0.0.1:9092"
    mongo: str = "mongodb://127.0.0.1:27017/?replicaSet=rs0"
    redis: str = "redis://127.0.0.1:6379/0"
    namespace: str = Field(default="", pattern=r"^[A-Za-z0-9_-]{0,40}$")
    instance: str = Field(default_factory=_process_name, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,100}$")
    static_member: bool = True
    kafka_session_seconds: float = Field(default=6.0, ge=1, le=300)
    http_host: str = "127.0.0.1"
    http_port: int = Field(default=8080, ge=0, le=65535)
    token_public_key_file: Path | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: LogFormat = LogFormat.JSON

    @property
    def instance_is_stable(self) -> bool:
        """Whether somebody named this replica; a name made up from the process id does not outlive the process."""
        return self.static_member and "instance" in self.model_fields_set

    def topic(self, name: str) -> str:
        """Topic, or consumer group, as the broker knows it."""
        return f"{self.namespace}.{name}" if self.namespace else name

    def database(self, service: str) -> str:
        return f"{self.namespace or 'examhall'}_{service}"

    def key(self, name: str) -> str:
        """Redis key or channel."""
        return f"{self.namespace}:{name}" if self.namespace else name
