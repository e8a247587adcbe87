"""Acting for many people at once."""

import asyncio

import pytest

from scoring_svc.service.side_by_side import AT_ONCE, side_by_side


async def test_everybody_gets_their_turn_and_never_too_many_at_once() -> None:
    done: list[int] = []
    running = peak = 0

    async def act(number: int) -> None:
        nonlocal running, peak
        running += 1
        peak = max(peak, running)
        await asyncio.sleep(0)
        running -= 1
        done.append(number)

    await side_by_side(range(100), act)
    assert sorted(done) == list(range(100))
    assert peak == AT_ONCE


async def test_a_failure_is_raised_after_the_others_are_done() -> None:
    done: list[int] = []

    async def act(number: int) -> None:
        if number == 0:
            raise LookupError("nobody")
        await asyncio.sleep(0.01)
        done.append(number)

    with pytest.raises(LookupError):
        await side_by_side(range(40), act)
    assert len(done) == 39
