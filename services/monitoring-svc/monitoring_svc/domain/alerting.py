"""The rules by which alerts are raised, repeated and seen to.

Nothing is raised before somebody works, nor while they are paused or done; a second connection and a screen no longer
shared count while they wait, too. Of each kind one alert is open at a time; what happens again until somebody has seen
to it is added to that one.

What lasts is judged when it ends, and by a timer while it lasts: `next_look` says when that is due.
"""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from chassis.outcomes import Rejected
from contracts import problems
from contracts.attempt import (
    AcknowledgeAlert,
    AlertAcknowledged,
    AlertDismissed,
    AlertRaised,
    AlertRepeated,
    ConnectParticipant,
    DismissAlert,
    ReportSignal,
    Signal,
)
from contracts.envelope import Event
from contracts.statuses import AlertKind, Phase, ScreenSharing
from monitoring_svc.domain.attempt import Attempt
from monitoring_svc.domain.clock import truncated
from monitoring_svc.domain.conduct import Conduct, Lasting, Open
from monitoring_svc.domain.facts import Facts, Noted
from monitoring_svc.domain.form import Form

MINUTE: Final = timedelta(minutes=1)
SETTLED: Final = timedelta(seconds=15)
"""After connecting or going on, a page sends what it had kept, at 100 answers a second; these say nothing of speed."""
_BEGINS: Final = {
    Signal.FOCUS_LOST: AlertKind.FOCUS_LOST,
    Signal.FULL_SCREEN_LEFT: AlertKind.FULL_SCREEN_LEFT,
    Signal.SHARING_STOPPED: AlertKind.SCREEN_SHARE_STOPPED,
}
_ENDS: Final = {
    Signal.FOCUS_REGAINED: AlertKind.FOCUS_LOST,
    Signal.FULL_SCREEN_ENTERED: AlertKind.FULL_SCREEN_LEFT,
    Signal.SHARING_STARTED: AlertKind.SCREEN_SHARE_STOPPED,
}
_DETAILS: Final = {
    AlertKind.FOCUS_LOST: "Left the page for {seconds} s.",
    AlertKind.FULL_SCREEN_LEFT: "Left full screen for {seconds} s.",
    AlertKind.FULL_SCREEN_UNAVAILABLE: "The browser cannot show the page in full screen.",
    AlertKind.CLIPBOARD_USED: "Copied, pasted or printed.",
    AlertKind.CONNECTION_REPLACED: "Continued on another device or tab{where}.",
    AlertKind.ADDRESS_CHANGED: "Continued with another network address{where}.",
    AlertKind.SCREEN_SHARE_STOPPED: "The screen has not been shared for {seconds} s.",
    AlertKind.ANSWER_SPEED: "Answered {items} items within a minute.",
    AlertKind.IDLE: "Did nothing for {seconds} s.",
}
_SHORT: Final = {kind: f"a{number}" for number, kind in enumerate(AlertKind)}
"""One command may raise several alerts; an id has room for no more than this."""


class Case(Struct, frozen=True, gc=False):
    """What a rule judges: an attempt at a moment, by the session's rules, and the command that brings it up."""

    attempt: Attempt
    form: Form
    command: Event[Any]
    at: datetime

    @property
    def conduct(self) -> Conduct:
        return self.attempt.conduct

    def at_command(self) -> "Case":
        return replace(self, at=truncated(self.command.time))

    def having(self, conduct: Conduct) -> "Case":
        return replace(self, attempt=replace(self.attempt, conduct=conduct))


# Commands


def report_signal(case: Case, report: ReportSignal) -> Facts:
    """Of the current connection only, and each number once, whatever phase it meets."""
    conduct, at, signal = case.conduct, case.at, report.signal
    current = case.attempt.connection
    if current is None or current.connection_id != report.connection_id or report.number <= conduct.heard:
        return []
    conduct = replace(conduct, heard=report.number)
    facts: Facts = []
    if signal in _BEGINS:
        return _with_judgement(case.having(conduct.begun(_BEGINS[signal], at)))
    if signal in _ENDS:
        kind = _ENDS[signal]
        if kind not in conduct.lasting and report.seconds:
            conduct = conduct.begun(kind, max(at - timedelta(seconds=report.seconds), conduct.counted_from or at))
        facts = _judged(case.having(conduct), (kind,), ending=True)
        conduct = conduct.over(kind)
        if signal is Signal.SHARING_STARTED:
            conduct = replace(conduct, shared=True)
    elif case.attempt.phase is Phase.ACTIVE:
        kind = AlertKind.CLIPBOARD_USED if signal is Signal.CLIPBOARD_USED else AlertKind.FULL_SCREEN_UNAVAILABLE
        conduct, facts = _counted(case.having(conduct), kind, report.count)
    return [Noted(conduct), *facts]


