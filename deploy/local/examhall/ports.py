"""Free ports, chosen once and kept, so that an address noted yesterday still works today."""

import json
import random
import socket
from pathlib import Path

# Below Linux's ephemeral range (32768-60999): an outgoing connection can never take the port of a part that was
# just killed and is about to come back.
LOWEST = 20_000
HIGHEST = 31_999
ATTEMPTS = 200


class NoFreePort(RuntimeError):
    pass


class Ports:
    """The ports of one stack by part name, saved as JSON."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._chosen: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
        self._confirmed: set[str] = set()

    def port(self, name: str) -> int:
        """The saved port, or a new one when there is none yet or another program has taken it."""
        saved = self._chosen.get(name)
        if saved is not None and (name in self._confirmed or is_free(saved)):
            self._confirmed.add(name)
            return saved
        self._chosen[name] = self._choose()
        self._confirmed.add(name)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(json.dumps(self._chosen, indent=2, sort_keys=True) + "\n")
        return self._chosen[name]

    def _choose(self) -> int:
        taken = set(self._chosen.values())
        for _ in range(ATTEMPTS):
            candidate = random.randint(LOWEST, HIGHEST)  # noqa: S311 - spreads parallel stacks, no secret
            if candidate not in taken and is_free(candidate):
                return candidate
        raise NoFreePort(f"no free port found between {LOWEST} and {HIGHEST}")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # A port whose last connections linger in TIME_WAIT can be listened on again; without this it looks taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
