"""The comparison of what the candidates were promised with what was kept. Pure: every input is a value.

Three questions: is every acknowledged answer in what was recorded and in the final submission; does everybody have
exactly one result; does every clock's ledger add up, exactly, and agree with what the candidate saw.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from contracts.attempt import LedgerEntry, LedgerKind, SavedResponse
from contracts.digest import responses_digest
from contracts.resources.monitoring import AttemptView
from contracts.resources.reporting import ParticipantReport, SessionSummary
from contracts.resources.scoring import ResultView
from contracts.statuses import Phase, ResultState
from examhall.rehearsal.witness import Said, Witness

# Between the moment a clock starts or stops and the page showing it lie the broker, the decider and a frame; a loaded
# machine adds to that. What the ledger says is exact, what a page saw is not.
CLOCK_TOLERANCE: Final = timedelta(seconds=3)
COMPLETED: Final = "examhall.attempt.completed.v1"


@dataclass(slots=True)
class Verdict:
    """The figures, and in words everything that is wrong."""

    answers_acknowledged: int = 0
    answers_recorded: int = 0
    answers_in_submissions: int = 0
    answers_refused: int = 0
    lost: list[str] = field(default_factory=list)
    never_sent: list[str] = field(default_factory=list)
    duplicates: list[str] = field(default_factory=list)
    ledger_mismatches: list[str] = field(default_factory=list)
    clock_disagreements: list[str] = field(default_factory=list)
    digests_equal: int = 0
    results_released: int = 0
    incomplete: list[str] = field(default_factory=list)

    @property
    def answers_lost(self) -> int:
        return self.answers_acknowledged - self.answers_in_submissions


@dataclass(frozen=True, slots=True)
class Findings:
    """What the public API said after the session. A participant who could not be read is missing from `attempts`."""

    attempts: Mapping[str, AttemptView]
    results: Sequence[ResultView]
    summary: SessionSummary | None
    completions: Sequence[str] = ()
    """Participant ids of the completions in the activity log, one for each entry."""


def judge(witnesses: Sequence[Witness], findings: Findings, slowest_news: timedelta = timedelta()) -> Verdict:
    """`slowest_news`: how late the live view was at its worst; a page cannot know a clock better than that."""
    verdict = Verdict()
    reports = {each.participant_id: each for each in findings.summary.participants} if findings.summary else {}
    scored = {each.result.participant_id: each.result.responses_digest for each in findings.results}
    for witness in witnesses:
        attempt = findings.attempts.get(witness.participant_id)
        report = reports.get(witness.participant_id)
        _judge_answers(witness, attempt, scored.get(witness.participant_id), verdict)
        _judge_ledger(witness, report, CLOCK_TOLERANCE + slowest_news, verdict)
    _judge_results(witnesses, findings, verdict)
    return verdict


# Answers


def _judge_answers(witness: Witness, attempt: AttemptView | None, scored: str | None, verdict: Verdict) -> None:
    who = f"{witness.name} ({witness.participant_id})"
    promised = witness.last_words()
    verdict.answers_acknowledged += len(promised)
    verdict.answers_refused += sum(said.refused is not None for said in witness.said.values())
    if attempt is None:
        verdict.incomplete.append(f"{who}: no attempt to be found")
        verdict.lost.extend(f"{who}: {item_id}, no attempt" for item_id in promised)
        return
    if attempt.row.phase is not Phase.COMPLETE:
        verdict.incomplete.append(f"{who}: the attempt is {attempt.row.phase}")
    recorded = {each.item_id: each for each in attempt.responses}
    kept = set()
    for item_id, said in promised.items():
        complaint = _complaint(said, recorded.get(item_id), witness)
        if complaint is None:
            kept.add(item_id)
        else:
            verdict.lost.append(f"{who}: {item_id}, {complaint}")
    verdict.answers_recorded += len(kept)
    for item_id in recorded.keys() - {said.item_id for said in witness.said.values()}:
        verdict.never_sent.append(f"{who}: {item_id} was recorded and never answered")
    if _submission_holds(witness, attempt, scored):
        verdict.digests_equal += 1
        verdict.answers_in_submissions += len(kept)
    else:
        verdict.lost.append(f"{who}: receipt, record and result are not about the same answers")


def _complaint(said: Said, saved: SavedResponse | None, witness: Witness) -> str | None:
    """What is wrong with the record of one promised answer; None when it, or a newer one that was sent, is there."""
    if saved is None:
        cleared = said.response is None or any(
            later.response is None and later.item_id == said.item_id and later.seq > said.seq
            for later in witness.said.values()
        )
        return None if cleared else f"answer {said.seq} is not recorded"
    if saved.seq < said.seq:
        return f"answer {said.seq} is not recorded, only {saved.seq} is"
    sent = witness.said.get(saved.seq)
    if sent is None or sent.item_id != said.item_id:
        return f"answer {saved.seq} is recorded and was never sent"
    if sent.response != saved.response:
        return f"answer {saved.seq} is recorded with other content than was sent"
    return None


def _submission_holds(witness: Witness, attempt: AttemptView, scored: str | None) -> bool:
    """The digest recomputed from the answers equals the one on record, the receipt in the candidate's hand and the one
    of the answers that were scored (where there is a receipt and a result).
    """
    digest = responses_digest(attempt.responses)
    return attempt.row.responses_digest == digest and {witness.receipt, scored} <= {digest, None}


# Clocks


def _judge_ledger(witness: Witness, report: ParticipantReport | None, tolerance: timedelta, verdict: Verdict) -> None:
    who = f"{witness.name} ({witness.participant_id})"
    if report is None:
        verdict.ledger_mismatches.append(f"{who}: not in the summary")
        return
    wrong = list(_ledger_errors(witness, report))
    if wrong:
        verdict.ledger_mismatches.append(f"{who}: {'; '.join(wrong)}")
    disagreement = _clock_disagreement(witness, report.ledger, tolerance)
    if disagreement:
        verdict.clock_disagreements.append(f"{who}: {disagreement}")


def _ledger_errors(witness: Witness, report: ParticipantReport) -> Iterable[str]:
    granted = _total(report.ledger, LedgerKind.GRANTED)
    extended = _total(report.ledger, LedgerKind.EXTENDED)
    ran = -_total(report.ledger, LedgerKind.RAN)
    if granted != witness.limit_ms:
        yield f"granted {granted} ms, promised {witness.limit_ms}"
    if extended != witness.extended_ms:
        yield f"extended by {extended} ms, promised {witness.extended_ms}"
    if granted + extended - ran != report.remaining_ms:
        yield f"{granted} + {extended} - {ran} is not the remaining {report.remaining_ms} ms"
    if ran != report.elapsed_ms:
        yield f"ran {ran} ms, elapsed {report.elapsed_ms}"
    if report.remaining_ms < 0:
        yield f"{report.remaining_ms} ms remain"
    if len({entry.entry_id for entry in report.ledger}) != len(report.ledger):
        yield "an entry is there twice"
    if not report.ledger_adds_up:
        yield "the report itself says that it does not add up"
    yield from _interval_errors(report.ledger)


def _total(ledger: Iterable[LedgerEntry], kind: LedgerKind) -> int:
    return sum(entry.milliseconds for entry in ledger if entry.kind is kind)


def _interval_errors(ledger: Iterable[LedgerEntry]) -> Iterable[str]:
    """Each RAN entry is as long as it says, and no two overlap."""
    previous: datetime | None = None
    for entry in sorted((each for each in ledger if each.kind is LedgerKind.RAN), key=lambda each: each.at):
        if entry.since is None:
            yield f"entry {entry.entry_id} has no beginning"
            continue
        if entry.at - entry.since != timedelta(milliseconds=-entry.milliseconds):
            yield f"entry {entry.entry_id} says {entry.milliseconds} ms for {entry.at - entry.since}"
        if previous is not None and entry.since < previous:
            yield f"entry {entry.entry_id} overlaps the one before"
        previous = entry.at


def _clock_disagreement(witness: Witness, ledger: Iterable[LedgerEntry], tolerance: timedelta) -> str | None:
    """Compare running time as the page saw it; None where the page cannot know or they agree."""
    seen = witness.clock
    if not seen or not all(each.sure and each.until is not None for each in seen):
        return None
    ran = timedelta(milliseconds=-_total(ledger, LedgerKind.RAN))
    saw = sum((each.until - each.since for each in seen if each.until is not None), timedelta())
    # Each stretch is heard of late at both ends.
    if abs(ran - saw) <= tolerance * len(seen):
        return None
    return f"the ledger says {ran.total_seconds():.1f} s ran, the page saw {saw.total_seconds():.1f} s"


# Results


def _judge_results(witnesses: Sequence[Witness], findings: Findings, verdict: Verdict) -> None:
    counts = Counter(each.result.participant_id for each in findings.results)
    verdict.duplicates.extend(
        f"{participant_id}: {number} results" for participant_id, number in counts.items() if number > 1
    )
    completions = Counter(findings.completions)
    verdict.duplicates.extend(
        f"{participant_id}: completed {number} times" for participant_id, number in completions.items() if number > 1
    )
    if findings.summary is not None:
        reported = Counter(each.participant_id for each in findings.summary.participants)
        verdict.duplicates.extend(
            f"{participant_id}: {number} times in the summary"
            for participant_id, number in reported.items()
            if number > 1
        )
    released = {each.result.participant_id for each in findings.results if each.result.state is ResultState.RELEASED}
    verdict.results_released = len(released)
    known = {each.participant_id for each in witnesses}
    verdict.duplicates.extend(f"{participant_id}: a result of nobody" for participant_id in counts.keys() - known)
