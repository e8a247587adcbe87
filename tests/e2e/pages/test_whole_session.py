"""A whole session by clicks and keys alone: from an uploaded file to the result on the candidate's screen."""

import re
from typing import Final

import pytest
from candidate_room import CandidateRoom
from chromium import WITHIN_MS, Chromium
from hall import Hall, until
from playwright.async_api import Locator, expect
from staff_pages import StaffPages

from examhall.rehearsal.script import SAMPLE

pytestmark = [pytest.mark.stack, pytest.mark.timeout(420)]

TITLE: Final = "Reading the sky: weather, tides and maps"
ESSAYS: Final = 2
ITEMS: Final = 25
# A page that waits for a result asks ever more seldom, at last once a minute.
RESULT_WITHIN_MS: Final = 90_000


async def shows(what: Locator) -> None:
    await expect(what).to_be_visible(timeout=WITHIN_MS)


async def test_a_whole_session_is_run_by_clicks_and_keys(hall: Hall, browser: Chromium):
    gateway = str(hall.http.base_url)

    scheduler = await StaffPages.signed_in(await browser.person(), gateway, hall.scheduler.email)
    await scheduler.upload_and_publish(SAMPLE, TITLE)
    session_id = await scheduler.create_session("Harbour pilots, autumn", TITLE, grace_seconds=2)
    personal = await scheduler.add_person("Grace Hopper")
    code = await scheduler.session_code()

    proctor = await StaffPages.signed_in(
        await browser.person(), gateway, hall.proctor.email, f"/staff/sessions/{session_id}/live"
    )
    await proctor.take_step("Open")

    ada = await CandidateRoom.opened(await browser.person(), gateway)
    await ada.enter(code, "Ada Lovelace")
    await ada.get_ready()
    await ada.waits()
    grace = await CandidateRoom.opened(await browser.person(), gateway, personal)
    await grace.come_back()
    await grace.waits()
    await proctor.status("Ada Lovelace", "Waiting")
    await proctor.status("Grace Hopper", "Waiting")

    await proctor.take_step("Start")
    await ada.at_question(1)
    await grace.at_question(1)
    await proctor.status("Ada Lovelace", "In session")

    # Ada answers everything, flags the second, and thinks again about the first.
    assert await ada.total() == ITEMS
    for number in range(1, ITEMS + 1):
        await ada.at_question(number)
        await ada.answer_somehow()
        if number == 2:
            await ada.button("Flag for later").click()
        if number < ITEMS:
            await ada.next()
    await ada.saved()
    await shows(proctor.row("Ada Lovelace").get_by_text(f"{ITEMS}/{ITEMS}"))
    await (
        ada.page.get_by_role("navigation", name="Questions")
        .get_by_role("button", name=re.compile("^Question 1,"))
        .click()
    )
    await ada.at_question(1)
    await ada.answer_somehow("On second thoughts, the middle of it.")
    await ada.saved()

    # Grace asks for help, is answered, hears an announcement, is paused, goes on, gets more time.
    await grace.answer_somehow()
    await grace.ask("The map does not load.")
    await proctor.page.get_by_role("tab", name=re.compile("Messages")).click()
    await grace.open_help()
    await shows(grace.said("The map does not load.").get_by_text("Delivered"))
    await proctor.page.get_by_role("button", name=re.compile("The map does not load")).click()
    await shows(grace.said("The map does not load.").get_by_text("Read"))
    await proctor.dialog.get_by_label("Write a message").fill("Please load the page again.")
    await shows(grace.page.get_by_text(re.compile("is writing…")))
    await grace.close_help()
    await proctor.page.keyboard.press("Enter")
    await grace.reads("Please load the page again.")
    answered = proctor.dialog.get_by_role("listitem").filter(has_text="Please load the page again.")
    await shows(answered.get_by_text("Delivered"))
    await grace.open_help()
    await shows(answered.get_by_text("Read"))
    await grace.page.get_by_label("Your message").press_sequentially("Now it works again", delay=200)
    await shows(proctor.dialog.get_by_text("Grace Hopper is writing…"))
    await grace.close_help()
    await expect(proctor.dialog.get_by_text("Grace Hopper is writing…")).to_be_hidden(timeout=WITHIN_MS)
    await proctor.page.keyboard.press("Escape")
    await expect(proctor.dialog).to_be_hidden(timeout=WITHIN_MS)

    await proctor.page.keyboard.press("m")
    await proctor.dialog.get_by_label("Text").fill("Ten minutes are left.")
    await proctor.dialog.get_by_role("button", name=re.compile("^Send to")).click()
    await ada.reads("Ten minutes are left.")
    await grace.reads("Ten minutes are left.")

    await proctor.choose("Grace Hopper")
    await proctor.intervene("Pause", "Pause", reason="A look at your papers")
    await shows(grace.page.get_by_role("heading", name="Your exam is paused"))
    await shows(grace.page.get_by_text("A look at your papers"))
    before = await grace.seconds_left()
    await proctor.status("Grace Hopper", "Paused")
    await proctor.intervene("Add time", "Add the time", reason="The papers took a while", minutes=5)

    async def extended() -> bool:
        return await grace.seconds_left() == before + 300

    await until(extended, "five minutes more on a clock that stands")
    await proctor.intervene("Resume", "Resume")
    await grace.at_question(1)
    await proctor.status("Grace Hopper", "In session")

    # Ada hands in; the session ends for Grace, whose saved answers are handed in for her.
    await ada.hand_in()
    digest = await ada.receipt()
    assert re.fullmatch(r"[0-9a-f]{64}", digest)
    await proctor.status("Ada Lovelace", "Complete")
    await proctor.take_step("End session")
    await shows(grace.page.get_by_role("heading", name="Your exam is over"))
    assert await grace.receipt() != digest

    # Essays are read blind, results released, and everybody sees their own.
    reviewer = await StaffPages.signed_in(await browser.person(), gateway, hall.reviewer.email, "/staff/reviews")
    await reviewer.page.get_by_role("link", name=re.compile("^Begin")).first.click()
    for _ in range(ESSAYS):
        await reviewer.score_essay(unseen="Ada Lovelace")
    await shows(reviewer.page.get_by_text("Nothing waits for a review."))

    await proctor.go(f"/staff/sessions/{session_id}/results")
    await proctor.button("Release results").click()
    await proctor.dialog.get_by_role("button", name="Release results", exact=True).click()
    await shows(proctor.page.get_by_role("row").filter(has_text="Ada Lovelace").get_by_text("Released"))
    for room in (ada, grace):
        await expect(room.page.locator(".result-percent")).to_be_visible(timeout=RESULT_WITHIN_MS)

    await proctor.go(f"/staff/sessions/{session_id}/report")
    await shows(proctor.page.get_by_role("heading", name="Attendance"))
    for name in ("Ada Lovelace", "Grace Hopper"):
        await proctor.page.get_by_role("button", name=re.compile(f"^{name}")).click()
    await expect(proctor.page.get_by_text("Adds up", exact=True)).to_have_count(2)
    await expect(proctor.page.get_by_text("Does not add up")).to_have_count(0)
