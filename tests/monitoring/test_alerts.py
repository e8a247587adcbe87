"""When alerts are raised, how they gather what happens again, and how they are seen to."""

from itertools import count
from typing import Any

import pytest
from attempt_story import CANDIDATE, PROCTOR, Story
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from contracts.attempt import (
    SYSTEM,
    AcknowledgeAlert,
    AdoptRules,
    AlertAcknowledged,
    AlertDismissed,
    AlertRaised,
    AlertRepeated,
    BeginAttempt,
    ConnectParticipant,
    DisconnectCause,
    DisconnectParticipant,
    DismissAlert,
    JudgeConduct,
    PauseAttempt,
    ResumeAttempt,
    Signal,
    SubmitAttempt,
)
from contracts.envelope import Event
from contracts.security import AlertRules, CountRule, IdleRule, PaceRule, SecondsRule, SecurityOptions
from contracts.statuses import AlertKind, Lockdown, Phase, ScreenSharing, Severity
from monitoring_svc.domain.attempt import Attempt
from monitoring_svc.domain.batch import handle
from monitoring_svc.domain.form import Form, ItemPlace
from monitoring_svc.domain.row import encoded_row, row_of
from monitoring_svc.store.conduct import conduct_document, conduct_of

WARNED = Severity.WARNING
ALL = SecurityOptions(
    lockdown=Lockdown.IN_PAGE,
    screen_sharing=ScreenSharing.REQUIRED,
    alerts=AlertRules(
        focus_lost=SecondsRule(severity=WARNED, seconds=5),
        full_screen_left=SecondsRule(severity=WARNED, seconds=5),
        clipboard_used=CountRule(severity=Severity.NOTICE, count=2),
        connection_replaced=CountRule(severity=WARNED),
        address_changed=CountRule(severity=Severity.NOTICE),
        screen_share_stopped=SecondsRule(severity=Severity.CRITICAL, seconds=10),
        answer_speed=PaceRule(severity=WARNED, per_minute=4),
        idle=IdleRule(severity=Severity.NOTICE, minutes=2),
    ),
)


def ruled(**rules: Any) -> SecurityOptions:
    """Only these rules; the others off."""
    off = {kind.value: {"severity": None} for kind in AlertKind if kind is not AlertKind.FULL_SCREEN_UNAVAILABLE}
    return SecurityOptions(alerts=AlertRules.model_validate({**off, **rules}))


FOCUS = ruled(focus_lost=SecondsRule(severity=WARNED, seconds=5))


def raised(told: Story) -> list[AlertRaised]:
    return [fact.data for fact in told.facts if isinstance(fact.data, AlertRaised)]


def opened(told: Story) -> dict[AlertKind, tuple[int, int]]:
    """Kind -> occurrences and seconds, as the row has them."""
    return {each.kind: (each.count, each.seconds) for each in row_of(told.now).open_alerts}


# What lasts


def test_whoever_stays_away_is_told_of_while_still_away():
    told = Story(security=FOCUS).begun()
    told.signal(20, Signal.FOCUS_LOST)
    assert told.now.looks_at == told.instant(25)
    assert not told.look(24).facts
    told.look(25)
    assert opened(told) == {AlertKind.FOCUS_LOST: (1, 5)}
    told.signal(42, Signal.FOCUS_REGAINED)
    assert opened(told) == {AlertKind.FOCUS_LOST: (1, 22)}
    assert row_of(told.now).alerts == 1
    assert told.now.looks_at is None


def test_a_short_look_away_is_no_alert():
    told = Story(security=FOCUS).begun()
    told.signal(20, Signal.FOCUS_LOST)
    told.signal(24, Signal.FOCUS_REGAINED)
    told.look(60)
    assert opened(told) == {}


def test_what_happens_again_is_added_to_the_open_alert():
    told = Story(security=FOCUS).begun()
    for since in (20, 40, 60):
        told.signal(since, Signal.FOCUS_LOST)
        told.signal(since + 7, Signal.FOCUS_REGAINED)
    assert len(raised(told)) == 1
    assert opened(told) == {AlertKind.FOCUS_LOST: (3, 21)}


