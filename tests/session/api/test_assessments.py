"""Assessments over HTTP, on the real database and broker."""

import asyncio
import json
from typing import Any

import pytest

from contracts.session import ASSESSMENT_EVENTS, AssessmentPublished
from contracts.statuses import Role

pytestmark = pytest.mark.stack


@pytest.fixture
def content(sample_text: str) -> dict[str, Any]:
    return json.loads(sample_text)


@pytest.fixture
def author(caller: Any) -> Any:
    return caller(Role.SCHEDULER)


async def created(author: Any, content: dict[str, Any]) -> dict[str, Any]:
    answer = await author.post("/v1/assessments", json={"content": content})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_draft_is_written_replaced_and_published(author: Any, content: dict[str, Any], read_facts: Any) -> None:
    made = await created(author, content)
    assert (made["version"], made["state"], made["published_version"]) == (1, "draft", None)
    address = f"/v1/assessments/{made['assessment_id']}"

    content["title"] = "Reading the sky, second edition"
    replaced = await author.put(address, json={"content": content, "version": 1})
    assert replaced.json()["version"] == 2

    published = await author.post(f"{address}/publish", json={"version": 2})
    assert published.status_code == 200, published.text
    assert (published.json()["state"], published.json()["published_version"]) == ("published", 1)
    assert (await author.get(address)).json() == published.json()

    [event] = await read_facts(ASSESSMENT_EVENTS, made["assessment_id"], 1)
    assert isinstance(event.data, AssessmentPublished)
    assert (event.data.assessment_version, event.version, event.org_id) == (1, 3, "acme")
    assert event.data.content.title == "Reading the sky, second edition"
    assert event.data.content.sections[0].items[0].key.correct == "cirrostratus"


async def test_a_published_version_stays_as_it_was(author: Any, content: dict[str, Any]) -> None:
    made = await created(author, content)
    address = f"/v1/assessments/{made['assessment_id']}"
    await author.post(f"{address}/publish", json={"version": 1})
    again = await author.post(f"{address}/publish", json={"version": 2})
    assert (again.status_code, again.json()["type"]) == (409, "/problems/assessment-published")

    content["title"] = "Second"
    assert (await author.put(address, json={"content": content, "version": 2})).json()["state"] == "draft"
    second = await author.post(f"{address}/publish", json={"version": 3})
    assert second.json()["published_version"] == 2
    titles = [(await author.get(f"{address}/versions/{number}/form")).json()["title"] for number in (1, 2)]
    assert titles == ["Reading the sky: weather, tides and maps", "Second"]
    assert (await author.get(f"{address}/versions/3/form")).status_code == 404


async def test_of_two_who_write_or_publish_at_once_one_is_told(author: Any, content: dict[str, Any]) -> None:
    made = await created(author, content)
    address = f"/v1/assessments/{made['assessment_id']}"
    other = {**content, "title": "The other hand"}
    answers = await asyncio.gather(
        author.put(address, json={"content": other, "version": 1}),
        author.post(f"{address}/publish", json={"version": 1}),
        author.post(f"{address}/publish", json={"version": 1}),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    assert {answer.json().get("type") for answer in answers} == {None, "/problems/stale-version"}
    current = (await author.get(address)).json()
    if current["state"] == "draft":
        assert (await author.get(f"{address}/versions/1/form")).status_code == 404
        await author.post(f"{address}/publish", json={"version": 2})
    form = (await author.get(f"{address}/versions/1/form")).json()
    assert form["title"] == current["content"]["title"]


async def test_authoring_mistakes_are_named_where_they_are(author: Any, content: dict[str, Any]) -> None:
    items = content["sections"][0]["items"]
    items[0]["key"]["correct"] = "nimbus"
    items[1]["kee"] = {}
    items[2]["type"] = "riddle"
    answer = await author.post("/v1/assessments", json={"content": content, "colour": "blue"})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/validation-failed")
    errors = {each["field"]: each["message"] for each in answer.json()["errors"]}
    assert errors["content.sections[0].items[0]"] == "key.correct names unknown: nimbus."
    assert "remove it" in errors["content.sections[0].items[1].kee"]
    assert errors["content.sections[0].items[2].type"].startswith("An item's type is one of: single_choice, ")
    assert "remove it" in errors["colour"]


async def test_replacing_needs_the_version_last_read(author: Any, content: dict[str, Any]) -> None:
    made = await created(author, content)
    answer = await author.put(f"/v1/assessments/{made['assessment_id']}", json={"content": content})
    assert answer.json()["errors"][0]["field"] == "version"


async def test_a_repeated_request_creates_once(author: Any, caller: Any, content: dict[str, Any]) -> None:
    headers = {"Idempotency-Key": "assessment-1"}
    body = {"content": content}
    answers = await asyncio.gather(*(author.post("/v1/assessments", json=body, headers=headers) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["assessment_id"] for answer in answers}) == 1

    other = await author.post("/v1/assessments", json={"content": {**content, "title": "Other"}}, headers=headers)
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-mismatch")
    someone_else = await caller(Role.ADMIN).post("/v1/assessments", json=body, headers=headers)
    assert someone_else.json()["assessment_id"] != answers[0].json()["assessment_id"]


async def test_lists_come_in_pages_newest_first(caller: Any, content: dict[str, Any]) -> None:
    author = caller(Role.SCHEDULER, org="pages")
    made = [(await created(author, content))["assessment_id"] for _ in range(3)]
    first = (await author.get("/v1/assessments", params={"limit": 2})).json()
    second = (await author.get("/v1/assessments", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [each["assessment_id"] for each in first["items"] + second["items"]] == made[::-1]
    assert second["next_cursor"] is None
    assert (first["items"][0]["items"], first["items"][0]["points"]) == (25, "80")


async def test_who_may_not_author_sees_no_keys(author: Any, caller: Any, content: dict[str, Any]) -> None:
    made = await created(author, content)
    address = f"/v1/assessments/{made['assessment_id']}"
    await author.post(f"{address}/publish", json={"version": 1})
    for role in (Role.PROCTOR, Role.REVIEWER, Role.AUDITOR, Role.SERVICE, Role.CANDIDATE):
        assert (await caller(role).get(address)).status_code == 403
    for role in (Role.PROCTOR, Role.SERVICE):
        form = await caller(role).get(f"{address}/versions/1/form", params={"participant_id": "p1"})
        assert form.status_code == 200
        assert '"key"' not in form.text
    assert (await caller(Role.CANDIDATE).get(f"{address}/versions/1/form")).status_code == 403


async def test_another_organisation_finds_nothing(author: Any, caller: Any, content: dict[str, Any]) -> None:
    made = await created(author, content)
    stranger = caller(Role.ADMIN, org="umbra")
    address = f"/v1/assessments/{made['assessment_id']}"
    await author.post(f"{address}/publish", json={"version": 1})
    answers = [
        await stranger.get(address),
        await stranger.put(address, json={"content": content, "version": 2}),
        await stranger.post(f"{address}/publish", json={"version": 2}),
        await stranger.get(f"{address}/versions/1/form"),
    ]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert made["assessment_id"] not in (await stranger.get("/v1/assessments")).text
