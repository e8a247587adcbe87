"""What each command does, and what refuses it."""

import pytest
from attempt_story import Story

from contracts import limits
from contracts.attempt import (
    AdmitParticipant,
    AlertRaised,
    AttemptCompleted,
    AttemptCreated,
    BeginAttempt,
    ConnectParticipant,
    CreateAttempt,
    EndAttempt,
    ExtendTime,
    FlagItem,
    ParticipantConnected,
    ParticipantDisconnected,
    PauseAttempt,
    ProgressSaved,
    RecordResponse,
    ResetAttempt,
    ResumeAttempt,
    SubmitAttempt,
    TerminateAttempt,
    VisitItem,
    WarnParticipant,
)
from contracts.digest import responses_digest
from contracts.items import EssayResponse, Response, ShortTextResponse, TrueFalseResponse
from contracts.statuses import ClockPolicy, CompletionReason, ParticipantStatus, Phase, SessionState, Severity
from monitoring_svc.domain.activity import activity_of
from monitoring_svc.domain.row import row_of

# Phases


def test_an_attempt_is_invited_then_waits_then_is_active():
    told = Story()
    told.do(CreateAttempt(actor=told.system, terms=told.terms), 0)
    assert row_of(told.now).status is ParticipantStatus.INVITED
    told.do(AdmitParticipant(actor=told.system, terms=told.terms), 1)
    told.connect(2)
    assert row_of(told.now).status is ParticipantStatus.WAITING
    told.do(BeginAttempt(actor=told.system), 10)
    assert row_of(told.now).status is ParticipantStatus.IN_SESSION


def test_an_admission_that_comes_first_creates_the_attempt():
    told = Story()
    told.do(AdmitParticipant(actor=told.system, terms=told.terms), 1)
    assert told.now.phase is Phase.WAITING
    assert [fact.version for fact in told.facts] == [1, 2]


@pytest.mark.parametrize("command", [CreateAttempt, AdmitParticipant])
def test_terms_are_refreshed_until_the_start_only(command: type[CreateAttempt | AdmitParticipant]):
    told = Story(limit=600).waiting()
    longer = told.terms.model_copy(update={"time_limit_seconds": 900})
    told.do(command(actor=told.system, terms=longer), 3)
    assert told.last(AttemptCreated).terms.time_limit_seconds == 900
    assert told.now.phase is Phase.WAITING
    told.connect(5)
    told.do(BeginAttempt(actor=told.system), 10)
    told.do(command(actor=told.system, terms=told.terms), 20)
    assert told.now.terms.time_limit_seconds == 900


def test_beginning_before_admission_is_refused():
    told = Story()
    told.do(CreateAttempt(actor=told.system, terms=told.terms), 0)
    assert told.refused(BeginAttempt(actor=told.system), 1) == "attempt-wrong-phase"


def every_command(told: Story):
    return {
        "answer": told.answering(seq=9),
        "submit": SubmitAttempt(actor=told.candidate),
        "pause": PauseAttempt(actor=told.proctor, reason="Why not"),
        "resume": ResumeAttempt(actor=told.proctor),
        "extend": ExtendTime(actor=told.proctor, seconds=60, reason="Why not"),
        "reset": ResetAttempt(actor=told.proctor, reason="Why not"),
        "terminate": TerminateAttempt(actor=told.proctor, reason="Why not"),
    }


@pytest.mark.parametrize("name", ["answer", "submit", "pause", "resume", "extend", "reset", "terminate"])
def test_nothing_can_be_done_to_an_unknown_attempt(name: str):
    told = Story()
    assert told.refused(every_command(told)[name], 1) == "attempt-unknown"


def test_another_organisation_cannot_touch_an_attempt():
    told = Story().begun()
    handled = told.do(PauseAttempt(actor=told.proctor, reason="Ours"), 20, org="o2")
    assert handled.outcomes[0].problem == "attempt-unknown"
    assert told.now.phase is Phase.ACTIVE


