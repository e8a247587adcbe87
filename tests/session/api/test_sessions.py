"""Sessions over HTTP, on the real database and broker."""

import asyncio
import json
from typing import Any

import pytest

from contracts.session import (
    SESSION_EVENTS,
    SessionCancelled,
    SessionChanged,
    SessionEnded,
    SessionOpened,
    SessionPaused,
    SessionResumed,
    SessionScheduled,
    SessionStarted,
)
from contracts.statuses import Role

pytestmark = pytest.mark.stack


@pytest.fixture
def scheduler(caller: Any) -> Any:
    return caller(Role.SCHEDULER)


@pytest.fixture(scope="module")
async def assessment_id(caller: Any, sample_text: str) -> str:
    return await published(caller(Role.SCHEDULER), sample_text)


async def published(author: Any, sample_text: str) -> str:
    made = await author.post("/v1/assessments", json={"content": json.loads(sample_text)})
    assessment_id = made.json()["assessment_id"]
    answer = await author.post(f"/v1/assessments/{assessment_id}/publish", json={"version": 1})
    assert answer.status_code == 200, answer.text
    return assessment_id


async def created(scheduler: Any, settings: dict[str, Any], **others: Any) -> dict[str, Any]:
    answer = await scheduler.post("/v1/sessions", json={"settings": settings, **others})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def step(client: Any, session_id: str, name: str, **body: Any) -> Any:
    return await client.post(f"/v1/sessions/{session_id}/{name}", json=body)


async def test_a_session_lives_and_tells_every_change(
    scheduler: Any, caller: Any, assessment_id: str, settings_body: Any, read_facts: Any
) -> None:
    made = await created(scheduler, settings_body(assessment_id))
    assert (made["state"], made["version"], made["items"], made["time_limit_seconds"]) == ("scheduled", 1, 25, 2700)
    assert len(made["code"]) == 9
    session_id = made["session_id"]
    proctor = caller(Role.PROCTOR)
    changed = settings_body(assessment_id, name="Renamed", time_limit_seconds=1200)
    edited = await scheduler.put(f"/v1/sessions/{session_id}", json={"settings": changed, "version": 1})
    assert (edited.json()["version"], edited.json()["code"]) == (2, made["code"])
    states = []
    for name, body in (
        ("open", {}),
        ("start", {"version": 3}),
        ("pause", {"reason": "fire alarm"}),
        ("resume", {}),
        ("end", {}),
    ):
        answer = await step(proctor, session_id, name, **body)
        assert answer.status_code == 200, answer.text
        states.append(answer.json()["state"])
    assert states == ["open", "running", "paused", "running", "ended"]

    events = await read_facts(SESSION_EVENTS, session_id, 7)
    assert [type(event.data) for event in events] == [
        SessionScheduled,
        SessionChanged,
        SessionOpened,
        SessionStarted,
        SessionPaused,
        SessionResumed,
        SessionEnded,
    ]
    assert [event.version for event in events] == list(range(1, 8))
    assert {(event.org_id, event.session_id, event.source) for event in events} == {("acme", session_id, "session-svc")}
    assert (events[4].data.reason, events[4].data.by, events[4].data.by_name) == (
        "fire alarm",
        "proctor",
        "The proctor",
    )
    last = events[-1].data.session
    assert (last.state, last.time_limit_seconds, last.code) == ("ended", 1200, made["code"])
    assert last.started_at < last.ended_at
    assert (await scheduler.get(f"/v1/sessions/{session_id}")).json() == answer.json()


async def test_a_step_from_the_wrong_state_says_which_it_is(
    scheduler: Any, assessment_id: str, settings_body: Any
) -> None:
    made = await created(scheduler, settings_body(assessment_id))
    answer = await step(scheduler, made["session_id"], "start")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/session-wrong-state")
    assert answer.json()["state"] == "scheduled"
    assert "it must be open" in answer.json()["detail"]


