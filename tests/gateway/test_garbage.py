"""When a gateway looks for garbage."""

import asyncio
import gc

import pytest
from gateway_world import World

from chassis.garbage import LOOK_EVERY_SECONDS

pytestmark = pytest.mark.stack


async def test_only_a_process_of_its_own_is_looked_at(world: World, monkeypatch: pytest.MonkeyPatch):
    looked = asyncio.Event()
    monkeypatch.setattr(gc, "get_count", lambda: (0, 1, 0))
    monkeypatch.setattr(gc, "collect", lambda *_: looked.set())
    await asyncio.sleep(4 * LOOK_EVERY_SECONDS)
    assert not looked.is_set()
    monkeypatch.setattr(world.service, "owns_process", True)
    async with asyncio.timeout(10):
        await looked.wait()
