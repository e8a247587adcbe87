"""An assessment with an essay, and the facts and people around it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from chassis.identifiers import derived_id
from contracts.attempt import (
    SYSTEM,
    AttemptAdmitted,
    AttemptCompleted,
    AttemptReset,
    SavedResponse,
    Terms,
)
from contracts.digest import responses_digest
from contracts.envelope import Event
from contracts.items import AssessmentContent, outline_of, response_adapter
from contracts.session import AssessmentPublished, SessionScheduled, SessionSettings, SessionSnapshot
from contracts.statuses import ClockPolicy, CompletionReason, ReleaseMode, SessionState

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


class World:
    """Makes the facts other services would publish. Ids contain `name`, so that each test has people of its own."""

    org_id = "org1"

    def __init__(self, name: str) -> None:
        self.session_id = f"{name}-s"
        self.assessment_id = f"{name}-a"
        self.name = name
        self.content = AssessmentContent.model_validate(
            {
                "title": "Chemistry",
                "pass_mark_percent": "60",
                "time_limit_seconds": 3600,
                "sections": [
                    {
                        "section_id": "one",
                        "title": "One",
                        "items": [
                            {
                                "type": "single_choice",
                                "item_id": "choice",
                                "title": "Choice",
                                "prompt": "?",
                                "points": "4",
                                "choices": [{"choice_id": "a", "text": "A"}, {"choice_id": "b", "text": "B"}],
                                "key": {"correct": "a"},
                            },
                            {
                                "type": "essay",
                                "item_id": "essay",
                                "title": "Essay",
                                "prompt": "Discuss.",
                                "points": "6",
                                "key": {
                                    "rubric": [
                                        {"criterion_id": "depth", "title": "Depth", "points": "4"},
                                        {"criterion_id": "style", "title": "Style", "points": "2"},
                                    ]
                                },
                            },
                        ],
                    }
                ],
            }
        )

    def person(self, number: int = 1) -> str:
        return f"{self.name}-p{number}"

    def event(self, data: Any, subject: str, version: int, session_id: str | None = None) -> Event[Any]:
        return Event(
            id=derived_id(type(data).__name__, subject, str(version)),
            source="test",
            time=START + timedelta(seconds=version),
            subject=subject,
            org_id=self.org_id,
            session_id=session_id,
            version=version,
            data=data,
        )

    def published(self) -> Event[AssessmentPublished]:
        fact = AssessmentPublished(
            assessment_id=self.assessment_id, assessment_version=1, content=self.content, published_by="author"
        )
        return self.event(fact, self.assessment_id, 1)

    def scheduled(self, release: ReleaseMode = ReleaseMode.MANUAL) -> Event[SessionScheduled]:
        settings = SessionSettings(
            name="Sitting",
            assessment_id=self.assessment_id,
            assessment_version=1,
            scheduled_at=START,
            time_zone="UTC",
            duration_seconds=3600,
            release_mode=release,
        )
        snapshot = SessionSnapshot(
            session_id=self.session_id,
            state=SessionState.SCHEDULED,
            settings=settings,
            code="ABCD23",
            time_limit_seconds=3600,
            pass_mark_percent=Decimal(60),
            assessment_title="Chemistry",
            outline=outline_of(self.content),
        )
        return self.event(SessionScheduled(session=snapshot), self.session_id, 1, self.session_id)

    def admitted(self, number: int = 1) -> Event[AttemptAdmitted]:
        terms = Terms(
            name=f"Person {number}",
            time_limit_seconds=3600,
            grace_seconds=30,
            clock_while_disconnected=ClockPolicy.RUNS,
            total_items=2,
        )
        fact = AttemptAdmitted(participant_id=self.person(number), actor=SYSTEM, terms=terms)
        return self.event(fact, self.person(number), 1, self.session_id)

    def completed(
        self,
        number: int = 1,
        *,
        choice: str | None = "a",
        essay: str | None = "Because.",
        essay_seq: int = 2,
        version: int = 9,
        attempt_number: int = 1,
        began: bool = True,
        digest: str | None = None,
    ) -> Event[AttemptCompleted]:
        typed = {
            "choice": (1, {"type": "single_choice", "choice_id": choice}) if choice else None,
            "essay": (essay_seq, {"type": "essay", "text": essay}) if essay is not None else None,
        }
        responses = [
            SavedResponse(item_id=item, seq=each[0], at=START, response=response_adapter.validate_python(each[1]))
            for item, each in typed.items()
            if each
        ]
        fact = AttemptCompleted(
            participant_id=self.person(number),
            actor=SYSTEM,
            reason=CompletionReason.SUBMITTED if began else CompletionReason.ABSENT,
            attempt_number=attempt_number,
            began_at=START if began else None,
            completed_at=START,
            elapsed_ms=0,
            remaining_ms=0,
            responses=responses,
            responses_digest=digest or responses_digest(responses),
            clock=[],
        )
        return self.event(fact, self.person(number), version, self.session_id)

    def reset(self, number: int = 1, *, version: int = 10) -> Event[AttemptReset]:
        fact = AttemptReset(participant_id=self.person(number), actor=SYSTEM, reason="Fire alarm", attempt_number=2)
        return self.event(fact, self.person(number), version, self.session_id)
