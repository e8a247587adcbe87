"""What a running stack writes down for other shells: who supervises, which processes exist, where they listen."""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from examhall.addresses import Addresses
from examhall.process import Identity

STATE_FILE: Final = "state.json"
LOCK_FILE: Final = "lock"


class AlreadyRunning(RuntimeError):
    """Another stack holds this directory."""


@dataclass(frozen=True, slots=True)
class PartState:
    name: str
    port: int
    status: str
    restarts: int
    identity: Identity | None

    @classmethod
    def from_json(cls, saved: dict[str, Any]) -> Self:
        identity = Identity.from_json(saved["identity"]) if saved["identity"] else None
        return cls(saved["name"], saved["port"], saved["status"], saved["restarts"], identity)


@dataclass(frozen=True, slots=True)
class StackState:
    """One saved picture of a stack. `ready` turns true once every part works for the first time."""

    supervisor: Identity
    ready: bool
    addresses: Addresses | None
    parts: tuple[PartState, ...]

    def save(self, directory: Path) -> None:
        """In one step, so that a reader never sees half a file."""
        content = {
            "supervisor": {"pid": self.supervisor.pid, "created": self.supervisor.created},
            "ready": self.ready,
            "addresses": self.addresses.as_json() if self.addresses else None,
            "parts": [
                {
                    "name": part.name,
                    "port": part.port,
                    "status": part.status,
                    "restarts": part.restarts,
                    "identity": {"pid": part.identity.pid, "created": part.identity.created} if part.identity else None,
                }
                for part in self.parts
            ],
        }
        fresh = directory / f"{STATE_FILE}.new"
        fresh.write_text(json.dumps(content, indent=2) + "\n")
        fresh.replace(directory / STATE_FILE)

    @classmethod
    def load(cls, directory: Path) -> Self | None:
        """None when no stack ever ran here or it was stopped cleanly."""
        try:
            saved = json.loads((directory / STATE_FILE).read_text())
        except FileNotFoundError:
            return None
        return cls(
            supervisor=Identity.from_json(saved["supervisor"]),
            ready=saved["ready"],
            addresses=Addresses.from_json(saved["addresses"]) if saved["addresses"] else None,
            parts=tuple(PartState.from_json(part) for part in saved["parts"]),
        )

    @staticmethod
    def forget(directory: Path) -> None:
        (directory / STATE_FILE).unlink(missing_ok=True)

    @property
    def running(self) -> bool:
        return self.supervisor.process() is not None

    def stop_leftovers(self, seconds: float) -> list[str]:
        """Stop processes whose supervisor died without stopping them; their names. Services first, servers last."""
        stopped = []
        for part in reversed(self.parts):
            if part.identity is not None and part.identity.process() is not None:
                part.identity.stop(seconds)
                stopped.append(part.name)
        return stopped


@contextlib.contextmanager
def sole_owner(directory: Path) -> Iterator[None]:
    """Hold the directory for as long as the block runs; raises `AlreadyRunning`. The lock dies with the process."""
    directory.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(directory / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(f"another stack is running in {directory}") from None
        yield
    finally:
        os.close(descriptor)
