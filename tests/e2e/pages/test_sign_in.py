"""Signing in again returns to the same place, with everything as it was."""

import pytest
from candidate_room import CandidateRoom
from chromium import WITHIN_MS, Chromium
from hall import PASSWORD, Hall
from playwright.async_api import expect
from staff_pages import StaffPages, end_sign_in

pytestmark = [pytest.mark.stack, pytest.mark.timeout(240)]


async def test_an_address_asked_for_without_a_sign_in_follows_it(
    hall: Hall, assessment: tuple[str, int], browser: Chromium
):
    session = await hall.schedule(assessment)
    at = f"/staff/sessions/{session['session_id']}/results"
    pages = await StaffPages.signed_in(await browser.person(), str(hall.http.base_url), hall.proctor.email, at)
    await expect(pages.page.get_by_role("heading", name="Results", exact=True)).to_be_visible(timeout=WITHIN_MS)
    assert pages.page.url.endswith(at)


async def test_an_expired_sign_in_loses_nothing_that_was_typed(
    hall: Hall, assessment: tuple[str, int], browser: Chromium
):
    pages = await StaffPages.signed_in(
        await browser.person(), str(hall.http.base_url), hall.scheduler.email, "/staff/sessions/new"
    )
    await pages.page.get_by_label("Name", exact=True).fill("Half written")
    await end_sign_in(hall, pages.page)
    await pages.page.get_by_role("combobox", name="Assessment").click()
    await pages.page.get_by_role("option").first.click()
    for _ in range(5):
        await pages.button("Next").click()
    await pages.button("Create the session").click()
    await expect(pages.dialog.get_by_text("Your sign-in has expired.")).to_be_visible(timeout=WITHIN_MS)
    await pages.dialog.get_by_label("E-mail address").fill(hall.scheduler.email)
    await pages.dialog.get_by_label("Password", exact=True).fill("not the password")
    await pages.dialog.get_by_role("button", name="Sign in").click()
    await expect(pages.dialog.get_by_role("alert")).to_be_visible(timeout=WITHIN_MS)
    await pages.dialog.get_by_label("Password", exact=True).fill(PASSWORD)
    await pages.dialog.get_by_role("button", name="Sign in").click()
    await expect(pages.dialog).to_be_hidden(timeout=WITHIN_MS)
    await pages.button("Create the session").click()
    await expect(pages.page.get_by_role("heading", level=1, name="Half written")).to_be_visible(timeout=WITHIN_MS)


async def test_a_candidate_whose_sign_in_expired_comes_back_to_the_same_question(
    hall: Hall, assessment: tuple[str, int], browser: Chromium
):
    _, seat = await hall.sitting(assessment)
    room = await CandidateRoom.opened(await browser.person(), str(hall.http.base_url), seat.personal_code)
    await room.come_back()
    await room.at_question(1)
    await room.next()
    await room.type("before")
    await room.saved()
    # As after a day: neither token is good any more.
    await room.page.evaluate(
        """() => {
          const holds = (each) => sessionStorage.getItem(each).includes("refresh_token");
          const key = Object.keys(sessionStorage).find(holds);
          sessionStorage.setItem(key, JSON.stringify({ access_token: "old", refresh_token: "old", renew_at: 0 }));
        }"""
    )
    await room.page.reload()
    await room.button("Continue with my personal code").click()
    await room.come_back()
    await room.at_question(2)
    await expect(room.page.locator(".item").get_by_role("textbox")).to_have_value("before")
