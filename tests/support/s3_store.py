"""A real S3 server: SeaweedFS, one process from a wheel, with a bucket and an account of its own."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import httpx
import obstore
from obstore.store import S3Store
from pydantic import SecretStr

from examhall.part import NotReady, Part
from examhall.ports import Ports

BUCKET: Final = "examhall-pictures"
ACCESS_KEY: Final = "examhall"
SECRET_KEY: Final = "a secret for tests only"
# Each part of the server listens twice, the second time for gRPC.
PARTS: Final = ("master", "volume", "filer", "s3")


@dataclass(frozen=True, slots=True)
class S3:
    endpoint: str
    bucket: str = BUCKET
    access_key: str = ACCESS_KEY
    secret_key: str = SECRET_KEY

    @property
    def secret(self) -> SecretStr:
        return SecretStr(self.secret_key)


class Weed:
    """`weed server`, as a part like those of the stack."""

    name = "s3"
    ready_seconds = 60.0
    stop_seconds = 1.0  # asked politely it lingers for ten; what it acknowledged is in its files

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._ports = Ports(directory / "ports.json")
        self.port = self._ports.port("s3")

    async def prepare(self) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        account = {"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}
        actions = ["Admin", "Read", "List", "Write"]
        accounts = {"identities": [{"name": "examhall", "credentials": [account], "actions": actions}]}
        (self._directory / "accounts.json").write_text(json.dumps(accounts))

    def command(self) -> list[str]:
        listen = [f"-{part}.port{kind}={self._ports.port(part + kind)}" for part in PARTS for kind in ("", ".grpc")]
        return [
            str(Path(sys.executable).with_name("weed")),
            "server",
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            f"-dir={self._directory}",
            "-filer",
            "-s3",
            "-s3.autoCreateBucket",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
            f"-s3.config={self._directory / 'accounts.json'}",
            "-master.volumeSizeLimitMB=64",
            "-volume.max=20",
            "-volume.preStopSeconds=0",
            *listen,
        ]

    def environment(self) -> Mapping[str, str]:
        return {"HOME": str(self._directory), "PATH": "/usr/bin:/bin"}

    async def probe(self) -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=2) as http:
            try:
                answer = await http.get(f"http://127.0.0.1:{self.port}/status")
            except httpx.HTTPError as error:
                raise NotReady(repr(error)) from error
        if answer.is_server_error:
            raise NotReady(answer.text[:200])

    def stopped(self) -> None:
        """Nothing to tidy."""


@contextlib.asynccontextmanager
async def s3_server(directory: Path) -> AsyncIterator[tuple[S3, Part]]:
    """Running, with a bucket. The part may be stopped and started by the test."""
    weed = Weed(directory)
    part = Part(weed, directory / "weed.log")
    await part.start()
    try:
        s3 = S3(f"http://127.0.0.1:{weed.port}")
        await asyncio.to_thread(_make_room, s3)
        yield s3, part
    finally:
        await part.stop()


def _make_room(s3: S3) -> None:
    """The first object makes the bucket and its volumes, which takes seconds on a busy machine."""
    store = S3Store(
        s3.bucket,
        endpoint=s3.endpoint,
        region="us-east-1",
        access_key_id=s3.access_key,
        secret_access_key=s3.secret_key,
        client_options={"allow_http": True, "timeout": timedelta(seconds=60)},
    )
    obstore.put(store, "first", b"first")
    obstore.delete(store, "first")
