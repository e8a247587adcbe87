"""What a rehearsal found, of one session or of a whole window: the figures for machines, the tables for people."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from contracts.attempt import LedgerEntry, LedgerKind
from contracts.resources.reporting import ParticipantReport, SessionSummary

# Longer tables hide what matters; the whole is in the summary the gateway serves.
LEDGERS_SHOWN_MAX = 80
COMPLAINTS_SHOWN_MAX = 12
BAR_WIDTH = 30


def percentile(values: Sequence[float], percent: float) -> float | None:
    """Nearest rank; None without values."""
    if not values:
        return None
    ranked = sorted(values)
    return ranked[max(0, math.ceil(len(ranked) * percent / 100) - 1)]


def spread(values: Sequence[float]) -> dict[str, float | None]:
    """The percentiles that reports name, in the values' own unit."""
    found = {f"p{percent}": percentile(values, percent) for percent in (50, 90, 99)}
    found["max"] = max(values, default=None)
    return {name: None if value is None else round(value, 1) for name, value in found.items()}


@dataclass(frozen=True, slots=True)
class Promise:
    """One line of the table: what was promised, what was seen, whether it was kept."""

    promised: str
    seen: str
    kept: bool


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of a window, in seconds since it began, with its own figures: name -> number or None."""

    name: str
    from_s: int
    to_s: int
    figures: dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Plot:
    """Values over time: `seconds` since the beginning; lines by name, None where nothing was measured.

    `target` is a line that the values should stay below.
    """

    title: str
    unit: str
    seconds: list[int]
    lines: dict[str, list[float | None]]
    target: float | None = None


@dataclass(slots=True)
class Report:
    """The outcome of one rehearsal. `failures` are steps that could not be done at all.

    `percentiles`: what was measured -> p50, p90, p99, max in milliseconds. `limit`: the first limit met, what was
    seen and what moves it; None when none was met or nobody looked. `stays`: what the rehearsal left behind.
    """

    candidates: int
    broker: str
    title: str = "Rehearsal of one session"
    answers_acknowledged: int = 0
    answers_recorded: int = 0
    answers_in_submissions: int = 0
    answers_lost: int = 0
    duplicate_results: int = 0
    ledger_mismatches: int = 0
    results_released: int = 0
    dashboard_lag_ms: dict[str, float | None] = field(default_factory=lambda: {"p50": None, "p99": None})
    disconnect_detection_s: dict[str, float | None] = field(default_factory=lambda: {"max": None})
    wall_s: float = 0.0
    promises: list[Promise] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    percentiles: dict[str, dict[str, float | None]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    phases: list[Phase] = field(default_factory=list)
    plots: list[Plot] = field(default_factory=list)
    limit: dict[str, str | int] | None = None
    stays: list[str] = field(default_factory=list)
    summary: SessionSummary | None = None

    @property
    def passed(self) -> bool:
        return not self.failures and bool(self.promises) and all(promise.kept for promise in self.promises)

    @property
    def exit_code(self) -> int:
        return 0 if self.passed else 1

    def as_json(self) -> dict[str, Any]:
        """The stable keys; new ones may be added, none changes its meaning."""
        return {
            "candidates": self.candidates,
            "answers_acknowledged": self.answers_acknowledged,
            "answers_recorded": self.answers_recorded,
            "answers_in_submissions": self.answers_in_submissions,
            "answers_lost": self.answers_lost,
            "duplicate_results": self.duplicate_results,
            "ledger_mismatches": self.ledger_mismatches,
            "results_released": self.results_released,
            "dashboard_lag_ms": self.dashboard_lag_ms,
            "disconnect_detection_s": self.disconnect_detection_s,
            "broker": self.broker,
            "wall_s": round(self.wall_s, 1),
            "title": self.title,
            "passed": self.passed,
            "promises": [asdict(each) for each in self.promises],
            "failures": self.failures,
            "complaints": self.complaints,
            "notes": self.notes,
            "percentiles_ms": self.percentiles,
            "counts": self.counts,
            "phases": [asdict(each) for each in self.phases],
            "plots": [asdict(each) for each in self.plots],
            "limit": self.limit,
            "stays": self.stays,
        }

    def write(self, file: Path) -> None:
        file.write_text(json.dumps(self.as_json(), indent=2) + "\n", encoding="utf-8")

    def print(self, console: Console) -> None:
        if self.summary is not None:
            print_summary(self.summary, console)
        table = Table(title="Promised and seen", title_justify="left")
        table.add_column("promised")
        table.add_column("seen", justify="right")
        table.add_column("")
        for promise in self.promises:
            table.add_row(
                Text(promise.promised), Text(promise.seen), "[green]kept[/]" if promise.kept else "[bold red]BROKEN[/]"
            )
        console.print(table)
        if self.limit is not None:
            console.print(f"First limit met, after {self.limit['at_seconds']} s: {self.limit['what']}", markup=False)
            console.print(f"  seen: {self.limit['why']}\n  what moves it: {self.limit['moves']}", markup=False)
        for note in [*self.notes, *(f"stays: {each}" for each in self.stays)]:
            console.print(Text(note, style="dim"))
        for text in [*self.failures, *self.complaints[:COMPLAINTS_SHOWN_MAX]]:
            console.print(Text(text, style="red"))
        if len(self.complaints) > COMPLAINTS_SHOWN_MAX:
            console.print(f"[red]... and {len(self.complaints) - COMPLAINTS_SHOWN_MAX} more[/]")
        console.print("[bold green]Every promise was kept.[/]" if self.passed else "[bold red]The rehearsal failed.[/]")


def print_summary(summary: SessionSummary, console: Console) -> None:
    """The session's report as people read it."""
    console.rule(f"{summary.session.settings.name}: {summary.session.assessment_title}")
    _print_attendance(summary, console)
    _print_scores(summary, console)
    _print_ledgers(summary.participants, console)
    _print_record(summary, console)


