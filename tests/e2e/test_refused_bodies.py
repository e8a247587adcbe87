"""Bodies that cannot be taken: malformed, oversized, or with fields that do not fit. Nothing is half done."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from hall import Hall, Json, Person, a_paper, is_refused, until

from contracts import limits, problems

pytestmark = pytest.mark.stack

TOO_MANY_BYTES = limits.REQUEST_BODY_BYTES + 1

# Who is asked: the gateway itself, and services behind it.
ADDRESSES = [
    "/api/v1/joins",
    "/api/v1/auth/sign-in",
    "/api/v1/assessments",
    "/api/v1/sessions",
    "/api/v1/sessions/{session_id}/participants",
    "/api/v1/sessions/{session_id}/interventions",
    "/api/v1/sessions/{session_id}/broadcasts",
    "/api/v1/sessions/{session_id}/incidents",
    "/api/v1/sessions/{session_id}/results/release",
]


@pytest.fixture(scope="module")
async def session(hall: Hall, assessment: tuple[str, int]) -> Json:
    session = await hall.take(await hall.schedule(assessment), "open")
    await hall.seat(code=session["code"], name="Ada")

    async def shown() -> bool:
        return [row["phase"] for row in (await hall.live(session))["rows"]] == ["waiting"]

    await until(shown, "whoever joined is shown waiting")
    return session


async def raw(person: Person, path: str, content: Any) -> httpx.Response:
    headers = {"authorization": f"Bearer {person.token}", "content-type": "application/json"}
    return await person.http.post(path, content=content, headers=headers)


async def everything(hall: Hall, session: Json) -> list[Json]:
    """What any of the requests here could have changed."""
    session_id = session["session_id"]
    live = await hall.live(session)
    return [
        await hall.scheduler.get(f"/api/v1/sessions/{session_id}"),
        await hall.scheduler.get("/api/v1/sessions", limit=200),
        await hall.scheduler.get("/api/v1/assessments", limit=200),
        await hall.proctor.get(f"/api/v1/sessions/{session_id}/messages"),
        await hall.proctor.get(f"/api/v1/sessions/{session_id}/incidents"),
        {"people": await hall.participants(session), "rows": live["rows"]},
    ]


MALFORMED: dict[str, bytes] = {
    "cut off": b'{"code": "ABCD',
    "no JSON at all": b"code=ABCD&name=Ada",
    "not UTF-8": b'{"name": "\xff\xfe"}',
    "nested without end": b"[" * 100_000,
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
async def test_a_malformed_body_is_refused(hall: Hall, session: Json, body: bytes):
    before = await everything(hall, session)
    for path in ADDRESSES:
        is_refused(await raw(hall.admin, path.format(**session), body), problems.MALFORMED_BODY)
    assert await everything(hall, session) == before


async def test_json_of_the_wrong_shape_is_refused(hall: Hall, session: Json):
    before = await everything(hall, session)
    for body in (b"[]", b"null", b'"text"', b"7"):
        for path in ADDRESSES:
            if body == b"null" and path.endswith("/release"):
                continue  # everybody's
            document = is_refused(await raw(hall.admin, path.format(**session), body), problems.VALIDATION_FAILED)
            assert document["errors"][0]["message"]
    assert await everything(hall, session) == before


async def in_chunks() -> AsyncIterator[bytes]:
    """Of a length nobody announces."""
    for _ in range(TOO_MANY_BYTES // 65_536 + 1):
        yield b" " * 65_536


@pytest.mark.parametrize("content", [lambda: b" " * TOO_MANY_BYTES, in_chunks], ids=["announced", "in chunks"])
async def test_an_oversized_body_is_refused(hall: Hall, session: Json, content: Callable[[], Any]):
    before = await everything(hall, session)
    for path in ADDRESSES:
        is_refused(await raw(hall.admin, path.format(**session), content()), problems.BODY_TOO_LARGE)
    assert await everything(hall, session) == before


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/api/v1/joins", {"code": "A" * 41, "name": "Ada"}, "code"),
        ("/api/v1/joins", {"code": "ABCD-EFGH", "name": "A" * (limits.NAME_LENGTH + 1)}, "name"),
        ("/api/v1/joins", {"code": "ABCD-EFGH", "name": "Ada", "role": "admin"}, "role"),
        ("/api/v1/sessions/{session_id}/participants", {"participants": []}, "participants"),
        ("/api/v1/sessions/{session_id}/participants", {"participants": [{"name": " "}]}, "participants[0].name"),
        (
            "/api/v1/sessions/{session_id}/participants",
            {"participants": [{"name": "Ada", "accommodation": {"time_multiplier": "0.5"}}]},
            "participants[0].accommodation.time_multiplier",
        ),
        ("/api/v1/sessions/{session_id}/broadcasts", {"text": "x" * (limits.TEXT_LENGTH + 1)}, "text"),
        ("/api/v1/sessions/{session_id}/interventions", {"kind": "pause"}, ""),
        ("/api/v1/sessions/{session_id}/interventions", {"kind": "extend", "reason": "R", "seconds": -5}, "seconds"),
        ("/api/v1/sessions/{session_id}/incidents", {"category": "weather", "note": "Rain"}, "category"),
        ("/api/v1/sessions/{session_id}/pause", {}, "reason"),
    ],
)
async def test_a_field_that_does_not_fit_is_named(hall: Hall, session: Json, path: str, body: Json, field: str):
    before = await everything(hall, session)
    answer = await hall.admin.call("POST", path.format(**session), body)
    document = is_refused(answer, problems.VALIDATION_FAILED)
    assert any(each["field"].startswith(field) and each["message"] for each in document["errors"]), document
    assert await everything(hall, session) == before


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"time_zone": "Europe/Atlantis"}, "settings.time_zone"),
        ({"scheduled_at": "2031-02-30T09:00:00Z"}, "settings.scheduled_at"),
        ({"scheduled_at": "2020-02-20T09:00:00Z"}, "settings.scheduled_at"),
        ({"scheduled_at": "2031-02-20T09:00:00"}, "settings.scheduled_at"),
        ({"maximum_participants": 0}, "settings.maximum_participants"),
        ({"time_limit_seconds": 10**12}, "settings.time_limit_seconds"),
        ({"assessment_id": "no-such-assessment"}, "settings.assessment_id"),
        ({"proctor": ["misspelt"]}, "settings.proctor"),
    ],
)
async def test_a_session_that_cannot_be_is_not_made(
    hall: Hall, assessment: tuple[str, int], session: Json, changes: Json, field: str
):
    before = await everything(hall, session)
    body = {"settings": hall.settings(assessment, **changes)}
    document = is_refused(await hall.scheduler.call("POST", "/api/v1/sessions", body), problems.VALIDATION_FAILED)
    assert [each["field"] for each in document["errors"]] == [field]
    assert await everything(hall, session) == before


async def test_an_assessment_whose_key_does_not_fit_is_not_made(hall: Hall, session: Json):
    before = await everything(hall, session)
    content = json.loads(json.dumps(a_paper()))
    content["sections"][0]["items"][0]["key"] = {"correct": "nowhere"}
    answer = await hall.scheduler.call("POST", "/api/v1/assessments", {"content": content})
    document = is_refused(answer, problems.VALIDATION_FAILED)
    assert document["errors"][0]["field"].startswith("content.sections[0].items[0]")
    assert await everything(hall, session) == before


async def test_a_version_that_was_never_published_cannot_be_sat(hall: Hall, assessment: tuple[str, int], session: Json):
    before = await everything(hall, session)
    body = {"settings": hall.settings((assessment[0], 7))}
    is_refused(await hall.scheduler.call("POST", "/api/v1/sessions", body), problems.ASSESSMENT_NOT_PUBLISHED)
    assert await everything(hall, session) == before
