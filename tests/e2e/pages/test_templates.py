"""A session's settings kept as a template, and the next session begun with it, by clicks alone."""

import re

import pytest
from chromium import WITHIN_MS, Chromium
from hall import Hall
from playwright.async_api import expect
from staff_pages import StaffPages

pytestmark = [pytest.mark.stack, pytest.mark.timeout(240)]


async def test_a_session_begins_with_what_another_was_like(
    hall: Hall, assessment: tuple[str, int], browser: Chromium
) -> None:
    session = await hall.schedule(assessment, name="Spring sitting", grace_seconds=75)
    staff = await StaffPages.signed_in(
        await browser.person(),
        str(hall.http.base_url),
        hall.scheduler.email,
        f"/staff/sessions/{session['session_id']}",
    )
    for button in ("Save the template", "Replace the template"):
        await staff.page.get_by_role("button", name="Actions for Spring sitting").click()
        await staff.page.get_by_role("menuitem", name=re.compile("Save as template")).click()
        await staff.dialog.get_by_label("Name of the template").fill("Every spring")
        await staff.dialog.get_by_role("button", name=button).click()
        await expect(staff.dialog).to_be_hidden(timeout=WITHIN_MS)

    await staff.page.get_by_role("link", name="Sessions", exact=True).click()
    await staff.page.get_by_role("link", name="Templates").click()
    await staff.page.get_by_role("link", name="Every spring").first.click()
    name = staff.page.get_by_label("Name", exact=True)
    await expect(name).to_have_value("Spring sitting", timeout=WITHIN_MS)
    await name.fill("The spring after")
    await staff.button("Next").click()
    await expect(staff.page.get_by_label("Grace after the end")).to_have_value("75 s", timeout=WITHIN_MS)
    while await staff.button("Create the session").count() == 0:
        await staff.button("Next").click()
    await staff.button("Create the session").click()
    await expect(staff.page.get_by_role("heading", level=1, name="The spring after")).to_be_visible(timeout=WITHIN_MS)

    await staff.go("/staff/sessions/templates")
    await staff.button("Delete the template “Every spring”").click()
    await staff.dialog.get_by_role("button", name="Delete", exact=True).click()
    await expect(staff.page.get_by_text("There are no templates yet.")).to_be_visible(timeout=WITHIN_MS)
