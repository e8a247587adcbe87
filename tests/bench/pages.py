"""The proctor's page in a real browser while a hall works: how old its rows are, and whether it ever stutters.

Everything runs on this machine: servers, services, both browsers' pages and the people, who answer several times as
often as people do. `staleness` goes from a click to the changed row on the proctor's screen; both pages read
the same computer's clock. `dashboard` shows a thousand people and is scrolled all the time.
"""

import asyncio
import random
import statistics
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

import psutil
from candidate_room import CandidateRoom
from chromium import Chromium, chromium
from hall import Hall, Json, Seat, a_paper, hall_on
from measuring import Measured
from playwright.async_api import Page
from staff_pages import StaffPages

from examhall.stack import Stack

ITEMS: Final = 25
ARRIVING_AT_ONCE: Final = 10
ADDED_AT_ONCE: Final = 200
# A candidate of the published plan answers every 30 to 150 s. Here every 10 s, so that chance finds many at once.
ANSWER_EVERY_SECONDS: Final = 10.0
CLICKS: Final = 200
CLICK_EVERY_SECONDS: Final = 0.3
SEEN_WITHIN_SECONDS: Final = 30.0
STILL_SECONDS: Final = 30.0
SCROLLED_SECONDS: Final = 30.0
BLOCKED_MS: Final = 50
NAME: Final = "Vera Visitor"

WATCH_ROW: Final = """(name) => {
  window.changes = [];
  let shown = "";
  const look = () => {
    const row = [...document.querySelectorAll('[role=row]')].find((each) => each.textContent.includes(name));
    const answered = row?.textContent.match(/\\d+\\/25/)?.[0] ?? "";
    if (answered !== shown) { shown = answered; window.changes.push(Date.now()); }
  };
  look();
  window.changes = [];
  new MutationObserver(look).observe(document.querySelector('[role=grid]'),
    { subtree: true, childList: true, characterData: true });
}"""

# What the mouse would do, without Playwright's own way in between.
CLICK: Final = """() => {
  const clear = document.querySelector('.item .clear');
  const at = Date.now();
  (clear ?? document.querySelector('.item input[type=radio]')).click();
  return at;
}"""

WATCH_TASKS: Final = """() => {
  window.tasks = []; window.frames = [];
  new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map((each) => each.duration)))
    .observe({ type: 'longtask' });
  let before = performance.now();
  const frame = (now) => { window.gaps = (window.gaps ?? []); window.gaps.push(now - before); before = now;
                           requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
}"""

SCROLL: Final = """() => {
  const grid = document.querySelector('[role=grid]');
  let step = 120;
  setInterval(() => {
    if (grid.scrollTop + grid.clientHeight >= grid.scrollHeight - 1) step = -120;
    if (grid.scrollTop === 0) step = 120;
    grid.scrollTop += step;
  }, 50);
}"""


@dataclass(frozen=True, slots=True)
class Staleness:
    """Milliseconds from the click to the row."""

    people: int
    samples: int
    p50_ms: float
    p99_ms: float
    worst_ms: float


@dataclass(frozen=True, slots=True)
class Dashboard:
    """`blocked`: tasks of more than 50 ms, while only changes came in and while scrolled besides; memory of the page's
    JavaScript after a collection.
    """

    people: int
    still_blocked: int
    still_longest_task_ms: float
    seconds: float
    answers_per_second: float
    blocked: int
    longest_task_ms: float
    frame_p50_ms: float
    frame_p99_ms: float
    heap_mib: float
    heap_growth_mib: float


async def staleness(stack: Stack, people: int = 300) -> Measured:
    async with _hall(stack, people) as (hall, browser, session):
        gateway = str(hall.http.base_url)
        me = await hall.add(session, name=NAME)
        room = await CandidateRoom.opened(await browser.person(), gateway, me["personal_code"])
        await room.come_back()
        await room.at_question(1)
        proctor = await _dashboard(hall, browser, session)
        await proctor.page.get_by_label("Search name or number").fill(NAME)
        await proctor.row(NAME).wait_for()
        await proctor.page.evaluate(WATCH_ROW, NAME)
        lags: list[float] = []
        for number in range(CLICKS):
            clicked = await room.page.evaluate(CLICK)
            await proctor.page.wait_for_function(
                "(many) => window.changes.length > many", arg=number, timeout=SEEN_WITHIN_SECONDS * 1000
            )
            lags.append(await proctor.page.evaluate("(index) => window.changes[index]", number) - clicked)
            await asyncio.sleep(CLICK_EVERY_SECONDS)
    lags.sort()
    found = Staleness(
        people=people,
        samples=len(lags),
        p50_ms=statistics.median(lags),
        p99_ms=statistics.quantiles(lags, n=100)[-1],
        worst_ms=lags[-1],
    )
    row = (f"click to row, {people} at work", f"p50 {found.p50_ms:.0f} ms", f"p99 {found.p99_ms:.0f} ms", "")
    return Measured(ratios={}, rows=(row,), figures={"staleness": found})


