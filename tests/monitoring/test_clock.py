"""The clock: what runs, what stops it, and what the ledger says."""

import pytest
from attempt_story import Story

from contracts.attempt import (
    AttemptBegan,
    AttemptCompleted,
    BeginAttempt,
    EndAttempt,
    ExtendTime,
    LedgerKind,
    ParticipantConnected,
    PauseAttempt,
    ResetAttempt,
    ResumeAttempt,
    SubmitAttempt,
    TimeExtended,
)
from contracts.statuses import ClockPolicy, CompletionReason, Phase, SessionState
from monitoring_svc.domain.attempt import Attempt
from monitoring_svc.domain.clock import total
from monitoring_svc.domain.row import row_of


def pause(told: Story, reason: str = "Fire alarm", *, with_session: bool = False):
    return PauseAttempt(actor=told.proctor, reason=reason, with_session=with_session)


def resume(told: Story, *, with_session: bool = False):
    return ResumeAttempt(actor=told.proctor, with_session=with_session)


def extend(told: Story, seconds: int):
    return ExtendTime(actor=told.proctor, seconds=seconds, reason="Technical trouble")


def end(told: Story):
    return EndAttempt(actor=told.proctor)


def left(attempt: Attempt):
    """Seconds that remain on a standing clock."""
    assert not attempt.clock.running
    assert attempt.clock.balance_ms == total(attempt.ledger)
    return attempt.clock.balance_ms / 1000


def test_the_deadline_is_the_limit_after_the_beginning():
    told = Story(limit=600).begun(at=10)
    assert told.seconds(told.now.clock.deadline_at) == 610
    assert told.last(AttemptBegan).deadline_at == told.instant(610)


def test_a_pause_keeps_what_remains_and_a_resume_gives_it_back():
    told = Story(limit=600).begun(at=10)
    told.do(pause(told), 110)
    assert left(told.now) == 500
    told.do(resume(told), 1000)
    assert told.seconds(told.now.clock.deadline_at) == 1500


def test_the_clock_runs_on_while_disconnected_when_the_policy_says_so():
    told = Story(limit=600, policy=ClockPolicy.RUNS).begun(at=10)
    told.disconnect(100)
    assert told.seconds(told.now.clock.deadline_at) == 610
    told.connect(200, "k2")
    assert told.seconds(told.now.clock.deadline_at) == 610


def test_the_clock_stops_while_disconnected_when_the_policy_says_so():
    told = Story(limit=600, policy=ClockPolicy.STOPS).begun(at=10)
    told.disconnect(110)
    assert left(told.now) == 500
    told.connect(300, "k2")
    assert told.last(ParticipantConnected).deadline_at == told.instant(800)
    assert told.seconds(told.now.clock.deadline_at) == 800


def test_a_late_goodbye_of_an_older_connection_does_not_stop_the_clock():
    told = Story(policy=ClockPolicy.STOPS).begun()
    told.connect(50, "k2")
    told.disconnect(60, "k1")
    assert told.now.connected
    assert told.now.clock.running


def test_beginning_while_away_waits_for_the_person_when_the_clock_stops_for_absence():
    told = Story(limit=600, policy=ClockPolicy.STOPS).begun(at=10, connected=False)
    assert told.last(AttemptBegan).deadline_at is None
    assert left(told.now) == 600
    told.connect(100)
    assert told.seconds(told.now.clock.deadline_at) == 700


def test_returning_during_a_pause_does_not_start_the_clock():
    told = Story(limit=600, policy=ClockPolicy.STOPS).begun(at=10)
    told.disconnect(110)
    told.do(pause(told), 120)
    told.connect(200, "k2")
    assert left(told.now) == 500
    told.do(resume(told), 300)
    assert told.seconds(told.now.clock.deadline_at) == 800


