"""The README's pictures, taken while a rehearsal runs: `make screenshots`."""

import asyncio
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from playwright.async_api import Page
from rich.console import Console

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from candidate_room import CandidateRoom
from chromium import chromium

from examhall import daemon, display
from examhall.demonstration import prepare
from examhall.rehearsal import Options, run
from examhall.stack import Stack
from examhall.visit import invite, proctor_link

HERE: Final = Path(__file__).parent
STACK: Final = HERE.parent / ".examhall"
WINDOW: Final = {"width": 1280, "height": 800}
# Slow enough that some have finished and most still work when the picture is taken.
TIME_FACTOR: Final = 25.0
INTO_THE_SESSION_SECONDS: Final = 25.0
AT_WORK_WITHIN_SECONDS: Final = 180.0
QUALITY: Final = 82  # of JPEG: sharp letters, and a page of the README stays small
ANSWERED: Final = 5


async def main() -> None:
    async with AsyncExitStack() as closing:
        try:
            addresses = daemon.running_addresses(STACK)
        except daemon.NotRunning:
            stack = await closing.enter_async_context(Stack(STACK, report=display.print_line))
            addresses = stack.addresses
        browser = await closing.enter_async_context(chromium())
        target = await prepare(STACK, addresses)
        sessions: list[str] = []
        at_work = asyncio.Event()

        async def opened(session_id: str) -> str:
            sessions.append(session_id)
            return "taking pictures"

        def step(text: str) -> None:
            if text.endswith("are in session"):
                at_work.set()

        options = Options(time_factor=TIME_FACTOR, on_open=opened, on_step=step)
        rehearsal = asyncio.create_task(run(target, options, Console(quiet=True)))
        async with asyncio.timeout(AT_WORK_WITHIN_SECONDS):
            await at_work.wait()
        proctor = await (await browser.person(viewport=WINDOW)).new_page()
        await proctor.goto(await proctor_link(target, addresses, sessions[0]))
        await proctor.get_by_role("grid").wait_for()
        await proctor.get_by_role("tab", name="Activity").click()
        await asyncio.sleep(INTO_THE_SESSION_SECONDS)
        await _take(proctor, "dashboard")

        visit = await invite(target, addresses)
        room = CandidateRoom(await (await browser.person(viewport=WINDOW)).new_page(), addresses.gateway)
        await room.page.goto(visit.candidate)
        await room.come_back()
        for number in range(1, ANSWERED + 1):
            await room.at_question(number)
            await room.answer_somehow()
            await room.next()
        await room.at_question(ANSWERED + 1)
        await room.answer_somehow()
        await room.saved()
        await _take(room.page, "candidate")

        report = await rehearsal
        await proctor.goto(f"{addresses.gateway}/staff/sessions/{sessions[0]}/report")
        await proctor.get_by_role("heading", name="Scores").wait_for()
        await _take(proctor, "report")
    if report.exit_code:
        raise SystemExit("the rehearsal did not keep every promise: its pictures would not be fair")


async def _take(page: Page, name: str) -> None:
    await page.wait_for_load_state("networkidle")
    await page.screenshot(path=HERE / f"{name}.jpeg", type="jpeg", quality=QUALITY)
    display.print_line(f"docs/{name}.jpeg")


if __name__ == "__main__":
    asyncio.run(main())
