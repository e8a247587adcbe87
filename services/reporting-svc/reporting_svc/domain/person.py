"""One participant's line of the report, from the facts about them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from contracts.attempt import (
    ATTEMPT_FACTS,
    AttemptAdmitted,
    AttemptBegan,
    AttemptCompleted,
    AttemptCreated,
    AttemptPaused,
    AttemptReset,
    AttemptResumed,
    IncidentRecorded,
    LedgerEntry,
    ParticipantConnected,
    ParticipantDisconnected,
    ProgressSaved,
    Terms,
)
from contracts.enrollment import ENROLLMENT_FACTS, ParticipantAdmitted, ParticipantJoined, ParticipantSnapshot
from contracts.resources.reporting import AlertReport, ParticipantReport
from contracts.scoring import SCORING_FACTS, Result
from contracts.statuses import CompletionReason, EnrollmentState, ParticipantStatus, Phase, participant_status
from reporting_svc.domain.alerts import alerts_of
from reporting_svc.domain.facts import RecordedFact

NAME_UNKNOWN = "Name unknown"  # facts about somebody whose enrolment has not been heard of yet


@dataclass(slots=True)
class Person:
    """What the facts heard so far say. Built by `person_of` and not changed after."""

    participant_id: str
    enrolled: ParticipantSnapshot | None = None
    terms: Terms | None = None
    came: bool = False
    phase: Phase = Phase.INVITED
    connected: bool = False
    began_at: datetime | None = None
    completion: AttemptCompleted | None = None
    answered: int = 0
    disconnections: int = 0
    ledger: dict[str, LedgerEntry] = field(default_factory=dict)
    result: Result | None = None
    alerts: list[AlertReport] = field(default_factory=list)

    @property
    def began(self) -> bool:
        return self.began_at is not None

    @property
    def complete(self) -> bool:
        return self.completion is not None and self.phase is Phase.COMPLETE

    @property
    def reason(self) -> CompletionReason | None:
        return self.completion.reason if self.completion is not None and self.complete else None

    @property
    def removed(self) -> bool:
        gone = self.enrolled is not None and self.enrolled.state in {EnrollmentState.REMOVED, EnrollmentState.DENIED}
        return gone or self.reason is CompletionReason.REMOVED

    @property
    def entries(self) -> list[LedgerEntry]:
        return sorted(self.ledger.values(), key=lambda entry: (entry.at, entry.entry_id))

    @property
    def ledger_adds_up(self) -> bool:
        """The entries each fact brought are those of the final clock, and they add up to what remained.

        While an attempt is open there is no final clock to hold them against.
        """
        if self.completion is None or not self.complete:
            return True
        final = {entry.entry_id: entry for entry in self.completion.clock}
        balance = sum(entry.milliseconds for entry in final.values())
        return (
            final == self.ledger
            and len(final) == len(self.completion.clock)
            and (balance == self.completion.remaining_ms)
        )

    @property
    def status(self) -> ParticipantStatus:
        if self.removed:
            return ParticipantStatus.REMOVED
        return participant_status(self.phase, connected=self.connected, completion_reason=self.reason)


def person_of(participant_id: str, facts: Sequence[RecordedFact]) -> Person:
    """`facts`: those about this participant, distinct and in order."""
    person = Person(participant_id)
    for fact in facts:
        data = fact.data
        if isinstance(data, ENROLLMENT_FACTS):
            person.enrolled = data.participant
            person.came = person.came or isinstance(data, (ParticipantJoined, ParticipantAdmitted))
        elif isinstance(data, SCORING_FACTS):
            person.result = data.result
        elif isinstance(data, ATTEMPT_FACTS) and not isinstance(data, IncidentRecorded):
            _follow(person, fact)
    person.alerts = alerts_of(participant_id, name_of(person), facts)
    return person


def _follow(person: Person, fact: RecordedFact) -> None:
    data = fact.data
    assert isinstance(data, ATTEMPT_FACTS)
    assert not isinstance(data, IncidentRecorded)
    person.ledger.update({entry.entry_id: entry for entry in data.ledger})
    match data:
        case AttemptCreated():
            person.terms = data.terms
        case AttemptAdmitted():
            person.terms = data.terms
            person.phase = Phase.WAITING
            person.came = True
        case AttemptBegan():
            person.phase = Phase.ACTIVE
            person.began_at = person.began_at or fact.time
            person.came = True
        case ProgressSaved():
            person.answered = data.answered
        case ParticipantConnected():
            person.connected = True
            person.came = True
        case ParticipantDisconnected():
            person.connected = False
            # Leaving the waiting room, or closing the page after submitting, interrupts nobody's work.
            person.disconnections += person.phase in {Phase.ACTIVE, Phase.PAUSED}
        case AttemptPaused():
            person.phase = Phase.PAUSED
        case AttemptResumed():
            person.phase = Phase.ACTIVE
        case AttemptReset():
            # "active when the session runs and the person is there, else paused": only then has it a deadline
            person.phase = Phase.ACTIVE if data.deadline_at is not None else Phase.PAUSED
        case AttemptCompleted():
            person.phase = Phase.COMPLETE
            person.completion = data
            person.began_at = data.began_at or person.began_at
            person.answered = len(data.responses)
        case _:
            pass


def report_on(person: Person) -> ParticipantReport:
    completion = person.completion if person.complete else None
    entries = person.entries
    ran = -sum(entry.milliseconds for entry in entries if entry.kind == "ran")
    result = person.result
    return ParticipantReport(
        participant_id=person.participant_id,
        name=name_of(person),
        external_id=_external_id(person),
        status=person.status,
        completion_reason=person.reason,
        began_at=person.began_at,
        completed_at=completion.completed_at if completion else None,
        elapsed_ms=completion.elapsed_ms if completion else ran,
        remaining_ms=completion.remaining_ms if completion else sum(entry.milliseconds for entry in entries),
        ledger=entries,
        ledger_adds_up=person.ledger_adds_up,
        answers=person.answered,
        responses_digest=completion.responses_digest if completion else None,
        disconnections=person.disconnections,
        result_state=result.state if result else None,
        points=result.points if result else None,
        percent=result.percent if result else None,
        passed=result.passed if result else None,
    )


def name_of(person: Person) -> str:
    if person.enrolled is not None:
        return person.enrolled.name
    return person.terms.name if person.terms is not None else NAME_UNKNOWN


def _external_id(person: Person) -> str | None:
    if person.enrolled is not None:
        return person.enrolled.external_id
    return person.terms.external_id if person.terms is not None else None
