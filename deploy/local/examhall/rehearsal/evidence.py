"""Reads through the public API, after the session, everything the judge compares."""

from collections.abc import Sequence
from typing import Final

from contracts.resources.monitoring import AttemptView
from contracts.resources.reporting import SessionSummary
from contracts.resources.scoring import ResultView
from examhall.rehearsal.client import Caller, Refused, Unreachable, together
from examhall.rehearsal.judge import COMPLETED, Findings

READS_AT_ONCE: Final = 12
# The newest entries, as many as the service gives at once; completions are among the last of a session.
ACTIVITY_MAX: Final = 10_000


async def gather(
    staff: Caller, session_id: str, participant_ids: Sequence[str], summary: SessionSummary | None
) -> Findings:
    """Whoever cannot be read is simply missing; the judge complains."""
    results = await staff.get(f"/api/v1/sessions/{session_id}/results")
    activity = await staff.get(f"/api/v1/sessions/{session_id}/activity", limit=ACTIVITY_MAX)
    return Findings(
        attempts=await _attempts(staff, participant_ids),
        results=[ResultView.model_validate(each) for each in results["results"]],
        summary=summary,
        completions=[each["participant_id"] for each in activity if each["type"] == COMPLETED],
    )


async def _attempts(staff: Caller, participant_ids: Sequence[str]) -> dict[str, AttemptView]:
    attempts: dict[str, AttemptView] = {}

    async def read(participant_id: str) -> None:
        try:
            found = await staff.get(f"/api/v1/attempts/{participant_id}")
        except (Refused, Unreachable):
            return
        attempts[participant_id] = AttemptView.model_validate(found)

    await together((read(participant_id) for participant_id in participant_ids), READS_AT_ONCE)
    return attempts
