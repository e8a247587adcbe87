"""A relay in front of Kafka that counts the requests which pass it, by kind."""

import struct
from collections import Counter
from typing import Final

from relay import Relay

# Kafka's protocol guide; what is not named here is counted by its number.
KINDS: Final = {0: "produce", 1: "fetch", 2: "offsets", 3: "metadata", 8: "commit", 9: "committed", 12: "heartbeat"}
_FRAME: Final = struct.Struct(">ih")  # length, then the request's kind


class Tap(Relay):
    """`requests`: "Kafka produce", ...: how often."""

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        super().__init__(lambda: Frames(self.requests).take)


class Frames:
    """Finds the beginning of each request in a stream of them."""

    def __init__(self, requests: Counter[str]) -> None:
        self._requests = requests
        self._head = b""
        self._left = 0

    def take(self, data: bytes) -> None:
        at = 0
        while at < len(data):
            if self._left:
                passed = min(self._left, len(data) - at)
                self._left -= passed
                at += passed
                continue
            missing = _FRAME.size - len(self._head)
            self._head += data[at : at + missing]
            at += missing
            if len(self._head) == _FRAME.size:
                length, kind = _FRAME.unpack(self._head)
                self._requests[f"Kafka {KINDS.get(kind, kind)}"] += 1
                self._left = length - 2  # the kind is the first part of what the length counts
                self._head = b""