def judge_conduct(case: Case) -> Facts:
    """When it is due; by the command's own time, so that a repeated one finds nothing that the first did not."""
    due = case.attempt.looks_at
    return [] if due is None or case.command.time < due else adopt_rules(case)


def adopt_rules(case: Case) -> Facts:
    """Judge by the rules as they are now. Never without effect: the next look is another."""
    return _with_judgement(case.at_command())


def _with_judgement(case: Case) -> Facts:
    """The conduct, what lasts marked as told where its alert is raised now."""
    running = list(_running(case.attempt, case.form))
    facts = _judged(case, {kind for kind, *_ in running}, ending=False)
    told = {fact.kind for fact in facts if isinstance(fact, (AlertRaised, AlertRepeated))}
    marked = {
        kind: Lasting(start if kind is AlertKind.IDLE else lasting.since, True, _seconds(start, case.at))
        for kind, lasting, start, wanted in running
        if kind in told or (kind is AlertKind.IDLE and _is_idle_still(lasting, start + wanted, case.at))
    }
    return [Noted(replace(case.conduct, lasting={**case.conduct.lasting, **marked})), *facts]


def settle_alert(attempt: Attempt, command: Event[Any], settling: AcknowledgeAlert | DismissAlert) -> Facts:
    """Raises Rejected: `alert-not-open`; `attempt-unknown` in another session than the one the command was given in."""
    if command.session_id != attempt.session_id:
        raise Rejected(problems.ATTEMPT_UNKNOWN, "There is no such attempt in this session.")
    alert = attempt.conduct.open_named(settling.alert_id)
    if alert is None:
        raise Rejected(problems.ALERT_NOT_OPEN, "Somebody has seen to it, or it was never raised.")
    whom, by = attempt.participant_id, settling.actor
    if isinstance(settling, DismissAlert):
        return [
            AlertDismissed(participant_id=whom, actor=by, alert_id=alert.alert_id, kind=alert.kind, note=settling.note)
        ]
    return [AlertAcknowledged(participant_id=whom, actor=by, alert_id=alert.alert_id, kind=alert.kind)]


# What other commands bring about


def on_connecting(case: Case, address: str | None) -> Facts:
    """A second connection, and another address than before. The facts before the connection's own."""
    attempt, before = case.attempt, case.conduct
    conduct = before
    facts: Facts = []
    if attempt.connection is not None and attempt.phase in {Phase.WAITING, Phase.ACTIVE}:
        conduct, facts = _counted(case, AlertKind.CONNECTION_REPLACED, 1)
    if address is not None and address != before.address:
        if before.address is not None and attempt.phase is Phase.ACTIVE:
            conduct, more = _counted(case.having(conduct), AlertKind.ADDRESS_CHANGED, 1)
            facts += more
        conduct = replace(conduct, address=address)
    return facts if conduct is before else [Noted(conduct), *facts]


def on_disconnecting(case: Case) -> Facts:
    """What lasted ends with the page; that somebody is away is seen anyway."""
    kinds = tuple(case.conduct.lasting)
    if not kinds:
        return []
    return [Noted(case.conduct.over(*kinds)), *_judged(case, kinds, ending=True)]


def on_answer(case: Case, item_id: str) -> Facts:
    """More different items within a minute than the rule allows, this one included; counted anew after each time."""
    conduct, at = case.conduct, case.at
    if case.attempt.phase is not Phase.ACTIVE or conduct.counted_from is None:
        return []
    since = max(at - MINUTE, conduct.counted_from + SETTLED)
    if conduct.paced_from is not None:
        since = max(since, conduct.paced_from)
    if at <= since:
        return []
    others = sum(
        answer.at > since and answer.response is not None and other != item_id
        for other, answer in case.attempt.responses.items()
    )
    if others < case.form.security.alerts.answer_speed.per_minute:
        return []
    return [Noted(replace(conduct, paced_from=at)), *_told(case, AlertKind.ANSWER_SPEED, items=others + 1)]


def armed(attempt: Attempt, form: Form) -> Attempt:
    """With the timer of what lasts set anew."""
    looks_at = next_look(attempt, form)
    return attempt if looks_at == attempt.looks_at else replace(attempt, looks_at=looks_at)


def next_look(attempt: Attempt, form: Form) -> datetime | None:
    """When something that lasts will have lasted long enough.

    Somebody told to be idle may do something any time, which sets no timer: the next look is as long again after.
    """
    due: datetime | None = None
    for kind, lasting, start, wanted in _running(attempt, form):
        if lasting.told and kind is not AlertKind.IDLE:
            continue
        moment = start + timedelta(seconds=lasting.seconds) + wanted
        due = moment if due is None else min(due, moment)
    return due


# Judging


