"""A real OpenID provider with login pages: `tests/provider`, as a process of its own."""

import asyncio
import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gateway_world import free_port
from playwright.async_api import Page

PACKAGE: Final = Path(__file__).parents[1] / "provider"
TOOLS: Final = Path(__file__).parents[2] / ".examhall" / "tools-node" / "bin"  # where gateway/web/run.sh puts Node
INSTALL_SECONDS: Final = 240
START_SECONDS: Final = 60
CLIENT: Final = {"client_id": "examhall", "client_secret": "a secret: of 32 letters & more/%+"}


@dataclass(frozen=True)
class RealProvider:
    issuer: str

    async def sign_in(self, page: Page, login: str) -> None:
        """At its pages: who one is, and that Examhall may know it."""
        await page.wait_for_url(f"{self.issuer}/interaction/*")
        await page.locator("input[name=login]").fill(login)
        await page.locator("input[name=password]").fill("any")
        await page.locator("button[type=submit]").click()
        await page.get_by_role("button", name="Continue").click()


@contextlib.asynccontextmanager
async def real_provider(gateway: str, people: dict[str, dict[str, Any]]) -> AsyncIterator[RealProvider]:
    """`people`: the claims of everybody who can sign in, by what they type as their login."""
    environment = {**os.environ, "PATH": f"{TOOLS}:{os.environ['PATH']}", "NODE_ENV": "test"}
    await asyncio.to_thread(_check_node, environment)
    await _install(environment)
    port = free_port()
    configuration = CLIENT | {
        "port": port,
        "people": people,
        "redirect_uris": [f"{gateway}/staff/signed-in"],
        "post_logout_redirect_uris": [f"{gateway}/staff"],
    }
    process = await asyncio.create_subprocess_exec(
        "node",
        "provider.mjs",
        json.dumps(configuration),
        cwd=PACKAGE,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(START_SECONDS):
            while await process.stdout.readline() != b"ready\n":
                assert process.returncode is None, "the provider did not start"
        yield RealProvider(f"http://127.0.0.1:{port}")
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


def _check_node(environment: dict[str, str]) -> None:
    assert shutil.which("npm", path=environment["PATH"]), "Node is missing: `make pages` installs it"


async def _install(environment: dict[str, str]) -> None:
    """Its packages, when the lock is another one than last time."""
    lock = hashlib.sha256((PACKAGE / "package-lock.json").read_bytes()).hexdigest()
    stamp = PACKAGE / "node_modules" / ".examhall-stamp"
    if stamp.is_file() and stamp.read_text() == lock:
        return
    npm = await asyncio.create_subprocess_exec(
        "npm", "ci", "--no-audit", "--no-fund", "--loglevel=error", cwd=PACKAGE, env=environment
    )
    async with asyncio.timeout(INSTALL_SECONDS):
        assert await npm.wait() == 0, "npm ci failed"
    stamp.write_text(lock)