async def dashboard(stack: Stack, people: int = 1_000) -> Measured:
    async with _hall(stack, people) as (hall, browser, session):
        proctor = await _dashboard(hall, browser, session)
        page = proctor.page
        await page.get_by_text(f"{people:,} / {people + 1:,}").wait_for()  # one never came
        _first_come_pages()
        before = await _heap_mib(page)
        await page.evaluate(WATCH_TASKS)
        await asyncio.sleep(STILL_SECONDS)
        still: list[float] = await page.evaluate("window.tasks.splice(0)")
        await page.evaluate(SCROLL)
        await page.evaluate("window.gaps = []")
        await asyncio.sleep(SCROLLED_SECONDS)
        tasks: list[float] = await page.evaluate("window.tasks")
        gaps: list[float] = await page.evaluate("window.gaps")
        after = await _heap_mib(page)
    found = Dashboard(
        people=people,
        still_blocked=sum(each > BLOCKED_MS for each in still),
        still_longest_task_ms=max(still, default=0.0),
        seconds=SCROLLED_SECONDS,
        answers_per_second=people / ANSWER_EVERY_SECONDS,
        blocked=sum(each > BLOCKED_MS for each in tasks),
        longest_task_ms=max(tasks, default=0.0),
        frame_p50_ms=statistics.median(gaps),
        frame_p99_ms=statistics.quantiles(gaps, n=100)[-1],
        heap_mib=after,
        heap_growth_mib=after - before,
    )
    tasks_row = (
        f"dashboard of {people}, scrolled {SCROLLED_SECONDS:.0f} s",
        f"{found.blocked} tasks over {BLOCKED_MS} ms",
        f"longest {found.longest_task_ms:.0f} ms",
        "",
    )
    still_row = (
        f"dashboard of {people}, changes alone {STILL_SECONDS:.0f} s",
        f"{found.still_blocked} tasks over {BLOCKED_MS} ms",
        f"longest {found.still_longest_task_ms:.0f} ms",
        "",
    )
    heap_row = (f"memory of the page of {people}", f"{after:.0f} MiB", f"{after - before:+.1f} MiB meanwhile", "")
    return Measured(ratios={}, rows=(still_row, tasks_row, heap_row), figures={"dashboard": found})


def _first_come_pages() -> None:
    """Browsers before everything else: a proctor's page has a computer of its own, not the servers' leavings."""
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):  # one that just ended; or we may not, and measure a little worse
            if "chrom" in process.name():
                process.nice(-10)


async def _dashboard(hall: Hall, browser: Chromium, session: Json) -> StaffPages:
    return await StaffPages.signed_in(
        await browser.person(),
        str(hall.http.base_url),
        hall.proctor.email,
        f"/staff/sessions/{session['session_id']}/live",
    )


async def _heap_mib(page: Page) -> float:
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("HeapProfiler.collectGarbage")
    await devtools.send("Performance.enable")
    metrics = (await devtools.send("Performance.getMetrics"))["metrics"]
    await devtools.detach()
    return float(next(each["value"] for each in metrics if each["name"] == "JSHeapUsedSize")) / 2**20


@asynccontextmanager
async def _hall(stack: Stack, people: int) -> AsyncIterator[tuple[Hall, Chromium, Json]]:
    """A session that runs, with so many people in it who answer, and a browser."""
    async with hall_on(stack.addresses) as hall, chromium() as browser, AsyncExitStack() as closing:
        settings = {"maximum_participants": people + 10, "late_entry_seconds": 3600}
        session = await hall.take(await hall.schedule(await hall.publish(_paper()), **settings), "open")
        await hall.add(session, name="First In")  # once enrolment knows the session
        seats = await _arrive(hall, session, people)
        for seat in seats:
            await closing.enter_async_context(seat.online())
        session = await hall.take(session, "start")
        await asyncio.gather(*(seat.phase("active") for seat in seats))
        chance = random.Random(1)
        working = [asyncio.create_task(_answer(seat, random.Random(chance.random()))) for seat in seats]
        try:
            yield hall, browser, session
        finally:
            for task in working:
                task.cancel()
            await asyncio.gather(*working, return_exceptions=True)


async def _arrive(hall: Hall, session: Json, people: int) -> list[Seat]:
    path = f"/api/v1/sessions/{session['session_id']}/participants"
    codes: list[str] = []
    for start in range(0, people, ADDED_AT_ONCE):
        names = [{"name": f"Candidate {number:04}"} for number in range(start, min(people, start + ADDED_AT_ONCE))]
        added = await hall.scheduler.post(path, {"participants": names})
        codes += [each["personal_code"] for each in added["added"]]
    gate = asyncio.Semaphore(ARRIVING_AT_ONCE)

    async def arrive(code: str) -> Seat:
        async with gate:
            return await hall.seat(code=code)

    seats: list[Seat] = []
    for start in range(0, people, ADDED_AT_ONCE):
        # A hall's worth of people behind each address: joining is limited per address.
        hall.http.headers["x-forwarded-for"] = f"10.200.{start // ADDED_AT_ONCE}.1"
        seats += await asyncio.gather(*(arrive(code) for code in codes[start : start + ADDED_AT_ONCE]))
    return seats


async def _answer(seat: Seat, chance: random.Random) -> None:
    number = 0
    while True:
        await asyncio.sleep(chance.uniform(0, 2 * ANSWER_EVERY_SECONDS))
        choice = {"type": "single_choice", "choice_id": chance.choice("ab")}
        await seat.answer(f"item-{number % ITEMS}", choice)
        number += 1


def _paper() -> Json:
    def item(number: int) -> dict[str, Any]:
        return {
            "type": "single_choice",
            "item_id": f"item-{number}",
            "title": f"Item {number}",
            "prompt": "Which?",
            "points": "1",
            "choices": [{"choice_id": "a", "text": "This"}, {"choice_id": "b", "text": "That"}],
            "key": {"correct": "a"},
        }

    return a_paper(sections=[{"section_id": "s1", "title": "All", "items": [item(number) for number in range(ITEMS)]}])


MEASUREMENTS: Final[Mapping[str, Callable[[Stack], Awaitable[Measured]]]] = {
    "staleness": staleness,
    "dashboard": dashboard,
}
