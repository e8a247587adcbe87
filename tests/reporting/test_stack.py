"""reporting-svc on real Kafka, MongoDB and Redis: facts in, reports out, and everything built anew."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from session_story import Told, told

from chassis import dead_letters
from chassis.auth import Principal, PrincipalKind, TokenSigner
from chassis.lag import lag
from chassis.publisher import Message
from chassis.service import Service
from chassis.settings import Settings
from contracts.attempt import ProgressSaved
from contracts.statuses import Role
from contracts.topics import topics_read_by
from reporting_svc.app import NAME, build
from reporting_svc.domain.summary import summarise

pytestmark = pytest.mark.stack

WAIT_SECONDS = 60


@dataclass
class Running:
    service: Service
    signer: TokenSigner
    http: httpx.AsyncClient

    async def publish(self, story: Told, events: Iterable[Any] | None = None) -> None:
        await self.service.publisher.publish_all(list(story.events if events is None else events))

    async def ask(self, method: str, path: str, role: Role = Role.AUDITOR, org_id: str = "org1") -> tuple[int, Any]:
        kind = PrincipalKind.SERVICE if role is Role.SERVICE else PrincipalKind.STAFF
        principal = Principal("ann", kind, frozenset({role}), org_id, "Ann")
        headers = {"Authorization": f"Bearer {self.signer.sign(principal, 600, datetime.now(UTC))}"}
        answer = await self.http.request(method, f"/v1{path}", headers=headers)
        return answer.status_code, answer.json()

    async def until(self, look: Callable[[], Awaitable[Any]]) -> Any:
        async with asyncio.timeout(WAIT_SECONDS):
            while not (found := await look()):  # noqa: ASYNC110 - the service under test gives no event
                await asyncio.sleep(0.1)
        return found

    async def summary(self, story: Told) -> Any:
        """The summary once every fact of the story has arrived."""
        count = len({each.id for each in story.events if not isinstance(each.data, ProgressSaved)})

        async def look() -> Any:
            status, summary = await self.ask("GET", f"/sessions/{story.session_id}/summary")
            return summary if status == 200 and summary["facts"] == count else None

        return await self.until(look)


def without_moment(summary: dict[str, Any]) -> str:
    return json.dumps({name: value for name, value in summary.items() if name != "generated_at"})


@pytest.fixture(scope="module")
async def running(settings_for: Any, topics: Any, token_keys: Any) -> AsyncIterator[Running]:
    service = build(settings_for(Settings, instance="reporting-a"))
    async with service.running(60):
        transport = httpx.ASGITransport(app=service.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://reporting") as http:
            yield Running(service, TokenSigner(token_keys.private_file.read_bytes()), http)


async def test_the_summary_is_that_of_the_facts_however_often_they_came(running: Running) -> None:
    story = told("twice")
    await running.publish(story)
    await running.publish(story, reversed(story.events))
    summary = await running.summary(story)
    await running.until(lambda: _caught_up(running))
    _, summary = await running.ask("GET", "/sessions/twice/summary")
    expected = summarise("twice", story.facts(), datetime.now(UTC))
    assert expected is not None
    assert without_moment(summary) == without_moment(json.loads(expected.model_dump_json()))
    assert all(person["ledger_adds_up"] for person in summary["participants"])


async def _caught_up(running: Running) -> bool:
    return await lag(running.service.settings, NAME, topics_read_by(NAME)) == 0


async def test_of_saved_progress_only_the_newest_is_kept(running: Running) -> None:
    story = told("progress")
    await running.publish(story)
    await running.summary(story)
    kept = running.service.mongo["progress"].find({"session_id": "progress"})
    assert {each["_id"]: json.loads(each["body"])["answered"] async for each in kept} == {
        "progress-Ann": 2,
        "progress-Ben": 1,
        "progress-Cem": 2,
    }
    type_name = "examhall.attempt.progress-saved.v1"
    assert not await running.service.mongo["facts"].count_documents({"type": type_name})


async def test_a_summary_is_kept_until_something_new_arrives(running: Running) -> None:
    story = told("kept")
    await running.publish(story)
    first = await running.summary(story)
    await running.until(lambda: _caught_up(running))
    _, first = await running.ask("GET", "/sessions/kept/summary")
    assert (await running.ask("GET", "/sessions/kept/summary"))[1]["generated_at"] == first["generated_at"]
    story.say(3, "One thing more", 5_001)
    await running.publish(story, story.events[-1:])
    second = await running.summary(story)
    assert second["generated_at"] > first["generated_at"]
    assert second["messages"][-1]["text"] == "One thing more"


async def test_activity_is_told_and_limited_to_the_newest(running: Running) -> None:
    story = told("activity")
    await running.publish(story)
    await running.summary(story)
    _, entries = await running.ask("GET", "/sessions/activity/activity")
    assert entries[0]["summary"] == "The session was scheduled."
    _, newest = await running.ask("GET", "/sessions/activity/activity?limit=2")
    assert newest == entries[-2:]
    _, own = await running.ask("GET", "/sessions/activity/activity?participant_id=activity-Ben")
    assert {each["participant_id"] for each in own} == {"activity-Ben", None}


async def test_a_poisoned_message_on_each_topic_is_parked_and_the_next_fact_counted(running: Running) -> None:
    settings = running.service.settings
    poison = [Message(settings.topic(topic.name), b"k", b"{", ()) for topic in topics_read_by(NAME)]
    await running.service.publisher.deliver(poison)
    story = told("after-poison")
    await running.publish(story)
    await running.summary(story)

    async def parked() -> bool:
        letters = await dead_letters.list_letters(settings, NAME)
        return {each.topic for each in letters} == {topic.name for topic in topics_read_by(NAME)}

    assert await running.until(parked)


async def test_other_roles_and_other_organisations_are_refused(running: Running) -> None:
    story = told("refused")
    await running.publish(story)
    await running.summary(story)
    assert (await running.ask("GET", "/sessions/refused/summary", org_id="org2"))[0] == 404
    assert (await running.ask("GET", "/sessions/refused/activity", org_id="org2"))[0] == 404
    assert (await running.ask("GET", "/sessions/nowhere/summary"))[0] == 404
    assert (await running.ask("GET", "/sessions/refused/summary", Role.CANDIDATE))[0] == 403
    assert (await running.ask("POST", "/rebuild", Role.SCHEDULER))[0] == 403


async def test_a_rebuild_on_two_replicas_gives_the_same_summary_byte_for_byte(
    running: Running, settings_for: Any
) -> None:
    stories = [told(f"rebuilt-{number}") for number in range(3)]
    for story in stories:
        await running.publish(story)
    before = [without_moment(await running.summary(story)) for story in stories]
    async with build(settings_for(Settings, instance="reporting-b")).running(60):
        await running.until(lambda: _caught_up(running))
        status, answer = await running.ask("POST", "/rebuild", Role.SERVICE)
        assert (status, len(answer["topics"])) == (202, len(topics_read_by(NAME)))
        assert (await running.ask("GET", "/rebuild", Role.SERVICE))[1]["behind"] > 0
        during = told("during-the-rebuild")
        await running.publish(during)

        async def read_again() -> bool:
            return (await running.ask("GET", "/rebuild", Role.SERVICE))[1]["behind"] == 0

        await running.until(read_again)
        after = [without_moment(await running.summary(story)) for story in stories]
        assert after == before
        await running.summary(during)
