"""Showing who one is, with a camera, without one, and with the keyboard; and the proctor who looks."""

import re
from pathlib import Path
from typing import Final

import pytest
from candidate_room import CandidateRoom
from chromium import WITHIN_MS, Chromium, tab_to
from hall import Hall, Json, until
from pictures import a_picture, with_whereabouts
from playwright.async_api import BrowserContext, Locator, Page, expect
from staff_pages import StaffPages

pytestmark = [pytest.mark.stack, pytest.mark.timeout(420)]

VERIFIED: Final = {"identity_verification": "required", "identity_images_days": 14}
NAME: Final = "Ada Lovelace"


@pytest.fixture(scope="module")
async def paper(hall: Hall) -> tuple[str, int]:
    return await hall.publish()


async def arrived(hall: Hall, person: BrowserContext, session: Json, name: str = NAME) -> CandidateRoom:
    """Through door and instructions to the system check."""
    await hall.until_open(session)
    room = await CandidateRoom.opened(person, str(hall.http.base_url), session["code"])
    await room.button("Continue").click()
    await room.page.get_by_label("Your name").fill(name)
    await room.button("Continue").click()
    await room.button("Yes, this is me").click()
    await room.button("Continue to the system check").click()
    return room


def heading(page: Page, name: str) -> Locator:
    return page.get_by_role("heading", name=name, exact=True)


async def shown(page: Page, name: str) -> None:
    await expect(heading(page, name)).to_be_visible(timeout=WITHIN_MS)


async def take_both(room: CandidateRoom) -> None:
    for title in ("Your face", "Your document"):
        await shown(room.page, title)
        await expect(room.button("Take the picture")).to_have_attribute("aria-disabled", "false", timeout=WITHIN_MS)
        await room.button("Take the picture").click()


async def entries(hall: Hall, action: str) -> list[Json]:
    page = await hall.admin.get("/api/v1/audit", limit=200)
    return [each for each in page["entries"] if each["action"] == action]


async def live(hall: Hall, person: BrowserContext, session: Json) -> StaffPages:
    at = f"/staff/sessions/{session['session_id']}/live"
    return await StaffPages.signed_in(person, str(hall.http.base_url), hall.proctor.email, at)


async def seen(picture: Locator) -> None:
    """It is there, and the browser could draw it."""
    await expect(picture).to_be_visible(timeout=WITHIN_MS)

    async def drawn() -> bool:
        return bool(await picture.evaluate("(image) => image.complete && image.naturalWidth > 100"))

    await until(drawn, "the picture is drawn")


async def test_face_and_document_are_compared_before_somebody_is_let_in(
    hall: Hall, paper: tuple[str, int], browser_with_camera: Chromium
) -> None:
    session = await hall.take(await hall.schedule(paper, **VERIFIED), "open")
    room = await arrived(hall, await browser_with_camera.person(), session)
    camera = room.page.locator(".check").filter(has_text="Camera")
    await expect(camera).to_have_class(re.compile("check-good"), timeout=WITHIN_MS)
    await room.button("I am ready").click()
    await shown(room.page, "Show who you are")
    await expect(room.page.get_by_text("deleted 14 days after the session")).to_be_visible()
    await room.button("Take the pictures").click()
    await take_both(room)
    await shown(room.page, "Are both clear?")
    await seen(room.page.get_by_role("img", name="Your face"))
    await room.button("Take the document again").click()
    await room.button("Take the picture").click()
    await room.button("Send the pictures").click()
    await shown(room.page, "Your pictures are being looked at")

    staff = await live(hall, await browser_with_camera.person(), session)
    await expect(staff.page.get_by_text("1 person waits for identity verification.")).to_be_visible(timeout=WITHIN_MS)
    await staff.button("Verify").click()
    for image in ("Face", "Document"):
        await seen(staff.dialog.get_by_role("img", name=f"{image} of {NAME}"))
    await staff.button("Enlarge Document").click()
    await expect(staff.dialog.locator("img")).to_have_count(1)
    await staff.button("Show Document smaller").click()
    await staff.button("Reject …").click()
    await staff.dialog.get_by_text("The document cannot be read").click()
    await staff.dialog.get_by_role("button", name="Reject", exact=True).click()
    await expect(staff.dialog.get_by_text("Nobody waits for verification.")).to_be_visible(timeout=WITHIN_MS)

    await expect(room.page.get_by_text("Your pictures were not accepted: The document cannot be read")).to_be_visible(
        timeout=WITHIN_MS
    )
    await expect(room.page.get_by_text("You may try 4 more times.")).to_be_visible()
    await room.button("Take the pictures").click()
    await take_both(room)
    await room.button("Send the pictures").click()
    await shown(room.page, "Your pictures are being looked at")

    for image in ("Face", "Document"):
        await seen(staff.dialog.get_by_role("img", name=f"{image} of {NAME}"))
    await expect(staff.dialog.get_by_role("button", name="Confirm", exact=True)).to_be_enabled(timeout=WITHIN_MS)
    await staff.page.keyboard.press("c")
    await expect(staff.dialog.get_by_text("Nobody waits for verification.")).to_be_visible(timeout=WITHIN_MS)
    await room.waits()
    looks = await entries(hall, "identity.image")
    assert len(looks) == 4  # face and document of two tries, each fetched once
    assert {each["actor_id"] for each in looks} == {hall.proctor.subject}
    assert len(await entries(hall, "identity.review")) == 2