@pytest.mark.parametrize("name", ["answer", "submit", "pause", "resume", "extend", "reset"])
def test_nothing_can_be_done_before_the_start(name: str):
    told = Story().waiting()
    assert told.refused(every_command(told)[name], 3) == "attempt-not-started"


@pytest.mark.parametrize("name", ["answer", "submit", "pause", "resume", "extend", "terminate"])
def test_complete_is_final(name: str):
    told = Story().begun()
    told.do(SubmitAttempt(actor=told.candidate), 50)
    assert told.refused(every_command(told)[name], 60) == "attempt-complete"


@pytest.mark.parametrize(
    ("name", "problem"),
    [("pause", "attempt-wrong-phase"), ("resume", "attempt-wrong-phase"), ("extend", "attempt-wrong-phase"),
     ("reset", "session-wrong-state")],
)  # fmt: skip
def test_an_attempt_awaiting_its_last_answers_cannot_be_steered(name: str, problem: str):
    told = Story().begun()
    told.do(EndAttempt(actor=told.proctor), 50)
    assert told.refused(every_command(told)[name], 60) == problem


def test_pausing_twice_and_resuming_twice_are_refused():
    told = Story().begun()
    assert told.refused(ResumeAttempt(actor=told.proctor), 20) == "attempt-not-paused"
    told.do(PauseAttempt(actor=told.proctor, reason="Break"), 30)
    assert told.refused(PauseAttempt(actor=told.proctor, reason="Break"), 40) == "attempt-paused"


def test_a_pause_after_the_deadline_is_refused():
    told = Story(limit=600, grace=30).begun(at=10)
    assert told.refused(PauseAttempt(actor=told.proctor, reason="Late"), 615) == "time-is-up"


def test_one_person_cannot_be_resumed_while_the_session_is_paused():
    told = Story(state=SessionState.PAUSED).begun()
    told.do(PauseAttempt(actor=told.proctor, reason="All of us", with_session=True), 20)
    assert told.refused(ResumeAttempt(actor=told.proctor), 30) == "session-wrong-state"


def test_a_reset_after_the_session_is_refused():
    told = Story(state=SessionState.ENDED).begun()
    assert told.refused(ResetAttempt(actor=told.proctor, reason="Too late"), 20) == "session-wrong-state"


def test_somebody_removed_is_not_reset():
    told = Story().begun()
    told.do(TerminateAttempt(actor=told.proctor, reason="Left", because=CompletionReason.REMOVED), 20)
    assert row_of(told.now).status is ParticipantStatus.REMOVED
    assert told.refused(ResetAttempt(actor=told.proctor, reason="Back"), 30) == "attempt-wrong-phase"


# Ends


def test_at_the_end_whoever_never_came_is_absent():
    told = Story().waiting()
    told.do(EndAttempt(actor=told.proctor), 100)
    assert row_of(told.now).status is ParticipantStatus.ABSENT
    assert told.last(AttemptCompleted).elapsed_ms == 0


def test_at_the_end_whoever_waited_is_done_without_having_used_time():
    told = Story().waiting()
    told.connect(5)
    told.do(EndAttempt(actor=told.proctor), 100)
    assert told.now.completion_reason is CompletionReason.SESSION_ENDED
    assert told.last(AttemptCompleted).elapsed_ms == 0


def test_a_submission_within_the_last_grace_counts_as_submitted():
    told = Story(grace=30).begun()
    told.do(EndAttempt(actor=told.proctor), 100)
    told.answer(120)
    told.do(SubmitAttempt(actor=told.candidate), 130)
    done = told.last(AttemptCompleted)
    assert done.reason is CompletionReason.SUBMITTED
    assert [each.item_id for each in done.responses] == ["one"]


