"""Frames: collected, sent a few times a second, never waited for."""

from typing import Any

from attempt_story import Story
from msgspec.structs import replace

from chassis.outcomes import Transient
from contracts.limits import FRAMES_PER_SECOND
from contracts.live import Outcome, SessionFrame, WarningFrame
from contracts.statuses import SessionState
from monitoring_svc.domain.row import Encoded, encoded_row
from monitoring_svc.live import ROWS_PER_FRAME, LiveView


def row(person: str = "p1", version: int = 1) -> Encoded:
    return encoded_row(replace(Story().begun().now, participant_id=person, version=version))


class Ticking:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


async def test_rows_of_one_session_are_sent_at_most_a_few_times_a_second_and_the_last_wins(board: Any):
    clock = Ticking()
    live = LiveView(board, monotonic=clock)
    for tick in range(100):
        live.row("s1", row(version=tick))
        await live._round()
        clock.now += 0.01
    frames = board.of("rows")
    assert len(frames) <= FRAMES_PER_SECOND + 1
    versions = [each.version for frame in frames for each in frame.rows]
    assert versions == sorted(set(versions))
    await live.flush()
    assert board.of("rows")[-1].rows[0].version == 99


async def test_an_older_row_never_replaces_a_newer_one(live: LiveView, board: Any):
    live.row("s1", row(version=7))
    live.row("s1", row(version=6))
    await live.flush()
    assert [each.version for each in board.of("rows")[0].rows] == [7]


async def test_many_rows_are_sent_in_several_frames(live: LiveView, board: Any):
    for number in range(ROWS_PER_FRAME + 1):
        live.row("s1", row(f"p{number}"))
    await live.flush()
    assert [len(frame.rows) for frame in board.of("rows")] == [ROWS_PER_FRAME, 1]


async def test_everything_else_goes_out_with_the_next_round_and_sessions_are_kept_apart(live: LiveView, board: Any):
    live.outcomes("s1", [Outcome(command_id="c1", participant_id="p1"), Outcome(command_id="c2", participant_id="p2")])
    live.warning("s2", WarningFrame(participant_id="p3", minutes=5))
    live.session(SessionFrame(session_id="s2", version=3, state=SessionState.RUNNING))
    await live._round()
    assert [(session_id, frame.kind) for session_id, frame in board.frames] == [
        ("s1", "outcomes"),
        ("s2", "session"),
        ("s2", "warning"),
    ]


async def test_what_is_due_for_many_sessions_is_one_round_trip_and_large_frames_are_several(live: LiveView, board: Any):
    for number in range(50):
        live.row(f"s{number}", row(f"p{number}"))
    await live.flush()
    assert board.round_trips == 1
    assert {session_id for session_id, _ in board.frames} == {f"s{number}" for number in range(50)}

    for number in range(6_000):  # some 600 bytes each
        live.row(f"t{number % 4}", row(f"q{number}"))
    await live.flush()
    assert 2 <= board.round_trips - 1 <= 4
    assert sum(len(frame.rows) for frame in board.of("rows")) == 50 + 6_000


async def test_frames_are_dropped_while_redis_is_away_and_flow_again_after(live: LiveView, board: Any):
    board.failing = Transient("away")
    live.row("s1", row("p1"))
    live.row("s2", row("p2"))
    await live.flush()
    assert live._dropped
    board.failing = None
    live.row("s1", row("p1", version=2))
    await live.flush()
    assert [each.version for frame in board.of("rows") for each in frame.rows] == [2]


async def test_what_waits_is_bounded(live: LiveView, board: Any):
    for number in range(10_050):
        live.outcomes("s1", [Outcome(command_id=f"c{number}", participant_id="p1")])
    await live.flush()
    assert sum(len(frame.outcomes) for frame in board.of("outcomes")) == 10_000


async def test_the_running_view_sends_by_itself(live: LiveView, board: Any):
    await live.start()
    assert (await live.check()).level != "failing"
    live.row("s1", row())
    await live.stop()
    assert board.of("rows")
