"""What the command prints: addresses, a table of parts, logs."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psutil
from rich.console import Console
from rich.table import Table

from examhall.addresses import Addresses
from examhall.state import PartState, StackState

FOLLOW_EVERY_SECONDS: Final = 0.25
WIDTH_WITHOUT_TERMINAL: Final = 150
MEGABYTE: Final = 1024 * 1024


def console() -> Console:
    """As wide as the terminal; wide enough for the reports' tables where there is none, as in a CI log."""
    terminal = Console()
    return terminal if terminal.is_terminal else Console(width=WIDTH_WITHOUT_TERMINAL)


def print_line(text: str) -> None:
    """One line at once, also into a pipe."""
    print(text, flush=True)


def print_addresses(addresses: Addresses) -> None:
    infrastructure = addresses.infrastructure
    print_line("")
    if addresses.gateways:
        print_line(f"gateway       {addresses.gateway}")
        print_line(f"API docs      {addresses.gateway}/docs")
        print_line(f"AsyncAPI      {addresses.gateway}/docs/events")
    print_line(f"broker        {infrastructure.broker} at {infrastructure.kafka}")
    print_line(f"MongoDB       {infrastructure.mongo}")
    print_line(f"Redis         {infrastructure.redis}")
    if addresses.smtp is not None:
        print_line(f"mail          caught at {addresses.smtp}; read it with: examhall mail list")


def print_status(state: StackState) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("part", "status", "port", "pid", "memory", "up", "restarts"):
        table.add_column(heading, justify="left" if heading in ("part", "status") else "right")
    for part in state.parts:
        table.add_row(*_row(part))
    console().print(table)
    if state.addresses is not None:
        print_addresses(state.addresses)


def _row(part: PartState) -> tuple[str, ...]:
    process = part.identity.process() if part.identity is not None else None
    restarts = str(part.restarts) if part.restarts else ""
    if process is None:
        status = part.status if part.identity is None else "gone"
        return part.name, status, str(part.port), "", "", "", restarts
    try:
        memory = f"{process.memory_info().rss // MEGABYTE} MB"
        uptime = _in_words(time.time() - process.create_time())
    except psutil.NoSuchProcess:
        return part.name, "gone", str(part.port), "", "", "", restarts
    return part.name, part.status, str(part.port), str(process.pid), memory, uptime, restarts


def _in_words(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes}:{rest:02}"


def log_files(directory: Path, part: str | None) -> list[Path]:
    """The log of one part, or all of them."""
    logs = directory / "logs"
    return [logs / f"{part}.log"] if part else sorted(logs.glob("*.log"))


def log_lines(files: list[Path], count: int, *, follow: bool) -> Iterator[str]:
    """The last `count` lines of each file, then (for ever, when following) what is added. Named when several."""
    width = max((len(file.stem) for file in files), default=0)
    prefixes = {file: f"{file.stem:<{width}} | " if len(files) > 1 else "" for file in files}
    streams = {file: file.open(errors="replace") for file in files if file.exists()}
    try:
        for file, stream in streams.items():
            for line in stream.read().splitlines()[-count:]:
                yield prefixes[file] + line
        while follow:
            for file, stream in streams.items():
                for line in stream:
                    yield prefixes[file] + line.rstrip("\n")
            time.sleep(FOLLOW_EVERY_SECONDS)
    finally:
        for stream in streams.values():
            stream.close()
