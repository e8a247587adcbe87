"""From what was measured and compared to the readiness report: what held, what did not, where the limit is. Pure."""

from dataclasses import asdict
from typing import Final

from examhall.rehearsal.report import Phase, Plot, Promise, Report
from examhall.rehearsal.window import limits, measures
from examhall.rehearsal.window.dashboard import DASHBOARD_DROPPED
from examhall.rehearsal.window.limits import STRETCH_SECONDS, TARGETS, first_limit, simulator_limited
from examhall.rehearsal.window.measures import Histogram, Measures
from examhall.rehearsal.window.profile import Begins, Profile
from examhall.rehearsal.window.room import RoomVerdict

POINTS_MAX: Final = 120  # on a plot some 700 pixels wide
PERCENTILES: Final = (50, 90, 99, 100)


def conclude(
    report: Report,
    verdict: RoomVerdict,
    measured: Measures,
    *,
    profile: Profile,
    opened_at: int,
    busiest: dict[int, float],
    gateways: dict[int, float],
) -> None:
    """Fill in the report. `opened_at`: the second at which people began to arrive; see `first_limit` for the rest."""
    report.answers_acknowledged = verdict.answers_acknowledged
    report.answers_recorded = verdict.answers_recorded
    report.answers_in_submissions = verdict.answers_in_submissions
    report.answers_lost = verdict.answers_acknowledged - verdict.answers_in_submissions
    report.duplicate_results = verdict.duplicate_results
    report.ledger_mismatches = verdict.ledger_mismatches
    report.percentiles = {name: _spread(measured.over(name)) for name in measures.DELAYS}
    lag = report.percentiles[measures.LAG]
    report.dashboard_lag_ms = {"p50": lag["p50"], "p99": lag["p99"]}
    report.counts = {name: measured.total(name) for name in sorted(measured.counts) if name != measures.CPU}
    report.promises = [*_kept(report, verdict), *_quick(measured, profile), *_held(measured)]
    report.complaints.extend(verdict.complaints)
    report.phases = _phases(measured, opened_at)
    report.plots = _plots(measured, busiest, gateways)
    limit = first_limit(measured, busiest, gateways)
    report.limit = None if limit is None else asdict(limit)
    report.notes.append(_simulator(measured, busiest))


def _spread(histogram: Histogram) -> dict[str, float | None]:
    found = {"max" if each == 100 else f"p{each}": histogram.percentile(each) for each in PERCENTILES}  # noqa: PLR2004
    return {name: None if value is None else round(value, 1) for name, value in found.items()}


def _kept(report: Report, verdict: RoomVerdict) -> list[Promise]:
    acknowledged = verdict.answers_acknowledged
    people = verdict.people
    return [
        Promise(
            "answers acknowledged / recorded / in the final submissions",
            f"{acknowledged:,} / {verdict.answers_recorded:,} / {verdict.answers_in_submissions:,}",
            acknowledged > 0 and report.answers_lost == 0 and acknowledged == verdict.answers_recorded,
        ),
        Promise(
            "everybody came in", f"{verdict.joined:,} of {people:,}", verdict.joined == people == report.candidates
        ),
        Promise(
            "everybody's attempt is complete", f"{people - verdict.incomplete:,} of {people:,}", verdict.incomplete == 0
        ),
        Promise("one result each", f"{verdict.duplicate_results} duplicates", verdict.duplicate_results == 0),
        Promise("clock ledgers add up exactly", f"{verdict.ledger_mismatches} do not", verdict.ledger_mismatches == 0),
    ]


def _quick(measured: Measures, profile: Profile) -> list[Promise]:
    promises = []
    for name, text in _TARGET_TEXTS.items():
        histogram, target = measured.over(name), TARGETS[name]
        p50, p99 = histogram.percentile(50), histogram.percentile(99)
        if name == measures.START and profile.begins is Begins.ON_ARRIVAL:
            text = "a person begins after arriving"  # noqa: PLW2901 - nobody clicks for them
        if p50 is None or p99 is None:
            promises.append(Promise(f"{text}: p99 below {_time(target)}", "nothing measured", kept=False))
        else:
            seen = f"p50 {_time(p50)}, p99 {_time(p99)}"
            promises.append(Promise(f"{text}: p99 below {_time(target)}", seen, p99 < target))
    return promises


def _held(measured: Measures) -> list[Promise]:
    dropped = measured.total(measures.DROPPED)
    dashboards = measured.total(DASHBOARD_DROPPED)
    refused = measured.total(measures.REFUSED)
    failed = sum(
        sum(seen.values())
        for name, seen in measured.counts.items()
        if (status := name.split(" ", 1)[0]).isdigit() and (status == "0" or int(status) >= 500)  # noqa: PLR2004
    )
    return [
        Promise("sockets dropped by the system: none", f"{dropped} of people, {dashboards} of dashboards", not dropped),
        Promise("answers refused: none", f"{refused} refused", not refused),
        Promise("requests that failed: none", f"{failed} failed", not failed),
    ]


