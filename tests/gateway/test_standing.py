"""What a candidate's socket makes of their rows."""

from typing import Any

import pytest
from gateway_world import a_row

from gateway.sockets.standing import Standing


def row(**changes: Any) -> dict[str, Any]:
    return a_row("p1", **changes).model_dump(mode="json")


def test_own_progress_is_not_told_back():
    standing = Standing()
    assert standing.adopt(row(version=1, last_seq=1, answered=1))
    assert not standing.adopt(row(version=2, last_seq=2, answered=2, item_id="q2", flagged=1))
    assert standing.version == 2


@pytest.mark.parametrize(
    "change",
    [
        {"phase": "paused", "remaining_ms": 5},
        {"deadline_at": "2026-05-04T10:30:00.000Z"},
        {"completes_at": "2026-05-04T10:30:00.000Z"},
        {"connection_id": "k2"},
        {"connected": True},
        {"extended_ms": 60_000},
        {"attempt_number": 2},
        {"pause_reason": "Fire alarm"},
        {"phase": "complete", "completion_reason": "submitted", "responses_digest": "d"},
    ],
    ids="-".join,
)
def test_anything_else_is_told_even_when_it_comes_with_progress(change: dict[str, Any]):
    standing = Standing()
    assert standing.adopt(row(version=1, last_seq=1))
    assert standing.adopt(row(version=2, last_seq=2, **change))


def test_a_change_is_told_once_and_progress_after_it_is_not():
    standing = Standing()
    standing.adopt(row(version=1, last_seq=1))
    assert standing.adopt(row(version=2, last_seq=1, phase="paused"))
    assert standing.adopt(row(version=3, last_seq=1))
    assert not standing.adopt(row(version=4, last_seq=2))


def test_a_row_that_differs_in_what_is_not_for_candidates_is_not_told():
    standing = Standing()
    standing.adopt(row(version=1, last_seq=1))
    assert not standing.adopt(row(version=2, last_seq=1, alerts=1))
    assert standing.version == 2
