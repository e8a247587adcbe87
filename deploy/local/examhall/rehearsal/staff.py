"""The simulated scheduler, who prepares and closes a session, and the reviewer, who reads the essays."""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from contracts.items import AssessmentContent, EssayResponse
from contracts.limits import BULK_MAX
from contracts.resources.enrollment import AddedParticipants, AddParticipants
from contracts.resources.reporting import SessionSummary
from contracts.resources.scoring import Released, ReviewView, ScoreReview
from contracts.resources.session import AssessmentView, CreateSession, PublishAssessment, SessionView, WriteAssessment
from contracts.security import AlertRules, SecondsRule, SecurityOptions
from contracts.session import SessionSettings
from contracts.statuses import AdmissionMode, ClockPolicy, EnrollmentMode, ReleaseMode, ReviewState, Severity, StartMode
from examhall.rehearsal.answers import rubric_scores
from examhall.rehearsal.cast import Role
from examhall.rehearsal.client import Caller, Json, Refused, eventually, together

# More reviewers at once would only queue behind each other on one machine.
REVIEWERS_AT_ONCE: Final = 6
LOOK_EVERY_SECONDS: Final = 0.5


class Scheduler:
    def __init__(self, staff: Caller) -> None:
        self._staff = staff

    async def publish(self, content: AssessmentContent) -> AssessmentView:
        body = WriteAssessment(content=content).model_dump(mode="json")
        draft = AssessmentView.model_validate(await self._staff.post("/api/v1/assessments", body))
        return AssessmentView.model_validate(
            await self._staff.post(
                f"/api/v1/assessments/{draft.assessment_id}/publish",
                PublishAssessment(version=draft.version).model_dump(mode="json"),
            )
        )

    async def schedule(
        self,
        assessment: AssessmentView,
        *,
        name: str,
        proctor_id: str,
        limit_seconds: int,
        grace_seconds: int,
        seats: int,
    ) -> SessionView:
        """A hybrid session of the published version; everybody is admitted at once and the proctor starts it."""
        if assessment.published_version is None:
            raise Refused(409, "assessment-not-published", "the assessment has no published version", "schedule")
        settings = SessionSettings(
            name=name,
            assessment_id=assessment.assessment_id,
            assessment_version=assessment.published_version,
            proctor_ids=[proctor_id],
            scheduled_at=datetime.now(UTC) + timedelta(minutes=5),
            time_zone="Europe/Lisbon",
            duration_seconds=max(600, limit_seconds * 3),
            enrollment_mode=EnrollmentMode.HYBRID,
            admission_mode=AdmissionMode.AUTOMATIC,
            maximum_participants=seats,
            late_entry_seconds=limit_seconds,
            start_mode=StartMode.FLEXIBLE,
            time_limit_seconds=limit_seconds,
            grace_seconds=grace_seconds,
            clock_while_disconnected=ClockPolicy.RUNS,
            warning_minutes=[1] if limit_seconds > 120 else [],  # noqa: PLR2004 - a minute of two is worth a warning
            release_mode=ReleaseMode.MANUAL,
            security=SecurityOptions(alerts=AlertRules(focus_lost=SecondsRule(severity=Severity.WARNING, seconds=0))),
            instructions_before="This is a rehearsal. Everybody you meet here is simulated.",
            support_contact="The proctor in the chat",
        )
        body = CreateSession(settings=settings).model_dump(mode="json")
        return SessionView.model_validate(await self._staff.post("/api/v1/sessions", body))

    async def open(self, session_id: str) -> None:
        await self._staff.post(f"/api/v1/sessions/{session_id}/open", {})

    async def enrol(self, session_id: str, roles: Sequence[Role]) -> dict[int, str]:
        """Add people by hand; role index -> personal code."""
        codes: dict[int, str] = {}
        for first in range(0, len(roles), BULK_MAX):
            batch = roles[first : first + BULK_MAX]
            body = AddParticipants(participants=[role.enrolment() for role in batch]).model_dump(mode="json")
            path = f"/api/v1/sessions/{session_id}/participants"
            answer = AddedParticipants.model_validate(
                await eventually(partial(self._staff.post, path, body), {"not-found"})
            )
            if answer.refused:
                refusal = answer.refused[0]
                raise Refused(409, refusal.problem, refusal.detail, f"enrol {refusal.name}")
            by_external_id = {each.external_id: each.personal_code for each in answer.added}
            for role in batch:
                code = by_external_id.get(role.external_id)
                if code is None:
                    raise Refused(409, "no-personal-code", role.name, "enrol")
                codes[role.index] = code
        return codes

    async def release(self, session_id: str, seconds: float) -> list[str]:
        """Release everybody's result, waiting until all are final."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                answer = await self._staff.post(f"/api/v1/sessions/{session_id}/results/release", {})
            except Refused as refused:
                if refused.problem != "results-not-final" or time.monotonic() > deadline:
                    raise
            else:
                return list(Released.model_validate(answer).released)
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def summary(self, session_id: str, people: int, seconds: float) -> SessionSummary:
        """The summary once it has caught up with what was released, or as it is after `seconds`."""
        deadline = time.monotonic() + seconds
        ask = partial(self._staff.get, f"/api/v1/sessions/{session_id}/summary")
        while True:
            summary = SessionSummary.model_validate(await eventually(ask, {"not-found"}))
            released = sum(each.result_state == "released" for each in summary.participants)
            if (summary.attendance.completed >= people and released >= people) or time.monotonic() > deadline:
                return summary
            await asyncio.sleep(LOOK_EVERY_SECONDS)


class Reviewer:
    """Reads every essay of a session and scores it by its rubric. Results are not for reviewers: `scheduler` sees
    whether anything is left to do.
    """

    def __init__(self, staff: Caller, scheduler: Caller) -> None:
        self._staff = staff
        self._scheduler = scheduler
        self.reviewed = 0

    async def review_all(self, session_id: str, results_expected: int, seconds: float) -> bool:
        """True when every result exists and nothing is left to review; False when that is not so in time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            waiting = await self._staff.pages("/api/v1/reviews", session_id=session_id, state=ReviewState.WAITING.value)
            await self._review(waiting)
            results = await self._scheduler.get(f"/api/v1/sessions/{session_id}/results")
            if len(results["results"]) >= results_expected and results["reviews_outstanding"] == 0:
                return True
            if not waiting:
                await asyncio.sleep(LOOK_EVERY_SECONDS)
        return False

    async def _review(self, waiting: Sequence[Json]) -> None:
        await together((self._review_one(each["review_id"]) for each in waiting), REVIEWERS_AT_ONCE)

    async def _review_one(self, review_id: str) -> None:
        try:
            review = ReviewView.model_validate(await self._staff.post(f"/api/v1/reviews/{review_id}/claim", {}))
            written = review.response.response if review.response is not None else None
            text = written.text if isinstance(written, EssayResponse) else ""
            score = ScoreReview(
                scores=rubric_scores(review.rubric, text), comment="" if text else "Nothing was handed in."
            )
            await self._staff.post(f"/api/v1/reviews/{review_id}/score", score.model_dump(mode="json"))
        except Refused as refused:
            # A repeated request after a lost answer finds its own work done; the next listing tells.
            if refused.problem not in {"review-claimed", "review-done"}:
                raise
        else:
            self.reviewed += 1
