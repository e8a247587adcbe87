"""Who sees which message, and how far somebody has read."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from contracts.attempt import Actor
from contracts.messaging import MessageKind
from contracts.statuses import ActorKind, ParticipantStatus
from messaging_svc.domain.conversation import (
    Draft,
    Mark,
    concerns,
    delivered,
    read,
    same_request,
    shown_to_candidate,
    unread,
)

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
PROCTOR = Actor(kind=ActorKind.STAFF, id="p1", name="The proctor")


def draft(**changes: Any) -> Draft:
    values: dict[str, Any] = {
        "message_id": "m",
        "session_id": "s",
        "kind": MessageKind.CHAT,
        "participant_id": "ada",
        "sender": PROCTOR,
        "text": "Hello",
        "sent_at": NOON,
    }
    return Draft(**values | changes)


def broadcast(recipients: list[str] | None) -> Draft:
    return draft(kind=MessageKind.BROADCAST, participant_id=None, recipients=recipients)


def test_a_thread_is_its_participants_alone() -> None:
    assert concerns(draft().numbered(1), "ada")
    assert not concerns(draft().numbered(1), "ben")


def test_a_broadcast_to_nobody_in_particular_is_for_all() -> None:
    assert concerns(broadcast(None).numbered(1), "ada")


def test_a_narrowed_broadcast_reaches_those_named() -> None:
    message = broadcast(["ada"]).numbered(1)
    assert concerns(message, "ada")
    assert not concerns(message, "ben")


def test_candidates_do_not_see_whom_else_a_broadcast_reached() -> None:
    addressed = draft(
        kind=MessageKind.BROADCAST,
        participant_id=None,
        recipients=["ada", "ben"],
        filter=[ParticipantStatus.PAUSED],
    )
    shown = shown_to_candidate(addressed.numbered(1), "ada")
    assert (shown.recipients, shown.filter) == (["ada"], None)


def test_a_repeated_request_is_recognised_whenever_it_comes() -> None:
    message = draft().numbered(7)
    assert same_request(draft(sent_at=datetime(2026, 5, 4, 13, tzinfo=UTC)), message)
    assert not same_request(draft(text="Something else"), message)


@given(st.lists(st.tuples(st.sampled_from([delivered, read]), st.integers(1, 50), st.integers(0, 40)), max_size=20))
def test_a_mark_only_moves_forward_and_never_past_the_last_message(moves: list[tuple[Any, int, int]]) -> None:
    mark = Mark(session_id="s", org_id="acme", participant_id="ada", reader=PROCTOR)
    last = 0
    facts = 0
    for move, up_to, newest in moves:
        last = max(last, newest)
        before = mark
        mark, fact = move(mark, up_to, last)
        facts += fact is not None
        assert before.delivered <= mark.delivered <= last
        assert before.read <= mark.read <= mark.delivered, "what was read has arrived"
        assert (fact is None) == (mark == before)
        if fact is not None:
            assert fact.up_to == (mark.read if move is read else mark.delivered)
    assert mark.version == facts


@given(st.sets(st.integers(1, 30)), st.integers(0, 30))
def test_unread_is_what_lies_above_the_mark(numbers: set[int], up_to: int) -> None:
    assert unread(numbers, up_to) == len({number for number in numbers if number > up_to})
