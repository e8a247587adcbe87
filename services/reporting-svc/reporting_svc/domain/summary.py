"""The report of a session as a pure function of its facts: their order, and how often each came, make no difference."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from contracts.attempt import ATTEMPT_FACTS, IncidentRecorded
from contracts.enrollment import ENROLLMENT_FACTS
from contracts.messaging import Message, MessageSent
from contracts.resources.monitoring import IncidentView
from contracts.resources.reporting import Attendance, SessionSummary
from contracts.scoring import SCORING_FACTS, Result
from contracts.session import SESSION_FACTS, SessionSnapshot
from contracts.statuses import CompletionReason, ResultState
from reporting_svc.domain import statistics
from reporting_svc.domain.facts import RecordedFact, distinct, only_progress
from reporting_svc.domain.person import Person, person_of, report_on

_ABOUT_PEOPLE: Final = (*ENROLLMENT_FACTS, *ATTEMPT_FACTS, *SCORING_FACTS)


def summarise(session_id: str, facts: Iterable[RecordedFact], generated_at: datetime) -> SessionSummary | None:
    """None while no fact of the session itself has been heard, whatever else has.

    `facts` counts those the summary rests on, saved progress aside, of which only the newest is kept.
    """
    known = distinct(facts)
    session = _session(known)
    if session is None:
        return None
    people = _people(known)
    results = [person.result for person in people if person.result is not None]
    percents = [each.percent for each in results if _scored(each) and each.percent is not None]
    attendance = _attendance(people)
    expected = attendance.invited - attendance.removed
    stayed = sum(person.began and not person.removed for person in people)
    finished = sum(person.began and person.complete and not person.removed for person in people)
    return SessionSummary(
        session=session,
        generated_at=generated_at,
        facts=sum(not only_progress(fact.data) for fact in known),
        attendance=attendance,
        participation_percent=statistics.share_percent(stayed, expected),
        completion_percent=statistics.share_percent(finished, stayed),
        times=statistics.times_of(
            [
                person.completion.elapsed_ms
                for person in people
                if person.completion and person.complete and person.began
            ]
        ),
        scores=statistics.histogram(percents),
        mean_percent=statistics.mean_of(percents),
        items=statistics.item_statistics(session.outline, results),
        participants=sorted(
            (report_on(person) for person in people), key=lambda line: (line.name.casefold(), line.participant_id)
        ),
        incidents=_incidents(session_id, known),
        alerts=sorted(
            (alert for person in people for alert in person.alerts), key=lambda each: (each.raised_at, each.alert_id)
        ),
        messages=_messages(known),
    )


def _session(facts: Sequence[RecordedFact]) -> SessionSnapshot | None:
    newest = None
    for fact in facts:
        if isinstance(fact.data, SESSION_FACTS):
            newest = fact.data.session
    return newest


def _people(facts: Sequence[RecordedFact]) -> list[Person]:
    """By id. Versions of different aggregates (enrolment, attempt, result) never meet in one person's fields."""
    of_each: dict[str, list[RecordedFact]] = {}
    for fact in facts:
        if fact.participant_id is not None and isinstance(fact.data, _ABOUT_PEOPLE):
            of_each.setdefault(fact.participant_id, []).append(fact)
    return [person_of(participant_id, of_each[participant_id]) for participant_id in sorted(of_each)]


def _scored(result: Result) -> bool:
    return result.state in {ResultState.FINAL, ResultState.RELEASED}


def _attendance(people: Sequence[Person]) -> Attendance:
    """Everybody who had a place counts as invited; those removed or denied are among them.

    `completed`: attempts that began and ended, for whatever reason.
    """
    done = [person for person in people if person.began and person.complete]
    return Attendance(
        invited=len(people),
        joined=sum(person.came for person in people),
        began=sum(person.began for person in people),
        completed=len(done),
        submitted=sum(person.reason is CompletionReason.SUBMITTED for person in done),
        time_expired=sum(person.reason is CompletionReason.TIME_EXPIRED for person in done),
        absent=sum(person.reason is CompletionReason.ABSENT for person in people),
        removed=sum(person.removed for person in people),
    )


def _incidents(session_id: str, facts: Sequence[RecordedFact]) -> list[IncidentView]:
    incidents = {
        fact.data.incident_id: IncidentView(
            incident_id=fact.data.incident_id,
            session_id=session_id,
            category=fact.data.category,
            note=fact.data.note,
            participant_ids=fact.data.participant_ids,
            by=fact.data.by,
            moment=fact.data.moment,
            recorded_at=fact.time,
        )
        for fact in facts
        if isinstance(fact.data, IncidentRecorded)
    }
    return sorted(incidents.values(), key=lambda each: (each.moment, each.incident_id))


def _messages(facts: Sequence[RecordedFact]) -> list[Message]:
    messages = {fact.data.message.message_id: fact.data.message for fact in facts if isinstance(fact.data, MessageSent)}
    return sorted(messages.values(), key=lambda each: (each.number, each.message_id))