def test_resuming_somebody_away_leaves_the_clock_standing_until_they_return():
    told = Story(limit=600, policy=ClockPolicy.STOPS).begun(at=10)
    told.do(pause(told), 110)
    told.disconnect(120)
    told.do(resume(told), 200)
    assert told.now.phase is Phase.ACTIVE
    assert left(told.now) == 500
    told.connect(400, "k2")
    assert told.seconds(told.now.clock.deadline_at) == 900


def test_an_extension_moves_the_deadline_and_is_written_into_the_ledger():
    told = Story(limit=600).begun(at=10)
    told.do(extend(told, 300), 100)
    assert told.last(TimeExtended).deadline_at == told.instant(910)
    assert [entry.kind for entry in told.now.ledger] == [LedgerKind.GRANTED, LedgerKind.EXTENDED]
    assert told.now.ledger[1].by == told.proctor


def test_an_extension_of_a_paused_attempt_adds_to_what_remains():
    told = Story(limit=600).begun(at=10)
    told.do(pause(told), 110)
    told.do(extend(told, 60), 120)
    assert told.last(TimeExtended).deadline_at is None
    assert left(told.now) == 560


def test_an_extension_within_grace_gives_all_of_its_time_from_now():
    told = Story(limit=600, grace=30).begun(at=10)
    told.do(extend(told, 60), 620)
    assert told.seconds(told.now.clock.deadline_at) == 680
    told.do(SubmitAttempt(actor=told.candidate), 650)
    assert told.last(AttemptCompleted).remaining_ms == 30_000


def test_an_extension_within_grace_waits_for_somebody_away():
    told = Story(limit=600, grace=30, policy=ClockPolicy.STOPS).begun(at=10)
    told.disconnect(615)
    told.do(extend(told, 60), 620)
    assert left(told.now) == 60


def test_an_extension_after_grace_is_refused():
    told = Story(limit=600, grace=30).begun(at=10)
    assert told.refused(extend(told, 60), 640.001) == "time-is-up"


def test_the_session_limit_caps_the_deadline():
    told = Story(limit=600).begun(at=10, cap=300)
    assert told.seconds(told.now.clock.deadline_at) == 300
    told.expire(332)
    done = told.last(AttemptCompleted)
    assert done.reason is CompletionReason.TIME_EXPIRED
    assert done.elapsed_ms == 290_000
    assert done.remaining_ms == 310_000


def test_an_extension_the_session_limit_makes_useless_is_refused():
    told = Story(limit=600).begun(at=10, cap=610)
    assert told.refused(extend(told, 60), 100) == "session-limit-reached"


def test_an_extension_the_session_limit_shortens_is_given_up_to_it():
    told = Story(limit=600).begun(at=10, cap=640)
    told.do(extend(told, 60), 100)
    assert told.seconds(told.now.clock.deadline_at) == 640


def test_a_paused_attempt_ends_with_the_session_limit():
    told = Story(limit=600, grace=30).begun(at=10, cap=500)
    told.do(pause(told), 100)
    assert told.refused(resume(told), 500) == "session-limit-reached"
    told.expire(530)
    assert told.now.phase is Phase.COMPLETE


def test_beginning_after_the_session_limit_is_refused():
    told = Story().waiting()
    told.connect(5)
    assert told.refused(BeginAttempt(actor=told.proctor, cap_at=told.instant(9)), 10) == "session-limit-reached"


def test_time_charged_never_passes_the_deadline():
    told = Story(limit=600, grace=30).begun(at=10)
    told.do(SubmitAttempt(actor=told.candidate), 635)
    done = told.last(AttemptCompleted)
    assert done.elapsed_ms == 600_000
    assert done.remaining_ms == 0


@pytest.mark.parametrize("policy", ClockPolicy)
def test_losing_the_connection_within_grace_does_not_undo_the_deadline(policy: ClockPolicy):
    told = Story(limit=600, grace=30, policy=policy).begun(at=10)
    told.disconnect(620)
    told.expire(640)
    assert told.now.completion_reason is CompletionReason.TIME_EXPIRED


