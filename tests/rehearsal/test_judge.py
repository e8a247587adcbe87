"""The judge notices every way in which a promise can be broken: it is fed an honest session, then doctored ones."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from contracts.attempt import SYSTEM, LedgerEntry, LedgerKind, SavedResponse
from contracts.digest import responses_digest
from contracts.items import NumericResponse, Response, TrueFalseResponse
from contracts.live import Row
from contracts.resources.monitoring import AttemptView
from contracts.resources.reporting import Attendance, ParticipantReport, SessionSummary, Times
from contracts.resources.scoring import ResultView
from contracts.scoring import Result
from contracts.session import SessionSettings, SessionSnapshot
from contracts.statuses import CompletionReason, ParticipantStatus, Phase, ResultState, SessionState
from examhall.rehearsal.judge import Findings, Verdict, judge
from examhall.rehearsal.witness import Running, Said, Witness

BEGAN = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
LIMIT_MS = 40_000
RAN_MS = 25_000


def _said(seq: int, item_id: str, response: Response | None, *, acknowledged: bool = True) -> Said:
    return Said(seq, item_id, response, BEGAN + timedelta(seconds=seq), acknowledged=acknowledged)


def _saved(seq: int, item_id: str, response: Response) -> SavedResponse:
    return SavedResponse(item_id=item_id, seq=seq, at=BEGAN + timedelta(seconds=seq), response=response)


def _entry(number: int, kind: LedgerKind, milliseconds: int, since: datetime | None = None) -> LedgerEntry:
    at = BEGAN if since is None else since + timedelta(milliseconds=-milliseconds)
    return LedgerEntry(
        entry_id=f"entry-{number}", kind=kind, at=at, milliseconds=milliseconds, by=SYSTEM, reason="-", since=since
    )


@dataclass
class Case:
    """One candidate's story and what the stack says about it; `verdict` puts both before the judge."""

    witness: Witness
    responses: list[SavedResponse]
    ledger: list[LedgerEntry]
    remaining_ms: int = LIMIT_MS - RAN_MS
    digest: str | None = None
    scored_digest: str | None = None
    phase: Phase = Phase.COMPLETE
    results: int = 1
    completions: list[str] = field(default_factory=lambda: ["p1"])

    def verdict(self) -> Verdict:
        return judge([self.witness], self.findings())

    def findings(self) -> Findings:
        digest = self.digest or responses_digest(self.responses)
        return Findings(
            attempts={"p1": self._attempt(digest)},
            results=[_result(self.scored_digest or digest)] * self.results,
            summary=_summary([self._report(digest)]),
            completions=self.completions,
        )

    def _attempt(self, digest: str) -> AttemptView:
        row = Row(
            participant_id="p1",
            version=9,
            name="Ada",
            status=ParticipantStatus.COMPLETE,
            phase=self.phase,
            connected=False,
            answered=2,
            total=2,
            flagged=0,
            limit_ms=LIMIT_MS,
            responses_digest=digest,
        )
        return AttemptView(
            org_id="o",
            session_id="s",
            row=row,
            responses=self.responses,
            flagged_items=[],
            ledger=self.ledger,
            server_time=BEGAN,
        )

    def _report(self, digest: str) -> ParticipantReport:
        return ParticipantReport(
            participant_id="p1",
            name="Ada",
            external_id=None,
            status=ParticipantStatus.COMPLETE,
            completion_reason=CompletionReason.SUBMITTED,
            began_at=BEGAN,
            completed_at=BEGAN + timedelta(milliseconds=RAN_MS),
            elapsed_ms=RAN_MS,
            remaining_ms=self.remaining_ms,
            ledger=self.ledger,
            ledger_adds_up=True,
            answers=len(self.responses),
            responses_digest=digest,
            disconnections=0,
            result_state=ResultState.RELEASED,
            points=Decimal(1),
            percent=Decimal(50),
            passed=False,
        )


def _result(digest: str) -> ResultView:
    result = Result(
        participant_id="p1",
        session_id="s",
        name="Ada",
        attempt_number=1,
        state=ResultState.RELEASED,
        completion_reason=CompletionReason.SUBMITTED,
        items=[],
        points=Decimal(1),
        points_available=Decimal(2),
        percent=Decimal(50),
        passed=False,
        responses_digest=digest,
        reviews_outstanding=0,
    )
    return ResultView(result=result, version=3)