async def test_where_a_proctor_approves_only_the_confirmed_are_offered(
    hall: Hall, paper: tuple[str, int], browser_with_camera: Chromium
) -> None:
    session = await hall.take(await hall.schedule(paper, admission_mode="approval", **VERIFIED), "open")
    room = await arrived(hall, await browser_with_camera.person(), session)
    await room.button("I am ready").click()
    await room.button("Take the pictures").click()
    await take_both(room)
    await room.button("Send the pictures").click()
    await shown(room.page, "Your pictures are being looked at")
    staff = await live(hall, await browser_with_camera.person(), session)
    await staff.row(NAME).wait_for()
    await expect(staff.button("Let in")).to_have_count(0)
    await staff.button("Verify").click()
    await seen(staff.dialog.get_by_role("img", name=f"Face of {NAME}"))
    await staff.dialog.get_by_role("button", name="Confirm", exact=True).click()
    await expect(staff.dialog.get_by_text("Nobody waits for verification.")).to_be_visible(timeout=WITHIN_MS)
    await staff.page.keyboard.press("Escape")
    await shown(room.page, "Waiting to be let in")
    await expect(staff.page.get_by_text("1 person asks to come in:")).to_be_visible(timeout=WITHIN_MS)


async def test_without_a_camera_pictures_come_from_files(
    hall: Hall, paper: tuple[str, int], browser: Chromium, tmp_path: Path
) -> None:
    session = await hall.take(await hall.schedule(paper, **VERIFIED), "open")
    room = await arrived(hall, await browser.person(), session)
    await expect(room.page.locator(".check-poor").filter(has_text="Camera")).to_be_visible(timeout=WITHIN_MS)
    await room.button("I am ready").click()
    await room.button("Take the pictures").click()
    page, chooser = room.page, room.page.locator("input[type=file]")
    await shown(page, "Your face")
    await expect(page.get_by_role("alert").filter(has_text="camera")).to_be_visible(timeout=WITHIN_MS)
    odd, face, document = tmp_path / "odd.heic", tmp_path / "face.jpeg", tmp_path / "document.png"
    odd.write_bytes(b"\x00\x00\x00\x18ftypheic" + bytes(200))
    face.write_bytes(with_whereabouts((3000, 4000)))
    document.write_bytes(a_picture("PNG", (900, 600)))
    await chooser.set_input_files(odd)
    await expect(page.get_by_text("This file cannot be read as a picture.")).to_be_visible(timeout=WITHIN_MS)
    await chooser.set_input_files(face)
    await shown(page, "Your document")
    await chooser.set_input_files(document)
    await shown(page, "Are both clear?")
    async with page.expect_response(re.compile("/identity/images/face")) as sent:
        await room.button("Send the pictures").click()
    stored = await (await sent.value).json()
    assert (stored["width"], stored["height"]) == (1200, 1600)
    await shown(page, "Your pictures are being looked at")
    await page.reload()
    await shown(page, "Your pictures are being looked at")


async def test_it_works_with_the_keyboard_alone(
    hall: Hall, paper: tuple[str, int], browser_with_camera: Chromium
) -> None:
    session = await hall.take(await hall.schedule(paper, **VERIFIED), "open")
    room = await arrived(hall, await browser_with_camera.person(), session)
    page = room.page
    for title, button in (
        ("System check", "I am ready"),
        ("Show who you are", "Take the pictures"),
        ("Your face", "Take the picture"),
        ("Your document", "Take the picture"),
        ("Are both clear?", "Send the pictures"),
    ):
        await expect(heading(page, title)).to_be_focused(timeout=WITHIN_MS)  # else it takes the focus after Tab
        if button == "Take the picture":
            await expect(room.button(button)).to_have_attribute("aria-disabled", "false", timeout=WITHIN_MS)
        await tab_to(page, button)
        await page.keyboard.press("Enter")
    await shown(page, "Your pictures are being looked at")

    staff = await live(hall, await browser_with_camera.person(), session)
    await staff.button("Verify").wait_for()
    await tab_to(staff.page, "Verify", most=150)
    await staff.page.keyboard.press("Enter")
    await seen(staff.dialog.get_by_role("img", name=f"Face of {NAME}"))
    await staff.page.keyboard.press("r")
    await staff.dialog.get_by_role("textbox", name="Reason").fill("Come closer")
    await tab_to(staff.page, "Reject")
    await staff.page.keyboard.press("Enter")
    await expect(page.get_by_text("Your pictures were not accepted: Come closer")).to_be_visible(timeout=WITHIN_MS)


async def test_somebody_without_any_picture_is_confirmed_in_person_on_the_roster(
    hall: Hall, paper: tuple[str, int], browser_with_camera: Chromium
) -> None:
    session = await hall.take(await hall.schedule(paper, **VERIFIED), "open")
    room = await arrived(hall, await browser_with_camera.person(), session)
    await room.button("I am ready").click()
    at = f"/staff/sessions/{session['session_id']}"
    staff = await StaffPages.signed_in(
        await browser_with_camera.person(), str(hall.http.base_url), hall.proctor.email, at
    )
    await expect(staff.page.get_by_text("1 person has not sent pictures yet.")).to_be_visible(timeout=WITHIN_MS)
    await staff.row(NAME).get_by_role("button").last.click()
    await staff.page.get_by_role("menuitem", name="Identity").click()
    await staff.button("Confirm in person").click()
    await room.waits()
    await expect(staff.dialog.get_by_text("Confirmed", exact=True)).to_be_visible(timeout=WITHIN_MS)
