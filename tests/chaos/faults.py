"""What can go wrong, each a small class: `strike` does it and returns when it is over; `FAULTS` says what must hold.

A new fault is a class with `strike`, and one line in `FAULTS`.
"""

import asyncio
from dataclasses import dataclass
from typing import Any, Final, Protocol

from stage import GATEWAYS, MONITORS, PROCESSES, Stage, wrong_clock

from contracts.topics import SERVICES
from examhall.part import Status
from examhall.services import GATEWAY


class Strike(Protocol):
    """`what` it does in words; `touched`: the gateway addresses whose people may lose their line."""

    @property
    def what(self) -> str: ...

    async def strike(self, stage: Stage) -> None: ...

    def touched(self, stage: Stage) -> set[str]: ...


@dataclass(frozen=True, slots=True)
class Fault:
    """`seconds`: within how long after its end everything must work again, and `why` that is enough.

    `quick` faults make up the short form; the others differ from one of them in degree only. `reconnects`: how often
    somebody whose line it touches may have to connect again.
    """

    name: str
    strike: Strike
    seconds: float
    why: str
    quick: bool = True
    reconnects: int = 1

    @property
    def what(self) -> str:
        return self.strike.what


@dataclass(frozen=True, slots=True)
class Kill:
    """SIGKILL; the supervisor starts it again after half a second."""

    part: str

    @property
    def what(self) -> str:
        return f"kill -9 {self.part}"

    async def strike(self, stage: Stage) -> None:
        await stage.stack.kill(self.part)

    def touched(self, stage: Stage) -> set[str]:
        return stage.addresses_of(self.part) if self.part in GATEWAYS else set()


@dataclass(frozen=True, slots=True)
class Restart:
    """SIGTERM, the end awaited, a new start; one part after the other."""

    parts: tuple[str, ...]

    @property
    def what(self) -> str:
        return f"SIGTERM and start: {', '.join(self.parts)}"

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

    @property
    def what(self) -> str:
        return f"SIGSTOP {self.part} for {self.seconds:g} s"

    async def strike(self, stage: Stage) -> None:
        stage.stack.pause(self.part)
        try:
            await asyncio.sleep(self.seconds)
        finally:
            stage.stack.resume(self.part)

    def touched(self, stage: Stage) -> set[str]:
        return stage.addresses_of(self.part) if self.part in GATEWAYS else set()


@dataclass(frozen=True, slots=True)
class RefuseWrites:
    """MongoDB answers reads and refuses every insert and update (`setUserWriteBlockMode`, error 371), as it does to
    protect a cluster. A disk that is really full ends mongod itself, which is the kill and the restart of it.
    """

    seconds: float

    @property
    def what(self) -> str:
        return f"MongoDB refuses writes for {self.seconds:g} s"

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

    def touched(self, stage: Stage) -> set[str]:  # noqa: ARG002 - nobody's line, on any stage
        return set()


@dataclass(frozen=True, slots=True)
class Network:
    """One way is slow by `delay` seconds in each direction, or torn (`cut`), or silent (`deaf`), for `seconds`."""

    way: str
    seconds: float
    delay: float = 0.0
    cut: bool = False
    deaf: bool = False

    @property
    def what(self) -> str:
        return f"{self.way.replace('_', ' ')}: {self._how} for {self.seconds:g} s"

    @property
    def _how(self) -> str:
        return "cut" if self.cut else "silent" if self.deaf else f"{self.delay:g} s slower"

    async def strike(self, stage: Stage) -> None:
        relay = stage.ways[self.way]
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
    """The wall clock of one process is wrong by `by` seconds. It is restarted to get there and to come back."""

    part: str
    by: int
    seconds: float

    @property
    def what(self) -> str:
        return f"{self.part}'s clock is off by {self.by:+d} s for {self.seconds:g} s"

    async def strike(self, stage: Stage) -> None:
        library = await asyncio.to_thread(wrong_clock, stage.directory)
        settings = stage.own_settings[self.part]
        wrong = {"LD_PRELOAD": str(library), "WRONG_CLOCK_SECONDS": str(self.by)}
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


# Why each bound is what it is. All are several times what an idle machine takes, for the machine is often not idle.
_START: Final = (45, "half a second until the supervisor notices, then an interpreter starts on busy cores")
_MOVED: Final = (30, "a frozen consumer is expelled after 10 s; partitions move back when it awakes, within 15 s")
_BROKER: Final = (30, "producers and consumers come back within their longest back-off of 5 s and a rebalance")
_DATABASE: Final = (20, "consumers look again after 5 s at most")
_CACHE: Final = (20, "a dead subscription is noticed after 6 s and made anew after 3 s at most")
_BACKLOG: Final = (20, "what has piled up is worked off at several times the rate at which it came")
_LINE: Final = (20, "a page connects again after 3 s at most")


def _fault(name: str, strike: Strike, bound: tuple[float, str], *, quick: bool = True, reconnects: int = 1) -> Fault:
    return Fault(name, strike, bound[0], bound[1], quick, reconnects)


def faults(*, quick: bool) -> list[Fault]:
    """All of them, or the short form: fewer, and for shorter stretches."""
    stretch = 6.0 if quick else 20.0
    frozen = 13.0 if quick else 20.0  # longer than a consumer group's patience in any case
    every = [
        *(_fault(f"kill {part}", Kill(part), _START) for part in (*SERVICES, GATEWAY)),
        _fault("freeze monitoring-svc", Freeze(MONITORS[0], frozen), _MOVED),
        _fault("freeze gateway", Freeze(GATEWAY, frozen), _BACKLOG, quick=False),
        _fault("restart kafka", Restart(("kafka",)), _BROKER),
        _fault("restart mongo", Restart(("mongo",)), _DATABASE),
        _fault("restart redis", Restart(("redis",)), _CACHE),
        *(_fault(f"kill {part}", Kill(part), _BROKER, quick=False) for part in ("kafka", "mongo", "redis")),
        _fault("mongo refuses writes", RefuseWrites(stretch), _DATABASE),
        _fault("slow way to kafka", Network("to_kafka", stretch, delay=0.3), _BACKLOG),
        _fault("no way to kafka", Network("to_kafka", stretch, cut=True), _BROKER),
        _fault("slow way to mongo", Network("to_mongo", stretch, delay=0.2), _BACKLOG),
        _fault("no way to mongo", Network("to_mongo", stretch, cut=True), _DATABASE),
        _fault("silent way to mongo", Network("to_mongo", 25.0, deaf=True), _DATABASE, quick=False),
        _fault("slow candidates", Network("to_gateway", stretch, delay=0.4), _BACKLOG),
        _fault("candidates cut off", Network("to_gateway", stretch, cut=True), _LINE),
        _fault("silent candidates", Network("to_gateway", 35.0, deaf=True), _LINE, quick=False, reconnects=2),
        _fault("gateway a minute ahead", Skew(GATEWAYS[1], 60, stretch), _BACKLOG, reconnects=2),
        _fault("monitoring a minute behind", Skew(MONITORS[1], -60, stretch), _MOVED),
        _fault("roll", Restart((*PROCESSES, *GATEWAYS)), _MOVED, reconnects=2),
    ]
    return [each for each in every if each.quick or not quick]