def test_after_it_was_seen_to_the_next_one_is_a_new_alert():
    told = Story(security=FOCUS).begun()
    told.signal(20, Signal.FOCUS_LOST)
    told.look(25)
    told.do(AcknowledgeAlert(actor=PROCTOR, alert_id=raised(told)[0].alert_id), 26)
    told.signal(30, Signal.FOCUS_REGAINED)
    assert opened(told) == {}
    told.signal(40, Signal.FOCUS_LOST)
    told.signal(46, Signal.FOCUS_REGAINED)
    assert [each.seconds for each in raised(told)] == [5, 6]


def test_a_threshold_of_nothing_tells_at_once():
    told = Story(security=ruled(focus_lost=SecondsRule(severity=WARNED, seconds=0))).begun()
    told.signal(20, Signal.FOCUS_LOST)
    assert opened(told) == {AlertKind.FOCUS_LOST: (1, 0)}


def test_a_page_that_could_not_tell_of_leaving_says_how_long_it_was_by_its_own_measure():
    told = Story(security=FOCUS).begun()
    told.signal(60, Signal.FOCUS_REGAINED, seconds=12)
    assert opened(told) == {AlertKind.FOCUS_LOST: (1, 12)}


def test_being_away_counts_from_the_beginning_and_not_before():
    told = Story(security=FOCUS).waiting()
    told.connect(5)
    told.signal(6, Signal.FOCUS_LOST)
    told.look(30)
    told.do(BeginAttempt(actor=SYSTEM), 40)
    assert opened(told) == {}
    assert told.now.looks_at == told.instant(45)
    told.look(45)
    assert opened(told) == {AlertKind.FOCUS_LOST: (1, 5)}


def test_nothing_is_told_of_somebody_paused_or_done():
    told = Story(security=ALL).begun()
    told.signal(10.5, Signal.SHARING_STARTED)
    told.do(PauseAttempt(actor=PROCTOR, reason="r"), 20)
    told.signal(21, Signal.FOCUS_LOST)
    told.signal(22, Signal.CLIPBOARD_USED, count=9)
    told.connect(23, "k2")
    told.look(300)
    assert opened(told) == {}
    assert told.now.looks_at is None
    told.do(ResumeAttempt(actor=PROCTOR), 310)
    told.do(SubmitAttempt(actor=CANDIDATE), 311)
    told.connect(312, "k3")
    told.look(900)
    assert opened(told) == {}


def test_going_on_after_a_pause_counts_from_then():
    told = Story(security=FOCUS).begun()
    told.signal(20, Signal.FOCUS_LOST)
    told.do(PauseAttempt(actor=PROCTOR, reason="r"), 21)
    told.do(ResumeAttempt(actor=PROCTOR), 100)
    assert told.now.looks_at == told.instant(105)


def test_signals_of_another_connection_and_old_ones_change_nothing():
    told = Story(security=FOCUS).begun()
    assert not told.do(told.signalling(Signal.FOCUS_LOST, "k9", 1), 20).facts
    told.signal(21, Signal.FOCUS_LOST)
    before = told.now
    assert told.do(told.signalling(Signal.FOCUS_REGAINED, "k1", 1), 30).attempt == before


def test_a_new_page_has_the_focus_until_it_says_otherwise():
    told = Story(security=FOCUS).begun()
    told.signal(20, Signal.FOCUS_LOST)
    told.connect(22, "k2")
    told.look(60)
    assert opened(told) == {}


def test_full_screen_counts_only_where_the_session_asks_for_it():
    rule = SecondsRule(severity=WARNED, seconds=5)
    for lockdown, expected in ((Lockdown.OFF, {}), (Lockdown.IN_PAGE, {AlertKind.FULL_SCREEN_LEFT: (1, 9)})):
        security = ruled(full_screen_left=rule).model_copy(update={"lockdown": lockdown})
        told = Story(security=security).begun()
        told.signal(20, Signal.FULL_SCREEN_LEFT)
        told.signal(29, Signal.FULL_SCREEN_ENTERED)
        assert opened(told) == expected