def _print_attendance(summary: SessionSummary, console: Console) -> None:
    attendance = summary.attendance
    console.print(
        f"Attendance: {attendance.invited} invited, {attendance.joined} joined, {attendance.began} began, "
        f"{attendance.completed} completed ({attendance.submitted} submitted, {attendance.time_expired} ran out of "
        f"time), {attendance.absent} absent, {attendance.removed} removed",
        highlight=False,
    )
    times = summary.times
    console.print(
        f"Times: mean {_seconds(times.mean_seconds)}, median {_seconds(times.median_seconds)}, "
        f"shortest {_seconds(times.shortest_seconds)}, longest {_seconds(times.longest_seconds)}",
        highlight=False,
    )


def _seconds(value: Decimal | None) -> str:
    return "-" if value is None else f"{value:.1f} s"


def _print_scores(summary: SessionSummary, console: Console) -> None:
    table = Table(title=f"Scores (mean {summary.mean_percent} %)", title_justify="left", show_header=False, box=None)
    most = max((bucket.participants for bucket in summary.scores), default=0) or 1
    for bucket in summary.scores:
        bar = "█" * round(bucket.participants / most * BAR_WIDTH)
        table.add_row(f"{bucket.from_percent:>3} - {bucket.to_percent} %", str(bucket.participants), bar)
    console.print(table)


def _print_ledgers(participants: Sequence[ParticipantReport], console: Console) -> None:
    table = Table(title="Clock ledgers (seconds)", title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for column in ("name", "ended", "given", "ran", "left", "away", "answers", "score", ""):
        table.add_column(column, justify="left" if column in {"name", "ended", ""} else "right")
    for each in participants[:LEDGERS_SHOWN_MAX]:
        table.add_row(
            Text(each.name),
            each.completion_reason or each.status,
            _given(each.ledger),
            _ran(each.ledger),
            f"{each.remaining_ms / 1000:.3f}",
            str(each.disconnections or ""),
            str(each.answers),
            "-" if each.percent is None else f"{each.percent} %",
            "adds up" if each.ledger_adds_up else "[red]does not add up[/]",
        )
    console.print(table)
    if len(participants) > LEDGERS_SHOWN_MAX:
        console.print(f"... and {len(participants) - LEDGERS_SHOWN_MAX} more")


def _given(ledger: Sequence[LedgerEntry]) -> str:
    """What was granted, and each extension after a plus."""
    given = [entry for entry in ledger if entry.kind is not LedgerKind.RAN]
    return " + ".join(f"{entry.milliseconds / 1000:.0f}" for entry in given) or "0"


def _ran(ledger: Sequence[LedgerEntry]) -> str:
    """Each stretch the clock ran, in order: a pause or an absence shows as a plus."""
    ran = [entry for entry in ledger if entry.kind is LedgerKind.RAN]
    return " + ".join(f"{-entry.milliseconds / 1000:.3f}" for entry in ran) or "0"


def _print_record(summary: SessionSummary, console: Console) -> None:
    names = {each.participant_id: each.name for each in summary.participants}
    for incident in summary.incidents:
        about = ", ".join(names.get(each, each) for each in incident.participant_ids) or "the session"
        console.print(f"Incident ({incident.category}, {about}): {incident.note}", highlight=False, markup=False)
    for message in summary.messages:
        to = "all" if message.participant_id is None else names.get(message.participant_id, message.participant_id)
        console.print(f"{message.kind} {message.sender.name} [{to}]: {message.text}", highlight=False, markup=False)
