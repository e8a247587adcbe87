"""Everything that can break breaks once while sixty people answer: nobody loses an answer, gets two results, is cheated
of time or loses a line that was not touched. `make chaos` is the long form.
"""

from pathlib import Path

import pytest
from campaign import run
from faults import faults
from table import as_json, complaints

CANDIDATES = 60
PACE_SECONDS = 2.0  # thirty answers a second, so that a moment without any is noticed

# Some six minutes alone on two cores; three times that when others use them too.
pytestmark = [pytest.mark.stack, pytest.mark.chaos, pytest.mark.timeout(1_200)]


async def test_a_session_survives_every_fault(tmp_path: Path) -> None:
    steps: list[str] = []
    findings = await run(
        tmp_path, faults(quick=True), candidates=CANDIDATES, pace_seconds=PACE_SECONDS, say=steps.append
    )
    print(*steps, as_json(findings), sep="\n")  # noqa: T201 - shown with a failing test
    assert not complaints(findings)
    assert all(not each.skipped for each in findings.outcomes)
    assert findings.held
    assert findings.acknowledgements > CANDIDATES * 10