def test_expiry_is_refused_nothing_but_waits_for_the_grace_to_pass():
    told = Story(limit=600, grace=30).begun(at=10)
    told.expire(639.999)
    assert told.now.phase is Phase.ACTIVE
    told.expire(640)
    assert told.now.phase is Phase.COMPLETE
    assert told.seconds(told.now.completed_at) == 640


def test_the_end_of_the_session_stops_work_and_completes_after_grace():
    told = Story(limit=600, grace=30).begun(at=10)
    told.do(end(told), 110)
    assert left(told.now) == 500
    assert told.seconds(told.now.completes_at) == 140
    told.expire(142)
    done = told.last(AttemptCompleted)
    assert (done.reason, done.elapsed_ms) == (CompletionReason.SESSION_ENDED, 100_000)


def test_the_end_of_the_session_leaves_a_deadline_that_passed_its_own_grace():
    told = Story(limit=600, grace=30).begun(at=10)
    told.do(end(told), 620)
    assert not told.now.ending
    told.expire(642)
    assert told.now.completion_reason is CompletionReason.TIME_EXPIRED


def test_without_grace_the_end_of_the_session_completes_at_once():
    told = Story(grace=0).begun(at=10)
    told.do(end(told), 110)
    assert told.now.completion_reason is CompletionReason.SESSION_ENDED


def test_a_reset_gives_back_what_remained_and_history_stays():
    told = Story(limit=600).begun(at=10)
    told.answer(20)
    told.do(SubmitAttempt(actor=told.candidate), 110)
    told.do(ResetAttempt(actor=told.proctor, reason="Submitted by mistake", extra_seconds=60), 200)
    assert told.now.phase is Phase.ACTIVE
    assert told.now.number == 2
    assert told.seconds(told.now.clock.deadline_at) == 760
    assert told.now.answered == 1
    assert [entry.kind.value for entry in told.now.ledger] == ["granted", "ran", "extended"]


def test_a_reset_of_a_running_attempt_goes_on_from_the_same_moment():
    told = Story(limit=600).begun(at=10)
    told.do(ResetAttempt(actor=told.proctor, reason="Stuck"), 110)
    assert told.seconds(told.now.clock.deadline_at) == 610


def test_a_reset_waits_paused_for_somebody_away():
    told = Story(limit=600).begun(at=10)
    told.disconnect(100)
    told.do(ResetAttempt(actor=told.proctor, reason="Broken machine"), 110)
    assert told.now.phase is Phase.PAUSED
    assert left(told.now) == 500
    told.do(resume(told), 200)
    assert told.now.phase is Phase.ACTIVE


def test_a_reset_within_a_paused_session_is_resumed_with_it():
    told = Story(state=SessionState.PAUSED).begun(at=10)
    told.do(ResetAttempt(actor=told.proctor, reason="Stuck"), 110)
    assert told.now.phase is Phase.PAUSED
    told.do(resume(told, with_session=True), 200)
    assert told.now.phase is Phase.ACTIVE


def test_a_reset_without_time_left_is_refused():
    told = Story(limit=600, grace=0).begun(at=10)
    told.expire(610)
    assert told.refused(ResetAttempt(actor=told.proctor, reason="Please"), 700) == "time-is-up"


def test_the_resumption_of_a_session_resumes_only_whom_it_paused():
    told = Story().begun(at=10)
    told.do(pause(told, "Speaks to a neighbour"), 100)
    assert told.refused(pause(told, "Session paused", with_session=True), 110) == "attempt-paused"
    told.do(resume(told, with_session=True), 200)
    assert told.now.phase is Phase.PAUSED
    told.do(resume(told), 210)
    assert told.now.phase is Phase.ACTIVE


def test_the_row_shows_the_deadline_while_running_and_the_rest_while_standing():
    told = Story(limit=600).begun(at=10)
    assert row_of(told.now).deadline_at == told.instant(610)
    assert row_of(told.now).remaining_ms is None
    told.do(pause(told), 110)
    assert row_of(told.now).deadline_at is None
    assert row_of(told.now).remaining_ms == 500_000
    assert row_of(told.now).elapsed_ms == 100_000
