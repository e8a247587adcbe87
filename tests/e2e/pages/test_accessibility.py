"""axe-core on every page and state: light and dark, right to left, narrow and at twice the size."""

import re
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from candidate_room import CandidateRoom
from chromium import SCREEN, WITHIN_MS, Chromium, scrolls_sideways, violations
from fake_provider import CLIENT_ID, CLIENT_SECRET, FakeProvider, fake_provider
from full_door import FullDoor
from hall import Hall, Json, until
from playwright.async_api import Page, expect

from contracts.items import AssessmentContent
from examhall.operations import settings_of
from examhall.rehearsal.script import SAMPLE
from gateway.accounts import create_sign_in_link

pytestmark = [pytest.mark.stack, pytest.mark.timeout(420)]

# 640 pixels are what 1,280 are at 200 %; 390 is a telephone.
WIDTHS: Final = (1280, 640, 390)
HEIGHT: Final = 800
WATCHED: Final[Json] = {
    "lockdown": "in_page",
    "screen_sharing": "required",
    "alerts": {
        "focus_lost": {"severity": "warning", "seconds": 0},
        "clipboard_used": {"severity": "notice"},
        "screen_share_stopped": {"severity": "critical", "seconds": 0},
    },
}
CHOSEN: Final = re.compile("People chosen|الأشخاص المختارون")
LOOKS: Final = [
    pytest.param({"color_scheme": "light"}, id="light"),
    pytest.param({"color_scheme": "dark"}, id="dark"),
    pytest.param({"color_scheme": "light", "locale": "ar"}, id="right-to-left"),
]


@dataclass
class Audit:
    """Everything that is wrong, page by page, so that one run names it all."""

    page: Page
    found: list[str] = field(default_factory=list)

    async def look(self, where: str) -> None:
        for width in WIDTHS:
            await self.page.set_viewport_size({"width": width, "height": HEIGHT})
            if await scrolls_sideways(self.page):
                self.found.append(f"{where}: scrolls sideways at {width} pixels")
        await self.page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
        self.found += [f"{where}: {each}" for each in await violations(self.page)]


def one_of_each_type() -> Json:
    """The sample's first item of every type, in one section."""
    content: Json = AssessmentContent.model_validate_json(SAMPLE.read_text()).model_dump(mode="json")
    items = {item["type"]: item for section in reversed(content["sections"]) for item in reversed(section["items"])}
    return content | {"sections": [content["sections"][0] | {"items": list(items.values())}]}


@pytest.fixture(scope="module")
async def every_type(hall: Hall) -> tuple[str, int]:
    return await hall.publish(one_of_each_type())


@pytest.mark.parametrize("look", LOOKS)
async def test_the_candidates_room(hall: Hall, every_type: tuple[str, int], browser: Chromium, look: dict[str, Any]):
    session = await hall.take(
        await hall.schedule(every_type, instructions_before="**Bring** a ruler.", support_contact="Room 12"), "open"
    )

    await hall.until_open(session)
    person = await browser.person(**look)
    room = await CandidateRoom.opened(person, str(hall.http.base_url))
    page, audit = room.page, Audit(room.page)
    onward = page.locator(".button-main")

    await page.locator(".input-code").wait_for()
    await audit.look("the door")
    await page.route("**/api/v1/joins", FullDoor())
    await page.locator(".input-code").fill(session["code"])
    await onward.click()
    await page.locator(".card [role=status]").wait_for()
    await audit.look("asked to wait")
    await page.unroute("**/api/v1/joins")
    await page.locator(".input-code").fill("ZZZZ-ZZZZ")
    await onward.click()
    await page.locator(".error").wait_for()
    await audit.look("a wrong code")
    await page.locator(".input-code").fill(session["code"])
    await onward.click()
    await page.locator("input[autocomplete=name]").wait_for()
    await audit.look("who are you")
    await page.locator("input[autocomplete=name]").fill("Ada Lovelace")
    await onward.click()
    await page.locator(".code").wait_for()
    await audit.look("is it you")
    await onward.click()
    await page.locator(".list").wait_for()
    await audit.look("instructions")
    await onward.click()
    await page.locator(".checks").wait_for()
    await expect(page.locator(".check-good")).to_have_count(4, timeout=WITHIN_MS)
    await audit.look("system check")
    await onward.click()
    await page.locator(".working").wait_for()
    await audit.look("waiting room")

    await hall.take(session, "start")
    await page.locator(".item").wait_for()
    for number in range(1, 10):
        await expect(page.locator(".cell[aria-current=step]")).to_have_text(str(number), timeout=WITHIN_MS)
        await room.answer_somehow()
        await audit.look(f"question {number}")
        await onward.click()
    await page.locator(".item h1").wait_for()
    await audit.look("review")
    await onward.click()
    await page.locator("dialog[open]").wait_for()
    await audit.look("handing in, asked")
    await page.keyboard.press("Escape")
    await page.locator("header .button").first.click()
    await audit.look("the bar's first menu")
    await page.keyboard.press("Escape")

    [who] = await hall.participants(session)
    await hall.intervene(session, "pause", who["participant_id"])
    await page.locator(".card[role=status]").wait_for()
    await audit.look("paused")
    await hall.intervene(session, "resume", who["participant_id"])
    other = await CandidateRoom.opened(person, str(hall.http.base_url), who["personal_code"])
    for _ in range(3):
        await other.page.locator(".button-main").click()
        await other.page.wait_for_timeout(300)
    await expect(page.locator(".button-main")).to_have_count(1, timeout=WITHIN_MS)
    await audit.look("replaced by another tab")
    await page.locator(".button-main").click()
    await page.locator(".item").wait_for()
    await hall.intervene(session, "end", who["participant_id"])
    await page.locator(".digest").wait_for()
    await audit.look("receipt")
    assert not audit.found, "\n".join(audit.found)