async def test_opening_twice_is_no_mistake_and_changes_nothing(
    scheduler: Any, assessment_id: str, settings_body: Any
) -> None:
    session_id = (await created(scheduler, settings_body(assessment_id)))["session_id"]
    first = await scheduler.post(f"/v1/sessions/{session_id}/open")  # without a body: whatever is current
    assert (await step(scheduler, session_id, "open")).json() == first.json()


async def test_a_draft_is_scheduled_later_and_a_scheduled_session_cancelled(
    scheduler: Any, assessment_id: str, settings_body: Any, read_facts: Any
) -> None:
    made = await created(scheduler, settings_body(assessment_id), draft=True)
    assert made["state"] == "draft"
    assert (await step(scheduler, made["session_id"], "open")).status_code == 409
    assert (await step(scheduler, made["session_id"], "schedule")).json()["state"] == "scheduled"
    without_reason = await step(scheduler, made["session_id"], "cancel")
    assert without_reason.json()["errors"][0]["field"] == "reason"
    assert (await step(scheduler, made["session_id"], "cancel", reason="flooded")).json()["state"] == "cancelled"
    events = await read_facts(SESSION_EVENTS, made["session_id"], 2)
    assert [(type(event.data), event.version) for event in events] == [(SessionScheduled, 2), (SessionCancelled, 3)]


async def test_a_stale_version_changes_nothing(scheduler: Any, assessment_id: str, settings_body: Any) -> None:
    session_id = (await created(scheduler, settings_body(assessment_id)))["session_id"]
    await step(scheduler, session_id, "open")
    answer = await step(scheduler, session_id, "start", version=1)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/stale-version")
    edit = {"settings": settings_body(assessment_id, name="Late"), "version": 1}
    answer = await scheduler.put(f"/v1/sessions/{session_id}", json=edit)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/stale-version")
    now = (await scheduler.get(f"/v1/sessions/{session_id}")).json()
    assert (now["state"], now["version"], now["settings"]["name"]) == ("open", 2, "Spring sitting")


