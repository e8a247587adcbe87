"""Which rehearsals this machine began and has not put away yet: a small file each, written before anything is made.

A rehearsal's name holds 50 random bits. Only sessions named exactly as that rehearsal names them are ever touched.
"""

import json
import os
import re
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from chassis.identifiers import CODE_ALPHABET
from examhall.rehearsal.client import Refused
from examhall.rehearsal.window.room import put_away

_RUN: Final = re.compile(f"[{CODE_ALPHABET}]{{10}}")


@dataclass(frozen=True, slots=True)
class Entry:
    run: str
    targets: tuple[str, ...]
    began_at: str


def directory() -> Path:
    """`$XDG_STATE_HOME/examhall/rehearsals`, where programs keep what must survive a restart."""
    state = os.environ.get("XDG_STATE_HOME")
    return (Path(state) if state else Path.home() / ".local" / "state") / "examhall" / "rehearsals"


class Journal:
    def __init__(self, place: Path | None = None) -> None:
        self._place = place or directory()

    def write(self, entry: Entry) -> None:
        self._place.mkdir(parents=True, exist_ok=True)
        self._file(entry.run).write_text(json.dumps(asdict(entry)) + "\n", encoding="utf-8")

    def forget(self, run: str) -> None:
        self._file(run).unlink(missing_ok=True)

    def entries(self, target: str) -> list[Entry]:
        """What was begun against this deployment and never put away, oldest first."""
        found = []
        for file in sorted(self._place.glob("*.json")):
            content = json.loads(file.read_text(encoding="utf-8"))
            if target in content["targets"]:
                found.append(Entry(content["run"], tuple(content["targets"]), content["began_at"]))
        return sorted(found, key=lambda each: each.began_at)

    def _file(self, run: str) -> Path:
        if not is_run(run):
            raise ValueError(f"{run!r} names no rehearsal")
        return self._place / f"{run}.json"


def is_run(text: str) -> bool:
    return _RUN.fullmatch(text) is not None


async def clean_up(api: Any, run: str, say: Callable[[str], object]) -> tuple[int, list[str]]:
    """End or cancel every session of that rehearsal that is not over: how many, and the ids of those that are left.

    `api` has `get` and `post`. Raises Refused, Unreachable.
    """
    done, left = 0, []
    name = re.compile(rf"Rehearsal {re.escape(run)} session \d+")

    async def look(session: dict[str, Any]) -> None:
        nonlocal done
        # The search is by words; what counts is the whole name.
        if not name.fullmatch(session["settings"]["name"]) or session["state"] in {"ended", "cancelled"}:
            return
        try:
            over = await put_away(api, session["session_id"])
        except Refused as refused:
            say(f"{session['settings']['name']}: {refused}")
            over = False
        if over:
            done += 1
        else:
            left.append(session["session_id"])

    await _each(api, run, look)
    return done, left


async def _each(api: Any, run: str, look: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
    cursor: str | None = None
    while True:
        query = {"search": run, "limit": 200, **({"cursor": cursor} if cursor else {})}
        page = await api.get("/api/v1/sessions", **query)
        for session in page["items"]:
            await look(session)
        cursor = page.get("next_cursor")
        if not cursor:
            return
