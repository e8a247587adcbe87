"""What can go wrong, each a small class: `strike` does it and returns when it is over; `FAULTS` says what must hold.

A new fault is a class with `strike`, and one line in `FAULTS`.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from relay import Relay
from stage import GATEWAYS, MONITORS, PROCESSES, Stage, faketime

from contracts.limits import SILENT_AFTER_SECONDS
from contracts.topics import SERVICES
from examhall.part import Status
from examhall.services import GATEWAY

BACK_WITHIN_SECONDS: Final = 90.0  # what a part of the local stack has to start


class Strike(Protocol):
    """`touched`: the gateway addresses whose people may lose their line; `times`: how often each of them at most."""

    async def strike(self, stage: Stage) -> None: ...

    def touched(self, stage: Stage) -> set[str]: ...


@dataclass(frozen=True, slots=True)
class Fault:
    """`seconds`: within how long after its end everything must work again, and `why` that is enough.

    `quick` faults make up the short form; the others differ from one of them in kind only.
    """

    name: str
    what: str
    strike: Strike
    seconds: float
    why: str
    quick: bool = True
    reconnects: int = 1


@dataclass(frozen=True, slots=True)
class Kill:
    """SIGKILL; the supervisor starts it again after half a second."""

    part: str

    async def strike(self, stage: Stage) -> None:
        await stage.stack.kill(self.part)

    def touched(self, stage: Stage) -> set[str]:
        return stage.addresses_of(self.part) if self.part in GATEWAYS else set()


@dataclass(frozen=True, slots=True)
class Restart:
    """SIGTERM, the end awaited, a new start; one part after the other."""

    parts: tuple[str, ...]

    async def strike(self, stage: Stage) -> None:
        for part in self.parts:
            await stage.stack.restart_part(part)

    def touched(self, stage: Stage) -> set[str]:
        return set().union(*(stage.addresses_of(each) for each in self.parts if each in GATEWAYS))


@dataclass(frozen=True, slots=True)
class Freeze:
    """SIGSTOP, and SIGCONT later: alive and silent, as a machine that swaps. What it had in hand it goes on with."""

    part: str
    seconds: float

    async def strike(self, stage: Stage) -> None:
        stage.stack.pause(self.part)
        try:
            await asyncio.sleep(self.seconds)
        finally:
            stage.stack.resume(self.part)

    def touched(self, stage: Stage) -> set[str]:
        return stage.addresses_of(self.part) if self.part in GATEWAYS and self.seconds > SILENT_AFTER_SECONDS else set()


@dataclass(frozen=True, slots=True)
class RefuseWrites:
    """MongoDB answers reads and refuses every insert and update (`setUserWriteBlockMode`, error 371), as it does to
    protect a cluster. A disk that is really full ends mongod itself, which is the kill and the restart of it.
    """

    seconds: float

    async def strike(self, stage: Stage) -> None:
        try:
            await asyncio.to_thread(self._block, stage, refused=True)
            await asyncio.sleep(self.seconds)
        finally:
            await asyncio.to_thread(self._block, stage, refused=False)

    def _block(self, stage: Stage, *, refused: bool) -> None:
        client: Any = stage.mongo()
        try:
            client.admin.command({"setUserWriteBlockMode": 1, "global": refused})
        finally:
            client.close()

    def touched(self, stage: Stage) -> set[str]:
        return set()


@dataclass(frozen=True, slots=True)
class Network:
    """One way is slow by `delay` seconds in each direction, or torn (`cut`), or silent (`deaf`), for `seconds`."""

    way: str
    seconds: float
    delay: float = 0.0
    cut: bool = False
    deaf: bool = False

    async def strike(self, stage: Stage) -> None:
        relay: Relay = getattr(stage, self.way)
        try:
            if self.cut:
                relay.cut()
            elif self.deaf:
                relay.deaf()
            else:
                relay.slow(self.delay)
            await asyncio.sleep(self.seconds)
        finally:
            relay.mend()

    def touched(self, stage: Stage) -> set[str]:
        return {stage.relayed_gateway} if self.way == "to_gateway" else set()


@dataclass(frozen=True, slots=True)
class Skew:
    """The wall clock of one process is wrong by `by` seconds (libfaketime; its monotonic clock is right). It is
    restarted to get there and to come back.
    """

    part: str
    by: int
    seconds: float

    async def strike(self, stage: Stage) -> None:
        library = await asyncio.to_thread(faketime)
        settings = stage.own_settings[self.part]
        wrong = {
            "LD_PRELOAD": str(library),
            "FAKETIME": f"{self.by:+d}",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        settings |= wrong
        try:
            await stage.stack.restart_part(self.part)
            await asyncio.sleep(self.seconds)
        finally:
            for name in wrong:
                del settings[name]
            await stage.stack.restart_part(self.part)

    def touched(self, stage: Stage) -> set[str]:
        return stage.addresses_of(self.part) if self.part in GATEWAYS else set()


def parts_ready(stage: Stage) -> bool:
    return all(part.status is Status.READY for part in stage.stack.parts.values())


_START = "half a second until the supervisor notices, and an interpreter starting on two busy cores"
_MOVE = "a frozen member is expelled after 10 s; its partitions move, and move back when it awakes"
_BROKER = "producers and consumers find the broker again within their longest back-off of 5 s"


def _kills(parts: Iterable[str], *, quick: bool) -> list[Fault]:
    return [Fault(f"kill {part}", f"kill -9 {part}", Kill(part), 30, _START, quick=quick) for part in parts]


def faults(*, quick: bool) -> list[Fault]:
    """The short form with shorter stretches, or all of them."""
    stretch = 8.0 if quick else 20.0
    frozen = 13.0 if quick else 20.0
    every: list[Fault] = [
        *_kills(SERVICES, quick=True),
        *_kills([GATEWAY], quick=True),
        Fault("freeze monitoring", f"SIGSTOP one of two for {frozen:g} s", Freeze(MONITORS[0], frozen), 20, _MOVE),
        Fault("freeze gateway", f"SIGSTOP for {frozen:g} s", Freeze(GATEWAY, frozen), 15, _START, quick=False),
        Fault("restart kafka", "SIGTERM, start", Restart(("kafka",)), 15, _BROKER),
        Fault("restart mongo", "SIGTERM, start", Restart(("mongo",)), 15, "back-off of 5 s at most"),
        Fault("restart redis", "SIGTERM, start", Restart(("redis",)), 15, "a dead subscription is noticed after 6 s"),
        *_kills(["kafka", "mongo", "redis"], quick=False),
        Fault("mongo refuses writes", f"for {stretch:g} s", RefuseWrites(stretch), 15, "back-off of 5 s at most"),
        Fault(
            "slow kafka", f"gateways to Kafka 0.3 s slower for {stretch:g} s", Network("to_kafka", stretch, 0.3), 10, ""
        ),
        Fault("no kafka", f"gateways cut off for {stretch:g} s", Network("to_kafka", stretch, cut=True), 15, _BROKER),
        Fault("slow mongo", f"services to MongoDB 0.2 s slower for {stretch:g} s", Network("to_mongo", stretch, 0.2), 10, ""),
        Fault("no mongo", f"services cut off for {stretch:g} s", Network("to_mongo", stretch, cut=True), 15, ""),
        Fault("deaf mongo", "nothing passes for 25 s", Network("to_mongo", 25.0, deaf=True), 30, "", quick=False),
        Fault("slow candidates", f"a third 0.4 s slower for {stretch:g} s", Network("to_gateway", stretch, 0.4), 10, ""),
        Fault("no candidates", f"a third cut off for {stretch:g} s", Network("to_gateway", stretch, cut=True), 15, ""),
        Fault("skewed gateway", f"a clock 60 s ahead for {stretch:g} s", Skew(GATEWAYS[1], 60, stretch), 20, _START),
        Fault("skewed monitoring", f"a clock 60 s behind for {stretch:g} s", Skew(MONITORS[1], -60, stretch), 20, _START),
        Fault("roll", "every service, one by one", Restart((*PROCESSES, *GATEWAYS)), 20, _START, reconnects=2),
    ]
    return [each for each in every if each.quick or not quick]
