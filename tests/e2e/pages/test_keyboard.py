"""A candidate who has only a keyboard sits an assessment with every item type."""

from typing import Any, Final

import pytest
from candidate_room import CandidateRoom
from chromium import Chromium, tab_to
from hall import Hall, Json
from playwright.async_api import Page

from contracts.items import AssessmentContent
from examhall.rehearsal.script import SAMPLE

pytestmark = [pytest.mark.stack, pytest.mark.timeout(420)]

TABS_MAX: Final = 30

FOCUSED: Final = """() => {
  const it = document.activeElement;
  return { inside: it?.closest(".item") != null, mover: it?.closest(".ordering") != null,
           tag: it?.tagName, type: it?.type, disabled: it?.ariaDisabled === "true" };
}"""


async def to_the_input(page: Page) -> Json:
    """Tab to the next thing of the item that can be answered with; gives what it is."""
    for _ in range(TABS_MAX):
        await page.keyboard.press("Tab")
        focused: Json = await page.evaluate(FOCUSED)
        if focused["inside"] and (focused["tag"] != "BUTTON" or (focused["mover"] and not focused["disabled"])):
            return focused
    raise AssertionError("Tab does not lead into the item")


async def answer_by_keys(page: Page) -> None:
    match await to_the_input(page):
        case {"tag": "BUTTON"}:
            await page.keyboard.press("Enter")
        case {"tag": "SELECT"}:
            await page.keyboard.press("ArrowDown")
        case {"type": "radio" | "checkbox"}:
            await page.keyboard.press("Space")
        case _:
            await page.keyboard.type("42")


async def test_a_candidate_with_nothing_but_a_keyboard_sits_every_item_type(hall: Hall, browser: Chromium):
    content: Any = AssessmentContent.model_validate_json(SAMPLE.read_text()).model_dump(mode="json")
    session = await hall.take(await hall.schedule(await hall.publish(content)), "open")
    room = await CandidateRoom.opened(await browser.person(), str(hall.http.base_url))
    page = room.page

    async def press(name: str) -> None:
        await tab_to(page, name)
        await page.keyboard.press("Enter")

    await hall.until_open(session)
    await tab_to(page, "Code")
    await page.keyboard.type(session["code"])
    await page.keyboard.press("Enter")
    await page.get_by_label("Your name").wait_for()
    await page.keyboard.type("Ada Lovelace")  # the cursor is there already
    await page.keyboard.press("Enter")
    await page.get_by_text("Welcome, Ada Lovelace").wait_for()
    await press("Yes, this is me")
    await page.get_by_text("Good to know").wait_for()
    await press("Continue to the system check")
    await page.get_by_text("Everything is ready.").wait_for()
    await press("I am ready")
    await room.waits()

    await hall.take(session, "start")
    await room.at_question(1)
    total = await room.total()
    for number in range(1, total + 1):
        await room.at_question(number)
        await answer_by_keys(page)
        if number == 2:
            await press("Flag for later")
        await press("Next" if number < total else "Review and hand in")
    await page.get_by_role("heading", name="Review and hand in").wait_for()
    await room.saved()
    await tab_to(page, "Hand in")
    await page.keyboard.press("Enter")
    await tab_to(page, "Hand in", most=5)  # the dialog has the focus
    await page.keyboard.press("Enter")
    digest = await room.receipt()

    [who] = await hall.participants(session)
    attempt = await hall.attempt(who["participant_id"])
    assert attempt["row"]["responses_digest"] == digest
    assert attempt["row"]["answered"] == total
    assert attempt["row"]["flagged"] == 1