@pytest.mark.parametrize("look", LOOKS)
async def test_the_room_of_a_watched_session(hall: Hall, browser: Chromium, look: dict[str, Any]):
    session = await hall.take(await hall.schedule(await hall.publish(), security=WATCHED), "open")
    await hall.until_open(session)
    person = await browser.person(**look)
    await person.add_init_script(SCREEN)
    room = await CandidateRoom.opened(person, str(hall.http.base_url))
    page, audit = room.page, Audit(room.page)
    onward = page.locator(".button-main")

    await page.locator(".input-code").fill(session["code"])
    await onward.click()
    await page.locator("input[autocomplete=name]").fill("Ada Lovelace")
    await onward.click()
    await page.locator(".code").wait_for()
    await onward.click()
    await expect(page.locator("h2")).to_have_count(2, timeout=WITHIN_MS)
    await audit.look("what is observed")
    await onward.click()
    await expect(page.locator(".check")).to_have_count(6, timeout=WITHIN_MS)
    await expect(page.locator(".check-good")).to_have_count(5, timeout=WITHIN_MS)
    await audit.look("system check, screen not shared")
    await page.evaluate("window.surface = 'window'")
    await page.locator(".check button").click()
    await expect(page.locator(".check-bad")).to_have_count(1, timeout=WITHIN_MS)
    await audit.look("system check, a window shared")
    await onward.click()
    await page.locator(".notice-bad").wait_for()
    await audit.look("waiting room, screen not shared")
    await hall.take(session, "start")
    await page.locator(".item").wait_for()
    await audit.look("a question, screen not shared")
    await page.evaluate("window.surface = 'monitor'")
    await page.locator(".notice-bad button").click()
    await expect(page.locator(".notice-bad")).to_have_count(0, timeout=WITHIN_MS)
    await page.evaluate("document.exitFullscreen()")
    await page.locator(".card h1").wait_for()
    await audit.look("covered until full screen is back")
    assert not audit.found, "\n".join(audit.found)


async def finished(hall: Hall, paper: tuple[str, int]) -> Json:
    """A session that is over: one who handed in, one who never came, an essay to read, an incident, words said."""
    session, seat = await hall.sitting(paper)
    await hall.add(session, name="Nobody Came")
    async with seat.online() as online:
        answered = await online.answer("tides-causeway", {"type": "essay", "text": "Go early, and come back early."})
        assert answered["type"] == "ack", answered
        await online.ask({"type": "chat", "id": "c1", "text": "The map does not load."})
        await hall.proctor.post(
            f"/api/v1/sessions/{session['session_id']}/incidents",
            {"category": "technical", "note": "The map would not load.", "participant_ids": [seat.participant_id]},
        )
        await hall.intervene(session, "extend", seat.participant_id, seconds=60)
        await online.submit()
        await online.phase("complete")
    return await hall.take(session, "end")


async def imported(hall: Hall) -> str:
    """A file of people that waits for its review, one of them with a mistake."""
    headers = {"authorization": f"Bearer {hall.scheduler.token}"}
    table = b"Name,E-mail,Groups\nMary Somerville,mary@example.org,Year 7\nNo Address,not-an-address,\n"
    answer = await hall.http.post("/api/v1/imports", content=table, params={"file_name": "year.csv"}, headers=headers)
    import_id = str(answer.raise_for_status().json()["import_id"])

    async def reviewed() -> bool:
        return bool((await hall.scheduler.get(f"/api/v1/imports/{import_id}"))["state"] == "review")

    await until(reviewed, "the file was read")
    return import_id


