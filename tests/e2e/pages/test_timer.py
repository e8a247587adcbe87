"""The timer is the server's, whatever the candidate's computer believes the time to be."""

import asyncio
from datetime import UTC, datetime
from typing import Final

import pytest
from candidate_room import CandidateRoom
from chromium import Chromium
from hall import Hall, until

pytestmark = [pytest.mark.stack, pytest.mark.timeout(240)]

HOURS: Final = 3
# The timer shows whole seconds, is looked at over a socket, and the machine is busy.
WITHIN_SECONDS: Final = 2

SKEWED: Final = f"""(() => {{
  const Real = Date;
  const shift = {HOURS} * 3_600_000;
  globalThis.Date = class extends Real {{
    constructor(...given) {{ given.length === 0 ? super(Real.now() + shift) : super(...given); }}
    static now() {{ return Real.now() + shift; }}
  }};
}})()"""


async def truly_left(hall: Hall, participant_id: str) -> float:
    """Seconds, by the server's own book."""
    row = (await hall.attempt(participant_id))["row"]
    if row["deadline_at"] is None:
        return float(row["remaining_ms"] / 1000)
    return (datetime.fromisoformat(row["deadline_at"]) - datetime.now(UTC)).total_seconds()


async def test_a_computer_three_hours_ahead_shows_the_right_time(
    hall: Hall, assessment: tuple[str, int], browser: Chromium
):
    session, seat = await hall.sitting(assessment)
    person = await browser.person()
    await person.add_init_script(SKEWED)
    room = await CandidateRoom.opened(person, str(hall.http.base_url), seat.personal_code)
    assert abs(await room.page.evaluate("Date.now()") / 1000 - datetime.now(UTC).timestamp()) > HOURS * 3600 - 60
    await room.come_back()
    await room.at_question(1)

    async def right() -> bool:
        shown, true = await room.seconds_left(), await truly_left(hall, seat.participant_id)
        return abs(shown - true) <= WITHIN_SECONDS

    await until(right, "the running timer is right")

    await hall.intervene(session, "pause", seat.participant_id)
    await room.page.get_by_role("heading", name="Your exam is paused").wait_for()
    stands = await room.seconds_left()
    assert await right()
    await asyncio.sleep(WITHIN_SECONDS + 1)
    assert await room.seconds_left() == stands

    await hall.intervene(session, "extend", seat.participant_id, seconds=300)

    async def extended() -> bool:
        return await room.seconds_left() == stands + 300

    await until(extended, "five minutes more")
    await hall.intervene(session, "resume", seat.participant_id)
    await room.at_question(1)
    await until(right, "the timer is right after all of it")