def _summary(participants: list[ParticipantReport]) -> SessionSummary:
    settings = SessionSettings(
        name="Trial",
        assessment_id="a",
        assessment_version=1,
        scheduled_at=BEGAN,
        time_zone="Europe/Lisbon",
        duration_seconds=600,
    )
    session = SessionSnapshot(
        session_id="s",
        state=SessionState.ENDED,
        settings=settings,
        code="ABCDEF",
        time_limit_seconds=40,
        pass_mark_percent=Decimal(60),
        assessment_title="Trial",
        outline=[],
    )
    return SessionSummary(
        session=session,
        generated_at=BEGAN,
        facts=1,
        attendance=Attendance(
            invited=1, joined=1, began=1, completed=1, submitted=1, time_expired=0, absent=0, removed=0
        ),
        participation_percent=None,
        completion_percent=None,
        times=Times(mean_seconds=None, median_seconds=None, shortest_seconds=None, longest_seconds=None),
        scores=[],
        mean_percent=None,
        items=[],
        participants=participants,
        incidents=[],
        alerts=[],
        messages=[],
    )


@pytest.fixture
def case() -> Case:
    """An honest session: an answer given, changed and saved, another one saved, one flagged away by nobody."""
    said = [
        _said(1, "truth", TrueFalseResponse(value=False)),
        _said(2, "truth", TrueFalseResponse(value=True)),
        _said(3, "sum", NumericResponse(text="42")),
    ]
    responses = [_saved(3, "sum", NumericResponse(text="42")), _saved(2, "truth", TrueFalseResponse(value=True))]
    witness = Witness(
        "p1",
        "Ada",
        LIMIT_MS,
        said={each.seq: each for each in said},
        clock=[Running(BEGAN, BEGAN + timedelta(milliseconds=RAN_MS + 200))],
        receipt=responses_digest(responses),
    )
    ledger = [_entry(1, LedgerKind.GRANTED, LIMIT_MS), _entry(2, LedgerKind.RAN, -RAN_MS, since=BEGAN)]
    return Case(witness, responses, ledger)


def _clean(verdict: Verdict) -> bool:
    return not (
        verdict.answers_lost
        or verdict.lost
        or verdict.never_sent
        or verdict.duplicates
        or verdict.ledger_mismatches
        or verdict.clock_disagreements
        or verdict.incomplete
    )


def test_an_honest_session_is_clean(case: Case):
    verdict = case.verdict()
    assert _clean(verdict)
    assert (verdict.answers_acknowledged, verdict.answers_recorded, verdict.answers_in_submissions) == (2, 2, 2)
    assert verdict.digests_equal == 1
    assert verdict.results_released == 1


# Answers


def test_an_answer_that_is_not_recorded_is_lost(case: Case):
    case.responses.pop(0)
    case.witness.receipt = None
    verdict = case.verdict()
    assert verdict.answers_lost == 1
    assert "sum" in verdict.lost[0]


def test_an_older_answer_in_place_of_an_acknowledged_one_is_a_loss(case: Case):
    case.responses[1] = _saved(1, "truth", TrueFalseResponse(value=False))
    case.witness.receipt = None
    assert case.verdict().answers_lost == 1


def test_an_answer_recorded_with_other_content_is_lost(case: Case):
    case.responses[0] = _saved(3, "sum", NumericResponse(text="41"))
    case.witness.receipt = None
    assert case.verdict().answers_lost == 1


def test_a_newer_answer_that_was_sent_but_never_acknowledged_may_be_recorded(case: Case):
    case.witness.said[4] = _said(4, "sum", NumericResponse(text="43"), acknowledged=False)
    case.responses[0] = _saved(4, "sum", NumericResponse(text="43"))
    case.witness.receipt = None
    assert _clean(case.verdict())


def test_an_unacknowledged_answer_may_be_missing(case: Case):
    case.witness.said[4] = _said(4, "other", NumericResponse(text="7"), acknowledged=False)
    assert _clean(case.verdict())


def test_an_acknowledged_answer_that_was_refused_afterwards_is_not_promised(case: Case):
    late = _said(4, "other", NumericResponse(text="7"))
    late.refused = "attempt-paused"
    case.witness.said[4] = late
    verdict = case.verdict()
    assert _clean(verdict)
    assert verdict.answers_refused == 1


def test_a_cleared_answer_must_be_gone(case: Case):
    case.witness.said[4] = _said(4, "sum", None)
    assert case.verdict().answers_lost == 1
    case.responses.pop(0)
    case.witness.receipt = None
    assert _clean(case.verdict())


def test_an_answer_nobody_gave_is_noticed(case: Case):
    case.responses.append(_saved(9, "invented", NumericResponse(text="1")))
    case.witness.receipt = None
    assert case.verdict().never_sent