def test_a_browser_without_full_screen_is_told_of_once():
    told = Story(security=ALL).begun()
    told.signal(20, Signal.FULL_SCREEN_UNAVAILABLE)
    (alert,) = raised(told)
    assert (alert.kind, alert.severity) == (AlertKind.FULL_SCREEN_UNAVAILABLE, Severity.NOTICE)
    told.do(AcknowledgeAlert(actor=PROCTOR, alert_id=alert.alert_id), 21)
    told.connect(22, "k2")
    told.signal(23, Signal.FULL_SCREEN_UNAVAILABLE, connection="k2")
    assert AlertKind.FULL_SCREEN_UNAVAILABLE not in opened(told)


# Sharing the screen

SHARED = ruled(screen_share_stopped=SecondsRule(severity=Severity.CRITICAL, seconds=10)).model_copy(
    update={"screen_sharing": ScreenSharing.REQUIRED}
)


def test_whoever_stops_sharing_while_waiting_is_told_of_and_whoever_has_not_begun_to_is_not():
    told = Story(security=SHARED).waiting()
    told.connect(5)
    told.look(60)
    assert opened(told) == {}
    told.signal(61, Signal.SHARING_STARTED)
    told.signal(70, Signal.SHARING_STOPPED)
    told.look(80)
    assert opened(told) == {AlertKind.SCREEN_SHARE_STOPPED: (1, 10)}


def test_whoever_works_without_ever_sharing_is_told_of():
    told = Story(security=SHARED).begun()
    assert told.now.looks_at == told.instant(20)
    told.look(20)
    assert opened(told) == {AlertKind.SCREEN_SHARE_STOPPED: (1, 10)}


def test_a_line_that_broke_and_came_back_sharing_is_no_alert():
    told = Story(security=SHARED).begun()
    told.signal(11, Signal.SHARING_STARTED)
    told.connect(30, "k2")
    told.signal(31, Signal.SHARING_STARTED, connection="k2")
    told.look(90)
    assert AlertKind.SCREEN_SHARE_STOPPED not in opened(told)


# What is counted


def test_the_clipboard_is_told_of_at_the_occurrence_the_rule_names():
    told = Story(security=ruled(clipboard_used=CountRule(severity=Severity.NOTICE, count=3))).begun()
    told.signal(20, Signal.CLIPBOARD_USED, count=2)
    assert opened(told) == {}
    told.signal(30, Signal.CLIPBOARD_USED)
    assert opened(told) == {AlertKind.CLIPBOARD_USED: (3, 0)}
    told.signal(40, Signal.CLIPBOARD_USED, count=2)
    assert opened(told) == {AlertKind.CLIPBOARD_USED: (5, 0)}
    assert len(raised(told)) == 1


def test_a_second_connection_while_waiting_is_told_of():
    told = Story().waiting()
    told.connect(5)
    told.connect(6, "k2")
    assert opened(told) == {AlertKind.CONNECTION_REPLACED: (1, 0)}
    told.connect(7, "k3")
    assert opened(told) == {AlertKind.CONNECTION_REPLACED: (2, 0)}


def test_another_address_is_told_of_and_the_same_one_is_not():
    told = Story(security=ruled(address_changed=CountRule(severity=WARNED))).begun(connected=False)

    def come(at: float, connection: str, address: str | None) -> None:
        told.do(ConnectParticipant(actor=CANDIDATE, connection_id=connection, gateway_id="g", address=address), at)
        told.disconnect(at + 1, connection)

    come(20, "k1", "10.0.0.1")
    come(30, "k2", "10.0.0.1")
    come(40, "k3", None)
    assert opened(told) == {}
    come(50, "k4", "10.0.0.2")
    assert opened(told) == {AlertKind.ADDRESS_CHANGED: (1, 0)}
    assert "10.0.0.2" in raised(told)[0].detail


# How fast, how slowly

MANY = {f"q{number}": ItemPlace("short_text", "s1") for number in range(40)}


def paced() -> Story:
    told = Story(security=ruled(answer_speed=PaceRule(severity=WARNED, per_minute=4)))
    told.form = Form(items=MANY, security=told.form.security)
    return told.begun()


def test_more_items_in_a_minute_than_the_rule_allows():
    told = paced()
    for number in range(4):
        told.answer(60 + number, seq=number + 1, item=f"q{number}")
    assert opened(told) == {}
    told.answer(64, seq=5, item="q4")
    assert opened(told) == {AlertKind.ANSWER_SPEED: (1, 0)}
    for number in range(5, 9):
        told.answer(60 + number, seq=number + 1, item=f"q{number}")
    assert opened(told) == {AlertKind.ANSWER_SPEED: (1, 0)}, "what was told of is not counted again"
    told.answer(69, seq=10, item="q9")
    assert opened(told) == {AlertKind.ANSWER_SPEED: (2, 0)}


