"""The status people see is derived from phase and connection."""

import pytest

from contracts.problems import problem_named, problem_types
from contracts.statuses import CompletionReason, ParticipantStatus, Phase, participant_status


@pytest.mark.parametrize(
    ("phase", "connected", "reason", "status"),
    [
        (Phase.INVITED, False, None, ParticipantStatus.INVITED),
        (Phase.WAITING, True, None, ParticipantStatus.WAITING),
        (Phase.WAITING, False, None, ParticipantStatus.DISCONNECTED),
        (Phase.ACTIVE, True, None, ParticipantStatus.IN_SESSION),
        (Phase.ACTIVE, False, None, ParticipantStatus.DISCONNECTED),
        (Phase.PAUSED, False, None, ParticipantStatus.PAUSED),
        (Phase.COMPLETE, False, CompletionReason.SUBMITTED, ParticipantStatus.COMPLETE),
        (Phase.COMPLETE, False, CompletionReason.REMOVED, ParticipantStatus.REMOVED),
        (Phase.COMPLETE, False, CompletionReason.ABSENT, ParticipantStatus.ABSENT),
    ],
)
def test_status(phase: Phase, connected: bool, reason: CompletionReason | None, status: ParticipantStatus):
    assert participant_status(phase, connected=connected, completion_reason=reason) is status


def test_problem_types_have_distinct_titles_for_people_and_an_error_status():
    types = problem_types()
    assert len({each.title for each in types}) == len(types)
    assert all(400 <= each.status < 600 for each in types)
    assert problem_named("session-full") is not None
    assert problem_named("no-such-problem") is None