def _time(milliseconds: float) -> str:
    return f"{milliseconds:.0f} ms" if milliseconds < 10_000 else f"{milliseconds / 1000:.1f} s"  # noqa: PLR2004


# Over time


def _phases(measured: Measures, opened_at: int) -> list[Phase]:
    joined = measured.seconds([measures.JOINED])
    submitted = measured.seconds([measures.SUBMITTED])
    everything = measured.seconds([measures.CPU, *measures.DELAYS])
    end = everything[-1] + 1 if everything else opened_at
    there = joined[-1] + 1 if joined else opened_at
    handing_in = max(there, submitted[0]) if submitted else end
    done = submitted[-1] + 1 if submitted else end
    stretches = (
        ("sessions are prepared", 0, opened_at),
        ("people arrive", opened_at, there),
        ("everybody is there", there, handing_in),
        ("people hand in", handing_in, done),
        ("results are compared", done, end),
    )
    return [_phase(measured, *each) for each in stretches if each[2] > each[1]]


def _phase(measured: Measures, name: str, since: int, until: int) -> Phase:
    figures: dict[str, float | None] = {
        "joins": measured.total(measures.JOINED, since, until),
        "answers saved": measured.total(measures.SAVED, since, until),
        "handed in": measured.total(measures.SUBMITTED, since, until),
        "answers saved per second": round(measured.total(measures.SAVED, since, until) / (until - since), 1),
    }
    for delay in (measures.JOIN, measures.START, measures.ACK, measures.LAG, measures.SUBMIT):
        found = measured.over(delay, since, until).percentile(99)
        figures[f"{delay} p99, ms"] = None if found is None else round(found, 1)
    return Phase(name, since, until, figures)


def _plots(measured: Measures, busiest: dict[int, float], gateways: dict[int, float]) -> list[Plot]:
    seconds = measured.seconds([measures.CPU, *measures.DELAYS])
    if not seconds:
        return []
    width = max(1, -(-(seconds[-1] + 1 - seconds[0]) // POINTS_MAX))
    starts = list(range(seconds[0], seconds[-1] + 1, width))
    plots = [
        Plot(
            title=title,
            unit="ms",
            seconds=starts,
            lines={
                f"p{percent}": [_rounded(measured.over(name, at, at + width).percentile(percent)) for at in starts]
                for percent in (50, 99)
            },
            target=TARGETS[name],
        )
        for name, title in _PLOT_TITLES.items()
        if measured.delays.get(name)
    ]
    plots.append(
        Plot(
            title="Answers saved, joins, hand-ins",
            unit="per second",
            seconds=starts,
            lines={
                name: [round(measured.total(name, at, at + width) / width, 2) for at in starts]
                for name in (measures.SAVED, measures.JOINED, measures.SUBMITTED)
            },
        )
    )
    cores = {"busiest simulating process": busiest, "busiest gateway": gateways}
    plots.append(
        Plot(
            title="Processors",
            unit="% of a core",
            seconds=starts,
            lines={name: _shares(seen, starts, width) for name, seen in cores.items() if seen},
            target=limits.BUSY_SHARE * 100,
        )
    )
    return plots


def _shares(seen: dict[int, float], starts: list[int], width: int) -> list[float | None]:
    found: list[float | None] = []
    for at in starts:
        within = [share for second, share in seen.items() if at <= second < at + width]
        found.append(round(100 * sum(within) / len(within), 1) if within else None)
    return found


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _simulator(measured: Measures, busiest: dict[int, float]) -> str:
    seconds = measured.seconds([measures.CPU])
    for since in range(seconds[0], seconds[-1] + 1, STRETCH_SECONDS) if seconds else ():
        if why := simulator_limited(measured, busiest, since, since + STRETCH_SECONDS):
            return f"The simulator was at its own limit at times, from second {since}: {why}."
    peak = max(busiest.values(), default=0.0)
    spent, answers = measured.total(measures.CPU), measured.total(measures.SAVED)
    each = f", {spent / answers:.2f} ms for each answer saved, everything else included" if answers else ""
    return f"The simulator had room to spare: its busiest process used at most {peak:.0%} of a core{each}."


_TARGET_TEXTS: Final = {
    measures.ACK: "an answer is saved",
    measures.LAG: "an answer is on the dashboard",
    measures.JOIN: "a person is in the waiting room",
    measures.START: "a person begins after the proctor's click",
    measures.SUBMIT: "a receipt is there",
}
_PLOT_TITLES: Final = {
    measures.ACK: "From an answer to Saved",
    measures.LAG: "From an answer to the dashboard",
    measures.JOIN: "From the code to the waiting room",
    measures.SUBMIT: "From handing in to the receipt",
}