async def test_many_who_start_at_once_start_it_once(scheduler: Any, assessment_id: str, settings_body: Any) -> None:
    session_id = (await created(scheduler, settings_body(assessment_id)))["session_id"]
    await step(scheduler, session_id, "open")
    answers = await asyncio.gather(*(step(scheduler, session_id, "start") for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]
    assert (await scheduler.get(f"/v1/sessions/{session_id}")).json()["version"] == 3


async def test_what_may_change_after_the_start(scheduler: Any, assessment_id: str, settings_body: Any) -> None:
    made = await created(scheduler, settings_body(assessment_id))
    address = f"/v1/sessions/{made['session_id']}"
    await step(scheduler, made["session_id"], "open")
    running = (await step(scheduler, made["session_id"], "start")).json()
    allowed = {**running["settings"], "late_entry_seconds": 900, "proctor_ids": ["p7"]}
    answer = await scheduler.put(address, json={"settings": allowed, "version": 3})
    assert answer.json()["settings"] == allowed
    refused = {**allowed, "time_limit_seconds": 60, "grace_seconds": 0}
    answer = await scheduler.put(address, json={"settings": refused, "version": 4})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/session-wrong-state")
    assert answer.json()["fields"] == ["settings.grace_seconds", "settings.time_limit_seconds"]


async def test_a_code_is_unique_among_the_live_sessions_of_all_organisations(
    scheduler: Any, caller: Any, assessment_id: str, settings_body: Any, sample_text: str
) -> None:
    made = await created(scheduler, settings_body(assessment_id), code="WEATHER-26")
    assert made["code"] == "WEATHER-26"
    other = caller(Role.SCHEDULER, org="other")
    settings = settings_body(await published(other, sample_text))
    answer = await other.post("/v1/sessions", json={"settings": settings, "code": "WEA-THER-26"})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/code-in-use")
    await step(scheduler, made["session_id"], "cancel", reason="not needed")
    assert (await created(other, settings, code="WEA-THER-26"))["code"] == "WEA-THER-26"


async def test_a_manual_session_has_no_code_until_it_becomes_hybrid(
    scheduler: Any, assessment_id: str, settings_body: Any
) -> None:
    settings = settings_body(assessment_id, enrollment_mode="manual")
    made = await created(scheduler, settings)
    assert made["code"] is None
    hybrid = {"settings": {**settings, "enrollment_mode": "hybrid"}, "version": 1}
    assert (await scheduler.put(f"/v1/sessions/{made['session_id']}", json=hybrid)).json()["code"]


async def test_mistakes_are_named_with_their_fields(scheduler: Any, assessment_id: str, settings_body: Any) -> None:
    async def fields(settings: dict[str, Any], **others: Any) -> set[str]:
        answer = await scheduler.post("/v1/sessions", json={"settings": settings, **others})
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/validation-failed"), answer.text
        return {each["field"] for each in answer.json()["errors"]}

    good = settings_body(assessment_id)
    assert await fields({**good, "time_zone": "Moon/Tranquillity"}) == {"settings.time_zone"}
    assert await fields({**good, "grace": 10, "name": " "}) == {"settings.grace", "settings.name"}
    assert await fields({**good, "scheduled_at": "9999-12-31T23:59:59-12:00"}) == {"settings.scheduled_at"}
    assert await fields(good, code="hello") == {"code"}
    assert await fields({**good, "assessment_id": "nowhere"}) == {"settings.assessment_id"}
    assert await fields(settings_body(assessment_id, in_seconds=5 * 366 * 86400)) == {"settings.scheduled_at"}
    answer = await scheduler.post("/v1/sessions", json={"settings": {**good, "assessment_version": 2}})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/assessment-not-published")


async def test_a_repeated_request_creates_once(
    scheduler: Any, assessment_id: str, settings_body: Any, read_facts: Any
) -> None:
    body = {"settings": settings_body(assessment_id)}
    headers = {"Idempotency-Key": "session-1"}
    answers = await asyncio.gather(*(scheduler.post("/v1/sessions", json=body, headers=headers) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {201}
    [session_id] = {answer.json()["session_id"] for answer in answers}
    await step(scheduler, session_id, "open")
    assert len(await read_facts(SESSION_EVENTS, session_id, 2)) == 2
    again = await scheduler.post("/v1/sessions", json=body, headers=headers)
    assert (again.json()["session_id"], again.json()["state"]) == (session_id, "open")
    other = await scheduler.post("/v1/sessions", json={**body, "draft": True}, headers=headers)
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-mismatch")


async def test_proctors_act_only_where_they_are_assigned(
    scheduler: Any, caller: Any, assessment_id: str, settings_body: Any
) -> None:
    session_id = (await created(scheduler, settings_body(assessment_id, proctor_ids=["p1"])))["session_id"]
    answer = await step(caller(Role.PROCTOR, subject="p2"), session_id, "open")
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/not-allowed")
    for role in (Role.AUDITOR, Role.REVIEWER, Role.CANDIDATE, Role.SERVICE):
        assert (await step(caller(role, subject="p1"), session_id, "open")).status_code == 403
    assert (await step(caller(Role.PROCTOR, subject="p1"), session_id, "open")).status_code == 200
    assert (await step(caller(Role.ADMIN), session_id, "start")).status_code == 200


async def test_another_organisation_finds_nothing(
    scheduler: Any, caller: Any, assessment_id: str, settings_body: Any
) -> None:
    session_id = (await created(scheduler, settings_body(assessment_id)))["session_id"]
    stranger = caller(Role.ADMIN, Role.PROCTOR, org="umbra")
    edit = {"settings": settings_body(assessment_id), "version": 1}
    answers = [
        await stranger.get(f"/v1/sessions/{session_id}"),
        await stranger.get(f"/v1/sessions/{session_id}/form"),
        await stranger.put(f"/v1/sessions/{session_id}", json=edit),
        *[await step(stranger, session_id, name) for name in ("schedule", "open", "start", "resume", "end")],
        *[await step(stranger, session_id, name, reason="x") for name in ("pause", "cancel")],
    ]
    assert {answer.status_code for answer in answers} == {404}
    mistaken = await stranger.post("/v1/sessions", json={"settings": settings_body(assessment_id)})
    assert mistaken.json()["errors"][0]["field"] == "settings.assessment_id"
    assert session_id not in (await stranger.get("/v1/sessions")).text
    assert (await caller(Role.SERVICE, org="umbra").get(f"/v1/sessions/{session_id}")).status_code == 200


async def test_lists_are_filtered_searched_and_paged(caller: Any, settings_body: Any, sample_text: str) -> None:
    scheduler = caller(Role.SCHEDULER, org="lists")
    assessment_id = await published(scheduler, sample_text)
    hours = [5, 3, 3, 9]
    made = [
        await created(
            scheduler,
            settings_body(
                assessment_id, in_seconds=hour * 3600, name=f"Sitting (no. {number})", proctor_ids=[f"p{number}"]
            ),
        )
        for number, hour in enumerate(hours)
    ]
    ids = [each["session_id"] for each in made]
    await step(scheduler, ids[0], "open")

    async def listed(client: Any = scheduler, **params: Any) -> list[str]:
        answer = await client.get("/v1/sessions", params=params)
        assert answer.status_code == 200, answer.text
        return [each["session_id"] for each in answer.json()["items"]]

    assert await listed() == [ids[3], ids[0], ids[2], ids[1]]
    assert await listed(state="open") == [ids[0]]
    assert set(await listed(state=["open", "scheduled"])) == set(ids)
    assert await listed(search="(NO. 2") == [ids[2]]
    assert await listed(search=made[3]["code"].lower()) == [ids[3]]
    assert await listed(search=".*") == []
    assert await listed(caller(Role.PROCTOR, subject="p1", org="lists"), mine=True) == [ids[1]]
    seen, cursor = [], None
    for _ in ids:
        page = (
            await scheduler.get("/v1/sessions", params={"limit": 1, **({"cursor": cursor} if cursor else {})})
        ).json()
        seen += [each["session_id"] for each in page["items"]]
        cursor = page["next_cursor"]
    assert (seen, cursor) == ([ids[3], ids[0], ids[2], ids[1]], None)
    for broken in ("nonsense", "bm9uc2Vuc2U=", "é"):
        answer = await scheduler.get("/v1/sessions", params={"cursor": broken})
        assert answer.json()["errors"][0]["field"] == "cursor"


async def test_candidates_read_their_own_form_while_the_session_runs(
    scheduler: Any, caller: Any, assessment_id: str, settings_body: Any
) -> None:
    session_id = (await created(scheduler, settings_body(assessment_id)))["session_id"]
    address = f"/v1/sessions/{session_id}/form"
    candidate = caller(Role.CANDIDATE, session_id=session_id, participant_id="c1")
    await step(scheduler, session_id, "open")
    early = await candidate.get(address)
    assert (early.status_code, early.json()["state"]) == (409, "open")
    await step(scheduler, session_id, "start")

    mine = await candidate.get(address)
    assert mine.status_code == 200
    assert '"key"' not in mine.text
    assert (await candidate.get(address)).text == mine.text
    assert (await candidate.get(address, params={"participant_id": "c2"})).status_code == 404
    other = caller(Role.CANDIDATE, session_id=session_id, participant_id="c2")
    assert (await other.get(address)).text != mine.text
    elsewhere = caller(Role.CANDIDATE, session_id="another", participant_id="c1")
    assert (await elsewhere.get(address)).status_code == 404
    by_service = await caller(Role.SERVICE, org="none").get(address, params={"participant_id": "c1"})
    assert by_service.text == mine.text
    assert (await caller(Role.PROCTOR).get(address)).json()["title"] == mine.json()["title"]
    assert (await candidate.get(f"/v1/sessions/{session_id}")).status_code == 403