def _judged(case: Case, kinds: Collection[AlertKind], *, ending: bool) -> Facts:
    """Of `kinds`, those that have lasted long enough and were not told; `ending`: the rest of those that were, too."""
    facts: Facts = []
    for kind, lasting, start, wanted in _running(case.attempt, case.form):
        if kind not in kinds:
            continue
        seconds = _seconds(start, case.at)
        if not lasting.told and case.at - start >= wanted:
            facts += _told(case, kind, seconds=seconds)
        elif lasting.told and ending and seconds > lasting.seconds:
            alert = case.conduct.open_of(kind)
            if alert is not None:
                facts.append(_repeated(case, alert, 0, seconds - lasting.seconds))
    return facts


def _running(attempt: Attempt, form: Form) -> Iterator[tuple[AlertKind, Lasting, datetime, timedelta]]:
    """What lasts and counts: the kind, since when, and how long it takes to become an alert."""
    conduct = attempt.conduct
    active = attempt.phase is Phase.ACTIVE and not attempt.ending
    if attempt.connection is None or not (active or attempt.phase is Phase.WAITING):
        return
    for kind, seconds in _timed(form):
        lasting = conduct.lasting.get(kind)
        if lasting is None:
            continue
        if active:
            yield kind, lasting, _latest(lasting.since, conduct.active_from), timedelta(seconds=seconds)
        elif kind is AlertKind.SCREEN_SHARE_STOPPED and conduct.shared:
            yield kind, lasting, lasting.since, timedelta(seconds=seconds)
    idle = form.security.alerts.idle
    if active and idle.severity is not None and conduct.counted_from is not None:
        start = _latest(conduct.counted_from, attempt.last_seen_at)
        known = conduct.lasting.get(AlertKind.IDLE)
        same = known is not None and known.told and known.since == start
        lasting = known if known is not None and same else Lasting(start)
        yield AlertKind.IDLE, lasting, start, timedelta(minutes=idle.minutes)


def _timed(form: Form) -> Iterator[tuple[AlertKind, int]]:
    rules = form.security.alerts
    if rules.focus_lost.severity is not None:
        yield AlertKind.FOCUS_LOST, rules.focus_lost.seconds
    if form.full_screen and rules.full_screen_left.severity is not None:
        yield AlertKind.FULL_SCREEN_LEFT, rules.full_screen_left.seconds
    if form.security.screen_sharing is ScreenSharing.REQUIRED and rules.screen_share_stopped.severity is not None:
        yield AlertKind.SCREEN_SHARE_STOPPED, rules.screen_share_stopped.seconds


def _counted(case: Case, kind: AlertKind, more: int) -> tuple[Conduct, Facts]:
    """`more` occurrences of a kind: what the conduct is before the facts, and these."""
    conduct, rules = case.conduct, case.form.security.alerts
    unavailable = kind is AlertKind.FULL_SCREEN_UNAVAILABLE
    if rules.severity_of(kind) is None or (unavailable and not case.form.full_screen):
        return conduct, []
    known = conduct.counts.get(kind, 0)
    if unavailable:
        # A browser does not change: said once, and whoever has seen to it knows.
        return conduct.counted(kind, 1), ([] if known else _told(case, kind))
    if conduct.open_of(kind) is not None:
        return conduct, _told(case, kind, count=more)
    total = known + more
    if total < getattr(rules, kind.value).count:
        return conduct.counted(kind, total), []
    return conduct.counted(kind, 0), _told(case, kind, count=total)


def _told(case: Case, kind: AlertKind, *, count: int = 1, seconds: int = 0, items: int = 0) -> Facts:
    """Raise the alert, or add to the one that is open. `items`: for the words, where items are what was counted."""
    severity = case.form.security.alerts.severity_of(kind)
    if severity is None:
        return []
    alert = case.conduct.open_of(kind)
    if alert is not None:
        return [_repeated(case, alert, count, seconds)]
    command = case.command
    address = command.data.address if isinstance(command.data, ConnectParticipant) else None
    where = f", from {address}" if address else ""
    return [
        AlertRaised(
            participant_id=case.attempt.participant_id,
            actor=command.data.actor,
            alert_id=f"{command.id}-{_SHORT[kind]}",
            kind=kind,
            severity=severity,
            detail=_DETAILS[kind].format(seconds=seconds, items=items, where=where),
            count=count,
            seconds=seconds,
        )
    ]


def _repeated(case: Case, alert: Open, count: int, seconds: int) -> AlertRepeated:
    return AlertRepeated(
        participant_id=case.attempt.participant_id,
        actor=case.command.data.actor,
        alert_id=alert.alert_id,
        kind=alert.kind,
        count=alert.count + count,
        seconds=alert.seconds + seconds,
    )


def _is_idle_still(lasting: Lasting, due: datetime, at: datetime) -> bool:
    return lasting.told and at >= due + timedelta(seconds=lasting.seconds)


def _latest(moment: datetime, other: datetime | None) -> datetime:
    return moment if other is None else max(moment, other)


def _seconds(since: datetime, until: datetime) -> int:
    return max(0, int((until - since).total_seconds()))
