"""A clean-up touches what this very rehearsal made, and nothing else."""

from pathlib import Path
from typing import Any

import pytest

from examhall.rehearsal.client import Refused
from examhall.rehearsal.window.journal import Entry, Journal, clean_up
from examhall.rehearsal.window.room import session_name

RUN = "7KXD02QMAB"
OTHER = "0000000000"


class Deployment:
    """Sessions by id, in pages of two."""

    def __init__(self, **sessions: tuple[str, str]) -> None:
        self.sessions = sessions
        self.steps: list[tuple[str, str]] = []

    async def get(self, path: str, **query: Any) -> Any:
        if path != "/api/v1/sessions":
            return {"state": self.sessions[path.rsplit("/", 1)[1]][1]}
        first = int(query.get("cursor") or 0)
        found = [
            {"session_id": key, "settings": {"name": name}, "state": state}
            for key, (name, state) in self.sessions.items()
        ]
        return {"items": found[first : first + 2], "next_cursor": str(first + 2) if first + 2 < len(found) else None}

    async def post(self, path: str, _body: Any = None) -> Any:
        *_, session_id, step = path.split("/")
        name, state = self.sessions[session_id]
        if state not in {"end": ("running", "paused"), "cancel": ("draft", "scheduled", "open")}[step]:
            raise Refused(409, "session-wrong-state", "", path)
        self.sessions[session_id] = (name, {"end": "ended", "cancel": "cancelled"}[step])
        self.steps.append((session_id, step))


async def test_only_sessions_named_exactly_so_are_put_away():
    deployment = Deployment(
        a=(session_name(RUN, 0), "running"),
        b=(session_name(RUN, 1), "open"),
        c=(session_name(RUN, 2), "ended"),
        d=(session_name(OTHER, 0), "running"),
        e=(f"Copy of {session_name(RUN, 0)}", "running"),
        f=(f"{session_name(RUN, 0)}, the real one", "open"),
        g=("Spring exam", "running"),
    )
    assert await clean_up(deployment, RUN, print) == (2, [])
    assert deployment.steps == [("a", "end"), ("b", "cancel")]
    assert await clean_up(deployment, RUN, print) == (0, [])


async def test_what_cannot_be_put_away_is_named():
    class Closed(Deployment):
        async def post(self, path: str, _body: Any = None) -> Any:
            raise Refused(403, "not-allowed", "", path)

    said: list[str] = []
    assert await clean_up(Closed(a=(session_name(RUN, 0), "running")), RUN, said.append) == (0, ["a"])
    assert "not-allowed" in said[0]


def test_the_journal_knows_what_was_begun_where_until_it_is_forgotten(tmp_path: Path):
    journal = Journal(tmp_path / "deep" / "place")
    journal.write(Entry(RUN, ("https://a.example", "https://b.example"), "2026-05-04T09:00:00+00:00"))
    journal.write(Entry(OTHER, ("https://c.example",), "2026-05-04T08:00:00+00:00"))
    assert [entry.run for entry in journal.entries("https://b.example")] == [RUN]
    assert journal.entries("https://d.example") == []
    journal.forget(RUN)
    journal.forget(RUN)
    assert journal.entries("https://b.example") == []


@pytest.mark.parametrize("run", ["", "../../etc/x", "7KXD02QMA", "7kxd02qmab", "7KXD02QMABC"])
def test_a_name_that_no_rehearsal_has_reaches_no_file(tmp_path: Path, run: str):
    with pytest.raises(ValueError, match="names no rehearsal"):
        Journal(tmp_path).forget(run)