def test_changing_ones_mind_is_not_fast():
    told = paced()
    for number in range(30):
        told.answer(60 + number / 10, seq=number + 1, item="q1", text=f"{number}")
    assert opened(told) == {}


def test_what_a_page_had_kept_while_away_is_not_fast():
    told = paced()
    told.disconnect(60)
    told.connect(120, "k2")
    for number in range(30):
        told.answer(120 + number / 20, seq=number + 1, item=f"q{number}")
    assert opened(told) == {}


IDLE = ruled(idle=IdleRule(severity=Severity.NOTICE, minutes=2))


def test_whoever_does_nothing_is_told_of_once_for_each_time():
    told = Story(security=IDLE).begun()
    assert told.now.looks_at == told.instant(130)
    told.answer(100)
    assert told.now.looks_at == told.instant(130), "an answer sets no timer"
    assert not told.look(130).facts
    assert told.now.looks_at == told.instant(220)
    told.look(221)
    assert opened(told) == {AlertKind.IDLE: (1, 121)}
    told.look(told.seconds(told.now.looks_at) or 0)
    assert opened(told) == {AlertKind.IDLE: (1, 121)}
    told.answer(400, seq=2)
    for _ in range(3):
        told.look(told.seconds(told.now.looks_at) or 0)
    assert opened(told)[AlertKind.IDLE][0] == 2


def test_nobody_is_idle_while_away():
    told = Story(security=IDLE).begun()
    told.disconnect(20)
    assert told.now.looks_at is None


# Rules


def test_rules_changed_while_people_work_hold_at_once():
    told = Story(security=ruled()).begun()
    told.form = Form(items=told.form.items, security=IDLE, version=2)
    told.do(AdoptRules(actor=SYSTEM, session_version=2), 300)
    assert opened(told) == {AlertKind.IDLE: (1, 290)}
    told.form = Form(items=told.form.items, security=ruled(), version=3)
    told.do(AdoptRules(actor=SYSTEM, session_version=3), 301)
    assert told.now.looks_at is None


def test_without_rules_nothing_is_told_and_no_timer_runs():
    told = Story(security=ruled()).begun()
    for signal in Signal:
        told.signal(20, signal, count=50)
    told.connect(30, "k2")
    told.look(10_000)
    assert raised(told) == []
    assert told.now.looks_at is None


# Seeing to them


def test_an_alert_is_seen_to_once():
    told = Story().begun()
    told.connect(20, "k2")
    alert = raised(told)[0].alert_id
    told.do(DismissAlert(actor=PROCTOR, alert_id=alert, note="A new laptop"), 30)
    assert told.last(AlertDismissed).note == "A new laptop"
    assert opened(told) == {}
    assert told.refused(AcknowledgeAlert(actor=PROCTOR, alert_id=alert), 31) == "alert-not-open"


def test_alerts_may_be_seen_to_after_the_end():
    told = Story().begun()
    told.connect(20, "k2")
    told.do(SubmitAttempt(actor=CANDIDATE), 30)
    told.do(AcknowledgeAlert(actor=PROCTOR, alert_id=raised(told)[0].alert_id), 40)
    assert told.last(AlertAcknowledged).kind is AlertKind.CONNECTION_REPLACED


def test_a_command_given_in_another_session_finds_nobody():
    told = Story().begun()
    told.connect(20, "k2")
    command = told.command(AcknowledgeAlert(actor=PROCTOR, alert_id=raised(told)[0].alert_id), 30)
    handled = told.deliver(
        [Event(**{**{name: getattr(command, name) for name in command.__struct_fields__}, "session_id": "other"})]
    )
    assert [each.problem for each in handled.outcomes] == ["attempt-unknown"]
    assert len(opened(told)) == 1


# Whatever happens