def test_a_termination_completes_at_once_with_what_is_saved():
    told = Story().begun()
    told.answer(20)
    told.do(TerminateAttempt(actor=told.proctor, reason="Used a telephone"), 30)
    done = told.last(AttemptCompleted)
    assert (done.reason, done.note) == (CompletionReason.TERMINATED, "Used a telephone")
    assert len(done.responses) == 1


def test_the_receipt_holds_every_response_and_its_digest():
    told = Story().begun()
    told.answer(20, seq=1, item="two")
    told.answer(21, seq=2, item="one")
    told.answer(22, seq=3, item="two", text=None)
    told.do(SubmitAttempt(actor=told.candidate), 30)
    done = told.last(AttemptCompleted)
    assert [(each.item_id, each.seq) for each in done.responses] == [("one", 2)]
    assert done.responses_digest == responses_digest(done.responses) == told.now.responses_digest


# Work


def test_an_answer_is_saved_counted_and_its_place_shown():
    told = Story().begun()
    told.answer(20, seq=1, item="three", text=None)
    told.do(RecordResponse(actor=told.candidate, seq=2, item_id="three", response=TrueFalseResponse(value=True)), 21)
    row = row_of(told.now)
    assert (row.answered, row.item_id, row.section_id, row.last_seq) == (1, "three", "s2", 2)


def test_an_older_or_repeated_answer_is_a_no_op_and_no_refusal():
    told = Story().begun()
    told.answer(20, seq=5, text="new")
    for seq in (5, 4):
        handled = told.answer(30, seq=seq, text="old")
        assert not handled.facts
        assert not handled.outcomes
        assert handled.repeated
    assert told.now.responses["one"].response == ShortTextResponse(text="new").model_dump_json()


def test_an_answer_to_another_item_may_have_an_older_number():
    told = Story().begun()
    told.answer(20, seq=5, item="one")
    told.answer(21, seq=4, item="two")
    assert told.now.answered == 2
    assert told.now.last_seq == 5
    assert row_of(told.now).item_id == "one"


def test_a_cleared_answer_does_not_come_back_by_an_older_one():
    told = Story().begun()
    told.answer(20, seq=1)
    told.answer(21, seq=3, text=None)
    told.answer(22, seq=2)
    assert told.now.answered == 0


@pytest.mark.parametrize(
    ("item", "response", "problem"),
    [
        ("nowhere", ShortTextResponse(text="x"), "item-unknown"),
        ("three", ShortTextResponse(text="x"), "response-invalid"),
        ("one", EssayResponse(text="x"), "response-invalid"),
    ],
)
def test_an_answer_that_does_not_fit_the_form_is_refused(item: str, response: Response, problem: str):
    told = Story().begun()
    assert told.refused(RecordResponse(actor=told.candidate, seq=1, item_id=item, response=response), 20) == problem