async def with_provider(hall: Hall, provider: FakeProvider) -> None:
    """The organisation's settings: only addresses are asked for here, nobody signs in."""
    before = (await hall.admin.get("/api/v1/provider"))["provider"]
    body = {
        "version": 0 if before is None else before["version"],
        "name": "the University",
        "issuer": provider.issuer,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "role_claim": "groups",
        "rules": [{"value": "exam-staff", "role": "proctor"}, {"value": "exam-plan", "role": "scheduler"}],
        "domains": [f"{hall.org_id}.example"],
        "creates_accounts": True,
        "passwords_off": False,
    }
    answer = await hall.admin.call("PUT", "/api/v1/provider", body)
    assert answer.is_success, answer.text


@pytest.mark.parametrize("look", LOOKS)
async def test_the_staffs_pages(hall: Hall, every_type: tuple[str, int], browser: Chromium, look: dict[str, Any]):
    over = await finished(hall, every_type)
    session, seat = await hall.sitting(every_type, security=WATCHED)
    draft = await hall.scheduler.post("/api/v1/assessments", {"content": one_of_each_type()})
    over_id, live_id = over["session_id"], session["session_id"]
    made_import = await imported(hall)
    template = {"name": str(look), "settings": hall.settings(every_type)}
    await hall.scheduler.post("/api/v1/session-templates", template)

    async def to_review() -> str | None:
        reviews: Json = await hall.reviewer.get("/api/v1/reviews", session_id=over_id)
        return next((each["review_id"] for each in reviews["items"]), None)

    review = await until(to_review, "an essay waits for a reviewer")
    person = await browser.person(**look)
    page = await person.new_page()
    audit = Audit(page)
    gateway = str(hall.http.base_url)

    async def settled() -> None:
        await page.wait_for_load_state("networkidle")
        await expect(page.locator(".mantine-Loader-root")).to_have_count(0, timeout=WITHIN_MS)

    await page.goto(f"{gateway}/staff/sessions")
    await settled()
    await audit.look("sign-in")
    async with fake_provider() as provider:
        await with_provider(hall, provider)
        await page.locator("input[type=email]").fill(f"ada@{hall.org_id}.example")
        await page.get_by_role("button", name="the University").wait_for()
        await audit.look("sign-in, with a provider")
        await page.goto(f"{gateway}/sign-in/{hall.org_id}")
        await page.get_by_role("button", name="the University").wait_for()
        await audit.look("an organisation's sign-in")
        await page.goto(f"{gateway}/staff/signed-in?error=access_denied")
        await page.get_by_role("alert").wait_for()
        await audit.look("back from the provider, refused")
    code = await create_sign_in_link(settings_of(hall.addresses), hall.admin.email)
    await page.goto(f"{gateway}/staff/sessions?signin={code}")
    await page.locator("table").wait_for()
    for path in (
        "/sessions",
        "/sessions/calendar",
        "/sessions/templates",
        "/sessions/new",
        f"/sessions/{live_id}/edit",
        f"/sessions/{live_id}/duplicate",
        f"/sessions/{live_id}",
        f"/sessions/{live_id}/codes",
        f"/sessions/{over_id}/results",
        f"/sessions/{over_id}/report",
        "/assessments",
        f"/assessments/{draft['assessment_id']}",
        f"/sessions/{live_id}/mail",
        "/settings/mail",
        "/directory",
        "/directory/groups",
        "/imports",
        f"/imports/{made_import}",
        "/account",
        "/colleagues",
        "/api-tokens",
        "/provider",
        "/audit",
        "/reviews",
        f"/reviews/{review}",
        "/nowhere",
    ):
        await page.goto(f"{gateway}/staff{path}")
        await settled()
        await audit.look(path)

    await page.goto(f"{gateway}/staff/sessions/{live_id}/edit")
    await settled()
    await page.locator(".mantine-Stepper-step").nth(3).click()
    await page.get_by_role("radiogroup").first.wait_for()
    await audit.look("the wizard's security step")
    await page.goto(f"{gateway}/staff/sessions/{live_id}")
    await settled()
    await page.locator("tbody input[type=checkbox]").first.check()
    await audit.look("people chosen")
    await page.get_by_role("region", name=CHOSEN).get_by_role("button").click()
    await page.get_by_role("dialog").wait_for()
    await audit.look("inviting")
    await page.keyboard.press("Escape")

    async with seat.online():
        await page.goto(f"{gateway}/staff/sessions/{live_id}/live")
        await page.get_by_role("row").filter(has_text="Ada Lovelace").wait_for()
        await settled()
        await audit.look("live")
        await seat.send({"type": "signal", "signal": "focus_lost"})
        entry = page.locator("aside li[data-severity=warning]")
        await entry.wait_for()
        await audit.look("live, an alert")
        await entry.get_by_role("button").nth(1).click()
        await page.get_by_role("dialog").wait_for()
        await page.get_by_role("dialog").locator("button[type=submit]").click()
        await audit.look("live, an alert about to be dismissed")
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        for key in ("p", "e", "m", "i", "?"):
            await page.locator("h1").click()
            await page.keyboard.press(key)
            await page.get_by_role("dialog").wait_for()
            await audit.look(f"live, dialog of {key}")
            await page.keyboard.press("Escape")
            await expect(page.get_by_role("dialog")).to_have_count(0)
        await page.get_by_role("row").filter(has_text="Ada Lovelace").click()
        await page.get_by_role("dialog").wait_for()
        for tab in await page.get_by_role("dialog").get_by_role("tab").all():
            await tab.click()
            await audit.look(f"live, a person, {await tab.inner_text()}")
        await page.keyboard.press("Escape")
        for index in range(3):
            await page.locator("aside").get_by_role("tab").nth(index).click()
            await audit.look(f"live, panel {index + 1}")
    assert not audit.found, "\n".join(audit.found)