@st.composite
def conducts(draw: st.DrawFn) -> tuple[Story, list[Event[Any]]]:
    """A story with every rule on, and commands as gateways give them: connections and numbers only grow."""
    told = Story(security=ALL, limit=3600, warnings=())
    clock, connections, numbers = 10.0, count(2), count(1)
    connection, seqs = "k1", count(1)
    commands: list[Event[Any]] = []
    told.begun()
    for _ in range(draw(st.integers(1, 40))):
        clock += draw(st.sampled_from([0.0, 0.5, 3, 8, 40, 130]))
        match draw(st.integers(0, 8)):
            case 0:
                connection, numbers = f"k{next(connections)}", count(1)
                payload: Any = ConnectParticipant(
                    actor=CANDIDATE,
                    connection_id=connection,
                    gateway_id="g1",
                    address=draw(st.sampled_from([None, "10.0.0.1", "10.0.0.2"])),
                )
            case 1:
                payload = DisconnectParticipant(actor=CANDIDATE, connection_id=connection, cause=DisconnectCause.CLOSED)
            case 2:
                payload = PauseAttempt(actor=PROCTOR, reason="r")
            case 3:
                payload = ResumeAttempt(actor=PROCTOR)
            case 4:
                payload = told.answering(next(seqs), draw(st.sampled_from(["one", "two"])), "a")
            case 5:
                payload = JudgeConduct(actor=SYSTEM)
            case _:
                payload = told.signalling(
                    draw(st.sampled_from(Signal)), connection, next(numbers), count=draw(st.integers(1, 3))
                )
        commands.append(told.command(payload, clock))
    return told, commands


@given(conducts())
@settings(max_examples=150, deadline=None)
def test_of_each_kind_one_alert_is_open_and_facts_tell_all_that_rows_show(case: tuple[Story, list[Event[Any]]]):
    told, commands = case
    for command in commands:
        before = told.now
        handled = told.deliver([command])
        assert not handled.poison
        if before.phase is not Phase.ACTIVE and told.now.phase is not Phase.ACTIVE:
            assert not any(isinstance(fact.data, (AlertRaised, AlertRepeated)) for fact in handled.facts)
        assert encoded_row(told.now).json == row_of(told.now).model_dump_json().encode()
        assert conduct_of(conduct_document(told.now.conduct)) == told.now.conduct
    kept: dict[str, tuple[int, int]] = {}
    for fact in told.facts:
        if isinstance(fact.data, (AlertRaised, AlertRepeated)):
            known = kept.get(fact.data.alert_id, (0, 0))
            assert (fact.data.count, fact.data.seconds) >= known, "an alert never shrinks"
            kept[fact.data.alert_id] = (fact.data.count, fact.data.seconds)
    rows = row_of(told.now).open_alerts
    assert len({each.kind for each in rows}) == len(rows)
    assert {each.alert_id: (each.count, each.seconds) for each in rows} == kept
    assert [fact.version for fact in told.facts] == list(range(1, len(told.facts) + 1))


@given(conducts(), st.data())
@settings(max_examples=150, deadline=None)
def test_any_part_of_the_log_again_changes_nothing(case: tuple[Story, list[Event[Any]]], data: st.DataObject):
    told, commands = case
    for command in commands:
        told.deliver([command])
    before, start = told.attempt, data.draw(st.integers(0, len(commands) - 1))
    assert not told.deliver(commands[start:]).facts
    assert told.attempt == before


@given(conducts(), st.data())
@settings(max_examples=60, deadline=None)
def test_how_the_log_is_cut_into_batches_does_not_matter(case: tuple[Story, list[Event[Any]]], data: st.DataObject):
    told, commands = case
    begun, size = told.now, data.draw(st.integers(1, len(commands)))

    def alerts(cut: int) -> tuple[Attempt, list[str]]:
        attempt: Attempt | None = begun
        ids: list[str] = []
        for first in range(0, len(commands), cut):
            handled = handle(attempt, told.form, commands[first : first + cut], {})
            attempt = handled.attempt
            ids += [fact.id for fact in handled.facts if not fact.id.endswith("-progress")]
        assert attempt is not None
        return replace(attempt, version=0), ids

    assert alerts(size) == alerts(1)


@pytest.mark.parametrize("kind", [kind for kind in AlertKind if kind is not AlertKind.FULL_SCREEN_UNAVAILABLE])
def test_every_kind_has_a_rule_of_its_name(kind: AlertKind):
    assert kind.value in AlertRules.model_fields
