"""What a candidate's page reports, and what proctors make of it: two of them at the same session."""

import re
from typing import Any, Final

import pytest
from candidate_room import CandidateRoom
from chromium import SCREEN, WITHIN_MS, Chromium
from hall import Hall, until
from playwright.async_api import BrowserContext, Locator, Page, expect
from staff_pages import StaffPages

pytestmark = [pytest.mark.stack, pytest.mark.timeout(420)]

SECURITY: Final[dict[str, Any]] = {
    "lockdown": "in_page",
    "screen_sharing": "required",
    "alerts": {
        "focus_lost": {"severity": "warning", "seconds": 0},
        "full_screen_left": {"severity": "warning", "seconds": 0},
        "clipboard_used": {"severity": "notice", "count": 1},
        "screen_share_stopped": {"severity": "critical", "seconds": 0},
    },
}
# Playwright gives every page the focus; so the page is told as the browser would tell it.
AWAY: Final = """() => {
  Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
BACK: Final = """() => {
  Object.defineProperty(document, "visibilityState", { value: "visible", configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def tray(proctor: StaffPages) -> Locator:
    return proctor.page.get_by_role("list", name="Alerts")


async def shows(proctor: StaffPages, text: str) -> Locator:
    entry = tray(proctor).get_by_role("listitem").filter(has_text=text)
    await expect(entry).to_have_count(1, timeout=WITHIN_MS)
    return entry


async def gone(proctor: StaffPages, text: str) -> None:
    await expect(tray(proctor).get_by_role("listitem").filter(has_text=text)).to_have_count(0, timeout=WITHIN_MS)


async def paste(page: Page, text: str) -> None:
    await page.locator(".item textarea, .item input[type=text]").first.evaluate(
        """(field, text) => {
          const data = new DataTransfer();
          data.setData("text/plain", text);
          field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }""",
        text,
    )


async def sharing(person: BrowserContext, gateway: str, code: str) -> CandidateRoom:
    await person.add_init_script(SCREEN)
    return await CandidateRoom.opened(person, gateway, code)


async def test_what_a_candidate_does_reaches_every_proctor_and_one_of_them_sees_to_it(hall: Hall, browser: Chromium):
    gateway = str(hall.http.base_url)
    session = await hall.take(await hall.schedule(await hall.publish(), security=SECURITY, proctor_ids=[]), "open")
    await hall.until_open(session)
    live = f"/staff/sessions/{session['session_id']}/live"
    first = await StaffPages.signed_in(await browser.person(), gateway, hall.proctor.email, live)
    second = await StaffPages.signed_in(await browser.person(), gateway, hall.other_proctor.email, live)

    # Told before anything is looked at; asked for the whole screen, and nothing less.
    ada = await sharing(await browser.person(), gateway, session["code"])
    page = ada.page
    await ada.enter(session["code"], "Ada Lovelace")
    await expect(page.get_by_role("heading", name="What is observed")).to_be_visible(timeout=WITHIN_MS)
    await expect(page.get_by_text("Whether you leave this page for another window or tab")).to_be_visible()
    await ada.button("Continue to the system check").click()
    await page.evaluate("window.surface = 'browser'")
    await ada.button("Share my screen").click()
    await expect(page.get_by_text("That was a window or a tab.")).to_be_visible(timeout=WITHIN_MS)
    await page.evaluate("window.surface = 'monitor'")
    await ada.button("Share my screen").click()
    await expect(page.get_by_text("shared", exact=True)).to_be_visible(timeout=WITHIN_MS)
    await ada.button("I am ready").click()
    await ada.waits()
    assert await page.evaluate("document.fullscreenElement !== null")
    await hall.take(session, "start")
    await ada.at_question(1)
    await expect(first.row("Ada Lovelace").get_by_text("In session")).to_be_visible(timeout=WITHIN_MS)
    await expect(tray(first)).to_have_count(0)

    # Three times away is one alert that says so.
    for _ in range(3):
        await page.evaluate(AWAY)
        await page.evaluate(BACK)
    await shows(first, "Left the page · 3 times")
    await shows(second, "Left the page · 3 times")
    await expect(first.page.get_by_role("button", name=re.compile("With alerts"))).to_be_visible()

    # One proctor acknowledges; the other no longer sees it.
    await (await shows(first, "Left the page")).get_by_role("button", name=re.compile("^Done")).click()
    await gone(first, "Left the page")
    await gone(second, "Left the page")

    # Full screen left: covered, nothing lost, told; back by one button.
    await ada.next()
    await ada.at_question(2)
    await ada.type("Half a wo")
    await page.evaluate("document.exitFullscreen()")
    await expect(page.get_by_role("heading", name="Return to full screen to go on")).to_be_focused(timeout=WITHIN_MS)
    await expect(page.locator(".item")).to_be_hidden()
    await shows(second, "Left full screen")
    await ada.button("Return to full screen").click()
    await ada.at_question(2)
    await expect(page.locator(".item").get_by_role("textbox")).to_have_value("Half a wo")
    await ada.saved()

    # Pasted from elsewhere: held back and told.
    await paste(page, "An answer from elsewhere")
    await shows(first, "Copied, pasted or printed")
    await expect(page.locator(".item").get_by_role("textbox")).to_have_value("Half a wo")

    # No longer shared: told at once, asked for again.
    await page.evaluate("window.screenTrack.dispatchEvent(new Event('ended'))")
    await expect(page.get_by_text("Your screen is no longer shared")).to_be_visible(timeout=WITHIN_MS)
    critical = await shows(first, "Screen not shared")
    await expect(critical).to_have_attribute("data-severity", "critical")
    assert (await first.page.title()).startswith("(1) ")
    await ada.button("Share my screen").click()
    await expect(page.get_by_text("Your screen is no longer shared")).to_be_hidden(timeout=WITHIN_MS)

    # Dismissed with a note, which is kept.
    await critical.get_by_role("button", name=re.compile("^Dismiss")).click()
    await first.dialog.get_by_role("button", name="Dismiss", exact=True).click()
    await expect(first.dialog.get_by_text("Say why")).to_be_visible(timeout=WITHIN_MS)
    await first.dialog.get_by_role("textbox").fill("The cable was loose")
    await first.dialog.get_by_role("button", name="Dismiss", exact=True).click()
    await expect(first.dialog).to_be_hidden(timeout=WITHIN_MS)
    await gone(second, "Screen not shared")
    await second.page.get_by_role("tab", name="Activity").click()
    await expect(second.page.get_by_text("The cable was loose")).to_be_visible(timeout=WITHIN_MS)

    # Opened again, the page still has what nobody has seen to, and the report has it all.
    await second.page.reload()
    await shows(second, "Copied, pasted or printed")
    await ada.hand_in()
    assert await ada.receipt()

    async def reported() -> dict[str, Any] | None:
        answer = await hall.proctor.call("GET", f"/api/v1/sessions/{session['session_id']}/summary")
        alerts = {each["kind"]: each for each in answer.json().get("alerts", [])} if answer.is_success else {}
        return alerts if alerts.get("screen_share_stopped", {}).get("note") else None

    alerts = await until(reported, "the report tells of the alerts")
    assert (alerts["focus_lost"]["count"], alerts["focus_lost"]["outcome"]) == (3, "acknowledged")
    assert alerts["screen_share_stopped"]["note"] == "The cable was loose"
    assert alerts["clipboard_used"]["outcome"] is None


async def test_a_browser_without_full_screen_keeps_nobody_out(hall: Hall, browser: Chromium):
    gateway = str(hall.http.base_url)
    security = {"lockdown": "in_page"}
    session = await hall.take(await hall.schedule(await hall.publish(), security=security), "open")
    await hall.until_open(session)
    person = await browser.person()
    await person.add_init_script("Object.defineProperty(Document.prototype, 'fullscreenEnabled', { value: false })")
    room = await CandidateRoom.opened(person, gateway)
    await room.enter(session["code"], "Ada Lovelace")
    await room.button("Continue to the system check").click()
    await expect(room.page.get_by_text("You may take it all the same")).to_be_visible(timeout=WITHIN_MS)
    await room.button("I am ready").click()
    await room.waits()
    await hall.take(session, "start")
    await room.at_question(1)

    async def told() -> list[str]:
        [row] = (await hall.live(session))["rows"]
        return [f"{each['severity']} {each['kind']}" for each in row["open_alerts"]]

    assert await until(told, "the proctor is told") == ["notice full_screen_unavailable"]


async def test_a_session_that_asks_for_nothing_observes_nothing(hall: Hall, browser: Chromium):
    gateway = str(hall.http.base_url)
    session = await hall.take(await hall.schedule(await hall.publish()), "open")
    await hall.until_open(session)
    room = await CandidateRoom.opened(await browser.person(), gateway)
    fetched: list[str] = []
    room.page.on("request", lambda request: fetched.append(request.url))
    await room.enter(session["code"], "Ada Lovelace")
    await expect(room.page.get_by_role("heading", name="Good to know")).to_be_visible(timeout=WITHIN_MS)
    await expect(room.page.get_by_role("heading", name="What is observed")).to_have_count(0)
    await room.get_ready()
    await room.waits()
    assert not [url for url in fetched if "/conduct-" in url]