@pytest.mark.parametrize("look", LOOKS)
async def test_showing_and_verifying_who_somebody_is(
    hall: Hall,
    every_type: tuple[str, int],
    browser_with_camera: Chromium,
    browser: Chromium,
    look: dict[str, Any],
):
    session = await hall.take(await hall.schedule(every_type, identity_verification="required"), "open")
    seats = [await hall.seat(code=session["code"], name=name) for name in ("Ada Lovelace", "Grace Hopper")]
    gateway = str(hall.http.base_url)

    async def entered(within: Chromium, code: str) -> Page:
        room = await CandidateRoom.opened(await within.person(**look), gateway, code)
        for _ in range(3):
            await room.page.locator(".button-main").click()
            await room.page.wait_for_timeout(300)
        return room.page

    page = await entered(browser_with_camera, seats[0].personal_code)
    audit = Audit(page)
    onward = page.locator(".button-main")
    await expect(page.locator(".check-good")).to_have_count(5, timeout=WITHIN_MS)
    await audit.look("system check with a camera")
    await onward.click()
    await page.locator(".list").wait_for()
    await audit.look("what is asked and what is kept")
    await onward.click()
    for image in ("face", "document"):
        await page.locator(f".viewfinder-{image}").wait_for()
        await audit.look(f"taking the {image}")
        await onward.click()
    await page.locator(".taken-pictures img").nth(1).wait_for()
    await audit.look("looking once more")
    await onward.click()
    await page.locator(".working").wait_for()
    await audit.look("being looked at")

    without = await entered(browser, seats[1].personal_code)
    other = Audit(without)
    await without.locator(".check-poor").wait_for()
    await other.look("system check without a camera")
    await without.locator(".button-main").click()
    await without.locator(".list").wait_for()
    await without.locator(".button-main").click()
    await without.locator(".notice-warn").wait_for()
    await other.look("no camera")

    staff = await (await browser_with_camera.person(**look)).new_page()
    looked = Audit(staff)
    code = await create_sign_in_link(settings_of(hall.addresses), hall.admin.email)
    await staff.goto(f"{gateway}/staff/sessions/{session['session_id']}?signin={code}")
    await staff.locator("table").wait_for()
    await staff.get_by_role("status").get_by_role("button").wait_for()
    await looked.look("the roster with somebody to verify")
    await staff.goto(f"{gateway}/staff/sessions/{session['session_id']}/live")
    await staff.get_by_role("status").get_by_role("button").first.click()
    dialog = staff.get_by_role("dialog")
    await dialog.locator("img").nth(1).wait_for()
    await looked.look("comparing")
    await dialog.locator("img").first.click()
    await expect(dialog.locator("img")).to_have_count(1)
    await looked.look("one picture large")
    await staff.keyboard.press("r")
    await dialog.locator("textarea").first.wait_for()
    await looked.look("rejecting")
    path = f"/api/v1/participants/{seats[0].participant_id}/identity/reject"
    await hall.proctor.post(path, {"submission": 1, "reason": "Blurred"})
    await page.locator(".notice-warn").wait_for()
    await audit.look("rejected")
    await staff.goto(f"{gateway}/staff/sessions/{session['session_id']}")
    await staff.get_by_role("row").filter(has_text="Ada Lovelace").get_by_role("button").last.click()
    await staff.get_by_role("menuitem").nth(1).click()
    await dialog.locator("dl").wait_for()
    await looked.look("somebody's verification")
    found = audit.found + other.found + looked.found
    assert not found, "\n".join(found)
