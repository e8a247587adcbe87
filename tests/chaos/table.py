"""The findings for people and for machines."""

from dataclasses import asdict
from typing import Any

from campaign import Findings, Outcome
from rich.table import Table


def table(findings: Findings) -> Table:
    columns = Table(title="Faults, and seconds until it worked again", title_justify="left")
    columns.add_column("fault")
    for name in ("lasted", "from start", "from end", "bound", "disturbed", "reconnects"):
        columns.add_column(name, justify="right")
    columns.add_column("")
    for each in findings.outcomes:
        columns.add_row(
            each.fault,
            f"{each.lasted:.1f}",
            _seconds(each.from_start),
            _seconds(each.from_end),
            f"{each.bound:g}",
            f"{each.disturbed:.1f}",
            str(each.reconnects),
            _verdict(each),
        )
    return columns


def complaints(findings: Findings) -> list[str]:
    """Everything that is wrong, in words."""
    verdict = findings.verdict
    found = [f"{each.fault}: {text}" for each in findings.outcomes for text in each.wrong]
    found += [f"{each.fault} was skipped: {each.skipped}" for each in findings.outcomes if each.skipped]
    found += findings.wrong
    if verdict is not None:
        found += verdict.lost + verdict.never_sent + verdict.duplicates + verdict.ledger_mismatches
        found += verdict.clock_disagreements + verdict.incomplete
        if verdict.results_released != findings.candidates:
            found.append(f"{verdict.results_released} of {findings.candidates} results were released")
    return found


def as_json(findings: Findings) -> dict[str, Any]:
    verdict = findings.verdict
    return {
        "held": findings.held,
        "candidates": findings.candidates,
        "wall_s": round(findings.wall_seconds, 1),
        "faults": [asdict(each) | {"held": each.held} for each in findings.outcomes],
        "answers_acknowledged": verdict.answers_acknowledged if verdict else None,
        "answers_recorded": verdict.answers_recorded if verdict else None,
        "answers_in_submissions": verdict.answers_in_submissions if verdict else None,
        "acknowledgements": findings.acknowledgements,
        "duplicate_results": len(verdict.duplicates) if verdict else None,
        "ledger_mismatches": len(verdict.ledger_mismatches) if verdict else None,
        "results_released": verdict.results_released if verdict else None,
        "complaints": complaints(findings),
    }


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _verdict(outcome: Outcome) -> str:
    if outcome.skipped:
        return "[yellow]skipped[/]"
    return "[green]held[/]" if outcome.held else "[bold red]BROKEN[/]"
