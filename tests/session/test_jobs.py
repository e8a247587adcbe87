"""Sessions that act by themselves, on the real database and broker."""

import asyncio
import json
from typing import Any

import pytest

from contracts.session import SESSION_EVENTS, SessionEnded, SessionOpened, SessionScheduled, SessionStarted
from contracts.statuses import Role
from session_svc.app import build
from session_svc.settings import SessionSvcSettings

pytestmark = pytest.mark.stack

ACTS_WITHIN_SECONDS = 10.0  # the job runs each second; the rest is for a busy machine


@pytest.fixture
def scheduler(caller: Any) -> Any:
    return caller(Role.SCHEDULER)


@pytest.fixture(scope="module")
async def assessment_id(caller: Any, sample_text: str) -> str:
    author = caller(Role.SCHEDULER)
    made = await author.post("/v1/assessments", json={"content": json.loads(sample_text)})
    assessment_id = made.json()["assessment_id"]
    await author.post(f"/v1/assessments/{assessment_id}/publish", json={"version": 1})
    return assessment_id


async def created(scheduler: Any, settings: dict[str, Any]) -> str:
    answer = await scheduler.post("/v1/sessions", json={"settings": settings})
    assert answer.status_code == 201, answer.text
    return answer.json()["session_id"]


async def until(scheduler: Any, session_id: str, state: str) -> dict[str, Any]:
    async with asyncio.timeout(ACTS_WITHIN_SECONDS):
        while True:
            session = (await scheduler.get(f"/v1/sessions/{session_id}")).json()
            if session["state"] == state:
                return session
            await asyncio.sleep(0.1)


async def without(service: Any, session_id: str, field: str) -> dict[str, Any]:
    """The stored session, once the field is gone from it."""
    async with asyncio.timeout(ACTS_WITHIN_SECONDS):
        while True:
            document = await service.mongo["sessions"].find_one({"_id": session_id})
            if field not in document:
                return document
            await asyncio.sleep(0.05)


async def test_a_scheduled_start_opens_starts_and_ends_by_itself(
    scheduler: Any, assessment_id: str, settings_body: Any, read_facts: Any
) -> None:
    limits = {"session_limit_seconds": 30, "start_mode": "scheduled"}
    session_id = await created(scheduler, settings_body(assessment_id, in_seconds=2, **limits))
    opened = await until(scheduler, session_id, "open")
    assert opened["opened_at"] < opened["settings"]["scheduled_at"]
    running = await until(scheduler, session_id, "running")
    assert running["started_at"] >= running["settings"]["scheduled_at"]
    events = await read_facts(SESSION_EVENTS, session_id, 3)
    assert [type(event.data) for event in events] == [SessionScheduled, SessionOpened, SessionStarted]
    assert [event.version for event in events] == [1, 2, 3]


async def test_the_session_limit_ends_it(
    service: Any, scheduler: Any, assessment_id: str, settings_body: Any, read_facts: Any
) -> None:
    session_id = await created(scheduler, settings_body(assessment_id, session_limit_seconds=30))
    await scheduler.post(f"/v1/sessions/{session_id}/open", json={})
    await scheduler.post(f"/v1/sessions/{session_id}/start", json={})
    await pretend_started_earlier(service, session_id, seconds=30)
    await until(scheduler, session_id, "ended")
    events = await read_facts(SESSION_EVENTS, session_id, 4)
    assert isinstance(events[-1].data, SessionEnded)
    assert (events[-1].data.by, events[-1].data.by_name) == ("system", "Examhall")


async def pretend_started_earlier(service: Any, session_id: str, seconds: int) -> None:
    earlier = {"$subtract": ["$started_at", seconds * 1000]}
    await service.mongo["sessions"].update_one(
        {"_id": session_id}, [{"$set": {"started_at": earlier, "due_at": {"$subtract": ["$due_at", seconds * 1000]}}}]
    )


async def test_a_flexible_start_waits_for_the_proctor(scheduler: Any, assessment_id: str, settings_body: Any) -> None:
    session_id = await created(scheduler, settings_body(assessment_id, in_seconds=0))
    await until(scheduler, session_id, "open")
    await asyncio.sleep(2.5)
    assert (await scheduler.get(f"/v1/sessions/{session_id}")).json()["state"] == "open"


async def test_a_session_whose_time_went_by_waits_for_a_person(
    service: Any, scheduler: Any, assessment_id: str, settings_body: Any
) -> None:
    session_id = await created(scheduler, settings_body(assessment_id, in_seconds=-7200))
    await without(service, session_id, "due_at")
    assert (await scheduler.get(f"/v1/sessions/{session_id}")).json()["state"] == "scheduled"
    assert (await scheduler.post(f"/v1/sessions/{session_id}/open", json={})).status_code == 200


async def test_facts_leave_the_outbox_once_published(
    service: Any, scheduler: Any, assessment_id: str, settings_body: Any, read_facts: Any
) -> None:
    session_id = await created(scheduler, settings_body(assessment_id))
    await read_facts(SESSION_EVENTS, session_id, 1)
    document = await without(service, session_id, "outbox_since")
    assert document["outbox"] == []
    assert document["version"] == 1


async def test_of_several_replicas_one_acts(
    settings_for: Any, scheduler: Any, assessment_id: str, settings_body: Any, read_facts: Any
) -> None:

    async with build(settings_for(SessionSvcSettings, instance="second")).running():
        settings = [settings_body(assessment_id, in_seconds=1, start_mode="scheduled") for _ in range(5)]
        ids = [await created(scheduler, each) for each in settings]
        for session_id in ids:
            assert (await until(scheduler, session_id, "running"))["version"] == 3
            events = await read_facts(SESSION_EVENTS, session_id, 3)
            assert {event.version for event in events} == {1, 2, 3}
