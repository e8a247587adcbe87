"""The staff's pages as a scheduler, a proctor and a reviewer with a mouse use them."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from chromium import WITHIN_MS
from hall import PASSWORD, Hall
from playwright.async_api import BrowserContext, Locator, Page, Route, expect


@dataclass(slots=True)
class StaffPages:
    page: Page
    url: str

    @classmethod
    async def signed_in(
        cls, person: BrowserContext, gateway: str, email: str, at: str = "/staff/sessions"
    ) -> "StaffPages":
        """Signed in at the address that was asked for."""
        pages = cls(await person.new_page(), gateway)
        await pages.page.goto(gateway + at)
        await pages.sign_in(email)
        await expect(pages.page.get_by_label("Password", exact=True)).to_be_hidden(timeout=WITHIN_MS)
        return pages

    async def sign_in(self, email: str) -> None:
        await self.page.get_by_label("E-mail address").fill(email)
        await self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        await self.button("Sign in").click()

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog")

    async def go(self, path: str) -> None:
        await self.page.goto(self.url + path)

    async def upload_and_publish(self, file: Path, title: str) -> None:
        """An assessment from a file to its published version."""
        await self.page.get_by_role("link", name="Assessments").click()
        await self.page.locator("input[type=file]").set_input_files(file)
        await expect(self.page.get_by_role("heading", level=1, name=title)).to_be_visible(timeout=WITHIN_MS)
        await self.button("Publish").click()
        await self.dialog.get_by_role("button", name="Publish", exact=True).click()
        await expect(self.page.get_by_text("Published: sessions can use it now")).to_be_visible(timeout=WITHIN_MS)

    async def create_session(self, name: str, assessment: str, *, grace_seconds: int) -> str:
        """Through the wizard, taking what it proposes otherwise; gives the session's id."""
        await self.page.get_by_role("link", name="Sessions").click()
        await self.page.get_by_role("link", name="New session").click()
        await self.page.get_by_label("Name", exact=True).fill(name)
        await self.page.get_by_role("combobox", name="Assessment").click()
        await self.page.get_by_role("option", name=re.compile(re.escape(assessment))).click()
        await self.button("Next").click()
        await self.page.get_by_label("Grace after the end").fill(str(grace_seconds))
        for _ in range(4):
            await self.button("Next").click()
        await self.button("Create the session").click()
        await expect(self.page.get_by_role("heading", level=1, name=name)).to_be_visible(timeout=WITHIN_MS)
        found = re.search(r"/staff/sessions/([0-9a-f-]{36})", self.page.url)
        assert found is not None, self.page.url
        return found.group(1)

    async def add_person(self, name: str) -> str:
        """By hand, on the session's page; gives the personal code."""
        await self.button("Add people").click()
        await self.dialog.get_by_label("Name", exact=True).fill(name)
        await self.dialog.get_by_role("button", name="Add", exact=True).click()
        await expect(self.dialog).to_be_hidden(timeout=WITHIN_MS)
        row = self.page.get_by_role("row").filter(has_text=name)
        return (await row.locator(".code").inner_text()).strip()

    async def session_code(self) -> str:
        return (await self.page.locator("main .code").first.inner_text()).strip()

    async def take_step(self, step: str, reason: str | None = None) -> None:
        """On the live page: Open, Start, Pause all, Resume all, End session."""
        await self.button(step).click()
        if reason is not None:
            await self.dialog.get_by_label("Reason").fill(reason)
        await self.dialog.get_by_role("button", name=step, exact=True).click()
        await expect(self.dialog).to_be_hidden(timeout=WITHIN_MS)

    def row(self, name: str) -> Locator:
        """Somebody's row on the live page."""
        return self.page.get_by_role("row").filter(has_text=name)

    async def status(self, name: str, status: str) -> None:
        await expect(self.row(name).get_by_text(status)).to_be_visible(timeout=WITHIN_MS)

    async def choose(self, name: str) -> None:
        await self.row(name).click(modifiers=["Control"])

    async def intervene(self, action: str, confirm: str, *, reason: str = "", minutes: int | None = None) -> None:
        """One of the actions for whoever is chosen; waits until it is told what became of it."""
        await self.page.get_by_role("button", name=action, exact=True).click()
        if minutes is not None:
            await self.dialog.get_by_label("Minutes to add").fill(str(minutes))
        if reason:
            await self.dialog.get_by_label("Reason").fill(reason)
        await self.dialog.get_by_role("button", name=confirm, exact=True).click()
        await expect(self.dialog).to_be_hidden(timeout=WITHIN_MS)

    async def score_essay(self, *, unseen: str) -> None:
        """A point for each criterion of the rubric, without learning whose response it is; then the next one."""
        here = self.page.url
        await expect(self.button("Save and next")).to_be_visible(timeout=WITHIN_MS)
        await expect(self.page.get_by_text(unseen)).to_have_count(0)
        for criterion in await self.page.get_by_role("region", name="Rubric").locator("input").all():
            await criterion.fill("1")
        await self.button("Save and next").click()
        await self.page.wait_for_url(lambda url: url != here)


async def end_sign_in(hall: Hall, page: Page) -> None:
    """The refresh token is revoked for real; the access token counts as old from the next creation of a session on."""
    kept = json.loads(await page.evaluate("localStorage.getItem('examhall.staff')"))
    answer = await hall.http.post("/api/v1/auth/sign-out", json={"refresh_token": kept["refresh_token"]})
    assert answer.is_success
    expired = {"type": "/problems/sign-in-expired", "title": "Sign-in expired", "status": 401}

    async def refuse(route: Route) -> None:
        await route.fulfill(status=401, content_type="application/problem+json", body=json.dumps(expired))

    await page.route("**/api/v1/sessions", refuse, times=1)
