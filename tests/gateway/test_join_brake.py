"""Guessing codes, and who is in a session, is slowed down; a hall that comes all at once is not, and nobody can keep
others out.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import redis.asyncio
from gateway_world import ORG, World

from chassis.identifiers import new_id
from chassis.outcomes import Rejected
from contracts import problems
from contracts.problems import ProblemType
from gateway.settings import Settings
from gateway.throttle import JoinBrake, Throttle

pytestmark = pytest.mark.stack

CODE = "ABCD1234"
HALL = "192.0.2.7"


@pytest.fixture
async def brake(settings_for: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[JoinBrake]:
    """With the limits as they are, counters of its own, and a minute that does not end."""
    monkeypatch.setattr("gateway.throttle.time", SimpleNamespace(time=lambda: 1_800_000_000.0))
    settings = settings_for(Settings, namespace=f"t{new_id()[-8:]}")
    cache = redis.asyncio.from_url(settings.redis)
    yield JoinBrake(Throttle(cache, settings), settings)
    async for key in cache.scan_iter(match=f"{settings.key('')}*"):
        await cache.delete(key)
    await cache.aclose()


async def tried(brake: JoinBrake, address: str, code: str, refusal: ProblemType | None = None) -> bool:
    """One join that would be answered so; False: slowed down."""
    try:
        await brake.before(address, code)
    except Rejected as slowed:
        if slowed.problem is not problems.TOO_MANY_REQUESTS:
            raise
        return False
    if refusal is None:
        await brake.joined(address)
    else:
        await brake.refused(address, code, refusal)
    return True


async def attacked(brake: JoinBrake, code: str, refusal: ProblemType) -> int:
    """Guesses from a hundred addresses until each is slowed down; how many there were."""
    guesses = 0
    for number in range(100):
        while await tried(brake, f"198.51.100.{number}", code, refusal):
            guesses += 1
    return guesses


async def test_a_thousand_join_within_a_minute_from_one_address(brake: JoinBrake):
    assert all([await tried(brake, HALL, CODE) for _ in range(1_000)])


async def test_whoever_hears_that_the_session_is_not_open_or_full_is_not_guessing(brake: JoinBrake):
    for refusal in (problems.SESSION_NOT_OPEN, problems.SESSION_FULL, problems.TOO_LATE_TO_JOIN):
        assert all([await tried(brake, HALL, CODE, refusal) for _ in range(300)])
    assert await tried(brake, HALL, CODE)


async def test_codes_are_guessed_sixty_times_a_minute_from_one_address(brake: JoinBrake):
    guesses = [await tried(brake, HALL, f"GUESS{number:03}", problems.CODE_UNKNOWN) for number in range(100)]
    assert guesses.count(True) == 60
    assert await tried(brake, "192.0.2.8", CODE), "and nobody else is kept out"


async def test_many_addresses_together_guess_fewer_each_and_keep_nobody_out(brake: JoinBrake):
    await tried(brake, HALL, CODE)
    guesses = await attacked(brake, "GUESSED", problems.CODE_UNKNOWN)
    assert guesses == 10 * 60 + 90 * 5, "the first ten addresses reach the limit for all, the others have five each"
    mistyped = [await tried(brake, HALL, "ABCD1235", problems.CODE_UNKNOWN) for _ in range(40)]
    assert all(mistyped), "a hall where somebody joined has as many tries as ever"
    assert await tried(brake, HALL, CODE)
    assert await tried(brake, "203.0.113.1", CODE), "and so does a newcomer who types it right"


async def test_who_is_in_a_session_is_guessed_slowly_and_the_session_stays_open(brake: JoinBrake):
    guesses = await attacked(brake, CODE, problems.ALREADY_JOINED)
    assert guesses == 10 * 60 + 90 * 5
    assert not await tried(brake, "198.51.100.3", CODE, problems.ALREADY_ENROLLED)
    assert all([await tried(brake, f"203.0.113.{number}", CODE) for number in range(200)]), "newcomers everywhere"
    assert await tried(brake, "198.51.100.3", "ANOTHER1"), "other sessions are none of it"


async def test_over_the_gateway_the_refusal_decides_what_counts(world: World):
    """Three hundred of a hall come too early; then a few hundred join."""

    def at(address: str) -> httpx.AsyncClient:
        from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware  # noqa: PLC0415 - as in front of it

        transport = httpx.ASGITransport(ProxyHeadersMiddleware(world.service.app))
        return httpx.AsyncClient(transport=transport, base_url="http://gateway", headers={"x-forwarded-for": address})

    code = new_id()[-8:].upper()
    joined = {
        "participant_id": "p1",
        "session_id": "s1",
        "org_id": ORG,
        "name": "Ada",
        "state": "joined",
        "admission_mode": "automatic",
        "personal_code": "AAAA-BBBB-CCCC",
        "session_name": "Spring exam",
        "session_state": "open",
    }

    async def join(http: httpx.AsyncClient, code: str) -> int:
        return (await http.post("/api/v1/joins", json={"code": code, "name": "Ada"})).status_code

    async with at(f"2001:db8:{new_id()[-4:]}::1") as hall:
        world.services.codes[code] = joined
        answers = Counter(await asyncio.gather(*(join(hall, code) for _ in range(200))))
        assert answers == {200: 200}
        guesses = Counter([await join(hall, f"NOPE{number:04}") for number in range(70)])
        assert guesses[404] <= 120, "sixty in each minute that this took"
        assert guesses[429] > 0
    async with at(f"2001:db9:{new_id()[-4:]}::1") as elsewhere:
        assert await join(elsewhere, code) == 200
