"""A real browser: the machine's chromium, driven by Playwright.

What goes wrong inside a page fails the test that opened it: uncaught errors, and console errors that are not the plain
consequence of a network that a test took away or of a refusal that a test asked for.
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright, expect

from examhall.system import find_chromium

ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
DESKTOP: Final = {"width": 1280, "height": 800}
# Steps wait for pages on a machine that also carries every service; a page that needs longer is broken.
WITHIN_MS: Final = 30_000
# Requests that were refused or cut off: the browser writes them to the console, the page deals with them.
EXPECTED: Final = re.compile(r"Failed to load resource|WebSocket connection to|net::ERR_", re.IGNORECASE)
# Without a screen there is nothing to share: a canvas that says it is one.
SCREEN: Final = """
  if (navigator.mediaDevices !== undefined) navigator.mediaDevices.getDisplayMedia = async () => {
    const stream = document.createElement("canvas").captureStream(1);
    const [track] = stream.getVideoTracks();
    track.getSettings = () => ({ displaySurface: window.surface ?? "monitor" });
    window.screenTrack = track;
    return stream;
  };
"""
AXE: Final = Path(__file__).parents[2] / "gateway" / "web" / "node_modules" / "axe-core" / "axe.min.js"


@dataclass
class Chromium:
    """One browser; each window is a person of its own, with nothing of the others' storage."""

    browser: Browser
    complaints: list[str] = field(default_factory=list)
    """What pages said that they should not have, in order."""

    async def person(self, **options: Any) -> BrowserContext:
        """Somebody's own browser profile. Options are Playwright's of a new context."""
        chosen = {"locale": "en-GB", "viewport": DESKTOP, "timezone_id": "Europe/Lisbon", "reduced_motion": "reduce"}
        context = await self.browser.new_context(**(chosen | options))
        context.set_default_timeout(WITHIN_MS)
        context.on("page", self._listen)
        return context

    def _listen(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("console", self._note)

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not EXPECTED.search(message.text):
            self.complaints.append(f"{message.page.url if message.page else ''}: {message.text}")


# A camera that shows a moving picture, and somebody who lets every page use it.
CAMERA: Final = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


@contextlib.asynccontextmanager
async def chromium(*more: str) -> AsyncIterator[Chromium]:
    """`more`: arguments beyond those of every browser here."""
    executable = await asyncio.to_thread(find_chromium)
    expect.set_options(timeout=WITHIN_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=[*ARGUMENTS, *more])
        try:
            yield Chromium(browser)
        finally:
            await browser.close()


async def violations(page: Page) -> list[str]:
    """What axe-core finds wrong on the page as it is now, WCAG 2.2 AA and best practices; one line each."""
    # Evaluated, not added as a script element: the pages' Content-Security-Policy stays in force.
    if not await page.evaluate("() => 'axe' in window"):
        await page.evaluate(await asyncio.to_thread(AXE.read_text))
    found = await page.evaluate(
        """async () => (await axe.run()).violations.map((each) =>
             `${each.impact} ${each.id}: ${each.help}: ` + each.nodes.map((node) => node.html.slice(0, 160)).join(", "))
        """
    )
    return [str(each) for each in found]


async def scrolls_sideways(page: Page) -> bool:
    """Whether the page itself is wider than its window."""
    wide = await page.evaluate("() => document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return bool(wide)


async def tab_to(page: Page, name: str, *, most: int = 80) -> None:
    """Press Tab until what has the focus is called so: fails where the keyboard alone does not lead there."""
    seen: list[str] = []
    for _ in range(most):
        await page.keyboard.press("Tab")
        focused = await page.evaluate(
            """() => {
              const it = document.activeElement;
              if (it === null || it.tabIndex < 0) return ""; // the page itself holds every text there is
              const by = (it.getAttribute("aria-labelledby") ?? "").split(" ").filter(Boolean)
                .map((id) => document.getElementById(id)?.textContent ?? "").join(" ");
              const label = "labels" in it && it.labels?.length ? it.labels[0].textContent : "";
              return (it.getAttribute("aria-label") ?? (by || label || it.textContent) ?? "").trim();
            }"""
        )
        if name in focused:
            return
        seen.append(focused[:40])
    raise AssertionError(f"Tab does not lead to {name!r}, only to {seen}")
