"""Whatever is sent over a socket, the gateway neither fails nor leaks, and goes on serving."""

import asyncio
import contextlib
import gc
import json
from typing import Any

import pytest
import websockets
from gateway_world import World, eventually
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.statuses import Role

pytestmark = pytest.mark.stack

EXAMPLES = 30  # sockets opened for each kind; a handful of messages on each
BYE_CODES = {1000, 1003, 1006, 1007, 1008, 1009, 1011, 1012, 1013, 4401, 4403, 4408, 4409}
SETTINGS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)

words = st.sampled_from(
    ["hello", "beat", "answer", "flag", "visit", "submit", "chat", "hand", "watch", "unwatch", "row", "", "\x00", "é"]
)
scalars = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=True) | st.text(max_size=40)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner))
# Nearly right: a known type with fields of known names and any values.
FIELDS = ("id", "seq", "item_id", "response", "flagged", "text", "session_id", "token", "extra")
shaped = st.fixed_dictionaries({"type": words}, optional=dict.fromkeys(FIELDS, values))
LARGE = {
    "deep": "[" * 5_000,
    "nested": '{"type":' * 2_000,
    "two at once": '{"type":"beat"}' * 2,
    "long": '"' + "a" * 60_000 + '"',
    "infinite": "1e999",
}
messages = st.one_of(
    shaped.map(json.dumps),
    values.map(json.dumps),
    st.text(max_size=200),
    st.binary(max_size=200),
    st.sampled_from(
        ["[" * 5_000, '{"type":' * 2_000, '{"type":"beat"}' * 2, '"' + "a" * 60_000 + '"', "1e999", "\ud7ff"]
    ),
)


async def throw(world: World, path: str, hello: str | None, thrown: list[str | bytes]) -> None:
    """Send it all, and read until the gateway closes or says no more."""
    uri = f"ws://127.0.0.1:{world.settings.http_port}{path}"
    async with websockets.connect(uri, compression=None, max_size=None) as socket:
        with contextlib.suppress(websockets.ConnectionClosed):
            if hello is not None:
                await socket.send(json.dumps({"type": "hello", "token": hello}))
                await socket.recv()
            for each in thrown:
                await socket.send(each)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.05):
                    while True:
                        heard = json.loads(await socket.recv())
                        assert heard["type"] != "bye" or heard["problem"] != "internal-error", (heard, thrown)
        assert socket.close_code is None or socket.close_code in BYE_CODES, (socket.close_code, thrown)


def failures(capture: pytest.LogCaptureFixture) -> list[Any]:
    return [each for each in capture.records if each.levelname in {"ERROR", "CRITICAL"}]


# The sockets' own masks are random, and are made while hypothesis looks on: that is no part of what is thrown.
@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
@pytest.mark.parametrize("kind", ["candidate", "staff", "nobody"])
async def test_whatever_is_thrown_at_a_socket_the_gateway_goes_on(
    world: World, kind: str, caplog: pytest.LogCaptureFixture
):
    session_id, participant_id = world.seat()
    path = "/ws/staff" if kind == "staff" else "/ws/candidate"
    hello = {
        "candidate": world.candidate_token(session_id, participant_id),
        "staff": world.staff_token(Role.PROCTOR),
        "nobody": None,
    }[kind]
    loop = asyncio.get_running_loop()
    edge = world.service.app.state.edge
    open_before, tasks_before = len(edge), len(asyncio.all_tasks())

    @SETTINGS
    @given(st.lists(messages, min_size=1, max_size=6))
    def play(thrown: list[str | bytes]) -> None:
        asyncio.run_coroutine_threadsafe(throw(world, path, hello, thrown), loop).result(30)

    await asyncio.to_thread(play)

    await eventually(lambda: len(edge) <= open_before)
    gc.collect()
    await eventually(lambda: len(asyncio.all_tasks()) <= tasks_before + 5)
    assert not failures(caplog), failures(caplog)[:3]
    assert (await world.http.get("/health/ready")).status_code == 200
    client, welcome = await world.candidate(*world.seat())
    assert welcome["type"] == "welcome"
    await client.send(type="beat", id="still-there")
    assert (await client.until("beat"))["id"] == "still-there"
