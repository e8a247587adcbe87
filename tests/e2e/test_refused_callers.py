"""Who may not: nobody signed in, the wrong role, another organisation; and who looked at an old version."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hall import CHOICE, RIGHT, Hall, Json, Person, Seat, a_paper, is_refused, until
from websockets.asyncio.client import connect

from chassis.auth import Principal, PrincipalKind, TokenSigner
from contracts import problems
from contracts.problems import ProblemType
from contracts.statuses import Role

pytestmark = pytest.mark.stack

Look = Callable[[], Awaitable[object]]


@pytest.fixture(scope="module")
async def sitting(hall: Hall, assessment: tuple[str, int]) -> tuple[Json, Seat]:
    """A running session and somebody at work in it."""
    session, seat = await hall.sitting(assessment)
    async with seat.online():
        assert (await seat.answer(CHOICE, RIGHT))["type"] == "ack"

    async def settled() -> bool:
        attempt = await hall.attempt(seat.participant_id)
        return bool(attempt["responses"]) and not attempt["row"]["connected"]

    await until(settled, "the answer is recorded and the socket closed")
    return session, seat


@pytest.fixture(scope="module")
def everything(hall: Hall, sitting: tuple[Json, Seat], assessment: tuple[str, int]) -> Look:
    session, seat = sitting

    async def look() -> object:
        path = f"/api/v1/sessions/{session['session_id']}"
        return [
            await hall.scheduler.get(path),
            await hall.participants(session),
            await hall.attempt(seat.participant_id),
            await hall.proctor.get(f"{path}/messages"),
            await hall.proctor.get(f"{path}/incidents"),
            await hall.scheduler.get(f"/api/v1/assessments/{assessment[0]}"),
            await hall.scheduler.get("/api/v1/assessments", limit=200),
            await hall.scheduler.get("/api/v1/sessions", limit=200),
        ]

    return look


def requests(
    session: Json, seat: Seat, assessment: tuple[str, int], settings: Json
) -> dict[str, tuple[str, str, Json]]:
    """One request of each kind, all of them good: only the caller is not."""
    at = f"/api/v1/sessions/{session['session_id']}"
    who = f"/api/v1/participants/{seat.participant_id}"
    to = {"participant_ids": [seat.participant_id], "reason": "Because"}
    return {
        "write an assessment": ("POST", "/api/v1/assessments", {"content": a_paper()}),
        "read an assessment": ("GET", f"/api/v1/assessments/{assessment[0]}", {}),
        "publish": ("POST", f"/api/v1/assessments/{assessment[0]}/publish", {"version": 1}),
        "schedule": ("POST", "/api/v1/sessions", {"settings": settings}),
        "edit": ("PUT", at, {"settings": settings, "version": session["version"]}),
        "pause": ("POST", f"{at}/pause", {"reason": "Because"}),
        "end": ("POST", f"{at}/end", {}),
        "enrol": ("POST", f"{at}/participants", {"participants": [{"name": "Eve"}]}),
        "list people": ("GET", f"{at}/participants", {}),
        "rename": ("PATCH", who, {"version": 1, "name": "Eve"}),
        "remove": ("POST", f"{who}/remove", {"reason": "Because"}),
        "admit": ("POST", f"{at}/admissions/approve", {"participant_ids": [seat.participant_id]}),
        "watch": ("GET", f"{at}/live", {}),
        "read an attempt": ("GET", f"/api/v1/attempts/{seat.participant_id}", {}),
        "intervene": ("POST", f"{at}/interventions", {"kind": "terminate", **to}),
        "record an incident": ("POST", f"{at}/incidents", {"category": "technical", "note": "Rain"}),
        "broadcast": ("POST", f"{at}/broadcasts", {"text": "Stop"}),
        "write in a thread": ("POST", f"{at}/threads/{seat.participant_id}/messages", {"text": "Psst"}),
        "list reviews": ("GET", "/api/v1/reviews", {}),
        "read results": ("GET", f"{at}/results", {}),
        "release": ("POST", f"{at}/results/release", {}),
        "read the summary": ("GET", f"{at}/summary", {}),
    }


@pytest.fixture(scope="module")
def asked(hall: Hall, sitting: tuple[Json, Seat], assessment: tuple[str, int]) -> dict[str, tuple[str, str, Json]]:
    return requests(*sitting, assessment, hall.settings(assessment))


# Nobody


def _person(hall: Hall, token: str | None) -> Person:
    return Person(hall.http, token)


async def test_without_a_good_token_nothing_is_told_or_done(
    hall: Hall, asked: dict[str, tuple[str, str, Json]], everything: Look
):
    before = await everything()
    forged = hall.admin.token[:-6] + "AAAAAA" if hall.admin.token else ""
    for token, problem in (
        (None, problems.NOT_SIGNED_IN),
        ("nonsense", problems.NOT_SIGNED_IN),
        (forged, problems.NOT_SIGNED_IN),
        (_expired(hall), problems.SIGN_IN_EXPIRED),
    ):
        for method, path, body in asked.values():
            answer = await _person(hall, token).call(method, path, body or None)
            is_refused(answer, problem)
            assert answer.headers["www-authenticate"].startswith("Bearer")
    assert await everything() == before


def _expired(hall: Hall) -> str:
    principal = Principal(
        subject=hall.admin.subject,
        kind=PrincipalKind.STAFF,
        roles=frozenset({Role.ADMIN}),
        org_id=hall.org_id,
        name="Late",
    )
    signer = TokenSigner(hall.addresses.token_private_key_file.read_bytes())
    return signer.sign(principal, 60, datetime.now(UTC) - timedelta(hours=1))


async def test_a_socket_without_a_good_token_is_closed(hall: Hall, sitting: tuple[Json, Seat]):
    _, seat = sitting
    for path, token, problem in (
        ("/ws/candidate", "nonsense", "not-signed-in"),
        ("/ws/candidate", _expired(hall), "sign-in-expired"),
        ("/ws/candidate", hall.proctor.token, "not-allowed"),
        ("/ws/staff", seat.person.token, "not-allowed"),
    ):
        url = "ws" + hall.addresses.gateway.removeprefix("http") + path
        async with connect(url, compression=None, proxy=None) as socket:
            await socket.send(
                httpx.Request("POST", "http://x", json={"type": "hello", "token": token}).content.decode()
            )
            bye = httpx.Response(200, content=await socket.recv()).json()
        assert (bye["type"], bye["problem"]) == ("bye", problem), path


# The wrong role

NOT_FOR: dict[str, set[str]] = {
    "proctor": {"write an assessment", "read an assessment", "publish", "schedule", "edit", "list reviews"},
    "scheduler": {"admit", "record an incident", "list reviews"},
    "reviewer": {
        *("write an assessment", "read an assessment", "publish", "schedule", "edit", "pause", "end", "enrol"),
        *("rename", "remove", "admit", "watch", "intervene", "record an incident", "broadcast", "release"),
        *("list people", "read an attempt", "read results", "read the summary"),  # they score blind
    },
    "auditor": {
        *("write an assessment", "read an assessment", "publish", "schedule", "edit", "pause", "end", "enrol"),
        *("rename", "remove", "admit", "intervene", "record an incident", "broadcast", "release", "list reviews"),
    },
}


@pytest.mark.parametrize("role", NOT_FOR)
async def test_a_role_that_does_not_allow_it_is_told_so(
    hall: Hall, asked: dict[str, tuple[str, str, Json]], everything: Look, role: str
):
    before = await everything()
    for what in sorted(NOT_FOR[role]):
        method, path, body = asked[what]
        is_refused(await getattr(hall, role).call(method, path, body or None), problems.NOT_ALLOWED)
    assert await everything() == before


async def test_a_proctor_of_other_sessions_only_looks_on(
    hall: Hall, asked: dict[str, tuple[str, str, Json]], everything: Look
):
    before = await everything()
    conducting = ("pause", "end", "enrol", "remove", "admit", "intervene", "record an incident", "release")
    for what in (*conducting, "broadcast", "write in a thread"):
        method, path, body = asked[what]
        answer = await hall.other_proctor.call(method, path, body or None)
        assert answer.status_code == 403, f"{what}: {answer.text}"
        is_refused(answer, problems.NOT_ALLOWED)
    assert await everything() == before


async def test_a_candidate_may_do_nothing_that_is_for_staff(
    hall: Hall, sitting: tuple[Json, Seat], asked: dict[str, tuple[str, str, Json]], everything: Look
):
    _, seat = sitting
    before = await everything()
    for what, (method, path, body) in asked.items():
        if what in {"read an attempt", "write in a thread"}:  # their own
            continue
        answer = await seat.person.call(method, path, body or None)
        assert answer.status_code == 403, f"{what}: {answer.status_code} {answer.text}"
        is_refused(answer, problems.NOT_ALLOWED)
    assert await everything() == before


async def test_a_candidate_sees_nobody_else(hall: Hall, sitting: tuple[Json, Seat], assessment: tuple[str, int]):
    session, seat = sitting
    other = await hall.seat(code=session["code"], name="Grace")
    at = f"/api/v1/sessions/{session['session_id']}"
    for path, problem in (
        (f"/api/v1/attempts/{other.participant_id}", problems.ATTEMPT_UNKNOWN),
        (f"/api/v1/attempts/{other.participant_id}/timeline", problems.NOT_ALLOWED),
        (f"/api/v1/results/{other.participant_id}", problems.NOT_ALLOWED),
    ):
        is_refused(await seat.person.call("GET", path), problem)
    written = await seat.person.call("POST", f"{at}/threads/{other.participant_id}/messages", {"text": "Psst"})
    is_refused(written, problems.NOT_FOUND)
    form = await seat.person.call("GET", f"/api/v1/assessments/{assessment[0]}/versions/{assessment[1]}/form")
    is_refused(form, problems.NOT_ALLOWED)


# Another organisation

UNKNOWN_ELSEWHERE: dict[str, ProblemType] = {
    "read an attempt": problems.ATTEMPT_UNKNOWN,
    "schedule": problems.VALIDATION_FAILED,  # of an assessment that is not there for them
}
OF_ONES_OWN = {"write an assessment", "list reviews"}


async def test_another_organisation_learns_nothing_and_changes_nothing(
    hall: Hall, asked: dict[str, tuple[str, str, Json]], everything: Look
):
    before = await everything()
    for what, (method, path, body) in asked.items():
        if what in OF_ONES_OWN:
            continue
        answer = await hall.stranger.call(method, path, body or None)
        assert answer.is_error, f"{what}: {answer.text}"
        is_refused(answer, UNKNOWN_ELSEWHERE.get(what, problems.NOT_FOUND))
    for path in ("/api/v1/sessions", "/api/v1/assessments", "/api/v1/reviews"):
        assert (await hall.stranger.get(path))["items"] == []
    assert await everything() == before


async def test_another_organisation_cannot_watch(hall: Hall, sitting: tuple[Json, Seat]):
    session, _ = sitting
    url = "ws" + hall.addresses.gateway.removeprefix("http") + "/ws/staff"
    async with connect(url, compression=None, proxy=None) as socket:
        for message in (
            {"type": "hello", "token": hall.stranger.token},
            {"type": "watch", "session_id": session["session_id"]},
        ):
            await socket.send(httpx.Request("POST", "http://x", json=message).content.decode())
        welcome = httpx.Response(200, content=await socket.recv()).json()
        refused = httpx.Response(200, content=await socket.recv()).json()
    assert welcome["type"] == "welcome"
    assert (refused["type"], refused["problem"]) == ("refused", "not-found")


# An old version


async def test_a_stale_version_changes_nothing(hall: Hall, assessment: tuple[str, int]):
    session = await hall.schedule(assessment)
    person = await hall.add(session)
    path = f"/api/v1/sessions/{session['session_id']}"
    settings = hall.settings(assessment, name="Summer exam")
    edited = await hall.scheduler.call("PUT", path, {"settings": settings, "version": session["version"]})
    assert edited.status_code == 200
    before = await hall.scheduler.get(path)

    stale = {"version": session["version"]}
    other = hall.settings(assessment, name="Winter exam")
    is_refused(await hall.scheduler.call("PUT", path, {"settings": other} | stale), problems.STALE_VERSION)
    is_refused(await hall.proctor.call("POST", f"{path}/open", stale), problems.STALE_VERSION)
    is_refused(
        await hall.proctor.call("POST", f"{path}/cancel", stale | {"reason": "Fire alarm"}), problems.STALE_VERSION
    )
    assert await hall.scheduler.get(path) == before

    who = f"/api/v1/participants/{person['participant_id']}"
    renamed = await hall.scheduler.call("PATCH", who, {"version": person["version"], "name": "Ada King"})
    assert renamed.status_code == 200
    again = await hall.scheduler.call("PATCH", who, {"version": person["version"], "name": "Ada Byron"})
    is_refused(again, problems.STALE_VERSION)
    assert await hall.participants(session) == [renamed.json()]


async def test_a_stale_assessment_is_neither_replaced_nor_published(hall: Hall):
    draft = await hall.scheduler.post("/api/v1/assessments", {"content": a_paper()})
    path = f"/api/v1/assessments/{draft['assessment_id']}"
    newer = {"content": a_paper(title="Newer"), "version": draft["version"]}
    assert (await hall.scheduler.call("PUT", path, newer)).status_code == 200
    before = await hall.scheduler.get(path)
    stale = {"version": draft["version"]}
    is_refused(
        await hall.scheduler.call("PUT", path, {"content": a_paper(title="Older")} | stale), problems.STALE_VERSION
    )
    is_refused(await hall.scheduler.call("POST", f"{path}/publish", stale), problems.STALE_VERSION)
    assert await hall.scheduler.get(path) == before


async def test_a_step_that_leads_nowhere_is_refused(hall: Hall, assessment: tuple[str, int]):
    session = await hall.schedule(assessment)
    path = f"/api/v1/sessions/{session['session_id']}"
    for step in ("start", "resume", "end"):
        is_refused(await hall.proctor.call("POST", f"{path}/{step}", {}), problems.SESSION_WRONG_STATE)
    assert await hall.scheduler.get(path) == session


async def test_a_key_stands_for_one_request(hall: Hall, assessment: tuple[str, int]):
    body = {"settings": hall.settings(assessment)}
    first = await hall.scheduler.call("POST", "/api/v1/sessions", body, key="once")
    assert first.status_code == 201
    other = {"settings": hall.settings(assessment, name="Another")}
    is_refused(await hall.scheduler.call("POST", "/api/v1/sessions", other, key="once"), problems.IDEMPOTENCY_MISMATCH)
    again = await hall.scheduler.call("POST", "/api/v1/sessions", body, key="once")
    assert again.json() == first.json()
