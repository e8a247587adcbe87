"""Too many people join at once: the page waits, says so, and knocks again by itself with what was typed."""

import pytest
from candidate_room import CandidateRoom
from chromium import WITHIN_MS, Chromium
from full_door import FullDoor
from hall import Hall, until
from playwright.async_api import expect

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]


async def knocked(door: FullDoor, times: int) -> bool:
    return len(door.keys) >= times


async def test_the_page_knocks_again_by_itself_until_it_is_let_in(
    hall: Hall, assessment: tuple[str, int], browser: Chromium
):
    session = await hall.take(await hall.schedule(assessment), "open")
    await hall.until_open(session)
    who = await hall.add(session)
    room = await CandidateRoom.opened(await browser.person(), str(hall.http.base_url), who["personal_code"])
    door = FullDoor()
    await room.page.route("**/api/v1/joins", door)
    await room.button("Continue").click()

    await expect(room.page.get_by_text("Very many people are joining")).to_be_visible(timeout=WITHIN_MS)
    await expect(room.page.get_by_text("Trying again in")).to_be_visible(timeout=WITHIN_MS)
    await until(lambda: knocked(door, 3), "the page knocked again")
    door.open = True
    await expect(room.button("Yes, this is me")).to_be_visible(timeout=WITHIN_MS)
    assert len(door.keys) >= 4
    assert set(door.codes) == {who["personal_code"]}
    assert len(set(door.keys)) == 1, "the same join, however often"


async def test_whoever_types_something_else_is_not_joined_behind_their_back(
    hall: Hall, assessment: tuple[str, int], browser: Chromium
):
    session = await hall.take(await hall.schedule(assessment), "open")
    await hall.until_open(session)
    who = await hall.add(session)
    room = await CandidateRoom.opened(await browser.person(), str(hall.http.base_url), who["personal_code"])
    door = FullDoor()
    await room.page.route("**/api/v1/joins", door)
    await room.button("Continue").click()
    waiting = room.page.get_by_text("Trying again in")
    await expect(waiting).to_be_visible(timeout=WITHIN_MS)

    await room.page.get_by_label("Code").fill("ANOTHER-CODE")
    await expect(waiting).to_be_hidden()
    asked = len(door.keys)
    await room.page.wait_for_timeout(4_000)  # twice as long as it was asked to wait
    assert len(door.keys) == asked
    await expect(room.button("Continue")).to_be_enabled()
