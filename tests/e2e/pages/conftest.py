"""One browser for all of these tests. What a page complained of fails its test; a failed test leaves pictures."""

import contextlib
from collections.abc import AsyncIterator, Generator
from pathlib import Path
from typing import Final

import pytest
from chromium import CAMERA, Chromium, chromium

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


@pytest.fixture(scope="session")
async def shared_camera_chromium() -> AsyncIterator[Chromium]:
    async with chromium(*CAMERA) as browser:
        yield browser


@pytest.fixture
async def browser_with_camera(
    shared_camera_chromium: Chromium, request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[Chromium]:
    """Like `browser`, on a computer that has a camera."""
    async with windows(shared_camera_chromium, request, tmp_path) as browser:
        yield browser


@pytest.fixture
async def browser(shared_chromium: Chromium, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Chromium]:
    """The browser, with everybody's windows closed again afterwards."""
    async with windows(shared_chromium, request, tmp_path) as browser:
        yield browser


@contextlib.asynccontextmanager
async def windows(shared: Chromium, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Chromium]:
    shared.complaints.clear()
    yield shared
    pages = [page for context in shared.browser.contexts for page in context.pages]
    if request.node.stash.get(FAILED, default=False):
        for number, page in enumerate(pages):
            await page.screenshot(path=tmp_path / f"{number}.png")
        print(f"what the pages showed: {tmp_path}")  # noqa: T201 - shown with a failing test
    for context in shared.browser.contexts:
        await context.close()
    assert shared.complaints == []
