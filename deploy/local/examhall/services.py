"""The processes of Examhall itself: every service and the gateway, each started as `python -m <package>.app`."""

import importlib.util
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import httpx

from contracts.topics import SERVICES
from examhall.addresses import IMAGE_KEYS_VARIABLE
from examhall.part import NotReady

GATEWAY: Final = "gateway"
# Settings of ours that a developer's shell may carry and that belong to one process only.
PER_PROCESS: Final = ("EXAMHALL_INSTANCE", "EXAMHALL_HTTP_HOST", "EXAMHALL_HTTP_PORT")
PROBE_SECONDS: Final = 4.0
# Where several replicas share the work, a dead one's part moves after so long (the stack's own broker allows it), and a
# stopped one's at once.
SHARED_SESSION_SECONDS: Final = 3.0


@dataclass(frozen=True, slots=True)
class Program:
    """What to run for a service; `arguments` follow the Python interpreter."""

    service: str
    arguments: tuple[str, ...]
    replicas: int = 1

    @classmethod
    def of(cls, service: str, replicas: int = 1) -> "Program":
        return cls(service, ("-m", f"{service.replace('-', '_')}.app"), replicas)

    @property
    def present(self) -> bool:
        if self.arguments[0] != "-m":
            return True
        try:
            return importlib.util.find_spec(self.arguments[1]) is not None
        except ModuleNotFoundError:
            return False


def replica_names(service: str, replicas: int) -> list[str]:
    """`monitoring-svc`, `monitoring-svc-2`, ...: the first keeps the service's plain name."""
    return [service if number == 1 else f"{service}-{number}" for number in range(1, replicas + 1)]


def programs(scale: Mapping[str, int] | None = None) -> list[Program]:
    """Every service once, or as often as `scale` says; short names (`monitoring`) are understood."""
    wanted = {_full_name(name): count for name, count in (scale or {}).items()}
    return [Program.of(service, wanted.get(service, 1)) for service in (*SERVICES, GATEWAY)]


def parse_scale(text: str) -> dict[str, int]:
    """`monitoring=2,gateway=2` -> numbers by service; raises ValueError naming the culprit."""
    scale: dict[str, int] = {}
    for item in filter(None, (part.strip() for part in text.split(","))):
        name, separator, count = item.partition("=")
        if not separator or not count.isdigit() or not 1 <= int(count) <= 16:  # noqa: PLR2004 - one machine
            raise ValueError(f"{item!r}: expected <service>=<1 to 16>")
        scale[_full_name(name)] = int(count)
    return scale


def _full_name(name: str) -> str:
    for known in (*SERVICES, GATEWAY):
        if name in (known, known.removesuffix("-svc")):
            return known
    raise ValueError(f"{name!r} is not a service; there are: {', '.join((*SERVICES, GATEWAY))}")


class ServiceProcess:
    """One replica of one service."""

    ready_seconds = 90.0  # seven interpreters import their packages at once on two cores
    stop_seconds = 20.0

    def __init__(
        self,
        program: Program,
        name: str,
        port: int,
        settings: Callable[[], Mapping[str, str]],
        http: httpx.AsyncClient,
        *,
        own_broker: bool = False,
    ) -> None:
        """`own_broker`: it is the stack's own, which allows short sessions."""
        self.name = name
        self.port = port
        self.service = program.service
        self._arguments: Sequence[str] = program.arguments
        self._shared = program.replicas > 1
        self._own_broker = own_broker
        self._settings = settings
        self._http = http

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def prepare(self) -> None:
        """Services make their own indexes and collections."""

    def command(self) -> list[str]:
        return [sys.executable, *self._arguments]

    def environment(self) -> Mapping[str, str]:
        inherited = {key: value for key, value in os.environ.items() if key not in PER_PROCESS}
        # Compiled modules make the second start of seven interpreters twice as quick.
        inherited.pop("PYTHONDONTWRITEBYTECODE", None)
        settings = dict(self._settings())
        if self.service != GATEWAY:
            settings.pop("EXAMHALL_TOKEN_PRIVATE_KEY_FILE", None)  # only the gateway signs
        if self.service != "enrollment-svc":
            settings.pop(IMAGE_KEYS_VARIABLE, None)  # only enrolment opens pictures
        return {
            **inherited,
            **settings,
            "PYTHONUNBUFFERED": "1",
            "EXAMHALL_INSTANCE": self.name,
            "EXAMHALL_HTTP_HOST": "127.0.0.1",
            "EXAMHALL_HTTP_PORT": str(self.port),
            **(self._sharing() if self._shared else {}),
        }

    def _sharing(self) -> Mapping[str, str]:
        """A broker of somebody else's may refuse a short session: then the service's own default is kept."""
        session = {"EXAMHALL_KAFKA_SESSION_SECONDS": f"{SHARED_SESSION_SECONDS:g}"} if self._own_broker else {}
        return {"EXAMHALL_STATIC_MEMBER": "false", **session}

    async def probe(self) -> None:
        try:
            answer = await self._http.get(f"{self.url}/health/ready", timeout=PROBE_SECONDS)
        except httpx.HTTPError as error:
            raise NotReady(f"{type(error).__name__} {error}".strip()) from error
        if answer.status_code != httpx.codes.OK:
            raise NotReady(f"/health/ready says {answer.status_code}: {answer.text[:400]}")

    def stopped(self) -> None:
        """Nothing to tidy."""
