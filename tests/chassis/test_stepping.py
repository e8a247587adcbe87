"""A coroutine that need not wait runs at once; one that waits has a limit, and is cancelled by whoever awaits it."""

import asyncio
from typing import Any

import pytest

from chassis.stepping import within


async def at_once(value: int) -> int:
    return value


async def test_what_need_not_wait_finishes_without_the_loop_taking_a_turn():
    turns: list[int] = []
    asyncio.get_running_loop().call_soon(turns.append, 1)
    assert await within(5.0, at_once(7)) == 7
    assert turns == []


async def test_what_waits_gives_its_result_in_the_end():
    async def later() -> int:
        for _ in range(3):
            await asyncio.sleep(0)
        await asyncio.sleep(0.01)
        return 8

    assert await within(5.0, later()) == 8


async def test_what_waits_for_too_long_is_cancelled_and_cleans_up():
    ended: list[str] = []

    async def for_ever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cleaned up")

    with pytest.raises(TimeoutError):
        await within(0.02, for_ever())
    assert ended == ["cleaned up"]


@pytest.mark.parametrize("pauses", [0, 1])
async def test_an_error_comes_through(pauses: int):
    async def failing() -> None:
        for _ in range(pauses):
            await asyncio.sleep(0)
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await within(5.0, failing())


async def test_cancelling_the_one_who_waits_cancels_what_it_waits_for():
    seen: list[Any] = []

    async def waiting() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    task = asyncio.create_task(within(5.0, waiting()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == ["cancelled"]
