"""Whatever happens to an attempt, in whatever order: what must always hold."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from attempt_story import CANDIDATE, PROCTOR, Story
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from contracts.attempt import (
    SYSTEM,
    AdmitParticipant,
    AttemptCompleted,
    AttemptReset,
    BeginAttempt,
    ConnectParticipant,
    CreateAttempt,
    DisconnectCause,
    DisconnectParticipant,
    EndAttempt,
    ExpireAttempt,
    ExtendTime,
    FlagItem,
    LedgerKind,
    PauseAttempt,
    ResetAttempt,
    ResumeAttempt,
    SubmitAttempt,
    TerminateAttempt,
    VisitItem,
    WarnParticipant,
)
from contracts.envelope import Event
from contracts.statuses import ClockPolicy, Phase, SessionState
from monitoring_svc.domain.attempt import Attempt
from monitoring_svc.domain.clock import milliseconds_between, total
from monitoring_svc.domain.row import encoded_row, row_of

Builder = Callable[[Story], Any]
CONNECTIONS = st.sampled_from(["k1", "k2", "k3"])
ITEMS = st.sampled_from(["one", "two", "three", "nowhere"])
SEQS = st.integers(1, 12)

builders: st.SearchStrategy[Builder] = st.one_of(
    st.builds(
        lambda limit: (
            lambda told: CreateAttempt(actor=SYSTEM, terms=told.terms.model_copy(update={"time_limit_seconds": limit}))
        ),
        st.sampled_from([60, 600]),
    ),
    st.just(lambda told: AdmitParticipant(actor=SYSTEM, terms=told.terms)),
    st.builds(
        lambda cap: lambda told: BeginAttempt(actor=SYSTEM, cap_at=None if cap is None else told.instant(cap)),
        st.none() | st.integers(1, 900),
    ),
    st.builds(
        lambda seq, item, text: lambda told: told.answering(seq, item, text),
        SEQS,
        ITEMS,
        st.sampled_from(["a", "b", None]),
    ),
    st.builds(
        lambda seq, item, flagged: lambda _: FlagItem(actor=CANDIDATE, seq=seq, item_id=item, flagged=flagged),
        SEQS,
        ITEMS,
        st.booleans(),
    ),
    st.builds(lambda seq, item: lambda _: VisitItem(actor=CANDIDATE, seq=seq, item_id=item), SEQS, ITEMS),
    st.just(lambda _: SubmitAttempt(actor=CANDIDATE)),
    st.builds(lambda w: lambda _: PauseAttempt(actor=PROCTOR, reason="r", with_session=w), st.booleans()),
    st.builds(lambda w: lambda _: ResumeAttempt(actor=PROCTOR, with_session=w), st.booleans()),
    st.builds(lambda s: lambda _: ExtendTime(actor=PROCTOR, seconds=s, reason="r"), st.integers(1, 300)),
    st.builds(lambda s: lambda _: ResetAttempt(actor=PROCTOR, reason="r", extra_seconds=s), st.integers(0, 100)),
    st.just(lambda _: TerminateAttempt(actor=PROCTOR, reason="r")),
    st.just(lambda _: EndAttempt(actor=PROCTOR)),
    st.builds(
        lambda k, g: lambda _: ConnectParticipant(actor=CANDIDATE, connection_id=k, gateway_id=g),
        CONNECTIONS,
        st.sampled_from(["g1", "g2"]),
    ),
    st.builds(
        lambda k: lambda _: DisconnectParticipant(actor=CANDIDATE, connection_id=k, cause=DisconnectCause.CLOSED),
        CONNECTIONS,
    ),
    st.just(lambda told: ExpireAttempt(actor=SYSTEM, due_at=told.instant(0))),
    st.builds(lambda m: lambda _: WarnParticipant(actor=SYSTEM, minutes=m), st.sampled_from([1, 5])),
)
steps = st.lists(st.tuples(builders, st.integers(1, 120_000)), min_size=1, max_size=40)


@st.composite
def stories(draw: st.DrawFn, *, forwards: bool = True) -> tuple[Story, list[Event[Any]]]:
    """A story not yet told, and its commands. Most begin in earnest, so that the interesting part is reached."""
    told = Story(
        limit=draw(st.sampled_from([60, 600])),
        grace=draw(st.sampled_from([0, 30])),
        policy=draw(st.sampled_from(ClockPolicy)),
        state=draw(st.sampled_from([SessionState.RUNNING, SessionState.RUNNING, SessionState.PAUSED])),
    )
    opening: list[Builder] = []
    if draw(st.booleans() | st.just(True)):
        opening = [
            lambda each: CreateAttempt(actor=SYSTEM, terms=each.terms),
            lambda each: AdmitParticipant(actor=SYSTEM, terms=each.terms),
            lambda _: ConnectParticipant(actor=CANDIDATE, connection_id="k0", gateway_id="g0"),
            lambda _: BeginAttempt(actor=SYSTEM),
        ]
    clock = 0
    commands: list[Event[Any]] = []
    for build, gap in [*((each, 1000) for each in opening), *draw(steps)]:
        clock += gap if forwards else draw(st.integers(-gap, gap))
        commands.append(told.command(build(told), clock / 1000))
    return told, commands


def check_clock(attempt: Attempt) -> None:
    clock = attempt.clock
    assert clock.balance_ms == total(attempt.ledger)
    assert clock.balance_ms >= 0
    if clock.running:
        assert attempt.phase is Phase.ACTIVE
        assert clock.running_since is not None
        assert clock.deadline_at is not None
        assert clock.running_since <= clock.deadline_at
        for ahead in (-10_000, 0, 10_000, 10**7):
            assert 0 <= clock.remaining_at(Story.instant(ahead)) <= clock.balance_ms
    runs = [entry for entry in attempt.ledger if entry.kind is LedgerKind.RAN]
    for entry in runs:
        assert entry.since is not None
        assert entry.milliseconds == -milliseconds_between(entry.since, entry.at) <= 0
    for earlier, later in pairwise(runs):
        assert later.since is not None
        assert earlier.at <= later.since
    ids = [entry.entry_id for entry in attempt.ledger]
    assert len(ids) == len(set(ids))


@given(stories(forwards=False))
@settings(max_examples=100, deadline=None)
def test_the_ledger_always_adds_up_and_time_never_runs_backwards(told_and_commands: tuple[Story, list[Event[Any]]]):
    told, commands = told_and_commands
    moments = []
    for command in commands:
        handled = told.deliver([command])
        assert not handled.poison
        for fact in handled.facts:
            moments.append(fact.time)
            if isinstance(fact.data, AttemptCompleted):
                assert total(fact.data.clock) == fact.data.remaining_ms >= 0
                assert -total(fact.data.clock, LedgerKind.RAN) == fact.data.elapsed_ms
        if told.attempt is not None:
            check_clock(told.attempt)
    assert moments == sorted(moments)
    assert [fact.version for fact in told.facts] == list(range(1, len(told.facts) + 1))


@given(stories())
@settings(max_examples=60, deadline=None)
def test_complete_is_final_but_for_a_reset(told_and_commands: tuple[Story, list[Event[Any]]]):
    told, commands = told_and_commands
    for command in commands:
        before = told.attempt
        handled = told.deliver([command])
        if before is None or before.phase is not Phase.COMPLETE:
            continue
        if any(isinstance(fact.data, AttemptReset) for fact in handled.facts):
            continue
        assert told.now.phase is Phase.COMPLETE
        assert told.now.responses == before.responses
        assert told.now.ledger == before.ledger
        assert told.now.responses_digest == before.responses_digest


@given(stories())
@settings(max_examples=60, deadline=None)
def test_a_repeated_command_changes_nothing(told_and_commands: tuple[Story, list[Event[Any]]]):
    told, commands = told_and_commands
    for command in commands:
        told.deliver([command])
        before = told.attempt
        handled = told.deliver([command])
        assert handled.attempt == before
        assert not handled.facts


@given(stories(), st.data())
@settings(max_examples=150, deadline=None)
def test_any_suffix_of_the_log_delivered_again_changes_nothing(
    told_and_commands: tuple[Story, list[Event[Any]]], data: st.DataObject
):
    told, commands = told_and_commands
    for command in commands:
        told.deliver([command])
    before = told.attempt
    start = data.draw(st.integers(0, len(commands) - 1))
    size = data.draw(st.integers(1, len(commands)))
    again = commands[start:]
    for first in range(0, len(again), size):
        handled = told.deliver(again[first : first + size])
        assert not handled.facts
    assert told.attempt == before


@given(stories(), st.data())
@settings(max_examples=60, deadline=None)
def test_it_does_not_matter_how_the_log_is_cut_into_batches(
    told_and_commands: tuple[Story, list[Event[Any]]], data: st.DataObject
):
    told, commands = told_and_commands
    size = data.draw(st.integers(1, len(commands)))
    one_by_one = Story()
    one_by_one.form = told.form
    for command in commands:
        one_by_one.deliver([command])
    for first in range(0, len(commands), size):
        told.deliver(commands[first : first + size])
    if told.attempt is None or one_by_one.attempt is None:
        assert told.attempt is one_by_one.attempt
        return
    assert replace(told.attempt, version=0) == replace(one_by_one.attempt, version=0)
    assert [fact.id for fact in told.facts if not fact.id.endswith("-progress")] == [
        fact.id for fact in one_by_one.facts if not fact.id.endswith("-progress")
    ]


@given(stories())
@settings(max_examples=100, deadline=None)
def test_a_row_written_by_hand_is_the_row_of_the_model(told_and_commands: tuple[Story, list[Event[Any]]]):
    told, commands = told_and_commands
    for command in commands:
        told.deliver([command])
        if told.attempt is not None:
            assert encoded_row(told.attempt).json == row_of(told.attempt).model_dump_json().encode()