@pytest.mark.parametrize(
    "doctor",
    [
        lambda case: setattr(case, "digest", "0" * 64),
        lambda case: setattr(case.witness, "receipt", "0" * 64),
        lambda case: setattr(case, "scored_digest", "0" * 64),
    ],
    ids=["on record", "in the candidate's hand", "of the scored answers"],
)
def test_a_digest_that_does_not_fit_the_answers_counts_all_of_them_as_lost(case: Case, doctor: Callable[[Case], None]):
    doctor(case)
    verdict = case.verdict()
    assert verdict.answers_lost == 2
    assert verdict.digests_equal == 0


def test_a_missing_attempt_loses_everything(case: Case):
    findings = replace(case.findings(), attempts={})
    verdict = judge([case.witness], findings)
    assert verdict.answers_lost == 2
    assert verdict.incomplete


def test_an_attempt_that_goes_on_is_incomplete(case: Case):
    case.phase = Phase.ACTIVE
    assert case.verdict().incomplete


# Results


def test_two_results_of_one_person_are_a_duplicate(case: Case):
    case.results = 2
    verdict = case.verdict()
    assert len(verdict.duplicates) == 1
    assert verdict.results_released == 1


def test_completing_twice_is_a_duplicate(case: Case):
    case.completions = ["p1", "p1"]
    assert case.verdict().duplicates


def test_a_result_of_a_stranger_is_noticed(case: Case):
    findings = case.findings()
    stranger = findings.results[0].result.model_copy(update={"participant_id": "p2"})
    verdict = judge(
        [case.witness], replace(findings, results=[*findings.results, ResultView(result=stranger, version=1)])
    )
    assert verdict.duplicates


# Clocks


def _mismatch(case: Case) -> str:
    (mismatch,) = case.verdict().ledger_mismatches
    return mismatch


def test_a_remaining_time_that_is_not_the_sum_is_a_mismatch(case: Case):
    case.remaining_ms += 1
    assert "is not the remaining" in _mismatch(case)


def test_a_lost_entry_is_a_mismatch(case: Case):
    case.ledger.pop()
    assert "is not the remaining" in _mismatch(case)


def test_less_time_than_promised_is_a_mismatch_even_when_the_ledger_adds_up(case: Case):
    case.ledger[0] = _entry(1, LedgerKind.GRANTED, LIMIT_MS - 5_000)
    case.remaining_ms -= 5_000
    assert "granted 35000 ms, promised 40000" in _mismatch(case)


def test_an_extension_applied_twice_is_a_mismatch(case: Case):
    case.witness.extended_ms = 20_000
    case.ledger += [_entry(3, LedgerKind.EXTENDED, 20_000), _entry(4, LedgerKind.EXTENDED, 20_000)]
    case.remaining_ms += 40_000
    assert "extended by 40000 ms, promised 20000" in _mismatch(case)


def test_an_extension_applied_once_is_fine(case: Case):
    case.witness.extended_ms = 20_000
    case.ledger.append(_entry(3, LedgerKind.EXTENDED, 20_000))
    case.remaining_ms += 20_000
    assert _clean(case.verdict())


def test_an_interval_of_another_length_than_it_says_is_a_mismatch(case: Case):
    case.ledger[1] = case.ledger[1].model_copy(update={"since": BEGAN + timedelta(seconds=1)})
    assert "entry-2 says" in _mismatch(case)


def test_overlapping_intervals_are_a_mismatch(case: Case):
    case.ledger[1:] = [
        _entry(2, LedgerKind.RAN, -15_000, since=BEGAN),
        _entry(3, LedgerKind.RAN, -10_000, since=BEGAN + timedelta(seconds=10)),
    ]
    assert "overlaps" in _mismatch(case)


def test_the_same_entry_twice_is_a_mismatch(case: Case):
    case.ledger.append(case.ledger[0])
    assert "twice" in _mismatch(case)


def test_whoever_is_missing_from_the_summary_is_a_mismatch(case: Case):
    verdict = judge([case.witness], replace(case.findings(), summary=_summary([])))
    assert len(verdict.ledger_mismatches) == 1


def test_a_clock_that_ran_longer_than_the_page_saw_is_a_disagreement(case: Case):
    case.witness.clock = [Running(BEGAN, BEGAN + timedelta(seconds=15))]
    assert case.verdict().clock_disagreements


def test_a_page_that_was_offline_cannot_contradict_the_ledger(case: Case):
    case.witness.clock = [Running(BEGAN, BEGAN + timedelta(seconds=15), sure=False)]
    assert not case.verdict().clock_disagreements
