"""A simulated page keeps its answers like the real page: against a gateway that forgets, breaks and refuses."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve

from contracts.items import TrueFalseResponse
from examhall.rehearsal import page as page_module
from examhall.rehearsal.client import Gateway, Tokens
from examhall.rehearsal.page import Page
from examhall.rehearsal.plan import Answer
from examhall.rehearsal.witness import Witness

WAIT_SECONDS = 5.0


class Watcher:
    def __init__(self) -> None:
        self.acknowledgements: list[int] = []

    def sent(self, participant_id: str, seq: int) -> None:
        """Not of interest here."""

    def acknowledged(self, participant_id: str, seq: int) -> None:  # noqa: ARG002 - the protocol names it
        self.acknowledgements.append(seq)

    def withdrawn(self, participant_id: str) -> None:
        """Not of interest here."""


class FakeGateway:
    """Welcomes whoever comes; acknowledges answers unless told to be silent."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.hellos = 0
        self.silent = False
        self.refuse_with: str | None = None
        self.sockets: list[ServerConnection] = []

    async def serve(self, socket: ServerConnection) -> None:
        self.sockets.append(socket)
        async for text in socket:
            message = json.loads(text)
            if message["type"] == "hello":
                self.hellos += 1
                await socket.send(json.dumps(self._welcome()))
                continue
            self.received.append(message)
            if message["type"] != "answer" or self.silent:
                continue
            if self.refuse_with is not None:
                await socket.send(
                    json.dumps({"type": "refused", "seq": message["seq"], "problem": self.refuse_with, "detail": ""})
                )
                continue
            await socket.send(json.dumps({"type": "ack", "seqs": [message["seq"]], "ids": []}))

    def _welcome(self) -> dict[str, Any]:
        now = datetime.now(UTC).isoformat()
        row = {"version": 1, "phase": "active", "deadline_at": "2099-01-01T00:00:00Z", "last_seq": 0}
        return {
            "type": "welcome",
            "connection_id": "c",
            "server_time": now,
            "attempt": {"row": row},
            "beat_seconds": 10,
        }

    def answers(self, seq: int) -> int:
        return sum(message["type"] == "answer" and message["seq"] == seq for message in self.received)


@pytest.fixture
def gateway() -> FakeGateway:
    return FakeGateway()


@pytest.fixture
async def server(gateway: FakeGateway) -> AsyncIterator[Server]:
    async with serve(gateway.serve, "127.0.0.1", 0, compression=None) as running:
        yield running


@pytest.fixture
async def page(server: Server, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Page]:
    monkeypatch.setattr(page_module, "TEND_EVERY_SECONDS", 0.05)
    port = server.sockets[0].getsockname()[1]
    public = Gateway((f"http://127.0.0.1:{port}",), random.Random(1))
    person = Page(public, Witness("p1", "Ada", 36_000), turn=0, watcher=Watcher(), chance=random.Random(1))
    person._caller.tokens = Tokens("token", "refresh", float("inf"), "/nowhere")
    living = asyncio.create_task(person.live())
    await asyncio.wait_for(person.line.up.wait(), WAIT_SECONDS)
    yield person
    await person.leave()
    await asyncio.wait_for(living, WAIT_SECONDS)
    await public.close()


async def _until(condition: Any) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        while not condition():  # noqa: ASYNC110 - what is awaited is another end of a socket
            await asyncio.sleep(0.01)


def _answer(item_id: str, *, value: bool) -> Answer:
    return Answer(item_id, TrueFalseResponse(value=value))


async def test_an_acknowledged_answer_is_kept_as_a_promise(page: Page, gateway: FakeGateway):
    await page.do(_answer("a", value=True))
    await _until(lambda: page.unsaved == 0)
    assert page.witness.last_words()["a"].response == TrueFalseResponse(value=True)


async def test_answers_given_without_a_network_are_sent_on_return_with_their_seqs(page: Page, gateway: FakeGateway):
    page.tear()
    await page.do(_answer("a", value=True))
    await page.do(_answer("a", value=False))
    assert page.unsaved == 2
    page.line.mend()
    await _until(lambda: page.unsaved == 0)
    assert [message["seq"] for message in gateway.received] == [1, 2]
    assert page.witness.last_words()["a"].seq == 2


async def test_an_answer_whose_acknowledgement_got_lost_is_sent_again_with_the_same_seq(
    page: Page, gateway: FakeGateway
):
    gateway.silent = True
    await page.do(_answer("a", value=True))
    await _until(lambda: gateway.answers(1) == 1)
    gateway.silent = False
    gateway.sockets[-1].transport.abort()
    await _until(lambda: page.unsaved == 0)
    assert gateway.hellos == 2
    assert gateway.answers(1) == 2
    assert len(page.witness.said) == 1


async def test_a_gateway_that_is_away_for_a_moment_gets_the_answer_again(
    page: Page, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(page_module, "RESEND_AFTER_SECONDS", 0.1)
    gateway.refuse_with = "temporarily-unavailable"
    await page.do(_answer("a", value=True))
    await _until(lambda: gateway.answers(1) == 2)
    assert page.unsaved == 1
    gateway.refuse_with = None
    await _until(lambda: page.unsaved == 0)
    assert page.witness.last_words().keys() == {"a"}


async def test_a_refused_answer_is_no_promise_and_not_sent_again(page: Page, gateway: FakeGateway):
    gateway.refuse_with = "attempt-paused"
    await page.do(_answer("a", value=True))
    await _until(lambda: page.unsaved == 0)
    await asyncio.sleep(0.2)
    assert gateway.answers(1) == 1
    assert page.witness.last_words() == {}


async def test_submitting_waits_until_everything_is_saved(page: Page, gateway: FakeGateway):
    gateway.silent = True
    await page.do(_answer("a", value=True))
    page.submit()
    await asyncio.sleep(0.3)
    assert not any(message["type"] == "submit" for message in gateway.received)
    gateway.silent = False
    gateway.sockets[-1].transport.abort()
    await _until(lambda: any(message["type"] == "submit" for message in gateway.received))
    assert page.unsaved == 0
