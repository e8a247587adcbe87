"""From the judge's verdict and what was measured to the lines of the report."""

from collections.abc import Sequence
from typing import Final

from contracts.limits import SILENT_AFTER_SECONDS
from contracts.messaging import MessageKind
from contracts.resources.reporting import SessionSummary
from examhall.rehearsal.candidate import Candidate
from examhall.rehearsal.judge import Verdict
from examhall.rehearsal.proctor import Dashboard
from examhall.rehearsal.report import Promise, Report, percentile, spread
from examhall.rehearsal.scenes import Scenes

# A gateway closes silent sockets after this long; the news of it takes a moment more.
DETECTION_SECONDS_MAX: Final = SILENT_AFTER_SECONDS + 5


def conclude(
    report: Report, verdict: Verdict, dashboard: Dashboard, candidates: Sequence[Candidate], scenes: Scenes
) -> None:
    """Fill in the figures, the promises and everything that is wrong in words."""
    p50, p99 = percentile(dashboard.lags, 50), percentile(dashboard.lags, 99)
    slowest = max(dashboard.detections, default=None)
    report.answers_acknowledged = verdict.answers_acknowledged
    report.answers_recorded = verdict.answers_recorded
    report.answers_in_submissions = verdict.answers_in_submissions
    report.answers_lost = verdict.answers_lost
    report.duplicate_results = len(verdict.duplicates)
    report.ledger_mismatches = len(verdict.ledger_mismatches)
    report.results_released = verdict.results_released
    report.dashboard_lag_ms = {"p50": _rounded(p50, 1), "p99": _rounded(p99, 1)}
    report.disconnect_detection_s = {"max": _rounded(slowest, 3)}
    report.percentiles = {"ack": spread(dashboard.saves), "lag": spread(dashboard.lags)}
    report.promises = [
        *_answers(verdict, len(candidates)),
        *_clocks(verdict, len(candidates)),
        *_results(verdict, candidates),
        *_messages(candidates, scenes),
        Promise(
            "dashboard lag, p50 / p99",
            "nothing measured" if p50 is None or p99 is None else f"{p50:.0f} / {p99:.0f} ms",
            bool(dashboard.lags),
        ),
        _disconnections(report.summary, dashboard, scenes, slowest),
    ]
    report.complaints = [
        *verdict.lost,
        *verdict.never_sent,
        *verdict.duplicates,
        *verdict.ledger_mismatches,
        *verdict.clock_disagreements,
        *verdict.incomplete,
    ]
    report.notes.append(_note(verdict, dashboard, candidates))


def _disconnections(
    summary: SessionSummary | None, dashboard: Dashboard, scenes: Scenes, slowest: float | None
) -> Promise:
    """Shown while the person was away or, where the live view stood still for longer than that, at least recorded."""
    unseen = set(dashboard.unseen_disconnections)
    stood_still = max(dashboard.lags, default=0.0) / 1000 >= scenes.away_seconds
    people = summary.participants if summary is not None and stood_still else []
    recorded = {each.participant_id for each in people if each.disconnections > 0} & unseen
    seen = f"{len(dashboard.detections)} of {scenes.torn}, {slowest or 0:.2f} s"
    return Promise(
        "disconnections detected, slowest",
        f"{seen}, {len(recorded)} recorded later" if recorded else seen,
        recorded == unseen and (slowest or 0) <= DETECTION_SECONDS_MAX,
    )


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _answers(verdict: Verdict, people: int) -> list[Promise]:
    acknowledged = verdict.answers_acknowledged
    return [
        Promise(
            "answers acknowledged / recorded / in the final submissions",
            f"{acknowledged} / {verdict.answers_recorded} / {verdict.answers_in_submissions}",
            acknowledged > 0 and acknowledged == verdict.answers_recorded == verdict.answers_in_submissions,
        ),
        Promise("nothing recorded that nobody sent", f"{len(verdict.never_sent)} found", not verdict.never_sent),
        Promise(
            "receipts equal to the digest of the answers",
            f"{verdict.digests_equal} of {people}",
            verdict.digests_equal == people,
        ),
        Promise(
            "everybody's attempt is complete", f"{people - len(verdict.incomplete)} of {people}", not verdict.incomplete
        ),
    ]


def _clocks(verdict: Verdict, people: int) -> list[Promise]:
    return [
        Promise(
            "clock ledgers add up exactly",
            f"{people - len(verdict.ledger_mismatches)} of {people}",
            not verdict.ledger_mismatches,
        ),
        Promise(
            "clocks ran as the candidates saw them",
            f"{len(verdict.clock_disagreements)} differ",
            not verdict.clock_disagreements,
        ),
    ]


def _results(verdict: Verdict, candidates: Sequence[Candidate]) -> list[Promise]:
    people = len(candidates)
    own = sum(candidate.page.result is not None for candidate in candidates)
    return [
        Promise("one result each", f"{len(verdict.duplicates)} duplicates", not verdict.duplicates),
        Promise(
            "results released / seen by their owners",
            f"{verdict.results_released} / {own} of {people}",
            verdict.results_released == people == own,
        ),
    ]


def _messages(candidates: Sequence[Candidate], scenes: Scenes) -> list[Promise]:
    heard = sum(candidate.page.heard(MessageKind.BROADCAST) for candidate in candidates)
    asked = sum(candidate.role.asks_for_help_at is not None for candidate in candidates)
    watched = sum(candidate.role.looks_away_at is not None for candidate in candidates)
    return [
        Promise(
            "announcements heard",
            f"{heard} of {scenes.broadcasts * len(candidates)}",
            heard == scenes.broadcasts * len(candidates),
        ),
        Promise("calls for help answered in the chat", f"{scenes.helped} of {asked}", scenes.helped == asked),
        Promise("alerts seen and dismissed", f"{scenes.alerted} of {watched}", scenes.alerted == watched),
    ]


def _note(verdict: Verdict, dashboard: Dashboard, candidates: Sequence[Candidate]) -> str:
    sent = sum(len(candidate.witness.said) for candidate in candidates)
    again = sum(max(0, candidate.page.line.welcomes - 1) for candidate in candidates)
    asked = sum(candidate.page.asked for candidate in candidates)
    saved50, saved99 = percentile(dashboard.saves, 50) or 0.0, percentile(dashboard.saves, 99) or 0.0
    return (
        f"{sent} answers sent, {dashboard.acknowledged_answers} acknowledged "
        f"after {saved50:.0f} ms (p50) / {saved99:.0f} ms (p99), {verdict.answers_refused} refused, "
        f"{again} reconnections, {asked} times a page had to ask for news; dashboard: {dashboard.frames} frames, "
        f"{dashboard.snapshots} snapshots, {len(dashboard.lags)} lags measured"
    )