def test_an_answer_too_large_is_refused():
    told = Story().begun()
    told.form.items["essay"] = type(told.form.items["one"])("essay", "s1")
    large = EssayResponse(text="ä" * (limits.RESPONSE_BYTES // 2))
    del_after = RecordResponse(actor=told.candidate, seq=1, item_id="essay", response=large)
    try:
        assert told.refused(del_after, 20) == "response-too-large"
    finally:
        del told.form.items["essay"]


def test_an_answer_received_within_grace_counts_and_a_later_one_does_not():
    told = Story(limit=600, grace=30).begun(at=10)
    told.answer(640, seq=1)
    assert told.now.answered == 1
    assert told.refused(told.answering(seq=2), 640.001) == "time-is-up"


def test_an_answer_on_its_way_when_the_pause_came_counts_and_a_later_one_does_not():
    told = Story(grace=30).begun()
    told.do(PauseAttempt(actor=told.proctor, reason="Break"), 100)
    told.answer(130, seq=1)
    assert told.now.answered == 1
    assert told.now.phase is Phase.PAUSED
    assert told.refused(told.answering(seq=2), 130.001) == "attempt-paused"


def test_an_answer_after_the_last_grace_is_refused():
    told = Story(grace=30).begun()
    told.do(EndAttempt(actor=told.proctor), 100)
    assert told.refused(told.answering(), 130.001) == "time-is-up"


def test_an_answer_from_somebody_believed_away_counts():
    told = Story(policy=ClockPolicy.STOPS).begun()
    told.disconnect(50)
    told.answer(60)
    assert told.now.answered == 1


def test_flags_are_counted_and_follow_the_newest():
    told = Story().begun()
    told.do(FlagItem(actor=told.candidate, seq=1, item_id="one", flagged=True), 20)
    told.do(FlagItem(actor=told.candidate, seq=3, item_id="two", flagged=True), 21)
    told.do(FlagItem(actor=told.candidate, seq=2, item_id="one", flagged=False), 22)
    told.do(FlagItem(actor=told.candidate, seq=1, item_id="one", flagged=True), 23)
    assert row_of(told.now).flagged == 1


def test_unknown_items_are_neither_flagged_nor_visited():
    told = Story().begun()
    assert told.refused(FlagItem(actor=told.candidate, seq=1, item_id="x", flagged=True), 20) == "item-unknown"
    assert told.refused(VisitItem(actor=told.candidate, seq=1, item_id="x"), 20) == "item-unknown"


def test_all_progress_of_one_batch_is_one_fact_in_its_place():
    told = Story().begun()
    commands = [
        told.command(told.answering(1, "one"), 20),
        told.command(VisitItem(actor=told.candidate, seq=2, item_id="two"), 21),
        told.command(told.answering(3, "one", "better"), 22),
        told.command(PauseAttempt(actor=told.proctor, reason="Break"), 23),
        told.command(told.answering(4, "two"), 24),
    ]
    handled = told.deliver(commands)
    assert [type(fact.data).__name__ for fact in handled.facts] == ["ProgressSaved", "AttemptPaused", "ProgressSaved"]
    first = handled.facts[0].data
    assert first == ProgressSaved(
        participant_id="p1", actor=told.candidate, saved={"one": 3}, answered=1, flagged=0, item_id="one"
    )
    versions = [fact.version for fact in handled.facts]
    assert versions == list(range(versions[0], versions[0] + 3))
    assert handled.attempt.version == versions[-1]


def test_a_command_that_fails_is_set_aside_and_the_others_go_on():
    told = Story().begun()
    handled = told.deliver([told.command(object(), 20), told.command(told.answering(), 21)])
    assert [type(error) for _, error in handled.poison] == [TypeError]
    assert told.now.answered == 1


# Presence


def test_a_newer_connection_takes_over_and_raises_an_alert():
    told = Story().begun()
    told.do(ConnectParticipant(actor=told.candidate, connection_id="k2", gateway_id="g2", address="10.0.0.9"), 20)
    assert told.last(ParticipantConnected).replaced == "k1"
    assert "10.0.0.9" in told.last(AlertRaised).detail
    assert row_of(told.now).connection_id == "k2"
    assert row_of(told.now).alerts == 1


def test_the_same_connection_twice_changes_nothing():
    told = Story().begun()
    assert not told.connect(20, "k1").facts


def test_somebody_away_is_shown_disconnected():
    told = Story().begun()
    told.disconnect(20)
    assert row_of(told.now).status is ParticipantStatus.DISCONNECTED


# Warnings


def test_each_warning_is_announced_once_and_only_when_due():
    told = Story(limit=600, warnings=(5, 1)).begun(at=10)
    assert told.seconds(told.now.warns_at) == 310
    warn = WarnParticipant(actor=told.system, minutes=5)
    assert not told.do(warn, 309).facts
    assert told.do(warn, 310).facts
    assert not told.do(warn, 311).facts
    assert told.seconds(told.now.warns_at) == 550


def test_a_warning_longer_than_the_time_given_is_not_announced():
    told = Story(limit=240, warnings=(10, 5, 1)).begun(at=10)
    assert told.now.warnings == (1,)


def test_an_extension_brings_back_the_warnings_that_are_ahead_again():
    told = Story(limit=600, warnings=(5, 1)).begun(at=10)
    told.do(WarnParticipant(actor=told.system, minutes=5), 310)
    told.do(ExtendTime(actor=told.proctor, seconds=600, reason="Trouble"), 320)
    assert told.now.warnings == (5, 1)


# Idempotence


def test_a_repeated_intervention_is_told_its_outcome_and_changes_nothing():
    told = Story().begun()
    command = told.command(ExtendTime(actor=told.proctor, seconds=60, reason="Trouble"), 20)
    told.deliver([command])
    before = told.now
    handled = told.deliver([command])
    assert handled.attempt == before
    assert [outcome.problem for outcome in handled.outcomes] == [None]
    assert handled.repeated


def test_what_was_refused_stays_refused_when_it_comes_again():
    told = Story().begun()
    told.do(PauseAttempt(actor=told.proctor, reason="Break"), 20)
    refused = told.command(told.answering(), 200)
    told.deliver([refused])
    told.do(ResumeAttempt(actor=told.proctor), 300)
    handled = told.deliver([refused])
    assert [outcome.problem for outcome in handled.outcomes] == ["attempt-paused"]
    assert told.now.answered == 0


def test_commands_of_this_service_itself_are_not_told():
    told = Story().waiting()
    handled = told.do(PauseAttempt(actor=told.proctor, reason="All"), 20, source="monitoring-svc")
    assert handled.decided
    assert not handled.outcomes


def test_forgotten_commands_are_not_applied_again():
    told = Story(policy=ClockPolicy.STOPS).begun()
    for number in range(400):
        told.connect(20 + 2 * number, f"k{number + 10}")
        told.disconnect(21 + 2 * number, f"k{number + 10}")
    assert len(told.now.applied) == 256
    before = told.now
    told.deliver(list(told.log))
    assert told.now == before


def test_going_away_is_a_warning_until_one_is_done():
    told = Story(limit=600).begun()
    told.connect(5, "k1")
    told.disconnect(10, "k1")
    gone = next(each for each in told.facts if isinstance(each.data, ParticipantDisconnected))
    assert activity_of(gone, "Ada").severity is Severity.WARNING
    assert activity_of(gone, "Ada", over=True).severity is Severity.NOTICE


def test_every_fact_but_progress_reads_as_a_line():
    told = Story(limit=600).begun()
    told.do(WarnParticipant(actor=told.system, minutes=5), 320)
    told.do(ExtendTime(actor=told.proctor, seconds=90, reason="Trouble"), 330)
    told.do(PauseAttempt(actor=told.proctor, reason="Break"), 340)
    told.do(ResumeAttempt(actor=told.proctor), 350)
    told.connect(360, "k2")
    told.disconnect(370, "k2")
    told.do(ResetAttempt(actor=told.proctor, reason="Stuck"), 380)
    told.do(ResumeAttempt(actor=told.proctor), 390)
    told.do(EndAttempt(actor=told.proctor), 400)
    told.expire(431)
    told.answer(10_000)
    lines = [activity_of(fact, "Ada") for fact in told.facts]
    assert all(line is not None and line.summary.startswith("Ada") for line in lines)
    extended = next(line for line in lines if line.type == "attempt.time-extended")
    assert (extended.summary, extended.by) == ("Ada got 1 min 30 s more: Trouble", "Grace Hopper")
    assert (extended.seconds, extended.note) == (90, "Trouble")
    fields = {line.type: (line.kind, line.note, line.seconds, line.attempt_number) for line in lines if line}
    assert fields["attempt.warned"] == (None, None, 300, None)
    assert fields["attempt.paused"] == (None, "Break", None, None)
    assert fields["attempt.disconnected"] == ("closed", None, None, None)
    assert fields["attempt.was-reset"] == (None, "Stuck", None, 2)
    assert fields["attempt.completed"][0] == "session_ended"
