"""One browser for all of these tests. What a page complained of fails its test; a failed test leaves pictures."""

from collections.abc import AsyncIterator, Generator
from pathlib import Path
from typing import Final

import pytest
from chromium import Chromium, chromium

FAILED: Final = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture(scope="session")
async def shared_chromium() -> AsyncIterator[Chromium]:
    async with chromium() as browser:
        yield browser


@pytest.fixture
async def browser(shared_chromium: Chromium, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Chromium]:
    """The browser, with everybody's windows closed again afterwards."""
    shared_chromium.complaints.clear()
    yield shared_chromium
    pages = [page for context in shared_chromium.browser.contexts for page in context.pages]
    if request.node.stash.get(FAILED, default=False):
        for number, page in enumerate(pages):
            await page.screenshot(path=tmp_path / f"{number}.png")
        print(f"what the pages showed: {tmp_path}")  # noqa: T201 - shown with a failing test
    for context in shared_chromium.browser.contexts:
        await context.close()
    assert shared_chromium.complaints == []
