"""The candidate's room as somebody with a mouse uses it: what can be seen, clicked and typed."""

import re
from dataclasses import dataclass

from chromium import WITHIN_MS
from playwright.async_api import BrowserContext, Locator, Page, expect


@dataclass(slots=True)
class CandidateRoom:
    page: Page
    url: str

    @classmethod
    async def opened(cls, person: BrowserContext, gateway: str, code: str = "") -> "CandidateRoom":
        """At the door, with the code from an invitation's link where there is one."""
        room = cls(await person.new_page(), gateway)
        await room.page.goto(f"{gateway}/join" + (f"?code={code}" if code else ""))
        return room

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    async def enter(self, code: str, name: str | None = None) -> None:
        """Through the door: the code, a name where it is the session's, and yes."""
        await self.page.get_by_label("Code").fill(code)
        await self.button("Continue").click()
        if name is not None:
            await self.page.get_by_label("Your name").fill(name)
            await self.button("Continue").click()
        await self.button("Yes, this is me").click()

    async def come_back(self) -> None:
        """Through the door with the personal code of the link, to the questions of a session that runs."""
        await self.button("Continue").click()
        await self.button("Yes, this is me").click()
        await self.get_ready()

    async def get_ready(self) -> None:
        """Instructions and system check, to the waiting room or, if the session runs, to the questions."""
        onward = self.page.get_by_role("button", name=re.compile("Continue to the system check|Go to the questions"))
        await onward.click()
        ready = self.button("I am ready")
        question = self.page.get_by_role("heading", name=re.compile(r"^Question \d"))
        await expect(ready.or_(question)).to_be_visible(timeout=WITHIN_MS)
        if await ready.is_visible():
            await ready.click()

    async def waits(self) -> None:
        await expect(self.page.get_by_role("heading", name="You are in the waiting room")).to_be_visible(
            timeout=WITHIN_MS
        )

    async def at_question(self, number: int) -> None:
        heading = self.page.get_by_role("heading", name=re.compile(rf"^Question {number} of "))
        await expect(heading).to_be_visible(timeout=WITHIN_MS)

    async def total(self) -> int:
        text = await self.page.get_by_role("heading", name=re.compile(r"^Question \d+ of ")).inner_text()
        return int(text.rsplit(" ", 1)[1])

    async def next(self) -> None:
        await self.page.get_by_role("button", name="Next", exact=True).click()

    async def choose(self, text: str) -> None:
        await self.page.get_by_label(text, exact=True).check()

    async def type(self, text: str) -> None:
        await self.page.locator(".item").get_by_role("textbox").fill(text)

    async def saved(self) -> None:
        """The page says so, and means what was done last (it shows a short hop to the server only after a moment)."""
        await expect(self.page.locator(".save[data-saving=saved]")).to_have_text("Saved", timeout=WITHIN_MS)

    async def offline(self) -> None:
        await expect(self.page.locator(".save")).to_contain_text("Offline", timeout=WITHIN_MS)

    async def seconds_left(self) -> int:
        """What the timer shows."""
        parts = [int(each) for each in (await self.page.get_by_role("timer").inner_text()).split(":")]
        seconds = 0
        for part in parts:
            seconds = seconds * 60 + part
        return seconds

    async def answer_somehow(self, essay: str = "The causeway floods first where it is lowest.") -> None:
        """Whatever kind of item it is, by clicking and typing as its kind asks for."""
        item = self.page.locator(".item")
        if await item.get_by_role("radio").count():
            await item.get_by_role("radio").first.check()
        elif await item.get_by_role("checkbox").count():
            await item.get_by_role("checkbox").nth(0).check()
            await item.get_by_role("checkbox").nth(1).check()
        elif await item.get_by_role("combobox").count():
            for index, row in enumerate(await item.get_by_role("combobox").all()):
                await row.select_option(index=index + 1)
        elif await item.locator(".ordering").count():
            await item.locator(".ordering-row").first.get_by_role("button").last.click()  # down
        elif await item.locator("textarea").count():
            await item.locator("textarea").fill(essay)
        else:
            for index, gap in enumerate(await item.get_by_role("textbox").all()):
                await gap.fill(f"{index + 4}")

    async def reads(self, text: str) -> None:
        """What somebody else wrote stands over the questions."""
        await expect(self.page.locator(".notices").get_by_text(text, exact=True)).to_be_visible(timeout=WITHIN_MS)

    async def hand_in(self) -> None:
        review = self.button("Review and hand in")
        if await review.count():
            await review.first.click()
        await self.button("Hand in").click()
        await self.page.get_by_role("dialog").get_by_role("button", name="Hand in", exact=True).click()

    async def receipt(self) -> str:
        """The digest on the receipt."""
        digest = self.page.locator(".digest")
        await expect(digest).to_be_visible(timeout=WITHIN_MS)
        return (await digest.inner_text()).strip()

    async def open_help(self) -> None:
        await self.page.get_by_role("button", name=re.compile("^Help")).click()

    async def close_help(self) -> None:
        await self.page.get_by_role("dialog").get_by_role("button", name="Close").click()

    def said(self, text: str) -> Locator:
        """A message in the open thread."""
        return self.page.locator(".thread").get_by_role("listitem").filter(has_text=text)

    async def ask(self, text: str) -> None:
        await self.open_help()
        await self.page.get_by_label("Your message").fill(text)
        await self.button("Send").click()
        await expect(self.said(text)).to_be_visible(timeout=WITHIN_MS)
        await self.close_help()
